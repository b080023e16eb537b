"""Who is asking: a session cookie or a bearer token -> an account, and what its role may do."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from service.db.tables import Account, Role
from service.errors import NotAllowed, NotSignedIn
from service.wiring import Services

COOKIE = "hadir_session"
# The prefix makes browsers refuse the cookie unless it is Secure, for this host alone, and for all paths.
SECURE_COOKIE = "__Host-hadir_session"
ROLES: tuple[Role, ...] = ("employee", "hr", "auditor", "admin")

# For the OpenAPI description; the token is taken from the request by `session_token`.
_bearer = HTTPBearer(auto_error=False, description="The token that `POST /api/login` answers with")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="Set by `POST /api/login`")


def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def cookie_name(secure: bool) -> str:
    return SECURE_COOKIE if secure else COOKIE


def session_token(request: Request) -> str | None:
    """The bearer token when there is an Authorization header, else the session cookie."""
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None
    return request.cookies.get(cookie_name(services_of(request).settings.secure_cookies))


def current_account(request: Request) -> Account | None:
    """The account signed in, its employee loaded; None for a visitor."""
    token = session_token(request)
    if token is None:
        return None
    services = services_of(request)
    now = services.clock()
    with services.db.read() as session:
        try:
            account = services.auth.account_for(session, token, now)
            touch_due = services.auth.touch_due(session, token, now)
        except NotSignedIn:
            return None
    if touch_due:
        with services.db.write() as session:
            services.auth.touch(session, token, now)
    return account


def require(*roles: Role) -> Callable[..., Account]:
    """A dependency that lets the named roles pass.

    Raises NotSignedIn or NotAllowed.
    """

    def check(
        request: Request,
        _token: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
        _session: Annotated[str | None, Depends(_cookie)],
    ) -> Account:
        account = current_account(request)
        if account is None:
            raise NotSignedIn
        if account.role not in roles:
            raise NotAllowed
        return account

    return check


SignedIn = Annotated[Account, Depends(require(*ROLES))]
RosterKeeper = Annotated[Account, Depends(require("hr", "admin"))]
Overseer = Annotated[Account, Depends(require("hr", "auditor", "admin"))]
TheServices = Annotated[Services, Depends(services_of)]
