"""Check-ins over HTTP."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from models.image import MAX_BYTES
from service import checkin_records
from service.access_errors import NotAllowed
from service.checkins import Answer, Submission
from service.db.tables import Account, CheckinKind, CheckinStatus
from service.errors import InvalidRequest, TooDeep, UnknownCheckin
from service.reach import reach_of
from service.web.access import CheckingIn, CheckinReader, Overseer, TheServices
from service.web.arrival import arrived_at
from service.web.json_depth import JsonDepth
from service.web.offline_part import Offline
from service.web.phone_clock import EARLIEST, LATEST, PhoneTime
from service.web.uploads import read_upload
from service.wiring import Services

router = APIRouter(prefix="/api/checkins", tags=["check-ins"])

Parsed = TypeVar("Parsed", bound=BaseModel)

MOST_FRAMES = 12
FRAME_BYTES = 512 * 1024
MOST_STEPS = 1000
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
LONGEST_SEQUENCE_MS = 24 * 3600 * 1000
# So wide that no phone is refused its check-in for them: a measurement is no reason to be absent.
MOST_BYTES = 100_000_000
LONGEST_UPLOAD_MS = 24 * 3600 * 1000
MOST_RETRIES = 1_000_000
LONGEST_OFFLINE_S = 2**31 - 1
DEVICE = r"^[0-9a-f]{32}$"


def _written_out(value: str) -> str:
    """Without this a number would be taken for seconds since 1970."""
    if not ISO_DATE.fullmatch(value):
        raise ValueError("is not a date, YYYY-MM-DD")
    return value


class Position(BaseModel):
    lat: float = Field(ge=-90, le=90, description="Degrees north")
    lon: float = Field(ge=-180, le=180, description="Degrees east")
    accuracy_m: float = Field(
        ge=0, allow_inf_nan=False, description="Radius of the circle the phone is in, metres"
    )


class Link(BaseModel):
    """How the phone's upload before this one went."""

    bytes: int = Field(ge=0, le=MOST_BYTES)
    time_ms: int = Field(ge=0, le=LONGEST_UPLOAD_MS, description="From its first byte to the answer")
    effective_type: str | None = Field(
        None, max_length=16, description="As the Network Information API says", examples=["3g"]
    )
    retries: int = Field(0, ge=0, le=MOST_RETRIES, description="Attempts before that which succeeded")
    offline_s: int = Field(0, ge=0, le=LONGEST_OFFLINE_S, description="Seconds without connection before it")


class FrameTime(BaseModel):
    step: int = Field(ge=0, le=MOST_STEPS, description="Which step of the challenge the frame belongs to")
    at_ms: int = Field(
        ge=0, le=LONGEST_SEQUENCE_MS, description="Milliseconds since the selfie sequence began"
    )


