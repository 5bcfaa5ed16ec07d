"""What is done to a database as a whole: upgraded, copied, looked at."""
