"""Signs of life of processes, and what was refused."""
