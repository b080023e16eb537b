"""One request to an ASGI application, its body in the pieces and at the moments that a test wants."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from anyio.from_thread import start_blocking_portal
from starlette.types import ASGIApp, Message, Scope

T = TypeVar("T")


@dataclass
class Answer:
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def run(scene: Callable[[], Awaitable[T]]) -> T:
    """What `scene` returns, run in a thread of its own: a browser under test keeps a loop in this one."""
    with start_blocking_portal() as portal:
        return portal.call(scene)


def http_scope(path: str, headers: Mapping[str, str], method: str = "POST") -> Scope:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }


async def ask(app: ASGIApp, scope: Scope, body: AsyncIterator[bytes]) -> Answer:
    answer = Answer()

    async def receive() -> Message:
        try:
            return {"type": "http.request", "body": await anext(body), "more_body": True}
        except StopAsyncIteration:
            return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, send)
    return answer


async def pieces(*data: bytes) -> AsyncIterator[bytes]:
    for piece in data:
        yield piece
