"""The table of what can be typed: help is made of it, and so are the examples in refusals."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Spec:
    """A verb that can be typed: how, what it does, and an example that works."""

    verb: str
    usage: str
    does: str
    example: str
    is_private: bool = False
    """Whether the answer is for the person who asked alone. What a verb of the menu answers says ``MenuItem.is_private``."""
    makes_secret: bool = False
    """Whether the answer holds a secret that is made for it, so that it must be certain beforehand that nobody else reads it."""


SPECS: tuple[Spec, ...] = (
    Spec("help", "help [verb]", "what can be done here", "help archive"),
    Spec("list", "list [query]", "issues that a search finds, to tick and act on", "list is:unresolved assigned:me level:error"),
    Spec("mine", "mine", "my issues, my snoozes with what ends each, and the inbox", "mine", is_private=True),
    Spec("inbox", "inbox", "what waits for a first look", "inbox"),
    Spec("show", "show ID…", "the message of an issue, here", "show SHOP-1F"),
    Spec(
        "resolve",
        "resolve ID… [in next release | in current release | in VERSION | by COMMIT]",
        "it is fixed; a new event brings it back, with a release only one from that release on",
        "resolve SHOP-1F",
    ),
    Spec("unresolve", "unresolve ID…", "it wants attention again", "unresolve SHOP-1F"),
    Spec(
        "archive",
        "archive ID… [forever | for 2h | until TIME | until 50 events [in 1h] | until 10 users [in 1d] | until escalating]",
        "put it aside (snooze is the same)",
        "archive SHOP-1F until monday 09:00",
    ),
    Spec("unarchive", "unarchive ID…", "back into the list", "unarchive SHOP-1F"),
    Spec("assign", "assign ID… to @person | #team | me", "who looks after it", "assign SHOP-1F to me"),
    Spec("unassign", "unassign ID…", "nobody looks after it", "unassign SHOP-1F"),
    Spec("review", "review ID…", "it has been looked at: out of the inbox", "review SHOP-1F"),
    Spec("priority", "priority ID… high | medium | low", "how soon it wants a look", "priority SHOP-1F high"),
    Spec("comment", "comment ID TEXT", "say something to whoever looks at it next", "comment SHOP-1F the cache was cold"),
    Spec("bookmark", "bookmark ID…", "find it again with: list bookmarks:me", "bookmark SHOP-1F"),
    Spec("unbookmark", "unbookmark ID…", "takes a bookmark back", "unbookmark SHOP-1F"),
    Spec("subscribe", "subscribe ID…", "be told of what happens to it", "subscribe SHOP-1F"),
    Spec("unsubscribe", "unsubscribe ID…", "be told no more", "unsubscribe SHOP-1F"),
    Spec("share", "share ID…", "a link that anybody can open", "share SHOP-1F"),
    Spec("merge", "merge ID ID…", "they are one: the others go into the first; asks first, needs an admin", "merge SHOP-1F SHOP-2A"),
    Spec("discard", "discard ID…", "delete it and drop its events from now on; asks first, needs an admin", "discard SHOP-1F"),
    Spec("delete", "delete ID…", "remove it; asks first, can be restored for a while, needs an admin", "delete SHOP-1F"),
    Spec("restore", "restore ID…", "bring a deleted or discarded one back; needs an admin", "restore SHOP-1F"),
    Spec("undo", "undo [ID]", "take back the last change of an issue, or without an id what you changed last", "undo SHOP-1F"),
    Spec("watch", "watch PROJECT [query]", "tell this channel of a project's issues; needs an admin", "watch shop level:error"),
    Spec("unwatch", "unwatch PROJECT", "tell it no more; needs an admin", "unwatch shop"),
    Spec("watches", "watches", "what this channel is told of", "watches"),
    Spec("threads", "threads off | changes | all", "what is said in the threads of this channel; needs an admin", "threads changes"),
    Spec("comments", "comments on | off", "whether replies in threads become comments, and comments replies; needs an admin", "comments on"),
    Spec("mentions", "mentions dm | mention | off", "how people are told of what concerns them; needs an admin", "mentions dm"),
    Spec("broadcasts", "broadcasts on | off", "whether what came back is said in the channel too; needs an admin", "broadcasts on"),
    Spec("digest", "digest daily 09:00 | off", "a summary of the last day, every day at that time; needs an admin", "digest daily 09:00"),
    Spec("link", "link CODE", "make this chat account yours, with a one-time code", "link 3F7K-9QXM-2B4H", is_private=True),
    Spec("unlink", "unlink", "let go of this chat account", "unlink", is_private=True),
    Spec("whoami", "whoami", "who you are to Quell", "whoami", is_private=True),
    Spec("role", "role @person viewer | member | admin", "what somebody may do; needs an admin", "role @ada admin"),
    Spec("login", "login", "a one-time link to the issue pages, for you alone", "login", is_private=True, makes_secret=True),
    # It names other channels, private ones too.
    Spec("delivery", "delivery ID", "every message about an issue: where, state, tries, why it waits", "delivery SHOP-1F", is_private=True),
)
BY_VERB = {spec.verb: spec for spec in SPECS} | {"snooze": next(spec for spec in SPECS if spec.verb == "archive")}


def spec_of(verb: str) -> Spec | None:
    """How a verb is typed; None if there is none of that name."""
    return BY_VERB.get(verb.lower())
