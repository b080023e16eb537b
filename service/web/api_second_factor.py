"""The authenticator app of one's own account."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from models import qr_code
from service.second_factor import LONGEST_CODE
from service.sign_in import confirm_owner, count_attempt
from service.web.access import SignedIn, TheServices, origin_of, session_token
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


class QrOut(BaseModel):
    size: int = Field(description="Of the square that the code fills with its margin")
    path: str = Field(description="What is dark in it, as the `d` of an SVG path")


class AppEnrolmentOut(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
                    "address": "otpauth://totp/Hadir:admin?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
                    "&issuer=Hadir&digits=6&period=30",
                    "qr": {"size": 49, "path": "M4 4h7v1h-7z"},
                }
            ]
        }
    )

    secret: str = Field(description="Base32, for typing it into the app. It is not shown again")
    address: str = Field(description="The same as an address that authenticator apps open")
    qr: QrOut = Field(description="That address as a code to scan")


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
    confirm_owner(services.entrance, account, wanted.password, origin_of(request, account), services.clock())
    with services.db.write() as session:
        enrolment = services.second_factor.start(session, account.id)
    code = qr_code.drawn(enrolment.address)
    return AppEnrolmentOut(
        secret=enrolment.secret, address=enrolment.address, qr=QrOut(size=code.size, path=code.path)
    )


@router.post("/confirm", responses={409: {"description": "There is one already"}, **REFUSED})
def confirm(wanted: Confirm, request: Request, services: TheServices, account: SignedIn) -> RecoveryCodesOut:
    """The app's first code: from now on signing in needs one. All other sessions of the account end."""
    now = services.clock()
    origin = origin_of(request, account)
    count_attempt(services.entrance, origin, now)
    with services.db.write() as session:
        codes = services.second_factor.confirm(session, account.id, wanted.code, now)
        services.auth.end_sessions(session, account.id, keep=session_token(request))
        services.entrance.delays.take_back(session, origin)
    return RecoveryCodesOut(recovery_codes=list(codes))


@router.post("/recovery-codes", responses=REFUSED)
def renew_recovery_codes(
    wanted: Owner, request: Request, services: TheServices, account: SignedIn
) -> RecoveryCodesOut:
    """Ten new recovery codes; the earlier ones stop working."""
    now = services.clock()
    origin = origin_of(request, account)
    confirm_owner(services.entrance, account, wanted.password, origin, now)
    count_attempt(services.entrance, origin, now)
    with services.db.write() as session:
        services.second_factor.use_code(session, account.id, wanted.code, now)
        codes = services.second_factor.renew_recovery_codes(session, account.id, now)
        services.entrance.delays.take_back(session, origin)
    return RecoveryCodesOut(recovery_codes=list(codes))


@router.post("/remove", status_code=204, responses=REFUSED)
def remove(wanted: Owner, request: Request, services: TheServices, account: SignedIn) -> None:
    """Remove the authenticator app, to enrol another one."""
    now = services.clock()
    origin = origin_of(request, account)
    confirm_owner(services.entrance, account, wanted.password, origin, now)
    count_attempt(services.entrance, origin, now)
    with services.db.write() as session:
        services.second_factor.use_code(session, account.id, wanted.code, now)
        services.second_factor.remove(session, account.id, now, by=account.id)
        services.entrance.delays.take_back(session, origin)
