"""Errors as problem details (RFC 9457), in the reader's language."""

from functools import partial

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from service.errors import HadirError, InvalidRequest, TooLarge
from service.i18n import Language, translate
from service.web.language import request_language

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5


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
    headers = None
    if error.status in {429, 503}:
        headers = {"Retry-After": str(error.extras.get("retry_after_s", RETRY_AFTER_S))}
    return JSONResponse(body, error.status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Every error that leaves an endpoint becomes problem details."""
    app.add_exception_handler(HadirError, _business_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


def _business_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HadirError)
    return problem(error, request_language(request))


def _invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    # Where and what, never the value: it may be a password.
    fields = [
        {"field": ".".join(str(part) for part in item["loc"][1:]), "problem": item["msg"]}
        for item in error.errors()
    ]
    return problem(InvalidRequest(fields=fields), request_language(request))


def _http_error(request: Request, error: Exception) -> JSONResponse:
    """What the framework itself refuses: an unknown path, another method, a body it can't parse."""
    assert isinstance(error, HTTPException)
    if error.status_code == TooLarge.status:
        return problem(TooLarge(), request_language(request))
    body = {"type": "about:blank", "title": error.detail, "status": error.status_code, "code": "http_error"}
    return JSONResponse(body, error.status_code, error.headers, MEDIA_TYPE)


def _unexpected(request: Request, _error: Exception) -> JSONResponse:
    """Ours to mend. The log has the traceback, whose text holds no values; the caller is told nothing."""
    return problem(HadirError(), request_language(request))
