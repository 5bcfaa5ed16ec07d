"""Links that people paste into the chats."""

import re

_LINK = re.compile(r"https?://([^\s<>|/?#]+)[^\s<>|]*")


def links_to(domain: str, text: str) -> list[str]:
    """Return the links in the text that lead to this host and port."""
    return [link[0] for link in _LINK.finditer(text) if link[1] == domain]
