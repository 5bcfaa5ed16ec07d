"""Users and their accounts, tokens and sessions."""
