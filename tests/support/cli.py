"""The command line as an operator or a script runs it, in this process."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from bot.__main__ import main
from bot.playground import Playground


@dataclass
class Ran:
    """What a run of the program came to."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """The JSON it printed: one line, nothing else."""
        assert self.code == 0, self.err
        assert self.err == ""
        (line,) = self.out.splitlines()
        return dict(json.loads(line))

    @property
    def refusal(self) -> str:
        """Why it was refused: on standard error, without a trace, with nothing on standard output."""
        assert self.code == 1, self.out + self.err
        assert self.out == ""
        assert "Traceback" not in self.err
        return self.err.removesuffix("\n")


@dataclass
class Shell:
    """Runs the program, in this process for speed: the same ``main`` that ``quell`` calls."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Ran:
        self.monkeypatch.setattr(sys, "argv", ["quell", *words])
        self.capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        said = self.capsys.readouterr()
        return Ran(code, said.out, said.err)

    def json(self, *words: str) -> dict[str, Any]:
        return self(*words, "--json").answer


def both_chats(chats: Playground) -> dict[str, str]:
    accounts = chats.accounts
    return {
        "slack_signing_secret": accounts.slack_signing_secret,
        "slack_bot_token": accounts.slack_bot_token,
        "slack_api_url": accounts.slack_api_url,
        "teams_app_id": accounts.teams_app_id,
        "teams_app_password": accounts.teams_app_password,
        "teams_tenant_id": accounts.teams_tenant_id,
        "teams_openid_metadata": accounts.teams_openid_metadata,
        "teams_login_url": accounts.teams_login_url,
        "public_url": "https://quell.example.com",
    }
