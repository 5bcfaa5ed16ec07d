"""A proxy between a client and the program that passes every request on and remembers it together with its answer."""

from __future__ import annotations

import http.client
import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "expect"}


@dataclass(frozen=True)
class Exchange:
    """A request and its answer; the names of headers are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    answer: bytes


class Recorder(http.server.ThreadingHTTPServer):
    """Listens on a port of its own and asks the program on another."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Passage)
        self.beyond = port
        self.exchanges: list[Exchange] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up in the middle needs no traceback."""


class _Passage(http.server.BaseHTTPRequestHandler):
    server: Recorder
    protocol_version = "HTTP/1.1"

    def _pass(self) -> None:
        body = self._body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.beyond, timeout=60)) as beyond:
            beyond.request(self.command, self.path, body, {name: value for name, value in headers.items() if name not in _HOP_BY_HOP})
            response = beyond.getresponse()
            answer = response.read()
        self.server.exchanges.append(Exchange(self.command, self.path, headers, body, response.status, answer))
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Every method is passed on: the server looks for ``do_GET`` and its like."""
        if name.startswith("do_"):
            return self._pass
        raise AttributeError(name)

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's own name
        """Nobody reads it."""


@contextmanager
def recorder_before(port: int) -> Iterator[Recorder]:
    """A recorder in front of the program on this port."""
    with Recorder(port) as recorder:
        thread = threading.Thread(target=recorder.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield recorder
        finally:
            recorder.shutdown()
            thread.join()
