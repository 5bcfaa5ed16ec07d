"""What the processes of one deployment share."""
