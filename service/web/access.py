"""Who is asking: a session or a program's token -> an account, and what its role or scopes may do."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from service import api_tokens
from service.access_errors import NotAllowed, NotSignedIn, ScopeMissing, SecondFactorMissing
from service.api_tokens import Scope
from service.auth import hash_token
from service.db.tables import Account, Role
from service.login_attempts import Origin
from service.wiring import Services

COOKIE = "hadir_session"
# The prefix makes browsers refuse the cookie unless it is Secure, for this host alone, and for all paths.
SECURE_COOKIE = "__Host-hadir_session"
DEVICE_COOKIE = "hadir_device"
SECURE_DEVICE_COOKIE = "__Host-hadir_device"
# Browsers keep no cookie for longer (RFC 6265bis, 5.5).
DEVICE_KNOWN_S = 400 * 24 * 3600
ROLES: tuple[Role, ...] = ("employee", "hr", "auditor", "admin")

# For the OpenAPI description; the token is taken from the request by `session_token`.
_bearer = HTTPBearer(
    auto_error=False,
    description="The token that `POST /api/login` answers with, or one of `POST /api/tokens`, for programs. "
    "A program's token opens the routes that name one of its scopes: "
    + "; ".join(f"`{scope}`: {opened}" for scope, opened in api_tokens.OPENS.items()),
)
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="Set by `POST /api/login`")


def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


async def the_services(request: Request) -> Services:
    """The same as a dependency, without a thread of its own."""
    return services_of(request)


def cookie_name(secure: bool) -> str:
    return SECURE_COOKIE if secure else COOKIE


def client_address(request: Request) -> str | None:
    """Where the request comes from; behind a proxy, what uvicorn takes from a trusted one's headers."""
    return request.client.host if request.client else None


def session_token(request: Request) -> str | None:
    """The bearer token when there is an Authorization header, else the session cookie."""
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None
    return request.cookies.get(cookie_name(services_of(request).settings.secure_cookies))


def device_mark(request: Request) -> str | None:
    """What the browser shows as that of a device on which somebody has signed in before."""
    return request.cookies.get(_device_cookie(services_of(request)))


def set_device_mark(request: Request, response: Response, mark: str) -> None:
    services = services_of(request)
    response.set_cookie(
        _device_cookie(services),
        mark,
        max_age=DEVICE_KNOWN_S,
        path="/",
        secure=services.settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def _device_cookie(services: Services) -> str:
    return SECURE_DEVICE_COOKIE if services.settings.secure_cookies else DEVICE_COOKIE


def origin_of(request: Request, account: Account) -> Origin:
    """Of somebody who is signed in and says once more who they are: counted by their session."""
    token = session_token(request)
    return Origin(account.login, client_address(request), hash_token(token) if token else None)


def is_of_program(token: str | None) -> bool:
    return token is not None and token.startswith(api_tokens.PREFIX)


def current_account(request: Request) -> Account | None:
    """The account signed in, its employee loaded; None for a visitor, and for a program's token."""
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


def _account_of_program(services: Services, token: str, scope: Scope | None) -> Account:
    """For whom the token acts. Raises NotSignedIn, and ScopeMissing where its scopes do not reach."""
    now = services.clock()
    with services.db.read() as session:
        row = api_tokens.row_of(session, token)
    if scope is None or scope not in row.scopes:
        raise ScopeMissing(scope=scope)
    if api_tokens.touch_due(row, now):
        with services.db.write() as session:
            api_tokens.touch(session, row, now)
    return row.account


def require(
    *roles: Role, scope: Scope | None = None, before_second_factor: bool = False
) -> Callable[..., Account]:
    """A dependency that lets the named roles pass.

    scope : of a program's token that is let in; without it none is.
    before_second_factor : also for those who have yet to enrol the one that their role needs.

    The dependency raises NotSignedIn, NotAllowed, ScopeMissing or SecondFactorMissing.
    """

    scopes = [] if scope is None else [scope]

    def check(
        request: Request,
        _token: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer, scopes=scopes)],
        _session: Annotated[str | None, Depends(_cookie)],
    ) -> Account:
        services = services_of(request)
        token = session_token(request)
        if token is not None and is_of_program(token):
            account: Account | None = _account_of_program(services, token, scope)
        else:
            account = current_account(request)
        if account is None:
            raise NotSignedIn
        if account.role not in roles:
            raise NotAllowed
        if not before_second_factor and services.second_factor.is_missing(account):
            raise SecondFactorMissing
        return account

    return check


# An account's own affairs, and the way to its second factor.
SignedIn = Annotated[Account, Depends(require(*ROLES, before_second_factor=True))]
# Nobody's attendance waits for an authenticator app.
CheckingIn = Annotated[Account, Depends(require(*ROLES, scope="checkins:write", before_second_factor=True))]
OwnDay = Annotated[Account, Depends(require(*ROLES, scope="checkins:read", before_second_factor=True))]
CheckinReader = Annotated[Account, Depends(require(*ROLES, scope="checkins:read"))]
Overseer = Annotated[Account, Depends(require("hr", "auditor", "admin", scope="checkins:read"))]
UnitReader = Annotated[Account, Depends(require("hr", "auditor", "admin", scope="employees:read"))]
RosterReader = Annotated[Account, Depends(require("hr", "admin", scope="employees:read"))]
RosterKeeper = Annotated[Account, Depends(require("hr", "admin", scope="employees:write"))]
# Those who decide on requests; a letter may tell of an illness, so it is opened by people alone.
RequestReader = Annotated[Account, Depends(require("hr", "admin", scope="requests:read"))]
RequestViewer = Annotated[Account, Depends(require(*ROLES, scope="requests:read", before_second_factor=True))]
Approver = Annotated[Account, Depends(require("hr", "admin", scope="requests:write"))]
MonthReader = Annotated[Account, Depends(require("hr", "admin", scope="months:read"))]
MonthKeeper = Annotated[Account, Depends(require("hr", "admin", scope="months:write"))]
# Of no program's scope: verdicts and what they rest on are for people.
Judge = Annotated[Account, Depends(require("hr", "auditor", "admin"))]
WebhookReader = Annotated[Account, Depends(require("admin", scope="webhooks:read"))]
WebhookKeeper = Annotated[Account, Depends(require("admin", scope="webhooks:write"))]
Administrator = Annotated[Account, Depends(require("admin"))]
TheServices = Annotated[Services, Depends(the_services)]
