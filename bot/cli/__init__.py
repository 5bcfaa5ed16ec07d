"""The commands of ``quell``, by what they are about."""
