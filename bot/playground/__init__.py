"""The playground: a Slack workspace and a Teams channel on this machine, speaking the platforms' real protocols."""

from .accounts import Accounts, Person
from .playground import Playground, open_playground
from .rules import Rules

__all__ = ["Accounts", "Person", "Playground", "Rules", "open_playground"]
