"""Signing in and out, and passwords."""

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from service.auth import LONGEST_LOGIN, LONGEST_PASSWORD
from service.db.tables import Account, Role
from service.second_factor import LONGEST_CODE
from service.sign_in import Attempt, confirm_owner, sign_in
from service.web.access import (
    SignedIn,
    TheServices,
    client_address,
    cookie_name,
    device_mark,
    origin_of,
    session_token,
    set_device_mark,
)
from service.wiring import Services

router = APIRouter(prefix="/api", tags=["account"])

# Longer than any password: its own refusal says what the limits are.
PASSWORD_FIELD = 4 * LONGEST_PASSWORD
TOKEN_FIELD = 200
Responses: TypeAlias = dict[int | str, dict[str, Any]]
WAIT: Responses = {
    429: {"description": "Too many failed attempts; `Retry-After` and `retry_after_s` say how long to wait"}
}


class Login(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"login": "198503302003121002", "password": "correct horse battery"}]}
    )

    login: Annotated[str, Field(min_length=1, max_length=2 * LONGEST_LOGIN, description="NIP or login name")]
    password: Annotated[str, Field(min_length=1, max_length=PASSWORD_FIELD)]
    code: str | None = Field(
        None, max_length=LONGEST_CODE, description="Of the authenticator app, or a recovery code"
    )
    kind: Literal["cookie", "bearer"] = Field(
        "cookie", description="`bearer` sets no cookie: for programs, which send the token themselves"
    )


class LoginOut(BaseModel):
    token: str | None = Field(
        description="For `Authorization: Bearer`; null where a cookie was set, which no script can read"
    )
    role: Role
    expires_at: datetime
    second_factor_missing: bool = Field(
        description="The role needs an authenticator app: until it is enrolled little else is open"
    )


class Setup(BaseModel):
    token: Annotated[str, Field(min_length=1, max_length=TOKEN_FIELD, description="From the one-time link")]
    password: Annotated[str, Field(max_length=PASSWORD_FIELD)]


class NewPassword(BaseModel):
    current: Annotated[str, Field(max_length=PASSWORD_FIELD)]
    new: Annotated[str, Field(max_length=PASSWORD_FIELD)]


class Me(BaseModel):
    login: str
    role: Role
    nip: str | None = Field(description="Null for an account that is no employee's")
    name: str | None
    enrolled: bool = Field(description="Selfies can be compared with a template")


@router.post(
    "/login",
    responses={
        401: {
            "description": "The login or the password is wrong, or (`code_needed`) there is a code to send"
        },
        403: {"description": "The code is wrong or was used before"},
        **WAIT,
    },
)
def login(wanted: Login, request: Request, response: Response, services: TheServices) -> LoginOut:
    """Sign in. The answer sets a session cookie for browsers, or has a token for programs (`kind` is `bearer`)."""
    now = services.clock()
    attempt = Attempt(
        login=wanted.login,
        password=wanted.password,
        code=wanted.code,
        address=client_address(request),
        kind=wanted.kind,
        earlier=session_token(request),
        mark=device_mark(request),
    )
    entered = sign_in(services.entrance, attempt, now)
    account, issued = entered.account, entered.session
    if wanted.kind == "cookie":
        set_device_mark(request, response, entered.mark)
        secure = services.settings.secure_cookies
        response.set_cookie(
            cookie_name(secure),
            issued.token,
            max_age=int((issued.expires_at - now).total_seconds()),
            path="/",
            secure=secure,
            httponly=True,
            samesite="lax",
        )
    return LoginOut(
        token=issued.token if wanted.kind == "bearer" else None,
        role=account.role,
        expires_at=issued.expires_at,
        second_factor_missing=services.second_factor.is_missing(account),
    )


@router.post("/logout", status_code=204)
def logout(request: Request, response: Response, services: TheServices) -> None:
    """Sign out. Harmless for those who are not signed in."""
    token = session_token(request)
    if token is not None:
        with services.db.write() as session:
            services.auth.close_session(session, token, services.clock())
    secure = services.settings.secure_cookies
    response.delete_cookie(cookie_name(secure), path="/", secure=secure, httponly=True, samesite="lax")


@router.post("/setup", status_code=204, responses={410: {"description": "The link was used or has expired"}})
def setup(wanted: Setup, request: Request, response: Response, services: TheServices) -> None:
    """Set the password of the account that a one-time link was made for. The device is known from then on."""
    now = services.clock()
    with services.db.read() as session:
        services.auth.check_setup_link(session, wanted.token, now)
    with services.db.write() as session:
        account = services.auth.use_setup_link(session, wanted.token, wanted.password, now)
        services.entrance.delays.forget(session, account.login)
        mark = services.entrance.devices.mark(account)
    set_device_mark(request, response, mark)


@router.post(
    "/account/password",
    status_code=204,
    responses={403: {"description": "The present password is wrong"}, **WAIT},
)
def change_password(
    wanted: NewPassword, request: Request, response: Response, services: TheServices, account: SignedIn
) -> None:
    """Choose another password. All other sessions of the account end."""
    now = services.clock()
    confirm_owner(services.entrance, account, wanted.current, origin_of(request, account), now)
    with services.db.write() as session:
        services.auth.change_password(session, account, wanted.new, now, keep=session_token(request))
        mark = services.entrance.devices.mark(session.get_one(Account, account.id, populate_existing=True))
    set_device_mark(request, response, mark)


@router.get("/me")
def me(services: TheServices, account: SignedIn) -> Me:
    """Who is signed in."""
    employee = account.employee
    return Me(
        login=account.login,
        role=account.role,
        nip=employee.nip if employee else None,
        name=employee.name if employee else None,
        enrolled=_enrolled(services, account),
    )


def _enrolled(services: Services, account: Account) -> bool:
    with services.gallery.reading() as gallery:
        return account.employee_id in gallery
