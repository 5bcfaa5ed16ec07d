"""What is not there says what is: unknown addresses, organizations, projects and names."""

from __future__ import annotations

import pytest

from bot.api.not_found import nothing_here
from tests.support.api import Tenant, World

KNOWN = [
    "/api/0/",
    "/api/0/issues/{issue}/",
    "/api/0/issues/{issue}/events/",
    "/api/0/issues/{issue}/events/latest/",
    "/api/0/issues/{issue}/tags/{key}/",
    "/docs",
]


def detail(acme: Tenant, method: str, path: str) -> str:
    answer = acme.client.ask(method, path)
    assert (answer.status, list(answer.json)) == (404, ["detail"]), answer
    return str(answer.json["detail"])


@pytest.mark.parametrize("path", ["/", "/api", "//evil.example/api/0", "/nothing/"])
def test_outside_the_api_there_is_nothing_with_and_without_slash(acme: Tenant, path: str) -> None:
    assert detail(acme, "GET", path) == "There is nothing at this address."


def test_an_unknown_address_of_an_organization_says_what_an_organization_has(acme: Tenant) -> None:
    for method in ("GET", "POST", "PUT", "DELETE"):
        sentence = detail(acme, method, "/api/0/organizations/acme/monitors/")
        assert sentence.startswith(
            "There is no /api/0/organizations/{org}/monitors/ here. Below /api/0/organizations/{org}/ there is: artifactbundle,"
        )
        assert "releases" in sentence
        assert "not found" not in sentence


def test_it_is_the_same_for_an_organization_that_does_not_exist_and_without_a_token(world: World, acme: Tenant) -> None:
    sentence = detail(acme, "GET", "/api/0/organizations/acme/monitors/")
    assert detail(acme, "GET", "/api/0/organizations/nosuch/monitors/") == sentence
    assert world.client(None).ask("GET", "/api/0/organizations/acme/monitors/").json == {"detail": sentence}


def test_an_unknown_organization_project_team_and_issue_are_named_as_such(acme: Tenant) -> None:
    for path, sentence in {
        "organizations/nosuch/issues/": "There is no organization nosuch.",
        "organizations/nosuch/": "There is no organization nosuch.",
        "projects/nosuch/shop/": "There is no organization nosuch.",
        "projects/acme/nosuch/": "There is no project nosuch.",
        "projects/acme/nosuch/releases/": "There is no project nosuch.",
        "teams/acme/nosuch/projects/": "There is no team nosuch.",
        "organizations/acme/shortids/SHOP-99/": "There is no issue SHOP-99 here.",
    }.items():
        assert detail(acme, "GET", f"/api/0/{path}") == sentence


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/api/0/issues/", "There is nothing at /api/0/issues/ itself. Below /api/0/issues/ there is: {issue}."),
        ("/api/0/nothing/", "There is no /api/0/nothing/ here. Below /api/0/ there is: issues."),
        ("/api/0/issues/12/autofix/", "There is no /api/0/issues/{issue}/autofix/ here. Below /api/0/issues/{issue}/ there is: events, tags."),
        ("/api/0/issues/12/autofix/a/b", "There is no /api/0/issues/{issue}/autofix/a/b/ here. Below /api/0/issues/{issue}/ there is: events, tags."),
        ("/api/0/issues/12/events/latest/x/", "There is no /api/0/issues/{issue}/events/latest/x/ here."),
        ("/api/0//", "There is no /api/0/"),
        ("/api/0/\x1b[2J<b>/", "There is no /api/0/\\x1b[2J<b>/ here. Below /api/0/ there is: issues."),
    ],
)
def test_the_longest_known_beginning_counts(path: str, sentence: str) -> None:
    assert nothing_here(path, KNOWN).startswith(sentence)


def test_a_long_address_is_not_repeated_in_full() -> None:
    assert len(nothing_here("/api/0/" + "x" * 100_000, KNOWN)) < 250
    assert len(nothing_here("/api/0/issues/" + "x/" * 10_000, KNOWN)) < 250
