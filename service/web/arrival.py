"""Notes when a request arrived: before its body, which over a weak link may take a minute to follow."""

from collections.abc import Callable
from datetime import datetime

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send


class ArrivalTime:
    def __init__(self, app: ASGIApp, clock: Callable[[], datetime]) -> None:
        self.app = app
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope.setdefault("state", {})["arrived_at"] = self.clock()
        await self.app(scope, receive, send)


def arrived_at(request: Request) -> datetime:
    """When the first byte of the request came in, aware, UTC. It is the time that counts for a check-in."""
    at: datetime = request.state.arrived_at
    return at
