"""What Slack says of a person, as what counts for us. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.platform import Profile

NOBODY = Profile(name="", email=None, time_zone=None, is_member=False)
"""Somebody whom Slack does not show us."""


def profile(user: Mapping[str, Any], own: str) -> Profile:
    """From Slack's user object. ``own`` is our workspace: people of others are no members, nor are guests and bots."""
    shown = user.get("profile") or {}
    grid = user.get("enterprise_user") or {}
    is_ours = own != "" and own in (user.get("team_id"), *(grid.get("teams") or ()))
    # Slackbot does not call itself a bot.
    is_person = user.get("id") != "USLACKBOT" and not (user.get("is_bot") or user.get("deleted"))
    is_member = is_ours and is_person and not any(user.get(sign) for sign in ("is_restricted", "is_ultra_restricted", "is_stranger"))
    is_vouched = is_member and user.get("is_email_confirmed") is True
    name = shown.get("display_name") or shown.get("real_name") or user.get("real_name") or user.get("name") or ""
    return Profile(str(name), shown.get("email") or None if is_vouched else None, user.get("tz") or None, is_member)
