"""A small client of an MCP server that speaks JSON-RPC over its standard input and output."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.scenarios.clients.desk import MCP_SERVER, Desk
from tests.support.program import JSON


class McpClient:
    """Asks one server, one question at a time."""

    def __init__(self, process: subprocess.Popen[str], organization: str) -> None:
        self._process = process
        self._organization = organization
        self._asked = 0

    def greet(self) -> None:
        """Opens the conversation, as the protocol wants it."""
        self._ask("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "tests", "version": "1"}})
        self._say({"method": "notifications/initialized"})

    def use(self, tool: str, **arguments: Any) -> str:
        """What a tool answers about the organization; a tool that is found only by searching is run by another."""
        arguments |= {"organizationSlug": self._organization}
        known = tool in self.tools()
        name, given = (tool, arguments) if known else ("execute_sentry_tool", {"name": tool, "arguments": arguments})
        answer = self._ask("tools/call", {"name": name, "arguments": given})
        return "\n".join(part.get("text", "") for part in answer["content"])

    def tools(self) -> set[str]:
        """The names of the tools that it offers at once."""
        return {tool["name"] for tool in self._ask("tools/list", {})["tools"]}

    def _ask(self, method: str, params: JSON) -> JSON:
        self._asked += 1
        self._say({"id": self._asked, "method": method, "params": params})
        assert self._process.stdout is not None
        for line in self._process.stdout:
            answer = json.loads(line)
            if answer.get("id") == self._asked:
                return dict(answer["result"])
        raise AssertionError("the server hung up")

    def _say(self, message: JSON) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self._process.stdin.flush()


@contextmanager
def mcp_client(desk: Desk) -> Iterator[McpClient]:
    """A client of the server, which acts as Ada on the running program."""
    host = desk.recorder.url.removeprefix("http://")
    command = [*MCP_SERVER, f"--access-token={desk.ada}", f"--host={host}", "--insecure-http", "--all-skills"]
    desk.home.mkdir()
    # It reads the same variables as other clients, and minds some of them. It reports on itself unless its DSN is empty.
    environment = {"PATH": os.environ["PATH"], "HOME": str(desk.home), "SENTRY_DSN": ""}
    with subprocess.Popen(
        command, cwd=desk.folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            client = McpClient(process, desk.organization)
            client.greet()
            yield client
        finally:
            process.kill()
