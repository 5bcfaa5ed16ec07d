"""``quell …`` as an operator or a script runs it: what it prints, what it refuses, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.cli import Ran, Shell
from tests.support.core import World

COMMANDS = [
    *(
        "serve",
        "org create",
        "project create",
        "project set",
        "project hook-key",
        "project grouping",
        "hook add",
        "hook list",
        "hook remove",
        "team create",
        "user create",
        "user role",
        "user link-code",
    ),
    *("token create", "watch", "unwatch", "watches", "do", "doctor", "loadtest", "db upgrade", "db copy", "slack manifest", "teams package"),
]
GROUPS = ["", "org", "project", "hook", "team", "user", "token", "db", "slack", "teams"]


# Making things --------------------------------------------------------------------------------------------------------


def test_each_thing_is_made_and_printed_in_its_promised_shape(quell: Shell) -> None:
    org = quell.json("org", "create", "acme")
    assert org == {"id": org["id"], "slug": "acme"}

    project = quell.json("project", "create", "shop", "--platform", "python")
    assert set(project) == {"id", "slug", "dsn", "public_key"}
    assert project["dsn"] == f"http://{project['public_key']}@127.0.0.1:8080/{project['id']}"

    team = quell.json("team", "create", "checkout", "--project", "shop")
    assert team["slug"] == "checkout"

    user = quell.json("user", "create", "Ada@Acme.example", "--name", "Ada", "--role", "admin", "--team", "checkout")
    assert user == {"id": user["id"], "email": "ada@acme.example", "name": "Ada", "role": "admin"}
    assert quell.json("user", "create", "ben@acme.example") | {"id": ""} == {"id": "", "email": "ben@acme.example", "name": "ben", "role": "member"}

    assert set(quell.json("token", "create")) == {"token"}
    assert set(quell.json("token", "create", "--user", "ada@acme.example", "--scope", "event:read", "--scope", "org:read")) == {"token"}
    assert set(quell.json("project", "hook-key", "shop")) == {"hook_key"}
    watch = quell.json("watch", "shop", "--slack", "C1")
    assert watch.items() >= {"project": "shop", "platform": "slack", "channel": "C1", "new": True}.items()
    assert quell.json("watch", "acme/shop", "--slack", "C1")["new"] is False
    assert quell.json("watch", "shop", "--teams", "19:x@thread.tacv2")["platform"] == "msteams"
    for made in (org, project, team, user):
        assert isinstance(made["id"], str)
        assert made["id"].isdecimal()


def test_without_json_it_prints_a_line_for_each_value(quell: Shell) -> None:
    ran = quell("org", "create", "acme")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split() for line in ran.out.splitlines()] == [["id", "1"], ["slug", "acme"]]


def test_the_dsn_begins_with_the_public_address(quell: Shell) -> None:
    quell.json("org", "create", "acme")
    quell.monkeypatch.setenv("QUELL_PUBLIC_URL", "https://quell.example.com/")
    project = quell.json("project", "create", "shop")
    assert project["dsn"] == f"https://{project['public_key']}@quell.example.com/{project['id']}"


def test_no_organization_is_made_by_itself(quell: Shell) -> None:
    for words in (("project", "create", "shop"), ("user", "create", "a@b.example"), ("team", "create", "t"), ("token", "create"), ("do", "list")):
        assert "quell org create SLUG" in quell(*words).refusal


REFUSED: list[tuple[tuple[str, ...], str]] = [
    (("org", "create", "acme"), "The organization acme is there already."),
    (("org", "create", "Not A Slug"), "'Not A Slug' is not a slug"),
    (("org", "create", "x" * 51), "is not a slug"),
    (("project", "create", "shop"), "The project shop is there already."),
    (("project", "create", "web", "--org", "nowhere"), "There is no organization nowhere."),
    (("project", "create", "a/b"), "'a/b' is not a slug"),
    (("team", "create", "x", "--project", "nothing"), "There is no project nothing."),
    (("user", "create", "nonsense"), "'nonsense' is not an e-mail address. Example: ada@example.com"),
    (("user", "create", "ADA@acme.example"), "The user ADA@acme.example is there already."),
    (("user", "create", "x@acme.example", "--role", "king"), "'king' is not a role. Say viewer, member or admin."),
    (("user", "create", "x@acme.example", "--team", "nobody"), "There is no team nobody."),
    (("token", "create", "--user", "nobody@acme.example"), "Nobody here is called nobody@acme.example."),
    (("token", "create", "--scope", "event:destroy"), "event:destroy is not one of event:read, event:write"),
    (("watch", "nothing", "--slack", "C1"), "There is no project nothing."),
    (("watch", "nowhere/shop", "--slack", "C1"), "There is no project nowhere/shop."),
    (("watch", "shop", "--slack", "C1", "--query", "level:eror"), "I cannot search by “level:eror”. Example: level:error or level:[error,fatal]"),
    (("watch", "shop", "--slack", "C1", "--query", "assigned:me"), "I cannot search by “me”: nobody is asking. Example: assigned:ada@example.com"),
    (("watch", "shop", "--slack", "C1", "--on", "none"), "This watch would never tell anything."),
    (("watch", "shop", "--slack", "C1", "--min-interval", "20000"), "20000 is no number of minutes from 1 to 10080"),
    (("watch", "shop", "--query", "level:eror", "--dry-run"), "I cannot search by “level:eror”."),
    (("watch", "shop", "--slack", "C1", "--query", "enviroment:production"), "the nearest is “environment”"),
    (("watch", "shop", "--slack", "C1", "--query", "!nosuchkey:x"), "there is no such key"),
    (("watch", "shop", "--query", "!nosuchkey:x", "--dry-run"), "there is no such key"),
    (("watch", "shop", "--slack", "#alerts"), "“#alerts” is not a channel's id; a name is not enough. Nothing was changed."),
    (("watch", "shop", "--slack", "alerts"), "“alerts” is not a channel's id"),
    (("watch", "shop", "--slack", "https://acme.slack.com/archives/C1"), "is not a channel's id"),
    (("watch", "shop", "--teams", "General"), "“General” is not a channel's id"),
    (("project", "hook-key", "nothing"), "There is no project nothing."),
    (("unwatch", "nothing", "--slack", "C1"), "There is no project nothing."),
    (("watches", "--org", "nowhere"), "There is no organization nowhere."),
    (("do", "reslove SHOP-1"), "Did you mean resolve?"),
    (("do", "resolve SHOP-1 SHOP-99"), "There is no issue SHOP-99 here."),
    (("do", "resolve SHOP-1", "--as", "nobody@acme.example"), "Nobody here is called nobody@acme.example."),
    (("serve", "--roles", "web,cook"), "cook is no role. Example: --roles web,scheduler,sender"),
    (("serve", "--roles", ""), "nothing is no role"),
    (("serve", "--playground", "--host", "0.0.0.0"), "it needs --host 127.0.0.1, not 0.0.0.0"),
]


def test_what_is_refused_says_why_with_exit_code_1(peopled: World, quell: Shell) -> None:
    for words, sentence in REFUSED:
        assert sentence in quell(*words).refusal, words
    assert peopled.issue().version == 1
    assert not peopled.core.directory.assignees_like(peopled.organization_id, "x@acme", 5)


WRONG_USAGE: list[tuple[str, ...]] = [
    ("explode",),
    ("org",),
    ("org", "create"),
    ("org", "create", "a", "b"),
    ("org", "create", "a", "--colour", "red"),
    ("project", "create"),
    ("serve", "--port", "eighty"),
    ("watch", "shop"),
    ("watch", "shop", "--slack", "C1", "--teams", "19:x"),
    ("watch", "shop", "--slack", "C1", "--every", "0"),
    ("watch", "shop", "--slack", "C1", "--every", "often"),
    ("watch", "shop", "--slack", "C1", "--on", "monday"),
    ("watch", "shop", "--slack", "C1", "--teams", "19:x", "--dry-run"),
    ("unwatch", "shop"),
    ("project", "set", "shop"),
    ("project", "set", "shop", "--resolve-after", "soon"),
    ("project", "create", "shop", "--resolve-after", "0"),
    ("do",),
    ("loadtest",),
    ("loadtest", "shop", "--events", "0"),
    ("loadtest", "shop", "--rate", "-1"),
    ("loadtest", "shop", "--size", "huge"),
    ("loadtest", "shop", "--host", "example.com"),
    ("db", "copy"),
    ("db", "copy", "--to", "mysql://quell@localhost/quell"),
    ("db", "copy", "--to", "postgresql://quell@localhost:port/quell"),
]


@pytest.mark.parametrize("words", WRONG_USAGE, ids=" ".join)
def test_wrong_usage_is_exit_code_2(bare_shell: Shell, words: tuple[str, ...]) -> None:
    ran = bare_shell(*words)
    assert ran.code == 2
    assert "Traceback" not in ran.out + ran.err
    # Not even a database was made for it.
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize("command", [*GROUPS, *COMMANDS])
def test_every_command_has_help_that_says_what_it_does(bare_shell: Shell, command: str) -> None:
    ran = bare_shell(*command.split(), "--help")
    assert ran.code == 0
    assert f"Usage: quell {command}".strip() in " ".join(ran.out.split())
    assert "Options" in ran.out
    assert bare_shell(*command.split(), "-h").out == ran.out


def test_help_of_the_program_names_every_command(bare_shell: Shell) -> None:
    out = bare_shell("--help").out
    assert all(f" {command.split()[0]} " in out for command in COMMANDS)


def test_help_never_shows_a_setting_that_is_a_secret(bare_shell: Shell) -> None:
    bare_shell.monkeypatch.setenv("QUELL_SLACK_BOT_TOKEN", "xoxb-hunter2")
    bare_shell.monkeypatch.setenv("QUELL_DATABASE_URL", "postgresql://quell:hunter2@localhost/quell")
    for command in [*GROUPS, *COMMANDS]:
        assert "hunter2" not in bare_shell(*command.split(), "--help").out


def test_what_the_platforms_want_at_installation_is_filled_in(bare_shell: Shell) -> None:
    bare_shell.monkeypatch.setenv("QUELL_PUBLIC_URL", "https://quell.example.com")
    manifest = json.loads(bare_shell("slack", "manifest").out)
    assert manifest["settings"]["event_subscriptions"]["request_url"] == "https://quell.example.com/slack/events"
    assert not manifest["settings"]["socket_mode_enabled"]
    assert bare_shell("teams", "package", "-o", "quell.zip").refusal.startswith("quell: QUELL_TEAMS_APP_ID")
    bare_shell.monkeypatch.setenv("QUELL_TEAMS_APP_ID", "6f0e3d6a-2d0f-4a39-9d7e-0c5f7b3f8a11")
    bare_shell.monkeypatch.setenv("QUELL_TEAMS_APP_PASSWORD", "hunter2")
    bare_shell.monkeypatch.setenv("QUELL_TEAMS_TENANT_ID", "1f0e3d6a-2d0f-4a39-9d7e-0c5f7b3f8a12")
    assert bare_shell("teams", "package", "-o", "quell.zip").code == 0
    with ZipFile("quell.zip") as package:
        assert json.loads(package.read("manifest.json"))["bots"][0]["botId"] == "6f0e3d6a-2d0f-4a39-9d7e-0c5f7b3f8a11"
        assert b"hunter2" not in package.read("manifest.json")


def test_the_manifest_is_one_for_socket_mode_where_it_is_asked_for_or_set_up(bare_shell: Shell) -> None:
    asked_for = bare_shell("slack", "manifest", "--socket-mode").out
    bare_shell.monkeypatch.setenv("QUELL_SLACK_APP_TOKEN", "xapp-hunter2")
    assert bare_shell("slack", "manifest").refusal.startswith("quell: QUELL_SLACK_APP_TOKEN needs QUELL_SLACK_BOT_TOKEN")
    bare_shell.monkeypatch.setenv("QUELL_SLACK_BOT_TOKEN", "xoxb-hunter2")
    set_up = bare_shell("slack", "manifest").out
    assert asked_for == set_up
    assert json.loads(set_up)["settings"]["socket_mode_enabled"]
    assert "request_url" not in set_up
    assert "hunter2" not in set_up


def test_bad_settings_are_refused_before_anything_is_done(bare_shell: Shell) -> None:
    bare_shell.monkeypatch.setenv("QUELL_PROT", "9000")
    assert bare_shell("org", "create", "acme").refusal.startswith("quell: QUELL_PROT: there is no such setting")
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize("url", ["postgresql+psycopg://quell:hunter2@127.0.0.1:1/quell", "sqlite:////nowhere/at/all/quell.db"])
def test_a_database_that_is_away_is_said_so_without_its_password(bare_shell: Shell, url: str) -> None:
    bare_shell.monkeypatch.setenv("QUELL_DATABASE_URL", url)
    for words in (("org", "create", "acme"), ("db", "upgrade")):
        refusal = bare_shell(*words).refusal
        assert "The database does not answer" in refusal
        assert "hunter2" not in refusal


# Projects -------------------------------------------------------------------------------------------------------------


def test_after_how_many_quiet_hours_issues_are_resolved_is_set_by_project(peopled: World, quell: Shell) -> None:
    web = quell.json("project", "create", "web", "--resolve-after", "48")
    assert quell.json("project", "set", "web", "--resolve-after", "never") == {"id": web["id"], "slug": "web", "resolve_after": None}
    assert quell.json("project", "set", "acme/shop", "--resolve-after", "720")["resolve_after"] == 720
    assert "There is no project nothing." in quell("project", "set", "nothing", "--resolve-after", "3").refusal


def test_a_token_has_the_scopes_that_its_role_allows(peopled: World, quell: Shell) -> None:
    quell.json("user", "create", "vic@acme.example", "--role", "viewer")

    def scopes(*words: str) -> frozenset[str]:
        token = peopled.core.directory.token(quell.json("token", "create", *words)["token"])
        assert token is not None
        return token.scopes

    everything = {"event:read", "event:write", "event:admin", "project:releases", "org:read"}
    assert scopes() == scopes("--user", "ada@acme.example") == everything
    assert scopes("--user", "vic@acme.example") == {"event:read", "org:read"}
    assert scopes("--scope", "event:read") == {"event:read"}
    assert "event:write is not one of" in quell("token", "create", "--user", "vic@acme.example", "--scope", "event:write").refusal


# The real thing -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_as_a_program_of_its_own_it_answers_the_same(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QUELL_")}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONWARNINGS": "error"}

    def run(*words: str) -> Ran:
        command = [sys.executable, "-m", "bot", *words]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False)
        return Ran(done.returncode, done.stdout, done.stderr)

    assert run("org", "create", "acme", "--json").answer == {"id": "1", "slug": "acme"}
    assert run("org", "create", "acme").refusal == "quell: The organization acme is there already."
    assert run("org", "destroy").code == 2
    assert (tmp_path / "quell.db").exists()
    assert run("db", "upgrade").out.startswith("Nothing to do: the database is at migration ")
