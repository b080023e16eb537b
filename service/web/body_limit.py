"""Refuses a request body that is too long, comes too slowly, or from a stranger, before and while it is read."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import anyio
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.image import MAX_BYTES
from service.access_errors import NotSignedIn
from service.errors import HadirError, TooDeep, TooLarge, TooSlow
from service.i18n import negotiate
from service.letters import LETTER_BYTES
from service.storage_errors import Overloaded, StorageUnavailable
from service.web.access import current_account
from service.web.json_depth import JsonDepth
from service.web.kiosk_device import current_kiosk
from service.web.problems import DATABASE_DOWN, RequestRefused, problem

KIB: Final = 1024
JSON_BYTES: Final = 64 * KIB
# Five enrolment photos of the greatest size; a check-in has one such photo, its frames are far smaller.
PHOTOS_BYTES: Final = 5 * MAX_BYTES + 64 * KIB
CHECKIN_BYTES: Final = 2 * MAX_BYTES
# A table of 20,000 employees as XLSX is a megabyte, as CSV three.
ROSTER_BYTES: Final = 9 * KIB * KIB
# 200,000 rows of a fingerprint machine are 8 MB as CSV.
PUNCH_FILE_BYTES: Final = 16 * KIB * KIB
# Half of all that is held: one at a time, beside the check-ins.
PHOTOS_ZIP_BYTES: Final = 65 * KIB * KIB
ABSENCE_BYTES: Final = LETTER_BYTES + 64 * KIB
# All bodies that are in memory at one time: a thousand check-ins of a phone.
HELD_BYTES: Final = 128 * KIB * KIB
KIOSK_CHECKINS: Final = frozenset({"/api/kiosk/checkins", "/api/kiosk/checkins/sealed"})


@dataclass(frozen=True, slots=True)
class Pace:
    """How slowly a body may come. By default 100 kB over a link of a few hundred bytes a second."""

    grace_s: float = 20.0
    least_bytes_per_s: float = 256.0
    longest_s: float = 600.0

    def time_for(self, received_bytes: int) -> float:
        """Seconds after its beginning by which more of a body must have come."""
        return min(self.grace_s + received_bytes / self.least_bytes_per_s, self.longest_s)


def _limit(path: str) -> int:
    if path in {"/api/checkins", "/api/checkins/sealed"} | KIOSK_CHECKINS:
        return CHECKIN_BYTES
    if path == "/api/roster":
        return ROSTER_BYTES
    if path == "/api/enrolments":
        return PHOTOS_ZIP_BYTES
    if path == "/api/absences":
        return ABSENCE_BYTES
    if path == "/api/machine-files/preview" or (
        path.startswith("/api/machines/") and path.endswith("/imports")
    ):
        return PUNCH_FILE_BYTES + 64 * KIB
    return PHOTOS_BYTES if "/photos" in path else JSON_BYTES


async def is_signed_in(scope: Scope) -> bool:
    """Or a paired tablet, where that is asked for."""
    who = current_kiosk if scope["path"] in KIOSK_CHECKINS else current_account
    return await run_in_threadpool(who, Request(scope)) is not None


class BodyLimit:
    """The declared length is checked first; what comes without one is counted as it comes.

    More than a small body is read only from those who are signed in: a stranger shall not fill the memory, and
    a phone whose session has ended shall not send a photo in vain.
    """

    def __init__(
        self,
        app: ASGIApp,
        language: str = "id",
        *,
        pace: Pace | None = None,
        held_bytes: int = HELD_BYTES,
        knows: Callable[[Scope], Awaitable[bool]] = is_signed_in,
    ) -> None:
        self.app = app
        self.language = language
        self._pace = pace or Pace()
        self._knows = knows
        self._room = _Room(held_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = _limit(scope["path"])
        if refusal := await self._refusal(scope, headers, limit):
            language = negotiate(None, headers.get("accept-language"), self.language)
            await problem(refusal, language)(scope, receive, send)
            return
        depth = JsonDepth() if "json" in headers.get("content-type", "").lower() else None
        body = _Body(receive, limit, self._pace, self._room, depth)
        try:
            await self.app(scope, body.receive, send)
        finally:
            body.forget()

    async def _refusal(self, scope: Scope, headers: Headers, limit: int) -> HadirError | None:
        declared = headers.get("content-length", "0")
        length = int(declared) if declared.isdigit() else 0
        if length > limit:
            return TooLarge()
        may_be_large = length > JSON_BYTES or "transfer-encoding" in headers
        if limit <= JSON_BYTES or not may_be_large:
            return None
        try:
            return None if await self._knows(scope) else NotSignedIn()
        except DATABASE_DOWN:
            return StorageUnavailable()


class _Room:
    """Bytes of bodies in memory, of all requests together."""

    def __init__(self, held_bytes: int) -> None:
        self.free = held_bytes


class _Body:
    def __init__(
        self, receive: Receive, limit: int, pace: Pace, room: _Room, depth: JsonDepth | None
    ) -> None:
        self._receive = receive
        self._limit = limit
        self._pace = pace
        self._room = room
        self._depth = depth
        self._begun = time.monotonic()
        self._so_far = 0
        self._whole = False

    async def receive(self) -> Message:
        if self._whole:
            return await self._receive()
        message = await self._in_time()
        chunk = message.get("body", b"")
        self._so_far += len(chunk)
        self._room.free -= len(chunk)
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)
        if self._so_far > self._limit:
            raise RequestRefused(TooLarge())
        if self._room.free < 0:
            raise RequestRefused(Overloaded())
        if self._depth and self._depth.too_deep(chunk):
            raise RequestRefused(TooDeep())
        return message

    def forget(self) -> None:
        self._room.free += self._so_far

    async def _in_time(self) -> Message:
        due = self._begun + self._pace.time_for(self._so_far)
        try:
            with anyio.fail_after(max(0.0, due - time.monotonic())):
                return await self._receive()
        except TimeoutError:
            raise RequestRefused(TooSlow()) from None
