"""Slow, silent and huge requests against the real server: none of them stalls it, fills it, or keeps others out."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from bot.security.connections import KIB, BoundedConnection, ConnectionLimits

HEAD = b"POST / HTTP/1.1\r\nHost: quell\r\n"
Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Application:
    """Answers ``/`` with the number of bytes of the body, ``/early`` at once, ``/large`` with 8 MiB, ``/held`` when it is let go."""

    def __init__(self) -> None:
        self.held = 0
        self.gone = 0
        self.let_go = asyncio.Event()

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        size = 0
        if scope["path"] == "/held":
            self.held += 1
            await self.let_go.wait()
        if scope["path"] != "/early":
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    self.gone += 1
                    return
                size, more = size + len(message["body"]), message["more_body"]
        body = bytes(8 * KIB * KIB) if scope["path"] == "/large" else str(size).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]})
        await send({"type": "http.response.body", "body": body})


class Server:
    def __init__(self, port: int, app: Application, server: uvicorn.Server) -> None:
        self.port = port
        self.app = app
        self._server = server

    @property
    def connections(self) -> int:
        return len(self._server.server_state.connections)

    async def connect(self) -> Client:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, request: bytes) -> bytes:
        """The answer to one request on a connection of its own."""
        reader, writer = await self.connect()
        try:
            writer.write(request)
            return await answer(reader)
        finally:
            writer.close()


async def answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return head + await reader.readexactly(size)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - what is waited for happens in uvicorn, which sets no event
            await asyncio.sleep(0.01)


@asynccontextmanager
async def serving(limits: ConnectionLimits) -> AsyncIterator[Server]:
    class Connection(BoundedConnection):
        pass

    Connection.limits = limits
    app = Application()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, http=Connection, ws="none", lifespan="off", log_config=None, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        serve = asyncio.create_task(server.serve(sockets=[listener]))
        await until(lambda: server.started)
        yield Server(listener.getsockname()[1], app, server)
        app.let_go.set()
        server.should_exit = True
        await serve


PATIENT = ConnectionLimits()
HASTY = ConnectionLimits(head_seconds=0.3, stall_seconds=0.3, linger_seconds=0.3)


async def test_an_ordinary_request_is_answered_and_the_connection_is_used_again() -> None:
    async with serving(PATIENT) as server:
        reader, writer = await server.connect()
        for _ in range(3):
            writer.write(HEAD + b"Content-Length: 5\r\n\r\nhello")
            assert (await answer(reader)).endswith(b"\r\n\r\n5")
        writer.close()


async def test_it_is_the_client_that_closes_a_resting_connection() -> None:
    """A server that closes it first may lose a click that is just on its way. Proxies keep a connection for up to a minute."""
    assert ConnectionLimits().idle_seconds > 60
    async with serving(ConnectionLimits(head_seconds=0.1, stall_seconds=0.1, linger_seconds=0.1)) as server:
        reader, writer = await server.connect()
        for _ in range(2):
            writer.write(HEAD + b"Content-Length: 5\r\n\r\nhello")
            assert (await answer(reader)).endswith(b"\r\n\r\n5")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.5)
        writer.close()


async def test_a_connection_that_rests_for_too_long_is_closed() -> None:
    async with serving(ConnectionLimits(idle_seconds=0.1)) as server:
        reader, writer = await server.connect()
        writer.write(HEAD + b"Content-Length: 5\r\n\r\nhello")
        assert (await answer(reader)).endswith(b"\r\n\r\n5")
        async with asyncio.timeout(4):  # uvicorn's own limit is 5 s
            assert await reader.read() == b""
        writer.close()


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", id="address"),
        pytest.param(HEAD + b"X: " + b"a" * 100_000 + b"\r\n\r\n", id="one header"),
        pytest.param(HEAD + b"X: a\r\n" * 12_000 + b"\r\n", id="many headers"),
        pytest.param(HEAD + b"X: " + b"a" * 100_000, id="a header without end"),
        pytest.param(HEAD + b"Y" * 100_000, id="a header's name without end"),
        pytest.param(b"\r\n" * 50_000, id="nothing but line breaks"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: " + b"a" * 1_000_000, id="a trailer without end"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 1_000_000, id="a chunk's extension without end"),
    ],
)
async def test_a_head_larger_than_64_kib_is_refused(head: bytes) -> None:
    async with serving(PATIENT) as server:
        said = await server.ask(head)
        assert said.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 ")), said
        assert b"connection: close" in said
        assert b"64 KiB" in said or said.startswith(b"HTTP/1.1 400")


async def test_a_head_of_just_under_64_kib_is_let_through() -> None:
    async with serving(PATIENT) as server:
        said = await server.ask(HEAD + b"X: " + b"a" * (63 * KIB) + b"\r\nContent-Length: 0\r\n\r\n")
        assert said.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("begun", "status"),
    [
        pytest.param(b"", b"", id="silence"),
        pytest.param(b"\r\n", b"HTTP/1.1 408 ", id="a line break"),
        pytest.param(b"POST / HT", b"HTTP/1.1 408 ", id="half a request line"),
        pytest.param(HEAD, b"HTTP/1.1 408 ", id="half a head"),
        pytest.param(HEAD + b"Content-Length: 10\r\n\r\nabc", b"HTTP/1.1 408 ", id="half a body"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", b"HTTP/1.1 408 ", id="half a chunked body"),
    ],
)
async def test_a_request_that_does_not_go_on_is_ended(begun: bytes, status: bytes) -> None:
    async with serving(HASTY) as server:
        reader, writer = await server.connect()
        writer.write(begun)
        said = await asyncio.wait_for(reader.read(), 20)
        assert said.startswith(status)
        await until(lambda: not server.connections)
        writer.close()


async def test_the_application_learns_of_a_body_that_does_not_go_on() -> None:
    async with serving(HASTY) as server:
        _reader, writer = await server.connect()
        writer.write(HEAD + b"Content-Length: 10\r\n\r\nabc")
        await until(lambda: server.app.gone == 1)
        writer.close()


async def test_a_head_that_trickles_is_ended_although_it_goes_on() -> None:
    async with serving(HASTY) as server:
        reader, writer = await server.connect()
        writer.write(HEAD)

        async def trickle() -> None:
            while True:
                writer.write(b"X: a\r\n")
                await asyncio.sleep(0.02)

        trickling = asyncio.create_task(trickle())
        assert (await asyncio.wait_for(reader.readline(), 20)).startswith(b"HTTP/1.1 408 ")
        trickling.cancel()
        writer.close()


async def test_a_slow_body_that_goes_on_is_read_to_its_end() -> None:
    async with serving(ConnectionLimits(stall_seconds=1.5)) as server:
        reader, writer = await server.connect()
        writer.write(HEAD + b"Content-Length: 20\r\n\r\n")
        for _ in range(20):
            writer.write(b"a")
            await asyncio.sleep(0.1)
        assert (await answer(reader)).endswith(b"20")
        writer.close()


async def test_an_answer_that_nobody_reads_is_given_up() -> None:
    async with serving(HASTY) as server:
        _reader, writer = await server.connect()
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(HEAD.replace(b"/ ", b"/large ") + b"Content-Length: 0\r\n\r\n")
        await until(lambda: not server.connections)
        writer.close()


async def test_a_body_that_is_sent_on_after_its_answer_ends_too() -> None:
    async with serving(HASTY) as server:
        reader, writer = await server.connect()
        writer.write(HEAD.replace(b"/ ", b"/early ") + b"Content-Length: 100000000\r\n\r\n")
        assert (await answer(reader)).startswith(b"HTTP/1.1 200 ")

        async def send_on() -> None:
            while True:
                writer.write(b"a" * KIB)
                await writer.drain()
                await asyncio.sleep(0.02)

        with pytest.raises(ConnectionError):
            await asyncio.wait_for(send_on(), 20)
        writer.close()


async def test_after_an_early_answer_and_the_rest_of_its_body_a_silent_connection_is_ended() -> None:
    async with serving(HASTY) as server:
        reader, writer = await server.connect()
        writer.write(HEAD.replace(b"/ ", b"/early ") + b"Content-Length: 3\r\n\r\n")
        await answer(reader)
        writer.write(b"abc")
        assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.close()


async def test_requests_that_do_not_wait_for_their_answers_are_bounded() -> None:
    async with serving(PATIENT) as server:
        reader, writer = await server.connect()
        writer.write((HEAD.replace(b"/ ", b"/held ") + b"Content-Length: 0\r\n\r\n") * 2000)
        assert await asyncio.wait_for(reader.read(), 20) == b""
        assert server.app.held == 1
        writer.close()


async def test_silent_connections_make_room_for_those_that_speak() -> None:
    async with serving(ConnectionLimits(connections=20)) as server:
        silent = [await server.connect() for _ in range(60)]
        for _ in range(10):
            assert (await server.ask(HEAD + b"Content-Length: 2\r\n\r\nhi")).endswith(b"2")
        assert server.connections <= 20
        for _, writer in silent:
            writer.close()


async def test_requests_under_way_are_not_closed_to_make_room() -> None:
    async with serving(ConnectionLimits(connections=5)) as server:
        working = [await server.connect() for _ in range(5)]
        for _, writer in working:
            writer.write(HEAD.replace(b"/ ", b"/held ") + b"Content-Length: 0\r\n\r\n")
        await until(lambda: server.app.held == 5)
        assert (await server.ask(HEAD + b"Content-Length: 0\r\n\r\n")).startswith(b"HTTP/1.1 503 ")
        server.app.let_go.set()
        for reader, writer in working:
            assert (await answer(reader)).startswith(b"HTTP/1.1 200 ")
            writer.close()
