"""The built-in mappings for well-known programs. A new program is a new row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from core.types import Source

HOOK_NAME = re.compile(r"[a-z][a-z0-9-]{1,15}")
"""The form of a hook's name, which must fit into ``Occurrence.door``."""

PROVIDERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "uptime-kuma": (
            "title={monitor.name} is down|msg",
            "message=heartbeat.msg|msg",
            "status=heartbeat.status:0=firing,1=resolved,2=ignored,3=ignored",
            "fingerprint=monitor.id|monitor.name",
            "link=monitor.url",
            "culprit=monitor.hostname|monitor.url",
            "timestamp=heartbeat.time",
            "tags.monitor=monitor.name",
            "tags.type=monitor.type",
        ),
        "healthchecks": (
            "title={name} is down|{check.name} is down|{slug} is down|{check.slug} is down|{code} is down",
            "message=body|check.desc|desc",
            "status=status|check.status:grace=ignored,paused=ignored,started=ignored,new=ignored",
            "fingerprint=code|uuid|unique_key|check.uuid|check.unique_key|slug|check.slug|name",
            "link=check.ping_url|ping_url",
            "timestamp=now",
            "tags.check=name|check.name",
        ),
        "gatus": (
            "title={group}/{name} is down|{name} is down|text|title",
            "message={description}: {errors}|errors|description|message",
            "status=status",
            "fingerprint={group}/{name}|name",
            "link=url",
            "culprit=url",
            "tags.endpoint=name",
            "tags.group=group",
        ),
        "github": (
            (
                "title={workflow_run.name} failed on {workflow_run.head_branch}"
                "|{check_run.name} failed on {check_run.check_suite.head_branch}|{check_run.name} failed"
            ),
            "message={repository.full_name} #{workflow_run.run_number}: {workflow_run.display_title}|check_run.output.title|repository.full_name",
            (
                "status=workflow_run.conclusion|check_run.conclusion:failure=firing,timed_out=firing,startup_failure=firing,action_required=firing,"
                "success=resolved,*=ignored,=ignored"
            ),
            (
                "fingerprint={repository.full_name} {workflow_run.workflow_id} {workflow_run.head_branch}"
                "|{repository.full_name} {check_run.name} {check_run.check_suite.head_branch}|{repository.full_name} {check_run.name}"
            ),
            "link=workflow_run.html_url|check_run.html_url",
            "culprit=repository.full_name",
            "timestamp=workflow_run.updated_at|check_run.completed_at",
            "tags.repository=repository.full_name",
            "tags.branch=workflow_run.head_branch|check_run.check_suite.head_branch",
            "tags.commit=workflow_run.head_sha|check_run.head_sha",
            "tags.event=workflow_run.event",
        ),
        "datadog": (
            "title=alert_title|title|event_title",
            "message=body|event_msg|text_only_msg|alert_status",
            "level=alert_type|level|alert_priority:success=info,user_update=info",
            "status=alert_transition|transition:warn=firing,re-warn=firing,re-no data=firing,no data=firing,renotify=firing,*=firing",
            "fingerprint=aggreg_key|{alert_id} {alert_scope}|alert_id",
            "link=link|url|event_url",
            "culprit=hostname|alert_scope|alert_metric",
            "timestamp=last_updated|date",
            "tags.scope=alert_scope",
            "tags.metric=alert_metric",
            "tags.host=hostname",
        ),
    }
)
"""By the name in the address. Each mapping has the form that ``quell hook add`` takes."""


RESERVED = frozenset({"alertmanager", "grafana", "json", *PROVIDERS, *Source})
"""Names that an organization's own hooks cannot have."""


def provider_called(name: str) -> str | None:
    """Return the provider's name for any spelling: ``uptime_kuma`` and ``UptimeKuma`` are ``uptime-kuma``. Empty if it is unknown."""
    bare = _bare(name)
    return next((known for known in PROVIDERS if _bare(known) == bare), None)


def _bare(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
