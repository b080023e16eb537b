"""Errors as problem details (RFC 9457), in the reader's language."""

import logging
from functools import partial

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from service.errors import HadirError, InvalidRequest, NotFound, TooLarge, TooSlow
from service.i18n import Language, translate
from service.storage_errors import SealBroken, StorageFull, StorageUnavailable
from service.web.language import request_language
from service.web.page_frame import problem_page

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# What a driver or the pool of connections raises when the database is locked, full, failing or gone.
DATABASE_DOWN = (OperationalError, InterfaceError, NoConnectionFree)

log = logging.getLogger(__name__)


class RequestRefused(HTTPException):
    """A business error raised while the body is read: FastAPI turns every other exception into a 400."""

    def __init__(self, error: HadirError) -> None:
        super().__init__(error.status)
        self.error = error


def problem(error: HadirError, language: Language, **extras: object) -> JSONResponse:
    """The answer that tells a caller of the error."""
    body = {
        "type": f"/problems/{error.code}",
        "title": translate(language, error.title),
        "status": error.status,
        "detail": error.explain(partial(translate, language)),
        "code": error.code,
        **error.extras,
        **extras,
    }
    return JSONResponse(body, error.status, _headers(error), MEDIA_TYPE)


def _headers(error: HadirError) -> dict[str, str]:
    if error.status == TooSlow.status:
        return {"Connection": "close"}  # RFC 9110, 15.5.9
    if error.status in {429, 503}:
        return {"Retry-After": str(error.extras.get("retry_after_s", RETRY_AFTER_S))}
    return {}


def install(app: FastAPI) -> None:
    """Every error that leaves an endpoint becomes problem details."""
    app.add_exception_handler(HadirError, _business_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    for kind in DATABASE_DOWN:
        app.add_exception_handler(kind, _database_down)
    app.add_exception_handler(Exception, _unexpected)


def _business_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HadirError)
    if isinstance(error, SealBroken):
        log.error("what is stored was changed, moved or cut, and was not used", exc_info=error)
    return problem(error, request_language(request))


def _invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # Where and what, never the value: it may be a password.
    fields = [
        {"field": ".".join(str(part) for part in item["loc"][1:]), "problem": item["msg"]}
        for item in error.errors()
    ]
    return problem(InvalidRequest(fields=fields), request_language(request))


def _http_error(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: an unknown path, another method, a body it can't parse."""
    assert isinstance(error, HTTPException)
    if isinstance(error, RequestRefused):
        return problem(error.error, request_language(request))
    if error.status_code == TooLarge.status:
        return problem(TooLarge(), request_language(request))
    if error.status_code == 404:
        if not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", ""):
            return problem_page(request, NotFound())
        return problem(NotFound(), request_language(request))
    body = {"type": "about:blank", "title": error.detail, "status": error.status_code, "code": "http_error"}
    headers = {"Allow": ", ".join(_allowed(request))} if error.status_code == 405 else error.headers
    return JSONResponse(body, error.status_code, headers, MEDIA_TYPE)


def _allowed(request: Request) -> list[str]:
    """Of all routes of the path (RFC 9110, 10.2.1): the framework names those of the first one alone."""
    routes = request.app.router.routes
    scope = request.scope
    return [
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    ]


def _database_down(request: Request, error: Exception) -> JSONResponse:
    """A caller may try again; whoever runs the service has to look."""
    log.error("the database does not do its work", exc_info=error)
    full = getattr(getattr(error, "orig", None), "sqlite_errorname", None) == "SQLITE_FULL"
    return problem(StorageFull() if full else StorageUnavailable(), request_language(request))


def _unexpected(request: Request, _error: Exception) -> JSONResponse:
    """Ours to mend. The log has the traceback, whose text holds no values; the caller is told nothing."""
    return problem(HadirError(), request_language(request))
