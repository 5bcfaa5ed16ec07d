"""Source maps and minified scripts: how they come in, what an event finds of them, and how long they are kept."""
