"""Check-ins under review over HTTP."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from models.image import BadImage, sniff
from service import reviews
from service.db.tables import CheckinStatus, VerdictKind
from service.web.access import Judge, Overseer, TheServices
from service.web.api_checkins import RecordOut, RecordsOut

router = APIRouter(prefix="/api/reviews", tags=["reviews"])

# An image is shown, never run: an SVG or HTML that called itself a photo stays bytes.
MEDIA_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "heic": "image/heic"}


class VerdictOut(BaseModel):
    kind: VerdictKind
    note: str
    by: str = Field(description="Login of whoever gave it")
    given_at: datetime


class ReviewOut(BaseModel):
    checkin: RecordOut
    images: list[str] = Field(
        description="Names for `/api/reviews/{id}/images/{name}`: of the check-in, then of the enrolment",
        examples=[["selfie", "frame-1", "enrolment-1"]],
    )
    verdicts: list[VerdictOut]
    may_judge: bool = Field(description="It waits, and is not one's own")


class NewVerdict(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "genuine", "note": ""}]})

    kind: VerdictKind = Field(
        description="`genuine` and `technical_fault` count the check-in, `impostor` takes it out of the day, "
        "`cant_tell` leaves it to somebody else"
    )
    note: str = Field(
        "",
        max_length=2 * reviews.LONGEST_NOTE,
        description="Why; needed for `impostor` and `technical_fault`",
    )


class JudgedOut(BaseModel):
    status: CheckinStatus


@router.get("")
def list_reviews(
    services: TheServices, judge: Overseer, page: Annotated[int, Query(ge=1, le=100_000)] = 1
) -> RecordsOut:
    """Check-ins that wait for a verdict, the longest waiting first; without one's own."""
    found = reviews.waiting(services.db, judge, page=page)
    return RecordsOut(
        total=found.total,
        page=found.page,
        pages=found.pages,
        checkins=[RecordOut.model_validate(asdict(record)) for record in found.records],
    )


@router.get("/{checkin_id}", responses={404: {"description": "There is no such check-in"}})
def one_review(checkin_id: UUID, services: TheServices, judge: Judge) -> ReviewOut:
    """One check-in with its numbers, its images by name, and the verdicts so far. The view goes on record."""
    review = reviews.open_review(services.db, judge, str(checkin_id), services.clock())
    return ReviewOut.model_validate(asdict(review))


@router.get(
    "/{checkin_id}/images/{name}",
    response_class=Response,
    responses={
        200: {"content": {"image/*": {}}, "description": "The image as it was sent"},
        404: {"description": "There is no such check-in or image, or it is kept no longer"},
    },
)
def one_image(
    checkin_id: UUID,
    name: Annotated[str, Path(max_length=20)],
    services: TheServices,
    judge: Judge,
) -> Response:
    """An image of a check-in or of its employee's enrolment. The view goes on record."""
    data = reviews.image_of(services.db, services.evidence, judge, str(checkin_id), name, services.clock())
    try:
        media_type = MEDIA_TYPES[sniff(data)]
    except BadImage:
        media_type = "application/octet-stream"
    return Response(data, media_type=media_type)


@router.post(
    "/{checkin_id}/verdict",
    status_code=201,
    responses={
        403: {"description": "It is one's own check-in, or the role may not judge"},
        404: {"description": "There is no such check-in"},
        409: {"description": "It is not in review (any more)"},
    },
)
def give_verdict(checkin_id: UUID, wanted: NewVerdict, services: TheServices, judge: Judge) -> JudgedOut:
    """Judge a check-in, with effect on its day at once."""
    status = reviews.give_verdict(
        services.db,
        judge,
        str(checkin_id),
        wanted.kind,
        wanted.note,
        services.clock(),
        zone=services.settings.zone,
    )
    return JudgedOut(status=status)
