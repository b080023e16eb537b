"""Refuses at once what could only wait: requests beyond what one process works on at a time."""

import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.i18n import negotiate
from service.storage_errors import Overloaded
from service.web.problems import RequestRefused, problem

# Threads that work on requests at one time. Beyond it a request would only wait.
MOST_AT_ONCE = 64
# Receiving a check-in is 10-20 ms of computing, and the interpreter computes one thing at a time: with more of
# them for long, each takes a multiple of that and none comes sooner. A rush that is over at once is let in.
CHECKINS = "/api/checkins"
MOST_RECEIVED_FOR_LONG = 3
LONG_S = 0.1


class Crowding:
    """Counts requests from the end of their bodies to the end of their answers.

    One that is still being sent over a weak link holds no thread and is not counted. Asking for the service's
    health is never refused.

    waiting : how many check-ins only wait for their decision now; they cost nothing meanwhile.
    """

    def __init__(self, app: ASGIApp, *, waiting: Callable[[], int], language: str = "id") -> None:
        self.app = app
        self.language = language
        self._waiting = waiting
        self._at_work = 0
        self._checkins = 0
        self._crowded_since: float | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/health/"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        is_checkin = scope["method"] == "POST" and scope["path"] == CHECKINS
        if not self._room_for(is_checkin):
            language = negotiate(None, headers.get("accept-language"), self.language)
            await problem(Overloaded(), language)(scope, receive, send)
            return
        counted = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
        if counted:
            self._count(1, is_checkin)

        async def receive_and_count() -> Message:
            nonlocal counted
            message = await receive()
            if not counted and not message.get("more_body", False):
                if not self._room_for(is_checkin):
                    raise RequestRefused(Overloaded())
                counted = True
                self._count(1, is_checkin)
            return message

        try:
            await self.app(scope, receive_and_count, send)
        finally:
            if counted:
                self._count(-1, is_checkin)

    def _count(self, number: int, is_checkin: bool) -> None:
        self._at_work += number
        self._checkins += number if is_checkin else 0
        received = self._checkins - self._waiting()
        if received >= MOST_RECEIVED_FOR_LONG:
            self._crowded_since = self._crowded_since or time.monotonic()
        elif received < MOST_RECEIVED_FOR_LONG - 1:
            self._crowded_since = None

    def _room_for(self, is_checkin: bool) -> bool:
        waiting = self._waiting()
        if self._at_work - waiting >= MOST_AT_ONCE:
            return False
        crowded = self._crowded_since is not None and time.monotonic() - self._crowded_since > LONG_S
        return not (is_checkin and crowded and self._checkins - waiting >= MOST_RECEIVED_FOR_LONG)
