"""Corrections of a day's times over HTTP."""

from dataclasses import asdict

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from service import corrections, request_decisions
from service.corrections import CorrectionInfo, CorrectionPage
from service.db.request_tables import Correction
from service.web.access import Approver, RequestReader, RequestViewer, SignedIn, TheServices
from service.web.request_forms import (
    DECIDED,
    UNKNOWN,
    Clock,
    Day,
    NewDecision,
    NewRevocation,
    Page,
    RequestId,
    RequestOut,
    StaffFilter,
    WallTime,
    Words,
)
from service.written_words import LONGEST_WORDS

router = APIRouter(prefix="/api/corrections", tags=["corrections"])


class NewCorrection(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "day": "2026-11-23",
                    "arrival": "07:25",
                    "departure": None,
                    "departs_next_day": False,
                    "note": "Ponsel rusak, disaksikan Kepala Seksi",
                }
            ]
        }
    )

    day: Day
    arrival: Clock | None = Field(None, description="Null: it stays as it is")
    departure: Clock | None = Field(None, description="Null: it stays as it is")
    departs_next_day: StrictBool = Field(False, description="The departure is on the day after `day`")
    note: Words = Field(description=f"Why, 1 to {LONGEST_WORDS} characters")


class CorrectionOut(BaseModel):
    """Other times for one day, as its employee says that they were."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "request": {
                        "id": 5,
                        "nip": "198503302003121002",
                        "name": "Siti Rahmawati",
                        "unit": "Desa Mas",
                        "note": "Ponsel rusak, disaksikan Kepala Seksi",
                        "state": "approved",
                        "asked_at": "2026-11-24T00:30:00Z",
                        "entered_by": None,
                        "decisions": [
                            {"state": "approved", "note": "", "by": "Dewi", "at": "2026-11-24T02:00:00Z"}
                        ],
                        "may_decide": False,
                        "may_revoke": True,
                        "may_withdraw": False,
                    },
                    "day": "2026-11-23",
                    "arrival": "07:25",
                    "departure": None,
                    "departs_next_day": False,
                }
            ]
        }
    )

    request: RequestOut
    day: Day
    arrival: WallTime | None
    departure: WallTime | None
    departs_next_day: bool


class CorrectionsOut(BaseModel):
    total: int
    page: int
    pages: int
    corrections: list[CorrectionOut]


@router.get("", responses={404: {"description": "The account is no employee's"}})
def own_corrections(services: TheServices, account: SignedIn, page: Page = 1) -> CorrectionsOut:
    """One's own, the newest first."""
    return _page(corrections.own_corrections(services.db, account, page))


@router.post(
    "",
    status_code=201,
    responses={
        404: {"description": "The account is no employee's"},
        409: {
            "description": "The day has such a request already, or an absence, its month is closed, or too much "
            "is open"
        },
    },
)
def ask(wanted: NewCorrection, services: TheServices, account: SignedIn) -> CorrectionOut:
    """Ask for other times of a day. The check-ins stay as they are; an approved correction lies over them."""
    asked = corrections.NewCorrection(
        day=wanted.day,
        arrival=wanted.arrival,
        departure=wanted.departure,
        departs_next_day=wanted.departs_next_day,
        note=wanted.note,
    )
    return _out(
        corrections.ask_for_correction(services.db, services.settings.zone, account, asked, services.clock())
    )


@router.get("/staff", responses={404: {"description": "No unit within your reach has this code"}})
def corrections_of_staff(
    services: TheServices, account: RequestReader, wanted: StaffFilter, page: Page = 1
) -> CorrectionsOut:
    """Of everybody within reach: the open ones first, the longest waiting first, then the newest."""
    return _page(corrections.corrections_of_staff(services.db, account, wanted, page))


@router.get("/{correction_id}", responses=UNKNOWN)
def one_correction(correction_id: RequestId, services: TheServices, account: RequestViewer) -> CorrectionOut:
    """One's own, or one within the reach of HR."""
    return _out(corrections.one_correction(services.db, account, correction_id))


@router.post("/{correction_id}/decision", responses=DECIDED)
def decide(
    correction_id: RequestId, wanted: NewDecision, services: TheServices, account: Approver
) -> CorrectionOut:
    """Approve or refuse a correction of somebody else."""
    request_decisions.decide(
        services.db,
        Correction,
        correction_id,
        account,
        approve=wanted.approve,
        words=wanted.note,
        now=services.clock(),
    )
    return one_correction(correction_id, services, account)


@router.post("/{correction_id}/revocation", responses=DECIDED)
def revoke(
    correction_id: RequestId, wanted: NewRevocation, services: TheServices, account: Approver
) -> CorrectionOut:
    """Take back an approval: the check-ins alone count again. That it was approved stays on record."""
    request_decisions.revoke(
        services.db, Correction, correction_id, account, words=wanted.note, now=services.clock()
    )
    return one_correction(correction_id, services, account)


@router.post("/{correction_id}/withdrawal", responses=DECIDED)
def withdraw(correction_id: RequestId, services: TheServices, account: SignedIn) -> CorrectionOut:
    """Take back one's own request while nobody has decided it."""
    corrections.withdraw_correction(services.db, account, correction_id, services.clock())
    return one_correction(correction_id, services, account)


def _out(info: CorrectionInfo) -> CorrectionOut:
    return CorrectionOut.model_validate(asdict(info))


def _page(found: CorrectionPage) -> CorrectionsOut:
    return CorrectionsOut.model_validate(asdict(found))
