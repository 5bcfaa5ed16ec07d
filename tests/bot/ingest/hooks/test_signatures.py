"""Hooks are opened by a signature too, as GitHub makes it with the project's hook key."""

from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import quote_plus

from tests.support.core import World
from tests.support.ingest.alerts import WORKFLOW
from tests.support.ingest.webhooks import Answer, Hooks


def signed(hooks: Hooks, key: str, body: bytes, query: str = "", **more: str) -> Answer:
    signature = "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return hooks.post("github", body, query, **{"X-Hub-Signature-256": signature, "X-GitHub-Event": "workflow_run"} | more)


BODY = json.dumps(WORKFLOW).encode()


def test_a_signature_with_the_hook_key_opens_like_the_key_itself(hooks: Hooks) -> None:
    key = hooks.world.core.directory.new_hook_key(hooks.project)
    assert signed(hooks, key, BODY).json == {"accepted": 1, "resolved": 0}
    hooks.world.clock.pass_by(minutes=1)
    hooks.post("json", {"title": "More of it", "fingerprint": ["github", "acme/shop 161335 main"]})
    hooks.world.clock.pass_by(minutes=1)
    over = json.dumps(WORKFLOW | {"workflow_run": WORKFLOW["workflow_run"] | {"conclusion": "success", "updated_at": None}}).encode()
    assert hooks.post("github", over).json["kept"] == 1
    assert signed(hooks, key, over).json["resolved"] == 1


def test_a_signed_ping_is_answered(hooks: Hooks) -> None:
    key = hooks.world.core.directory.new_hook_key(hooks.project)
    assert signed(hooks, key, b'{"zen": "Design for failure.", "hook_id": 1}').json == {"accepted": 0, "resolved": 0, "ignored": 1}


def test_a_signed_form_is_read(hooks: Hooks) -> None:
    key = hooks.world.core.directory.new_hook_key(hooks.project)
    form = b"payload=" + quote_plus(BODY).encode()
    assert signed(hooks, key, form, **{"Content-Type": "application/x-www-form-urlencoded"}).json["accepted"] == 1


def test_a_wrong_signature_opens_nothing(hooks: Hooks, other_world: World) -> None:
    key = hooks.world.core.directory.new_hook_key(hooks.project)
    theirs = other_world.core.directory.new_hook_key(other_world.project)
    for wrong in ("", key[:-1], theirs, hashlib.sha256(key.encode()).hexdigest()):
        assert signed(hooks, wrong, BODY).status == 401
    for header in ("", "sha256=", "sha1=" + "0" * 40, "sha256=" + "0" * 64, "é"):
        assert signed(hooks, key, BODY, **{"X-Hub-Signature-256": header}).status == 401
    # A key does not make up for a wrong signature.
    assert signed(hooks, "wrong", BODY, f"?key={hooks.project.public_key}").status == 401
    assert hooks.issues() == []


def test_without_a_hook_key_no_signature_is_right(hooks: Hooks) -> None:
    assert "quell project hook-key" in signed(hooks, hooks.project.public_key, BODY).json["detail"]
    for project in ("0", "99999", "x", "9" * 30):
        answer = hooks.send(f"/hooks/github/{project}/", BODY, **{"X-Hub-Signature-256": "sha256=" + "0" * 64})
        assert answer.status == 401