class Meta(BaseModel):
    """What the phone says about a check-in. It is kept as it came."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "6f7f0d3e-3f43-4a2f-9a53-0d6a4b9f6a01",
                    "kind": "in",
                    "captured_at": "2026-11-24T07:28:10+07:00",
                    "position": {"lat": -6.5944, "lon": 106.7892, "accuracy_m": 18.0},
                    "challenge": None,
                    "frames": [],
                    "offline": None,
                    "link": {
                        "bytes": 148_220,
                        "time_ms": 5_310,
                        "effective_type": "3g",
                        "retries": 1,
                        "offline_s": 0,
                    },
                    "device": "9f6a016f7f0d3e3f434a2f0d6a4b53aa",
                }
            ]
        }
    )

    id: UUID = Field(description="Made by the phone; the same id again is the same check-in")
    kind: CheckinKind
    captured_at: PhoneTime = Field(
        description="By the phone's clock; without signal, by what it could tell of the service's"
    )
    position: Position | None = None
    challenge: str | None = Field(
        None, max_length=1000, description="The `id` of `POST /api/challenges`; null without frames"
    )
    frames: list[FrameTime] = Field(default_factory=list, max_length=MOST_FRAMES)
    offline: Offline | None = Field(None, description="Of a check-in that was made without signal")
    link: Link | None = Field(None, description="How the last upload went")
    device: str | None = Field(
        None,
        pattern=DEVICE,
        description="Random, made once and kept by the browser: not who, but what was used",
    )
    send_anyway: bool = Field(False, description="A person shall look at a picture that can't be judged")


class DayOut(BaseModel):
    date: date
    first_in: datetime | None
    last_out: datetime | None
    provisional: bool = Field(description="One of the two is not decided yet")
    first_in_source: str | None = Field(
        None, description="Name of the fingerprint machine that it came from, else null"
    )
    last_out_source: str | None = Field(None, description="Likewise")


class CheckinOut(BaseModel):
    """What an employee may know of their check-in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "6f7f0d3e-3f43-4a2f-9a53-0d6a4b9f6a01",
                    "status": "review",
                    "reasons": ["no_liveness"],
                    "captured_at": "2026-11-24T00:28:10Z",
                    "received_at": "2026-11-24T00:28:12.480000Z",
                    "counted_at": "2026-11-24T00:28:12.480000Z",
                    "day": {
                        "date": "2026-11-24",
                        "first_in": "2026-11-24T00:28:12.480000Z",
                        "last_out": None,
                        "provisional": True,
                    },
                }
            ]
        }
    )

    id: UUID
    status: CheckinStatus
    reasons: list[str] = Field(description="Codes; the most serious first")
    captured_at: datetime = Field(description="As the phone said")
    received_at: datetime
    counted_at: datetime | None = Field(description="The time that counts; null for a retake")
    day: DayOut


class RecordOut(BaseModel):
    """A check-in as HR and auditors see it."""

    id: UUID
    nip: str
    name: str
    kind: CheckinKind
    status: CheckinStatus
    reasons: list[str]
    flags: list[str] = Field(description="What is odd about its position or device, and decided nothing")
    captured_at: datetime
    received_at: datetime
    counted_at: datetime | None
    decided_at: datetime | None
    findings: dict[str, Any] | None = Field(None, description="Every number behind the decision")


class RecordsOut(BaseModel):
    total: int
    page: int
    pages: int
    checkins: list[RecordOut]


Selfie = Annotated[UploadFile, File(description="JPEG, PNG, WebP or HEIC, at most 10 MB and 16 Mpx")]
MetaField = Annotated[
    str,
    Form(
        description="JSON, see `Meta`",
        max_length=20_000,
        json_schema_extra={
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/Meta"},
        },
    ),
]
Frames = Annotated[list[UploadFile] | None, File(description="Frames of the challenge, small JPEGs")]


def refuse_many(frames: Sequence[object]) -> None:
    """Raises InvalidRequest for more than MOST_FRAMES."""
    if len(frames) > MOST_FRAMES:
        raise InvalidRequest(fields=[{"field": "frames", "problem": f"at most {MOST_FRAMES}"}])


def uploaded(selfie: UploadFile, meta: str, frames: list[UploadFile] | None) -> Submission:
    """What a phone or a kiosk sent. Raises TooDeep, TooLarge and InvalidRequest."""
    said = parse_meta(meta)
    frames = frames or []
    refuse_many(frames)
    return submission_of(
        said, read_upload(selfie, MAX_BYTES), tuple(read_upload(frame, FRAME_BYTES) for frame in frames)
    )


def _answer(answer: Answer) -> CheckinOut:
    return CheckinOut.model_validate(asdict(answer))


