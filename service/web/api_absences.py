"""Absences over HTTP: asking for them, deciding on them, and their letters."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, File, Form, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from service import absences, letters, request_decisions
from service.absences import AbsenceInfo, AbsencePage, NewAbsence
from service.db.request_tables import Absence, AbsenceKind
from service.letters import LETTER_BYTES, MEBIBYTE
from service.web.access import Approver, RequestReader, RequestViewer, SignedIn, TheServices
from service.web.request_forms import (
    DECIDED,
    UNKNOWN,
    WORDS_FIELD,
    Day,
    NewDecision,
    NewRevocation,
    Page,
    RequestId,
    RequestOut,
    StaffFilter,
)
from service.web.uploads import read_upload
from service.written_words import LONGEST_WORDS

router = APIRouter(prefix="/api/absences", tags=["absences"])


class AbsenceOut(BaseModel):
    """Days for which an employee has asked."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "request": {
                        "id": 12,
                        "nip": "198503302003121002",
                        "name": "Siti Rahmawati",
                        "unit": "Desa Mas",
                        "note": "Demam, istirahat dua hari",
                        "state": "asked",
                        "asked_at": "2026-11-24T00:30:00Z",
                        "entered_by": None,
                        "decisions": [],
                        "may_decide": True,
                        "may_revoke": False,
                        "may_withdraw": False,
                    },
                    "kind": "sakit",
                    "first": "2026-11-24",
                    "last": "2026-11-25",
                    "letter": True,
                }
            ]
        }
    )

    request: RequestOut
    kind: AbsenceKind
    first: Day
    last: Day = Field(description="Included")
    letter: bool = Field(description="There is one, at `/api/absences/{id}/letter`")


class AbsencesOut(BaseModel):
    total: int
    page: int
    pages: int
    absences: list[AbsenceOut]


@router.get("", responses={404: {"description": "The account is no employee's"}})
def own_absences(services: TheServices, account: SignedIn, page: Page = 1) -> AbsencesOut:
    """One's own, the newest first."""
    return _page(absences.own_absences(services.db, account, page))


@router.post(
    "",
    status_code=201,
    responses={
        404: {"description": "The account is no employee's"},
        409: {
            "description": "Some of these days are asked for already or approved, their month is closed, or too "
            "much is open"
        },
    },
)
def ask(
    services: TheServices,
    account: SignedIn,
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
    """Ask for days, at most a year ahead or back. They count once HR has approved them."""
    wanted = NewAbsence(kind, first, last, note, letter_of(letter))
    zone = services.settings.zone
    return _out(
        absences.ask_for_absence(services.db, services.evidence, zone, account, wanted, services.clock())
    )


def letter_of(upload: UploadFile | None) -> bytes | None:
    """Its bytes. A form without a chosen file has one without a name."""
    if upload is None or not (upload.filename or upload.size):
        return None
    return read_upload(upload, LETTER_BYTES)


@router.get("/staff", responses={404: {"description": "No unit within your reach has this code"}})
def absences_of_staff(
    services: TheServices,
    account: RequestReader,
    wanted: StaffFilter,
    kind: AbsenceKind | None = None,
    page: Page = 1,
) -> AbsencesOut:
    """Of everybody within reach: the open ones first, the longest waiting first, then the newest."""
    return _page(absences.absences_of_staff(services.db, account, wanted, kind, page))


@router.get("/{absence_id}", responses=UNKNOWN)
def one_absence(absence_id: RequestId, services: TheServices, account: RequestViewer) -> AbsenceOut:
    """One's own, or one within the reach of HR."""
    return _out(absences.one_absence(services.db, account, absence_id))


@router.get(
    "/{absence_id}/letter",
    response_class=Response,
    responses={
        200: {
            "content": {"image/*": {}, "application/pdf": {}},
            "description": "The file as it was sent; a PDF only to be saved",
        },
        404: {"description": "There is no such request, it has no letter, or the letter is kept no longer"},
    },
)
def open_letter(absence_id: RequestId, services: TheServices, account: SignedIn) -> Response:
    """The letter of one's own request, or of one within the reach of HR, whose view goes on record."""
    letter = letters.open_letter(services.db, services.evidence, account, absence_id, services.clock())
    disposition = "inline" if letter.shown else "attachment"
    name = f"{disposition}; filename=letter-{absence_id}.{letter.ending}"
    return Response(letter.data, media_type=letter.media_type, headers={"Content-Disposition": name})


@router.post("/{absence_id}/decision", responses=DECIDED)
def decide(
    absence_id: RequestId, wanted: NewDecision, services: TheServices, account: Approver
) -> AbsenceOut:
    """Approve or refuse a request of somebody else."""
    request_decisions.decide(
        services.db,
        Absence,
        absence_id,
        account,
        approve=wanted.approve,
        words=wanted.note,
        now=services.clock(),
    )
    return one_absence(absence_id, services, account)


@router.post("/{absence_id}/revocation", responses=DECIDED)
def revoke(
    absence_id: RequestId, wanted: NewRevocation, services: TheServices, account: Approver
) -> AbsenceOut:
    """Take back an approval: the days count no more. That they were approved stays on record."""
    request_decisions.revoke(
        services.db, Absence, absence_id, account, words=wanted.note, now=services.clock()
    )
    return one_absence(absence_id, services, account)


@router.post("/{absence_id}/withdrawal", responses=DECIDED)
def withdraw(absence_id: RequestId, services: TheServices, account: SignedIn) -> AbsenceOut:
    """Take back one's own request while nobody has decided it. Its letter is removed."""
    absences.withdraw_absence(services.db, services.evidence, account, absence_id, services.clock())
    return one_absence(absence_id, services, account)


def _out(info: AbsenceInfo) -> AbsenceOut:
    return AbsenceOut.model_validate(asdict(info))


def _page(found: AbsencePage) -> AbsencesOut:
    return AbsencesOut.model_validate(asdict(found))
