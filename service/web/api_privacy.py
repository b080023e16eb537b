"""What is stored about somebody: to see it, to take it along, to withdraw consent, to have it erased."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from service import people
from service.attendance.machine_file import PunchKind
from service.db.request_tables import AbsenceKind, RequestState
from service.db.tables import Account, CheckinKind, CheckinStatus, EmploymentClass, Role
from service.errors import NotAnEmployee
from service.own_data import as_zip, note_export, own_data, own_images
from service.reach import reach_of
from service.web.access import SignedIn, TheServices, require
from service.web.api_employees import Nip, may_manage
from service.web.request_forms import DecisionOut, WallTime

router = APIRouter(prefix="/api", tags=["privacy"])

# Of no program's scope: what can't be undone is for people to do.
Eraser = Annotated[Account, Depends(require("hr", "admin"))]


class AccountOut(BaseModel):
    login: str
    role: Role
    created_at: datetime


class ConsentOut(BaseModel):
    text_version: str
    language: str
    text: str = Field(description="What was agreed to, in the language in which it was read")
    given_at: datetime
    withdrawn_at: datetime | None


class TemplateOut(BaseModel):
    """A numeric description of the face. The numbers themselves are of use to nobody but the service."""

    encoders: str
    photos: int
    created_at: datetime


class WhereOut(BaseModel):
    lat: float
    lon: float
    accuracy_m: float


class OwnCheckinOut(BaseModel):
    id: str
    kind: CheckinKind
    captured_at: datetime
    received_at: datetime
    counted_at: datetime | None
    status: CheckinStatus
    reasons: list[str]
    position: WhereOut | None
    link: dict[str, Any] | None = Field(description="How the upload before it went, as the phone said")
    device: str | None
    image_kept: bool = Field(description="The photo is still stored")


class DeviceOut(BaseModel):
    device: str = Field(description="The random name that the browser has made for itself")
    first_at: datetime
    last_at: datetime


class OwnNumberOut(BaseModel):
    machine: str
    number: str


class OwnPunchOut(BaseModel):
    at: datetime
    kind: PunchKind = Field(description="`any` where the machine did not say which")
    machine: str
    taken_back_at: datetime | None = Field(description="Since then it does not count")


class OwnWorkingDayOut(BaseModel):
    date: date
    kind: str
    starts_at: datetime | None
    ends_at: datetime | None


class OwnAbsenceOut(BaseModel):
    kind: AbsenceKind
    first: date
    last: date
    note: str
    state: RequestState
    asked_at: datetime
    entered_by: str | None = Field(description="Who entered it for you; null where you asked yourself")
    letter_kept: bool = Field(description="The letter is still stored")
    decisions: list[DecisionOut]


class OwnCorrectionOut(BaseModel):
    day: date
    arrival: WallTime | None
    departure: WallTime | None
    departs_next_day: bool
    note: str
    state: RequestState
    asked_at: datetime
    entered_by: str | None = Field(description="Who entered it for you; null where you asked yourself")
    decisions: list[DecisionOut]


class OwnMoveOut(BaseModel):
    unit: str | None = Field(description="Name of the unit; null for none")
    first_day: date | None = Field(description="Since when; null is from the beginning")
    reason: str


class OwnPeriodOut(BaseModel):
    """When HR has entered that you could not check in."""

    first: date
    last: date
    begins: WallTime | None
    ends: WallTime | None
    reason: str
    revoked_at: datetime | None


class OwnRequestsOut(BaseModel):
    absences: list[OwnAbsenceOut]
    corrections: list[OwnCorrectionOut]
    periods: list[OwnPeriodOut]


class OwnClosedMonthOut(BaseModel):
    month: date = Field(description="Its first day")
    unit_name: str
    closed_at: datetime
    unlocked_at: datetime | None = Field(description="When it was opened again; null while it is closed")
    figures: dict[str, Any]


class OwnDataOut(BaseModel):
    nip: str
    name: str
    active: bool
    created_at: datetime
    account: AccountOut | None
    unit: str | None = Field(description="Name of the unit in which the employee works")
    position: str | None
    employment: EmploymentClass | None
    works_from: date | None
    works_until: date | None
    sites: list[str] = Field(description="Names of the sites where the employee may check in")
    devices: list[DeviceOut]
    consents: list[ConsentOut]
    photos: int = Field(description="Enrolment photos that are stored")
    templates: list[TemplateOut]
    checkins: list[OwnCheckinOut]
    machine_numbers: list[OwnNumberOut] = Field(
        description="Your numbers in fingerprint machines, where they are not the NIP"
    )
    machine_punches: list[OwnPunchOut] = Field(
        description="Times that were imported from fingerprint machines"
    )
    working_days: list[OwnWorkingDayOut] = Field(
        description="What was expected on each day that is past: a kind of day, and hours where there was work"
    )
    requests: OwnRequestsOut
    moves: list[OwnMoveOut] = Field(
        description="The units you were in, are in and will be in; the latest first"
    )
    closed_months: list[OwnClosedMonthOut] = Field(
        description="What the days added up to whenever their month was closed"
    )


class RemovedOut(BaseModel):
    photos: int
    templates: int
    evidence: int = Field(description="Images of check-ins")
    letters: int = Field(description="Letters of requests")


class ErasedOut(BaseModel):
    pseudonym: str = Field(description="Stands for NIP and name in the record from now on")
    removed: RemovedOut
    checkins: int = Field(description="How many stay, without face and place")
    purged: bool = Field(
        description="False: the database's files may hold traces until `hadir retention run --rebuild`"
    )


def _employee_id(account: Account) -> int:
    if account.employee_id is None:
        raise NotAnEmployee
    return account.employee_id


@router.get("/me/data", responses={404: {"description": "The account is no employee's"}})
def see_own_data(services: TheServices, account: SignedIn) -> OwnDataOut:
    """Everything that is stored about whoever is signed in."""
    return OwnDataOut.model_validate(asdict(own_data(services.db, _employee_id(account))))


@router.get(
    "/me/data.zip",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"application/zip": {}}, "description": "`data.json`, every image and letter"},
        404: {"description": "The account is no employee's"},
    },
)
def take_own_data(services: TheServices, account: SignedIn) -> StreamingResponse:
    """The same as a ZIP, with every photo and letter that is stored."""
    employee_id = _employee_id(account)
    data = OwnDataOut.model_validate(asdict(own_data(services.db, employee_id))).model_dump(mode="json")
    note_export(services.db, employee_id, by=account.id, now=services.clock())
    pieces = as_zip(data, own_images(services.db, employee_id), services.evidence)
    headers = {"Content-Disposition": 'attachment; filename="hadir-data.zip"'}
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


@router.post("/me/consent/withdraw", responses={404: {"description": "The account is no employee's"}})
def withdraw_consent(services: TheServices, account: SignedIn) -> RemovedOut:
    """Withdraw consent: photos, templates and images of check-ins are removed at once, for good."""
    removed = services.erasure.withdraw_consent(_employee_id(account), services.clock(), by=account.id)
    return RemovedOut.model_validate(asdict(removed))


@router.post(
    "/employees/{nip}/erase",
    responses={
        403: {"description": "An account of more rights than yours, or your own record"},
        404: {"description": "Nobody within your reach has this NIP"},
        409: {"description": "It is the last administrator"},
    },
)
def erase(nip: Nip, services: TheServices, account: Eraser) -> ErasedOut:
    """Erase a person for good. Their check-ins stay under a pseudonym, without face and place."""
    reach = reach_of(account)
    may_manage(account, people.role_of(services.db, nip, reach=reach))
    erased = services.erasure.erase(nip, services.clock(), reach=reach, by=account.id)
    return ErasedOut.model_validate(asdict(erased))