def parse_meta(text: str | bytes, offline: bytes | None = None, offline_as: type[Offline] = Offline) -> Meta:
    """`offline`: the JSON of `Meta.offline`, where it came by itself. Raises InvalidRequest, TooDeep."""
    try:
        said = _parse(Meta, text)
        return said if offline is None else said.model_copy(update={"offline": _parse(offline_as, offline)})
    except ValidationError as refused:
        fields = [
            {"field": ".".join(["meta", *(str(part) for part in item["loc"])]), "problem": item["msg"]}
            for item in refused.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise InvalidRequest(fields=fields) from None


def _parse(model: type[Parsed], text: str | bytes) -> Parsed:
    if JsonDepth().too_deep(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text):
        raise TooDeep
    return model.model_validate_json(text)


@router.post(
    "",
    status_code=201,
    responses={
        201: {"model": CheckinOut, "description": "Stored and decided"},
        202: {"model": CheckinOut, "description": "Stored; not decided yet. `Location` tells where to look"},
        409: {"description": "Somebody else's check-in has this id"},
        429: {
            "description": "Too many retakes in a row: wait `retry_after_s`, or send it with `send_anyway`; "
            "nothing was stored"
        },
        503: {"description": "There was no room to store it; nothing was stored. Try again later"},
    },
)
def check_in(
    request: Request,
    response: Response,
    services: TheServices,
    account: CheckingIn,
    selfie: Selfie,
    meta: MetaField,
    frames: Frames = None,
) -> CheckinOut:
    """Check in with a selfie.

    The check-in is stored before anything is judged: a picture that can't be read is a `retake` with the
    reason, not an error. Sent again with the same `id` it has the same answer, and counts once.
    """
    if account.employee_id is None:
        raise NotAllowed
    submission = uploaded(selfie, meta, frames)
    return submit(request, response, services, account.employee_id, submission)


def submission_of(said: Meta, selfie: bytes, frames: tuple[bytes, ...]) -> Submission:
    return Submission(
        id=said.id,
        kind=said.kind,
        captured_at=said.captured_at,
        selfie=selfie,
        frames=frames,
        meta=said.model_dump(mode="json", exclude={"id", "kind", "captured_at", "send_anyway"}),
        send_anyway=said.send_anyway,
        challenge=said.challenge,
    )


def submit(
    request: Request, response: Response, services: Services, employee_id: int, submission: Submission
) -> CheckinOut:
    """However a check-in came, it is received and answered in this one way."""
    answer = services.checkins.submit(employee_id, submission, arrived_at(request))
    if answer.status == "received":
        response.status_code = 202
    response.headers["Location"] = f"/api/checkins/{answer.id}"
    return _answer(answer)


@router.get(
    "/{checkin_id:uuid}",
    responses={404: {"description": "No such check-in, or neither yours nor of somebody you reach"}},
)
def one_checkin(checkin_id: UUID, services: TheServices, account: CheckinReader) -> RecordOut | CheckinOut:
    """One check-in: to its owner the answer they had, to HR and auditors who reach its owner with every number.

    Among `findings.rivals` somebody outside the reach has neither NIP nor name.
    """
    if account.role == "employee":
        return _own(checkin_id, services, account)
    try:
        record = checkin_records.view_record(
            services.db, str(checkin_id), by=account.id, now=services.clock(), reach=reach_of(account)
        )
    except UnknownCheckin:
        # HR and auditors check in too, and not all of them work in the unit that they are limited to.
        if account.employee_id is None:
            raise
        return _own(checkin_id, services, account)
    return RecordOut.model_validate(asdict(record))


def _own(checkin_id: UUID, services: TheServices, account: Account) -> CheckinOut:
    if account.employee_id is None:
        raise NotAllowed
    return _answer(services.checkins.answer(str(checkin_id), account.employee_id))


@router.get("")
def list_checkins(
    services: TheServices,
    account: Overseer,
    status: Annotated[Literal["received", "accepted", "review", "retake"] | None, Query()] = None,
    on: Annotated[
        Annotated[date, BeforeValidator(_written_out)] | None,
        Query(
            alias="date",
            ge=EARLIEST.date(),
            le=LATEST.date(),
            description="Day of arrival, office time",
        ),
    ] = None,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> RecordsOut:
    """Check-ins of everybody within reach, the newest first."""
    records = checkin_records.list_records(
        services.db,
        services.settings.zone,
        status=status,
        on=on,
        page=page,
        reach=reach_of(account),
    )
    return RecordsOut(
        total=records.total,
        page=records.page,
        pages=records.pages,
        checkins=[RecordOut.model_validate(asdict(record)) for record in records.records],
    )
