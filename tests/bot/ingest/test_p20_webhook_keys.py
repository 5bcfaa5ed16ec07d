"""The public key of a project, which everybody who runs the program has, resolves nothing but what it opened itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.api.wording import status_name
from core.events.auto_resolve import AutoResolve, Ended, Ending
from core.issues.actions import Merge
from core.rules.grouping.fingerprints import fingerprints
from core.types import Source
from tests.support.core import World
from tests.support.ingest.webhooks import Answer, Hooks, hooks_of

NAME = "backup-db1"
OVER = {"status": "resolved", "fingerprint": NAME}
FIRING = {"title": "The backup failed", "fingerprint": NAME}


@pytest.fixture
def hooks(world: World) -> Iterator[Hooks]:
    with hooks_of(world) as hooks:
        yield hooks


def by_sdk(hooks: Hooks, name: str = NAME) -> None:
    """An event that an SDK reports under the same fingerprint."""
    occurrence = replace(hooks.world.occurrence("Boom"), hashes=fingerprints({"fingerprint": [name]}))
    hooks.world.core.occurrences.record(hooks.project.id, [occurrence])


def secret(hooks: Hooks) -> str:
    return hooks.world.core.directory.new_hook_key(hooks.project)


def over(hooks: Hooks, key: str | None = None) -> Answer:
    hooks.world.clock.pass_by(minutes=1)
    return hooks.post("json", OVER, f"?key={key}" if key else None)


def statuses(hooks: Hooks) -> list[str]:
    return [status_name(issue.status) for issue in hooks.issues()]


def test_what_a_hook_opened_it_may_resolve(hooks: Hooks) -> None:
    hooks.report(FIRING)
    hooks.report(FIRING)
    assert over(hooks).json == {"accepted": 1, "resolved": 1, "ids": []}
    assert statuses(hooks) == ["resolved"]


def test_what_an_sdk_reported_is_resolved_by_the_secret_key_only(hooks: Hooks) -> None:
    by_sdk(hooks)
    answer = over(hooks)
    assert (answer.status, answer.json["resolved"], answer.json["kept"]) == (200, 0, 1)
    assert "quell project hook-key" in answer.json["detail"]
    assert statuses(hooks) == ["unresolved"]
    assert over(hooks, secret(hooks)).json == {"accepted": 1, "resolved": 1, "ids": []}
    assert statuses(hooks) == ["resolved"]


@pytest.mark.parametrize("order", ["hook first", "sdk first"])
def test_an_issue_that_others_fed_as_well_is_kept(hooks: Hooks, order: str) -> None:
    for feed in (lambda: hooks.report(FIRING), lambda: by_sdk(hooks))[:: 1 if order == "hook first" else -1]:
        feed()
    assert over(hooks).json["kept"] == 1
    assert statuses(hooks) == ["unresolved"]


def test_another_hook_is_not_the_same(hooks: Hooks) -> None:
    labels = {"alertname": "DiskFull"}
    hooks.alert({"status": "firing", "labels": labels, "fingerprint": "abc", "startsAt": hooks.world.clock().isoformat()})
    hooks.world.clock.pass_by(minutes=1)
    answer = hooks.post("json", {"status": "resolved", "fingerprint": ["alertmanager", "abc"]})
    assert (answer.json["resolved"], answer.json["kept"]) == (0, 1)
    assert hooks.alert({"status": "resolved", "labels": labels, "fingerprint": "abc", "endsAt": hooks.world.clock().isoformat()})["resolved"] == 1


def test_a_merge_with_what_came_from_elsewhere_counts_as_fed_by_others(hooks: Hooks) -> None:
    hooks.report(FIRING)
    by_sdk(hooks, "another")
    hooks.world.do(Merge(), ids=("SHOP-1", "SHOP-2"))
    assert over(hooks).json["kept"] == 1


def test_an_issue_of_which_nobody_knows_where_it_came_from_is_kept(hooks: Hooks) -> None:
    hooks.report(FIRING)
    hooks.world.clock.pass_by(minutes=1)
    endings = AutoResolve(hooks.world.core.database, hooks.world.core.engine)
    ending = Ending(fingerprints({"fingerprint": [NAME]}), hooks.world.clock())
    with hooks.world.core.database.write() as work:
        work.session.execute(text("UPDATE issues SET only_source = NULL"))
    assert endings.resolve(hooks.project.id, [ending], Source.WEBHOOK, is_trusted=False) == Ended(0, 1)
    assert endings.resolve(hooks.project.id, [ending], Source.WEBHOOK, is_trusted=True) == Ended(1, 0)


def test_a_secret_key_opens_the_hooks_of_its_project_until_there_is_another(hooks: Hooks, other_world: World) -> None:
    key = secret(hooks)
    assert hooks.post("json", FIRING, "", **{"X-Quell-Key": key}).status == 200
    assert hooks.post("json", FIRING, "", Authorization=f"Bearer {key}").status == 200
    theirs = other_world.core.directory.new_hook_key(other_world.project)
    assert hooks.post("json", FIRING, f"?key={theirs}").status == 403
    assert hooks.post("json", FIRING, f"?key={'0' * 64}").status == 401
    with hooks.world.core.database.read() as work:
        stored = work.session.execute(text("SELECT hook_key_sha256 FROM projects")).scalars().all()
    assert key not in stored
    assert [len(one) for one in stored if one] == [64, 64]


@pytest.mark.parametrize("query", ["&project=shop", "&kye=x", "&key=other", "&id[]=1"])
def test_a_hook_refuses_what_its_address_cannot_say(hooks: Hooks, query: str) -> None:
    answer = hooks.post("json", FIRING, f"?key={hooks.project.public_key}{query}")
    assert answer.status == 400
    assert query[1:].partition("=")[0] in answer.json["detail"]
    assert hooks.issues() == []
