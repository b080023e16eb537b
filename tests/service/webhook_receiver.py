"""A real receiver of webhooks on this machine, in a thread, that answers as it is told."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LOCAL = "127.0.0.1"


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """answer : of each request its status and headers. delay_s : before it."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], tuple[int, dict[str, str]]] = lambda _: (204, {})
    delay_s: float = 0

    @property
    def url(self) -> str:
        return f"http://{LOCAL}:{self.port}/hadir"

    @property
    def bodies(self) -> list[bytes]:
        return [one.body for one in self.received]

    def answers(self, status: int, **headers: str) -> None:
        self.answer = lambda _: (status, headers)


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            names = {name.lower(): value for name, value in self.headers.items()}
            one = Received(self.path, names, self.rfile.read(length))
            receiver.received.append(one)
            time.sleep(receiver.delay_s)
            status, headers = receiver.answer(one)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - as the server calls it

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer((LOCAL, 0), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
