"""Check the tag keys of a query, and suggest similar ones for unknown keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from sqlalchemy import Exists, select
from sqlalchemy.orm import Session

from core.db.models import Issue, IssueTag
from core.rules.tag_keys import tag_key
from core.search import BadQuery, Query
from core.search.keys import DERIVED, KEYS
from core.search.terms import AllOf, Not, OneOf, Tagged, Term

_ALWAYS = DERIVED | {"environment", "release"}
_MIN_SIMILARITY = 0.6
_SAMPLE_ISSUES = 200
"""Number of newest issues whose tags are suggested for an unknown key."""


def refuse_unknown(session: Session, query: Query, project_ids: Collection[int]) -> None:
    """Raise BadQuery for a key that is neither built in nor a tag of the projects. A negated unknown key would select everything."""
    tags = {tag.key: tag for term in query.terms for tag in _tags_in(term) if tag.key not in _ALWAYS}
    if not tags:
        return
    seen = session.execute(select(*(_is_seen(key, project_ids) for key in sorted(tags)))).one()
    for key, is_seen in zip(sorted(tags), seen, strict=True):
        if not is_seen:
            raise _unknown(session, tags[key], project_ids)


def _unknown(session: Session, tag: Tagged, project_ids: Collection[int]) -> BadQuery:
    key = tag.key
    if tag.value.is_anything and key.lower() in KEYS:
        return BadQuery(f"has:{key}", KEYS[key.lower()][1], "no event had such a tag, and all issues have such a field; search by its value")
    near, example = _nearest(session, key, project_ids)
    hint = f"; the nearest is “{near}”" if near else ""
    return BadQuery(f"{key}:", example, f"there is no such key, and no event had such a tag{hint}")


def _tags_in(term: Term) -> list[Tagged]:
    match term:
        case Tagged():
            return [term]
        case Not(negated):
            return _tags_in(negated)
        case OneOf(terms) | AllOf(terms):
            return [tag for part in terms for tag in _tags_in(part)]
        case _:
            return []


def _is_seen(key: str, project_ids: Collection[int]) -> Exists:
    tagged = select(IssueTag.issue_id).join(Issue, Issue.id == IssueTag.issue_id)
    return tagged.where(IssueTag.key == tag_key(key), Issue.project_id.in_(project_ids)).exists()


def _nearest(session: Session, key: str, project_ids: Collection[int]) -> tuple[str, str]:
    """Return the most similar key with an example; no key if none is similar."""
    newest = select(Issue.id).where(Issue.project_id.in_(project_ids)).order_by(Issue.id.desc()).limit(_SAMPLE_ISSUES)
    tags: Sequence[str] = session.scalars(select(IssueTag.key).where(IssueTag.issue_id.in_(newest)).distinct()).all()
    examples = {name: f"{name}:value" for name in (*_ALWAYS, *tags)} | {name: example for name, (_, example) in KEYS.items()}
    names = {name.lower(): name for name in examples}
    near = get_close_matches(key.lower(), sorted(names), n=1, cutoff=_MIN_SIMILARITY)
    if not near:
        return "", "is:unresolved level:error"
    example = examples[names[near[0]]]
    return example.partition(":")[0], example
