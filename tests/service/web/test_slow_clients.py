"""Connections on which nothing comes about, against a real server."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.types import Scope

from service.settings import Settings
from service.web import problems
from service.web.body_limit import BodyLimit, Pace
from service.web.slow_clients import UVICORN, PatientProtocol

HEADERS_WITHIN_S = 0.4
PACE = Pace(grace_s=0.4, least_bytes_per_s=1000, longest_s=2)
SOON_S = 10


class Impatient(PatientProtocol):
    headers_within_s = HEADERS_WITHIN_S
    most_connections = 5


app = FastAPI()
app.state.settings = Settings()
problems.install(app)


@app.post("/x")
async def length(request: Request) -> dict[str, int]:
    return {"length": len(await request.body())}


@contextmanager
def serving(protocol: type[asyncio.Protocol]) -> Iterator[int]:
    async def known(_: Scope) -> bool:
        return True

    limited = BodyLimit(app, pace=PACE, knows=known)
    options = UVICORN | {"http": protocol, "timeout_keep_alive": 5}
    server = uvicorn.Server(uvicorn.Config(limited, port=0, lifespan="off", **options))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until = time.monotonic() + SOON_S
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(Impatient) as port:
        yield port


@pytest.fixture
def connect(port: int) -> Iterator[Callable[[], socket.socket]]:
    opened: list[socket.socket] = []

    def connect() -> socket.socket:
        opened.append(socket.create_connection(("127.0.0.1", port), timeout=SOON_S))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


Connect = Callable[[], socket.socket]


def seconds_until_closed(connection: socket.socket) -> float:
    begun = time.monotonic()
    try:
        while connection.recv(1000):
            pass
    except ConnectionError:
        pass
    return time.monotonic() - begun


def answer(connection: socket.socket) -> bytes:
    received = b""
    while not received.endswith(b"}") and (more := connection.recv(1000)):
        received += more
    return received


def send_until_closed(connection: socket.socket, drip: bytes) -> float:
    """Seconds until the other side would have no more."""
    begun = time.monotonic()
    with suppress(ConnectionError):
        while time.monotonic() < begun + SOON_S:
            connection.sendall(drip)
            time.sleep(0.05)
    return time.monotonic() - begun


def request_head(length: int) -> bytes:
    return f"POST /x HTTP/1.1\r\nHost: hadir\r\nContent-Length: {length}\r\n\r\n".encode()


def test_a_connection_without_a_request_is_closed(connect: Connect) -> None:
    assert seconds_until_closed(connect()) < HEADERS_WITHIN_S + 2


def test_a_request_head_that_never_ends_is_closed_though_it_goes_on(connect: Connect) -> None:
    connection = connect()
    connection.sendall(b"GET / HTTP/1.1\r\n")
    assert send_until_closed(connection, b"X-Header: more\r\n") < HEADERS_WITHIN_S + 2


def test_a_body_at_a_steady_pace_is_taken_however_long_it_takes(connect: Connect) -> None:
    connection = connect()
    connection.sendall(request_head(1500))
    for _ in range(10):
        connection.sendall(bytes(150))
        time.sleep(0.12)
    assert b'{"length":1500}' in answer(connection)


def test_a_body_that_trickles_is_refused_and_the_connection_closed(connect: Connect) -> None:
    connection = connect()
    connection.sendall(request_head(1000))
    connection.sendall(b"x")
    begun = time.monotonic()
    assert b"HTTP/1.1 408" in answer(connection)
    assert connection.recv(1000) == b""
    assert time.monotonic() - begun < PACE.grace_s + 2


def test_what_is_sent_after_the_answer_does_not_keep_the_connection(connect: Connect) -> None:
    connection = connect()
    connection.sendall(request_head(200_000))
    assert b"HTTP/1.1 413" in answer(connection)
    assert send_until_closed(connection, b"x") < HEADERS_WITHIN_S + 2


def test_a_kept_connection_serves_one_request_after_another(connect: Connect) -> None:
    connection = connect()
    for _ in range(3):
        connection.sendall(request_head(4) + b"abcd")
        assert b'{"length":4}' in answer(connection)
        time.sleep(HEADERS_WITHIN_S / 2)


def test_connections_beyond_the_most_are_closed_at_once_and_the_others_go_on(port: int) -> None:
    with serving(Impatient) as own_port:
        first = [socket.create_connection(("127.0.0.1", own_port), timeout=SOON_S) for _ in range(5)]
        first[0].sendall(request_head(4))
        time.sleep(0.1)
        with socket.create_connection(("127.0.0.1", own_port), timeout=SOON_S) as one_more:
            assert seconds_until_closed(one_more) < HEADERS_WITHIN_S / 2
        first[0].sendall(b"abcd")
        assert b'{"length":4}' in answer(first[0])
        for connection in first:
            connection.close()
