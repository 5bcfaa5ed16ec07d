"""A wire between an SDK and the program that passes everything on, byte for byte, and remembers how the SDK spoke."""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

_REQUEST = re.compile(rb"(POST|OPTIONS) (/api/\S+) HTTP/1\.1\r\n((?:[^\r\n]+\r\n)*)\r\n")
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@dataclass(frozen=True)
class Head:
    """A request without its body; the names of headers are in lower case."""

    method: str
    path: str
    headers: dict[str, str]


class Wire(socketserver.ThreadingTCPServer):
    """Leads from a port of its own to that of the program."""

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.beyond = ("127.0.0.1", port)
        self.said: list[bytearray] = []
        self.answered: list[bytearray] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def heads(self, method: str = "POST") -> list[Head]:
        """The requests of this method so far."""
        found = [_head(*match.groups()) for said in self.said for match in _REQUEST.finditer(said)]
        return [head for head in found if head.method == method]

    def statuses(self) -> list[int]:
        """What the program answered so far."""
        return [int(status) for answered in self.answered for status in _STATUS.findall(answered)]


class _Talk(socketserver.BaseRequestHandler):
    """One connection."""

    server: Wire
    request: socket.socket

    def handle(self) -> None:
        said, answered = bytearray(), bytearray()
        self.server.said.append(said)
        self.server.answered.append(answered)
        with socket.create_connection(self.server.beyond) as beyond:
            back = threading.Thread(target=_pass_on, args=(beyond, self.request, answered))
            back.start()
            _pass_on(self.request, beyond, said)
            back.join()


def _pass_on(source: socket.socket, target: socket.socket, heard: bytearray) -> None:
    # Either end may hang up without a word; then there is nobody left to pass anything on to.
    with suppress(OSError):
        while data := source.recv(65_536):
            heard += data
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _head(method: bytes, path: bytes, lines: bytes) -> Head:
    pairs = (line.partition(":") for line in lines.decode("latin-1").splitlines())
    return Head(method.decode(), path.decode(), {name.lower(): value.strip() for name, _, value in pairs})


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    """A wire to this port. Whoever speaks through it must have hung up at the end."""
    with Wire(port) as wire:
        thread = threading.Thread(target=wire.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield wire
        finally:
            wire.shutdown()
            thread.join()
