"""Describe an issue independent of the platform: the alert message, and the note in its thread."""

from bot.chat.cards.alert import alert, sparkline
from bot.chat.cards.lines import line
from bot.chat.cards.states import assignee_name, source_words, state_sentence

__all__ = ["alert", "assignee_name", "line", "source_words", "sparkline", "state_sentence"]
