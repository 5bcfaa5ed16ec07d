"""How messages reach the chats."""
