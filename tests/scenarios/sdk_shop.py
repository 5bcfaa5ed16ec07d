"""A project of its own on the running program, and all that the program tells of it over its API."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from core.bootstrap import CoreSettings, open_core
from tests.support.program import JSON, Town, wait_for

ORGANIZATION = "acme"


@dataclass(frozen=True)
class Shop:
    """What an SDK reports to; ``token`` asks as anybody of the organization may."""

    town: Town
    slug: str
    id: str
    key: str
    token: str

    def dsn(self, port: int | None = None) -> str:
        """Where SDKs send to: through a wire's port, or directly."""
        return f"http://{self.key}@127.0.0.1:{port or self.town.port}/{self.id}"

    def ask(self, path: str) -> Any:
        status, answer = self.town.request("GET", f"/api/0/{path}", headers={"Authorization": f"Bearer {self.token}"})
        assert status == 200, (path, status, answer)
        return json.loads(answer)

    def issues(self, number: int) -> list[JSON]:
        """The project's issues, oldest first, as soon as there are so many."""
        wait_for(lambda: len(self._issues()) >= number, 20)
        found = self._issues()
        assert len(found) == number, [issue["title"] for issue in found]
        return found

    def only_issue(self) -> JSON:
        return self.issues(1)[0]

    def events(self, issue: JSON) -> list[JSON]:
        """The stored events of an issue, newest first, each with all that was kept of it."""
        listed = self.ask(f"issues/{issue['id']}/events/")
        return [self.ask(f"issues/{issue['id']}/events/{event['id']}/") for event in listed]

    def newest_event(self, issue: JSON) -> JSON:
        return dict(self.ask(f"issues/{issue['id']}/events/latest/"))

    def all_that_is_kept(self) -> str:
        """What the API tells and what lies in the files of the database."""
        told = [self.events(issue) for issue in self._issues()]
        stored = [file.read_bytes().decode("utf-8", "replace") for file in self.town.folder.glob("quell.db*")]
        assert told
        assert stored
        return json.dumps(told) + "".join(stored) + self.town.log

    def _issues(self) -> list[JSON]:
        return sorted(self.ask(f"projects/{ORGANIZATION}/{self.slug}/issues/?query="), key=lambda issue: int(issue["id"]))


@dataclass(frozen=True)
class Market:
    """The running program with an organization, in which projects can be had."""

    town: Town
    token: str
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def shop(self) -> Shop:
        slug = f"shop{next(self.numbers)}"
        with closing(open_core(CoreSettings(self.town.database_url))) as core:
            project = core.directory.create_project(slug, ORGANIZATION, None)
        return Shop(self.town, slug, str(project.id), project.public_key, self.token)


@contextmanager
def open_market(town: Town) -> Iterator[Market]:
    """Sets the program up, starts it, and stops it at the end."""
    with closing(open_core(CoreSettings(town.database_url))) as core:
        core.upgrade()
        token = core.directory.create_token(core.directory.create_organization(ORGANIZATION).id, None)
    town.start()
    try:
        yield Market(town, token)
    finally:
        code = town.stop()
    assert code == 0, town.log
    assert "Traceback" not in town.log, town.log


def entry(event: JSON, kind: str) -> JSON:
    """The part of an event of this type: ``exception``, ``breadcrumbs``, ``request``."""
    return dict(next(one["data"] for one in event["entries"] if one["type"] == kind))


def tags(event: JSON) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in event["tags"]}
