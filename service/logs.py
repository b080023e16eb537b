"""Log lines: what happened and where in the code, never to whom.

Paths hold NIPs and tokens, messages of exceptions hold what was to be stored. So a request is logged by its
route's template, and an exception by its kind and place.
"""

import json
import logging
import secrets
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.config import dictConfig
from time import perf_counter
from types import TracebackType
from typing import Any, Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import HadirError

LogFormat = Literal["plain", "json"]

OUR_LOGGERS = ("service", "enrollment", "models", "uvicorn")
REQUEST_ID_BYTES = 6
UNMATCHED = "unmatched"
# Asked every few seconds by machines.
QUIET_ROUTES = frozenset({"/health/live", "/health/ready"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
log = logging.getLogger(__name__)

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def configure(level: str, form: LogFormat = "plain") -> None:
    """Send the log lines of this process to standard error, in the given form.

    Start uvicorn with `log_config=None`. Other libraries are heard from warnings upwards only: on lower levels
    some of them log what they are given.
    """
    formatter = f"{__name__}.{'JsonLines' if form == 'json' else 'PlainLines'}"
    dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"lines": {"()": formatter}},
            "handlers": {
                "stderr": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "lines"}
            },
            "root": {"level": "WARNING", "handlers": ["stderr"]},
            "loggers": {
                **{name: {"level": level.upper(), "handlers": [], "propagate": True} for name in OUR_LOGGERS},
                # It names clients and paths; RequestLog has what is wanted of it.
                "uvicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
            },
        }
    )


class PlainLines(logging.Formatter):
    """`2026-11-24T07:30:00.123Z INFO service.logs [a1b2c3] message`, then an exception's places."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{_moment(record)} {record.levelname} {record.name}"
        if request_id := _request_id.get():
            line += f" [{request_id}]"
        line += f" {record.getMessage()}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 - the name that logging calls
        return _places(ei)


class JsonLines(logging.Formatter):
    """One object a line; requests with `method`, `route`, `status` and `ms`."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "time": _moment(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := _request_id.get():
            entry["request"] = request_id
        entry |= getattr(record, "request_line", {})
        if record.exc_info:
            entry["exception"] = _places(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def _moment(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _places(exc_info: _ExcInfo) -> str:
    """The exception and those behind it, innermost first; each its places and its kind."""
    error = exc_info[1]
    parts: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        places = "".join(traceback.format_tb(error.__traceback__))
        parts.append(f"{places}{_kind(error)}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(reversed(parts))


def _kind(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    # Ours are made to be logged.
    return f"{kind}: {error}" if isinstance(error, HadirError) else kind


class RequestLog:
    """ASGI: gives each request an id, and logs one line when it has been answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Always a new one: what a client sends as its id could say anything.
        request_id = secrets.token_hex(REQUEST_ID_BYTES)
        status: int | None = None

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        token = _request_id.set(request_id)
        begun = perf_counter()
        try:
            await self._app(scope, receive, send_noting_status)
        except Exception:
            # Answered further out, as 500.
            status = status or 500
            raise
        finally:
            _log_request(scope, status, (perf_counter() - begun) * 1000)
            _request_id.reset(token)


def _log_request(scope: Scope, status: int | None, ms: float) -> None:
    method = scope["method"] if scope["method"] in _METHODS else "OTHER"
    route = getattr(scope.get("route"), "path", UNMATCHED)
    line = {"method": method, "route": route, "status": status, "ms": round(ms, 1)}
    level = logging.DEBUG if route in QUIET_ROUTES and status == 200 else logging.INFO
    log.log(
        level, "%s %s %s %.1f ms", method, route, status or "unanswered", ms, extra={"request_line": line}
    )
