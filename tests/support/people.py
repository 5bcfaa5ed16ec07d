"""People whom the chats know, and one whom they do not know."""

from __future__ import annotations

from bot.chat.interactions import ChatPerson
from bot.chat.platform import Profile

ADA = ChatPerson("slack", "TACME", "UADA", "ada")


BEN = ChatPerson("slack", "TACME", "UBEN", "ben")


VIC = ChatPerson("slack", "TACME", "UVIC", "vic")


GUEST = ChatPerson("slack", "TACME", "UGUEST", "guest")


NOBODY = ChatPerson("slack", "TACME", "UNOBODY", "nobody")


ADA_IN_TEAMS = ChatPerson("msteams", "tenant", "ada-object", "Ada Lovelace", "29:1ada", "America/New_York")


PROFILES = {
    "UADA": Profile("Ada", "ada@acme.example", "Europe/Lisbon", is_member=True),
    "UBEN": Profile("Ben", "ben@acme.example", "Asia/Tokyo", is_member=True),
    "UVIC": Profile("Vic", "vic@acme.example", None, is_member=True),
    "UGUEST": Profile("Guest", None, None, is_member=False),
    "ada-object": Profile("Ada Lovelace", "Ada@Acme.example", None, is_member=True),
}
"""What the platforms say of people. Nobody is not among them."""
