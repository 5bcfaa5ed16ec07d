"""Deliver messages to the chats."""
