"""The commands of ``quell``, in one module for each subject."""
