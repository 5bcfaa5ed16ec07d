"""A browser without a screen: asks the pages through their real routes and keeps cookies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import unquote

from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Page:
    """What was answered."""

    status: int
    text: str
    headers: Mapping[str, str]


@dataclass
class Browser:
    """One browser of one person."""

    app: ASGIApp
    cookies: dict[str, str] = field(default_factory=dict)
    peer: str = "127.0.0.1"
    """Where it asks from."""

    async def get(self, path: str) -> Page:
        return await self.ask("GET", path)

    async def sign_in(self, token: str) -> Browser:
        """Opens a login link and presses its button."""
        page = await self.get(f"/login/{token}")
        assert '<form method="post">' in page.text
        assert (await self.ask("POST", f"/login/{token}", {"sec-fetch-site": "same-origin"})).status == 303
        return self

    async def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Page:
        bare, _, query = path.partition("?")
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"host": "127.0.0.1:8080", **(headers or {}), **({"cookie": cookie} if cookie else {})}
        scope = {
            "type": "http",
            "method": method,
            "client": (self.peer, 50_000),
            "path": unquote(bare),
            "raw_path": bare.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        }
        said: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            said.append(message)

        await self.app(scope, receive, send)
        answered = {name.decode(): value.decode() for name, value in said[0]["headers"]}
        self._keep(answered.get("set-cookie", ""))
        return Page(said[0]["status"], b"".join(part.get("body", b"") for part in said[1:]).decode(), answered)

    def _keep(self, header: str) -> None:
        for name, morsel in SimpleCookie(header).items():
            self.cookies[name] = morsel.value
            if morsel["max-age"] == "0":
                del self.cookies[name]


Open = Callable[..., Browser]
"""Opens a browser before the pages of a house."""
