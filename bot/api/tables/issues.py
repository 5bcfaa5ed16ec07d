"""The routes of issues, their logs, copies, fingerprints, tags and tombstones."""

from __future__ import annotations

from fastapi.params import Depends as Dependency

from bot.api.auth import READ, SCOPES_OF, WRITE
from bot.api.reading.projects import ANY_PROJECT
from bot.api.routes import comments, discards, empty, fingerprints, issue, issues, tags
from bot.api.schemas import events as event_schemas
from bot.api.schemas import issues as schemas
from bot.api.tables.route import CHANGES, COUNTED, HIDDEN, LINK, ORGANIZATION, PROJECT, ApiRoute, Responses, listed, shown
from bot.api.writing import update_body
from core.issues.actions import Delete, Discard, Restore
from core.issues.actions.roles import UNMERGE, role_for

ONE_ISSUE = ("/api/0/issues/{issue}/", f"{ORGANIZATION}/issues/{{issue}}/")
_OF_ORGANIZATION, _OF_PROJECT = f"{ORGANIZATION}/issues/", f"{PROJECT}/issues/"
_TOMBSTONES = (f"{PROJECT}/tombstones/", f"{PROJECT}/tombstones/{{tombstone}}/")

_CHANGED: Responses = {200: {"model": schemas.IssueJson, "headers": COUNTED}}
_UPDATED: Responses = {**_CHANGED, 204: {"description": "It was discarded.", "headers": COUNTED}}
_LOG = shown(schemas.ActivitiesJson, headers=LINK)
_DELTA: Responses = {
    200: {"model": schemas.DeltaJson, "headers": COUNTED},
    204: {"description": "There are no such issues, or they were discarded.", "headers": COUNTED},
}
_DELETED: Responses = {202: {"description": "It will be purged.", "headers": COUNTED}}
_ALL_DELETED: Responses = {204: {"description": "They will be purged.", "headers": COUNTED}}
_UNMERGED: Responses = {202: {"model": event_schemas.UnmergedJson}, 200: {"model": event_schemas.NothingJson}}
_COMMENTED: Responses = {201: {"model": schemas.ActivityJson}}
_TOMBSTONE_REMOVED: Responses = {204: {"description": "Its events are accepted again."}}
_DELETING = SCOPES_OF[role_for(Delete)]


def below_issue(word: str) -> list[str]:
    """Return the two paths of something of one issue."""
    return [f"{path}{word}/" for path in ONE_ISSUE]


_COMMENTS = [*below_issue("comments"), *below_issue("notes")]


def _of_many(path: str, narrowed_by: Dependency | None) -> tuple[ApiRoute, ...]:
    return (
        ApiRoute("GET", [path], issues.show, "Issues", READ, listed(schemas.IssueJson), HIDDEN, narrowed_by=narrowed_by),
        ApiRoute("PUT", [path], issues.update, "Change issues", WRITE, _DELTA, CHANGES, update_body.many_issues(), narrowed_by=narrowed_by),
        ApiRoute("DELETE", [path], issues.delete, "Delete issues", _DELETING, _ALL_DELETED, CHANGES, update_body.only_ids(), narrowed_by=narrowed_by),
    )


ROUTES = (
    ApiRoute("GET", ONE_ISSUE, issue.show, "One issue", READ, shown(schemas.IssueJson), HIDDEN),
    ApiRoute("PUT", ONE_ISSUE, issue.update, "Change one issue", WRITE, _UPDATED, CHANGES, update_body.one_issue()),
    ApiRoute("DELETE", ONE_ISSUE, issue.delete, "Delete one issue", _DELETING, _DELETED, CHANGES),
    ApiRoute("POST", below_issue("restore"), issue.restore, "Restore a deleted issue", SCOPES_OF[role_for(Restore)], _CHANGED, (*CHANGES, 410)),
    ApiRoute("GET", below_issue("activities"), issue.activities, "Activity log", READ, _LOG, HIDDEN, is_selecting=True),
    ApiRoute("GET", below_issue("messages"), issue.messages, "Copies in chats", READ, listed(schemas.MessageJson), HIDDEN),
    ApiRoute("POST", _COMMENTS, comments.comment, "Comment", WRITE, _COMMENTED, CHANGES, event_schemas.commenting()),
    ApiRoute("GET", _COMMENTS, comments.show, "Comments", READ, listed(schemas.ActivityJson), HIDDEN),
    ApiRoute("POST", ["/api/0/activities/{activity}/undo/"], comments.undo, "Undo an activity", WRITE, _CHANGED, (*CHANGES, 410)),
    ApiRoute("GET", below_issue("hashes"), fingerprints.show, "Fingerprints of an issue", READ, listed(event_schemas.FingerprintJson), HIDDEN),
    ApiRoute("PUT", below_issue("hashes"), fingerprints.unmerge, "Unmerge fingerprints", SCOPES_OF[UNMERGE], _UNMERGED, (*CHANGES, 410)),
    ApiRoute("GET", below_issue("tags"), tags.of_issue, "Tags of an issue", READ, listed(schemas.TagJson), HIDDEN),
    ApiRoute("GET", below_issue("tags/{key}"), tags.one_of_issue, "One tag of an issue", READ, shown(schemas.TagValuesJson), HIDDEN),
    ApiRoute("GET", [f"{ORGANIZATION}/shortids/{{short_id}}/"], issue.by_short_id, "Issue of a short id", READ, shown(schemas.ShortIdJson), HIDDEN),
    ApiRoute("GET", below_issue("external-issues"), empty.of_issue, "Links to other trackers", READ, listed(event_schemas.NoneJson), HIDDEN),
    ApiRoute("GET", below_issue("user-reports"), empty.of_issue, "Reports of users", READ, listed(event_schemas.NoneJson), HIDDEN),
    ApiRoute("GET", _TOMBSTONES[:1], discards.show, "Discarded issues", READ, listed(event_schemas.TombstoneJson), HIDDEN),
    ApiRoute("DELETE", _TOMBSTONES[1:], discards.delete, "Undo a discard", SCOPES_OF[role_for(Discard)], _TOMBSTONE_REMOVED, HIDDEN),
    *_of_many(_OF_ORGANIZATION, ANY_PROJECT),
    *_of_many(_OF_PROJECT, None),
)
