"""Refuses a request body that is too long, before and while it is read."""

from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.image import MAX_BYTES
from service.errors import TooLarge
from service.i18n import negotiate
from service.web.problems import problem

KIB: Final = 1024
JSON_BYTES: Final = 64 * KIB
# Five enrolment photos of the greatest size; a check-in has one such photo, its frames are far smaller.
PHOTOS_BYTES: Final = 5 * MAX_BYTES + 64 * KIB
CHECKIN_BYTES: Final = 2 * MAX_BYTES


def _limit(path: str) -> int:
    if path == "/api/checkins":
        return CHECKIN_BYTES
    return PHOTOS_BYTES if "/photos" in path else JSON_BYTES


class BodyLimit:
    """The declared length is checked first; what comes without one is counted as it comes."""

    def __init__(self, app: ASGIApp, language: str = "id") -> None:
        self.app = app
        self.language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = _limit(scope["path"])
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > limit:
            language = negotiate(None, headers.get("accept-language"), self.language)
            await problem(TooLarge(), language)(scope, receive, send)
            return
        await self.app(scope, _counting(receive, limit), send)


def _counting(receive: Receive, limit: int) -> Receive:
    so_far = 0

    async def counted() -> Message:
        nonlocal so_far
        message = await receive()
        so_far += len(message.get("body", b""))
        if so_far > limit:
            # FastAPI turns every other exception of a body that is being parsed into a 400.
            raise HTTPException(TooLarge.status)
        return message

    return counted
