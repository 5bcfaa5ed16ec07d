"""Error responses of Slack's Web API, and whether a retry may help."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bot.chat.platform import PlatformError

PERMANENT = frozenset(
    """
    account_inactive app_missing_action_url as_user_not_supported bot_not_found cannot_dm_bot cannot_find_channel cannot_find_message
    cannot_find_service cannot_parse_attachment cannot_unfurl_message cannot_unfurl_url cant_update_message channel_is_archived channel_not_found
    edit_window_closed ekm_access_denied enterprise_is_restricted exchanged_trigger_id expired_trigger_id invalid_arguments invalid_auth
    invalid_blocks invalid_blocks_format invalid_metadata_format invalid_metadata_schema invalid_trigger_id invalid_unfurls_format is_archived
    is_inactive message_not_found messages_tab_disabled metadata_too_large missing_scope msg_blocks_too_long msg_too_long no_permission no_text
    not_allowed_token_type not_authed not_found not_in_channel org_login_required restricted_action team_access_not_granted thread_not_found
    token_expired token_revoked too_many_attachments user_disabled user_not_found user_not_in_channel user_not_visible view_not_found view_too_large
    """.split()  # noqa: SIM905
)
"""The error codes for which a retry does not help. All others are temporary, including unknown ones."""

CHANNEL = frozenset(
    "cannot_find_channel channel_is_archived channel_not_found is_archived is_inactive missing_scope not_in_channel restricted_action".split()  # noqa: SIM905
)
"""The permanent codes that affect everything in the channel: the channel, or the bot in it, needs a repair."""
ACCOUNT = frozenset(
    """
    account_inactive ekm_access_denied enterprise_is_restricted invalid_auth not_allowed_token_type not_authed org_login_required
    team_access_not_granted token_expired token_revoked
    """.split()  # noqa: SIM905
)
"""The permanent codes that affect the whole workspace: the token must be renewed."""
UNSURE = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})
"""Slack's own failures, after which the request may have been carried out partly."""

_BROKEN = 500


def refusal(response: Any) -> PlatformError:
    """Return the error for a negative response. Slack's error code is the reason; the rest of the response is left out."""
    data = getattr(response, "data", None)
    status: int = getattr(response, "status_code", None) or getattr(response, "status", None) or 0
    word = data.get("error") if isinstance(data, dict) else None
    reason = word if isinstance(word, str) and word else f"HTTP {status}"
    return PlatformError(
        reason,
        permanent=reason in PERMANENT,
        retry_after=seconds(getattr(response, "headers", {})),
        is_channel=reason in CHANNEL,
        is_account=reason in ACCOUNT,
        is_refused=status < _BROKEN and reason not in UNSURE,
        is_outage=True if status >= _BROKEN else None,
    )


def seconds(headers: Mapping[str, str]) -> float | None:
    """Return the seconds in ``Retry-After``, or None."""
    try:
        wait = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    return wait if math.isfinite(wait) and wait >= 0 else None
