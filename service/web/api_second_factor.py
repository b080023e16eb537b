"""The authenticator app of one's own account."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from service import login_attempts
from service.login_attempts import Origin
from service.second_factor import LONGEST_CODE
from service.sign_in import confirm_owner, count_attempt
from service.web.access import SignedIn, TheServices, client_address, session_token
from service.web.api_account import PASSWORD_FIELD, WAIT, Responses

router = APIRouter(prefix="/api/account/second-factor", tags=["account"])

Password = Annotated[str, Field(max_length=PASSWORD_FIELD)]
Code = Annotated[str, Field(min_length=1, max_length=LONGEST_CODE)]
REFUSED: Responses = {403: {"description": "The password or the code is wrong"}, **WAIT}


class SecondFactorOut(BaseModel):
    enrolled: bool
    required: bool = Field(description="By the role and the settings of this installation")
    recovery_codes_left: int


class Start(BaseModel):
    password: Password


class Confirm(BaseModel):
    code: Code


class Owner(BaseModel):
    password: Password
    code: Code = Field(description="Of the authenticator app, or a recovery code")


class AppEnrolmentOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
                    "address": "otpauth://totp/Hadir:admin?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
                    "&issuer=Hadir&digits=6&period=30",
                }
            ]
        }
    )

    secret: str = Field(description="Base32, for typing it into the app. It is not shown again")
    address: str = Field(description="The same as an address that authenticator apps open")


class RecoveryCodesOut(BaseModel):
    recovery_codes: list[str] = Field(description="Each signs in once. They are not shown again")


@router.get("")
def state(services: TheServices, account: SignedIn) -> SecondFactorOut:
    """Whether the account has an authenticator app."""
    with services.db.read() as session:
        left = services.second_factor.recovery_codes_left(session, account.id)
    return SecondFactorOut(
        enrolled=account.totp_confirmed_at is not None,
        required=services.second_factor.is_required(account),
        recovery_codes_left=left,
    )


@router.post("", status_code=201, responses={409: {"description": "There is one already"}, **REFUSED})
def start(wanted: Start, request: Request, services: TheServices, account: SignedIn) -> AppEnrolmentOut:
    """Begin to enrol an authenticator app. It counts when its first code has been confirmed."""
    confirm_owner(
        services.db, services.auth, account, wanted.password, client_address(request), services.clock()
    )
    with services.db.write() as session:
        enrolment = services.second_factor.start(session, account.id)
    return AppEnrolmentOut(secret=enrolment.secret, address=enrolment.address)


@router.post("/confirm", responses={409: {"description": "There is one already"}, **REFUSED})
def confirm(wanted: Confirm, request: Request, services: TheServices, account: SignedIn) -> RecoveryCodesOut:
    """The app's first code: from now on signing in needs one. All other sessions of the account end."""
    now = services.clock()
    origin = Origin(account.login, client_address(request))
    count_attempt(services.db, origin, now)
    with services.db.write() as session:
        codes = services.second_factor.confirm(session, account.id, wanted.code, now)
        services.auth.end_sessions(session, account.id, keep=session_token(request))
        login_attempts.take_back(session, origin)
    return RecoveryCodesOut(recovery_codes=list(codes))


@router.post("/recovery-codes", responses=REFUSED)
def renew_recovery_codes(
    wanted: Owner, request: Request, services: TheServices, account: SignedIn
) -> RecoveryCodesOut:
    """Ten new recovery codes; the earlier ones stop working."""
    now = services.clock()
    origin = Origin(account.login, client_address(request))
    confirm_owner(services.db, services.auth, account, wanted.password, origin.address, now)
    count_attempt(services.db, origin, now)
    with services.db.write() as session:
        services.second_factor.use_code(session, account.id, wanted.code, now)
        codes = services.second_factor.renew_recovery_codes(session, account.id)
        login_attempts.take_back(session, origin)
    return RecoveryCodesOut(recovery_codes=list(codes))


@router.post("/remove", status_code=204, responses=REFUSED)
def remove(wanted: Owner, request: Request, services: TheServices, account: SignedIn) -> None:
    """Remove the authenticator app, to enrol another one."""
    now = services.clock()
    origin = Origin(account.login, client_address(request))
    confirm_owner(services.db, services.auth, account, wanted.password, origin.address, now)
    count_attempt(services.db, origin, now)
    with services.db.write() as session:
        services.second_factor.use_code(session, account.id, wanted.code, now)
        services.second_factor.remove(session, account.id)
        login_attempts.take_back(session, origin)
