"""Which kiosk is asking: the tablet's cookie, or its bearer token. No account's session opens a kiosk's routes."""

from typing import Annotated, Final

from fastapi import Depends, Request, Response
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from service import kiosk_access
from service.db.kiosk_tables import Kiosk
from service.kiosk_errors import NotAKiosk
from service.web.access import services_of

COOKIE: Final = "hadir_kiosk"
SECURE_COOKIE: Final = "__Host-hadir_kiosk"
# Browsers keep no cookie for longer (RFC 6265bis, 5.5); each visit of the kiosk's page renews it.
KEPT_S: Final = 400 * 24 * 3600

_bearer = HTTPBearer(
    auto_error=False, scheme_name="KioskBearer", description="The token of `POST /api/kiosk/pair`"
)
_cookie = APIKeyCookie(
    name=COOKIE, auto_error=False, scheme_name="KioskCookie", description="Set by `POST /api/kiosk/pair`"
)


def kiosk_token(request: Request) -> str | None:
    """The bearer token when there is an Authorization header, else the cookie."""
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None
    return request.cookies.get(_cookie_name(request))


def keep_token(request: Request, response: Response, token: str) -> None:
    response.set_cookie(
        _cookie_name(request),
        token,
        max_age=KEPT_S,
        path="/",
        secure=services_of(request).settings.secure_cookies,
        httponly=True,
        samesite="strict",
    )


def current_kiosk(request: Request) -> Kiosk | None:
    """The tablet's kiosk with its site, and that it was seen is noted; None for anybody else."""
    services = services_of(request)
    now = services.clock()
    try:
        with services.db.read() as session:
            kiosk = kiosk_access.kiosk_of(session, kiosk_token(request))
    except NotAKiosk:
        return None
    if kiosk_access.touch_due(kiosk, now):
        with services.db.write() as session:
            kiosk_access.touch(session, kiosk, now)
    return kiosk


def kiosk_mark(kiosk: Kiosk) -> str:
    """What stands for it on the tablet, as the mark of an account does; no account's begins so."""
    return f"kiosk:{kiosk.id}"


def the_kiosk(
    request: Request,
    _token: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    _kept: Annotated[str | None, Depends(_cookie)],
) -> Kiosk:
    """A dependency that lets paired tablets pass. Raises NotAKiosk."""
    kiosk = current_kiosk(request)
    if kiosk is None:
        raise NotAKiosk
    return kiosk


def _cookie_name(request: Request) -> str:
    return SECURE_COOKIE if services_of(request).settings.secure_cookies else COOKIE


TheKiosk = Annotated[Kiosk, Depends(the_kiosk)]
