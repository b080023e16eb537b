"""Refuses at once what could only wait: requests beyond what one process works on at a time."""

import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import Overloaded
from service.i18n import negotiate
from service.web.problems import RequestRefused, problem

# A rush of so many is served within a second (a check-in costs the web process 10-20 ms); a queue of so many
# that does not go away has everybody wait for nothing.
MOST_AT_ONCE = 64
MOST_FOR_LONG = 8
LONG_S = 0.5


class Crowding:
    """Counts requests from the end of their bodies to the end of their answers.

    One that is still being sent over a weak link holds no thread and is not counted. Asking for the service's
    health is never refused.

    idle : how many of them do nothing but wait now, and cost nothing meanwhile.
    """

    def __init__(self, app: ASGIApp, *, idle: Callable[[], int], language: str = "id") -> None:
        self.app = app
        self.language = language
        self._idle = idle
        self._at_work = 0
        self._crowded_since: float | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/health/"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if self._no_room():
            language = negotiate(None, headers.get("accept-language"), self.language)
            await problem(Overloaded(), language)(scope, receive, send)
            return
        counted = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
        self._add(int(counted))

        async def receive_and_count() -> Message:
            nonlocal counted
            message = await receive()
            if not counted and not message.get("more_body", False):
                if self._no_room():
                    raise RequestRefused(Overloaded())
                counted = True
                self._add(1)
            return message

        try:
            await self.app(scope, receive_and_count, send)
        finally:
            self._add(-int(counted))

    def _add(self, number: int) -> None:
        self._at_work += number
        busy = self._at_work - self._idle()
        if busy >= MOST_FOR_LONG:
            self._crowded_since = self._crowded_since or time.monotonic()
        elif busy < MOST_FOR_LONG // 2:
            self._crowded_since = None

    def _no_room(self) -> bool:
        for_long = self._crowded_since is not None and time.monotonic() - self._crowded_since > LONG_S
        return self._at_work - self._idle() >= (MOST_FOR_LONG if for_long else MOST_AT_ONCE)
