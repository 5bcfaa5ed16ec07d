"""The real Sentry SDK for Python, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.types import Level
from tests.support.ingest.app import Doorstep

_START = """
import sys, sentry_sdk
sentry_sdk.init(sys.argv[1], release="shop@1.4.2", environment="staging", default_integrations=False, shutdown_timeout=10)
sentry_sdk.set_user({"id": "42", "email": "ada@example.com"})
"""
_CRASH = """
def checkout(basket):
    api_token = "hunter2"
    return 100 / len(basket)

for _ in range(2):
    try:
        checkout([])
    except ZeroDivisionError as error:
        sentry_sdk.capture_exception(error)
sentry_sdk.flush(10)
"""
_SAY = """
sentry_sdk.set_tag("component", "search")
sentry_sdk.capture_message("search took 2.5 s", level="warning")
sentry_sdk.capture_message("search took 13 s", level="warning")
sentry_sdk.flush(10)
"""
_GROUP = """
with sentry_sdk.new_scope() as scope:
    scope.fingerprint = ["search"]
    sentry_sdk.capture_message("slow")
    sentry_sdk.capture_message("very slow")
sentry_sdk.flush(10)
"""
_UNCAUGHT = """
import logging
sentry_sdk.init(sys.argv[1])
logging.error("order %s is lost", 42)
raise SystemError("out of tea")
"""


def run(doorstep: Doorstep, dsn: str, program: str) -> str:
    done = subprocess.run([sys.executable, "-c", _START + program, dsn], capture_output=True, text=True, timeout=60, check=False)
    return done.stderr


def test_an_exception_arrives_with_user_release_and_environment(doorstep: Doorstep) -> None:
    project = doorstep.project()
    run(doorstep, doorstep.dsn(project), _CRASH)
    (issue,) = doorstep.issues(project)
    assert issue.title == "ZeroDivisionError: division by zero"
    assert (issue.times_seen, issue.users_seen, issue.level) == (2, 1, Level.ERROR)
    assert (issue.release, issue.environment) == ("shop@1.4.2", "staging")
    assert issue.payload["user"] == {"id": "42", "email": "ada@example.com"}
    frame = issue.payload["exception"]["values"][-1]["stacktrace"]["frames"][-1]
    assert (frame["function"], frame["vars"]["basket"], frame["vars"]["api_token"]) == ("checkout", [], "[Filtered]")


def test_messages_that_differ_in_a_number_are_one_issue(doorstep: Doorstep) -> None:
    project = doorstep.project()
    run(doorstep, doorstep.dsn(project), _SAY)
    (issue,) = doorstep.issues(project)
    assert (issue.title, issue.times_seen, issue.level) == ("search took 13 s", 2, Level.WARNING)
    assert issue.payload["tags"] == {"component": "search"}


def test_a_fingerprint_of_the_program_groups_what_it_says(doorstep: Doorstep) -> None:
    project = doorstep.project()
    run(doorstep, doorstep.dsn(project), _GROUP)
    assert [issue.times_seen for issue in doorstep.issues(project)] == [2]


@pytest.mark.slow
def test_an_uncaught_exception_and_a_logged_error_arrive_with_all_integrations_on(doorstep: Doorstep) -> None:
    project = doorstep.project()
    stderr = run(doorstep, doorstep.dsn(project), _UNCAUGHT)
    assert "out of tea" in stderr
    assert [issue.title for issue in doorstep.issues(project)] == ["order 42 is lost", "SystemError: out of tea"]


@pytest.mark.parametrize("times", [6])
def test_the_sdk_falls_silent_when_the_quota_is_used_up(doorstep_with_quota: Doorstep, times: int) -> None:
    project = doorstep_with_quota.project()
    program = f"for n in range({times}):\n    sentry_sdk.capture_message('m')\n    sentry_sdk.flush(10)\n"
    run(doorstep_with_quota, doorstep_with_quota.dsn(project), program)
    assert [issue.times_seen for issue in doorstep_with_quota.issues(project)] == [3]
    # Of the three that were too many only one was sent: the answer to it silenced the SDK.
    assert doorstep_with_quota.items("event") == 4
