"""Requests that HR enters on an employee's behalf, and those made for an employee's days, over HTTP."""

from dataclasses import asdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel, WithJsonSchema

from service import corrections, requests_on_behalf
from service.absences import NewAbsence
from service.attendance.day import local_date
from service.attendance.recap import month_bounds
from service.db.request_tables import AbsenceKind
from service.letters import LETTER_BYTES, MEBIBYTE
from service.web.access import Approver, RequestReader, TheServices
from service.web.api_absences import AbsenceOut, letter_of
from service.web.api_corrections import CorrectionOut, NewCorrection
from service.web.api_employees import NOBODY, Nip
from service.web.calendar_fields import Month, first_of
from service.web.request_forms import WORDS_FIELD, Day
from service.written_words import LONGEST_WORDS

router = APIRouter(prefix="/api/employees/{nip}", tags=["employees"])

ENTERED: Final[dict[int | str, dict[str, Any]]] = {
    403: {"description": "Your own record"},
    **NOBODY,
    409: {"description": "Some of these days are asked for already or approved, or too much is open"},
}


class RequestsOfMonthOut(BaseModel):
    absences: list[AbsenceOut]
    corrections: list[CorrectionOut]


@router.get("/requests", responses=NOBODY)
def requests_of(
    nip: Nip, services: TheServices, account: RequestReader, month: Month = None
) -> RequestsOfMonthOut:
    """All absences and corrections of somebody that have any day in the month, in the order of the days."""
    first, last = month_bounds(first_of(month, local_date(services.clock(), services.settings.zone)))
    found = requests_on_behalf.requests_of_days(services.db, account, nip, first, last)
    return RequestsOfMonthOut.model_validate(asdict(found))


@router.post("/absences", status_code=201, responses=ENTERED)
def enter_absence(
    nip: Nip,
    services: TheServices,
    account: Approver,
    kind: Annotated[AbsenceKind, Form()],
    first: Annotated[Day, Form(examples=["2026-11-24"])],
    last: Annotated[Day, Form(description="Included", examples=["2026-11-25"])],
    note: Annotated[str, Form(max_length=WORDS_FIELD, description=f"Why, 1 to {LONGEST_WORDS} characters")],
    letter: Annotated[
        UploadFile | None,
        # A form has no null: what is not sent is not there.
        WithJsonSchema({"type": "string", "contentMediaType": "application/octet-stream"}),
        File(description=f"A photo or a PDF of at most {LETTER_BYTES // MEBIBYTE} MB"),
    ] = None,
) -> AbsenceOut:
    """Ask for days, on somebody's behalf. Another person than they and you approves them."""
    wanted = NewAbsence(kind, first, last, note, letter_of(letter))
    zone, now = services.settings.zone, services.clock()
    entered = requests_on_behalf.enter_absence(
        services.db, services.evidence, zone, account, nip, wanted, now
    )
    return AbsenceOut.model_validate(asdict(entered))


@router.post("/corrections", status_code=201, responses=ENTERED)
def enter_correction(
    nip: Nip, wanted: NewCorrection, services: TheServices, account: Approver
) -> CorrectionOut:
    """Ask for other times of somebody's day, on their behalf. Another person than they and you approves it."""
    asked = corrections.NewCorrection(
        day=wanted.day,
        arrival=wanted.arrival,
        departure=wanted.departure,
        departs_next_day=wanted.departs_next_day,
        note=wanted.note,
    )
    zone, now = services.settings.zone, services.clock()
    entered = requests_on_behalf.enter_correction(services.db, zone, account, nip, asked, now)
    return CorrectionOut.model_validate(asdict(entered))
