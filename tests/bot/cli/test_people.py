"""What an operator does about people: codes and roles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.accounts.directory import ChatAccount, Newcomer
from core.types import Role
from tests.support.cli import Shell
from tests.support.core import World


@pytest.fixture
def quell(bare_shell: Shell, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Shell:
    monkeypatch.setenv("QUELL_DATABASE_URL", database_url)
    return bare_shell


def test_a_link_code_is_printed_once_and_works_once(world: World, quell: Shell) -> None:
    answer = quell.json("user", "link-code", "Ada@acme.example")
    assert list(answer) == ["code"]
    assert re.fullmatch(r"(\w{4}-){2}\w{4}", answer["code"])
    account = ChatAccount("slack", "T", "U")
    assert world.core.link_codes.redeem(answer["code"], account, world.organization_id).name == "Ada"
    assert quell("user", "link-code", "ada@acme.example").out.startswith("code")


def test_a_role_is_changed_at_once(world: World, quell: Shell) -> None:
    for role in ("member", "viewer", "admin"):
        answer = quell.json("user", "role", "ada@acme.example", role)
        assert answer == {"id": str(world.ada.id), "email": "ada@acme.example", "name": "Ada", "role": role}
        assert world.core.directory.user_of_email("ada@acme.example").role is Role[role.upper()]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("user", "link-code", "nobody@acme.example"), "Nobody here is called nobody@acme.example"),
        (("user", "link-code", "ada@acme.example", "--org", "elsewhere"), "There is no organization elsewhere"),
        (("user", "role", "nobody@acme.example", "admin"), "Nobody here is called nobody@acme.example"),
        (("user", "role", "ada@acme.example", "king"), "'king' is not a role. Say viewer, member or admin."),
    ],
)
def test_what_is_refused_says_why(world: World, quell: Shell, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in quell(*words).refusal


def test_a_person_of_two_organizations_is_named_with_theirs(world: World, other_world: World, quell: Shell) -> None:
    other_world.core.directory.create_user(other_world.organization_id, Newcomer("Ada", "ada@acme.example", None), Role.MEMBER)
    assert "2 people in different organizations" in quell("user", "link-code", "ada@acme.example").refusal
    quell.json("user", "role", "ada@acme.example", "viewer", "--org", "umbrella")
    assert world.core.directory.user_of_email("ada@acme.example", world.organization_id).role is Role.ADMIN


def test_with_postgresql_only_what_needs_the_key_asks_for_it(quell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUELL_DATABASE_URL", "postgresql+psycopg://quell@127.0.0.1:1/quell")
    assert "QUELL_SECRET_KEY: with PostgreSQL" in quell("serve").refusal
    assert "QUELL_SECRET_KEY" not in quell("org", "create", "acme").refusal
    assert list(tmp_path.glob("*.key")) == []
