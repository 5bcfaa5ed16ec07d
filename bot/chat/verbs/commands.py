"""The table of verbs that are only typed: reading issues, and commands about a channel or an account. ``bot.chat.handlers.typed`` answers each."""

from __future__ import annotations

from bot.chat.verbs.base import Verb

LOOKING: tuple[Verb, ...] = (
    Verb("help", usage="help [verb]", help="what can be done here", example="help archive"),
    Verb(
        "list",
        usage="list [query]",
        help="issues that a search finds, to tick and act on",
        example="list is:unresolved assigned:me level:error",
    ),
    Verb("mine", usage="mine", help="my issues, my snoozes with what ends each, and the inbox", example="mine", is_private=True),
    Verb("inbox", usage="inbox", help="what waits for a first look", example="inbox"),
    Verb("show", usage="show ID…", help="the message of an issue, here", example="show SHOP-1F"),
)
"""Verbs that read issues, and help."""

CHANNELS: tuple[Verb, ...] = (
    Verb(
        "watch",
        usage="watch PROJECT [query]",
        help="tell this channel of a project's issues; needs an admin",
        example="watch shop level:error",
    ),
    Verb("unwatch", usage="unwatch PROJECT", help="tell it no more; needs an admin", example="unwatch shop"),
    Verb("watches", usage="watches", help="what this channel is told of", example="watches"),
    Verb(
        "threads",
        usage="threads off | changes | all",
        help="what is said in the threads of this channel; needs an admin",
        example="threads changes",
    ),
    Verb(
        "comments",
        usage="comments on | off",
        help="whether replies in threads become comments, and comments replies; needs an admin",
        example="comments on",
    ),
    Verb(
        "mentions",
        usage="mentions dm | mention | off",
        help="how people are told of what concerns them; needs an admin",
        example="mentions dm",
    ),
    Verb(
        "broadcasts",
        usage="broadcasts on | off",
        help="whether what came back is said in the channel too; needs an admin",
        example="broadcasts on",
    ),
    Verb(
        "digest",
        usage="digest daily 09:00 | off",
        help="a summary of the last day, every day at that time; needs an admin",
        example="digest daily 09:00",
    ),
)
"""Verbs about the watches and settings of a channel."""

ACCOUNTS: tuple[Verb, ...] = (
    Verb(
        "link",
        usage="link CODE",
        help="make this chat account yours, with a one-time code",
        example="link 3F7K-9QXM-2B4H",
        is_private=True,
    ),
    Verb("unlink", usage="unlink", help="let go of this chat account", example="unlink", is_private=True),
    Verb("whoami", usage="whoami", help="who you are to Quell", example="whoami", is_private=True),
    Verb("role", usage="role @person viewer | member | admin", help="what somebody may do; needs an admin", example="role @ada admin"),
    Verb(
        "login",
        usage="login",
        help="a one-time link to the issue pages, for you alone",
        example="login",
        is_private=True,
        makes_secret=True,
    ),
)
"""Verbs about people's accounts."""

DELIVERY: tuple[Verb, ...] = (
    # The reply names other channels, including private ones.
    Verb(
        "delivery",
        usage="delivery ID",
        help="every message about an issue: where, state, tries, why it waits",
        example="delivery SHOP-1F",
        is_private=True,
    ),
)
"""Verbs about the delivery of messages."""
