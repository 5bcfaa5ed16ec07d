"""The playground: a Slack workspace and a Teams channel on this machine, speaking the platforms' real protocols."""

from bot.playground.accounts import Accounts, Person
from bot.playground.playground import Playground, open_playground
from bot.playground.rules import Rules

__all__ = ["Accounts", "Person", "Playground", "Rules", "open_playground"]
