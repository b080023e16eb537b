"""How the staff stands just now over HTTP: counted by unit, and person by person. Made to be asked often."""

import hashlib
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, Field

from service.attendance.standing import Reason, Status
from service.people_search import LAST_PAGE
from service.reach import reach_of
from service.staff_counts import Scope, Shown, ShownPage, Wanted, overview, page_of
from service.units import LONGEST_CODE
from service.web.access import Overseer, TheServices

router = APIRouter(prefix="/api/today", tags=["attendance"])

# On an answer without a body too: what has not changed is true at a later moment.
AS_OF_HEADER: Final = "Hadir-As-Of"


class CountsOut(BaseModel):
    """`people` is the sum of the five statuses."""

    people: int
    present: int = Field(description="There, and came in time")
    late: int = Field(description="There, and came late")
    missing: int = Field(description="Expected by now, and not there")
    left: int = Field(description="Were there, and have left or are past all hours")
    not_expected: int = Field(description="Free, approved to be absent, or their shift begins later")
    in_review: int = Field(description="Among them: their day rests on a check-in that is not decided yet")


class UnitTodayOut(BaseModel):
    code: str
    name: str
    parent: str | None = Field(description="Code; null at the top of what is shown")
    depth: int
    own: CountsOut = Field(description="Of those in the unit itself")
    all: CountsOut = Field(description="With everybody below it")


class PersonTodayOut(BaseModel):
    nip: str
    name: str
    unit: str | None
    unit_name: str | None
    status: Status
    reason: Reason | None = Field(description="Why nobody expects them: the kind of the day, or `later`")
    in_review: bool
    starts_at: datetime | None
    ends_at: datetime | None
    first_in: datetime | None
    last_out: datetime | None
    late_min: int = Field(description="By how much they came late")
    time_zone: str = Field(description="IANA name of the clock by which they work")


class PeopleTodayOut(BaseModel):
    total: int
    page: int
    pages: int
    people: list[PersonTodayOut] = Field(description="The missing first, then the late, each by name")


class StaffTodayOut(BaseModel):
    as_of: datetime = Field(description="The moment at which all of this was true")
    total: CountsOut
    reasons: dict[str, int] = Field(description="Why so many are not expected")
    units: list[UnitTodayOut] = Field(description="In the order of the tree")
    no_unit: CountsOut = Field(description="Those in no unit; only for who reaches everybody")
    people: PeopleTodayOut | None = Field(description="With `unit` or `status` only")


@router.get(
    "/staff",
    response_model=StaffTodayOut,
    responses={
        304: {"description": "Nothing has changed since the answer with the ETag of `If-None-Match`"},
        404: {"description": "No unit within your reach has this code"},
    },
)
def staff_today(
    services: TheServices,
    account: Overseer,
    unit: Annotated[
        str | None,
        Query(max_length=2 * LONGEST_CODE, description="Code of a unit: with all below it; `-` is in none"),
    ] = None,
    status: Annotated[Wanted | None, Query(description="Only such people are listed")] = None,
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Who is there, late, missing, gone or not expected, of everybody within reach.

    Counted anew at most every two seconds. Each is counted by the shift they are in, also where that began
    yesterday, and by the clock of their place. The header `Hadir-As-Of` says at which moment the numbers were
    true, also with a 304.
    """
    board = services.staff_today.board()
    scope = Scope(board, reach_of(account), unit or None)
    listed = unit or status
    people = page_of(services.db, scope, status=status, page=page) if listed else None
    counted = overview(scope)
    answer = StaffTodayOut(
        as_of=board.as_of,
        total=CountsOut.model_validate(asdict(counted.total)),
        reasons={str(reason): count for reason, count in counted.reasons.items()},
        units=[UnitTodayOut.model_validate(asdict(one)) for one in counted.units],
        no_unit=CountsOut.model_validate(asdict(counted.no_unit)),
        people=None if people is None else _people(people),
    )
    etag = _etag(answer)
    headers = {"ETag": etag, AS_OF_HEADER: board.as_of.isoformat()}
    if _is_among(etag, if_none_match):
        return Response(status_code=304, headers=headers)
    return Response(answer.model_dump_json(), media_type="application/json", headers=headers)


def _etag(answer: StaffTodayOut) -> str:
    """Weak: the moment is no part of it."""
    content = answer.model_dump_json(exclude={"as_of"})
    return f'W/"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'


def _is_among(etag: str, wanted: str | None) -> bool:
    """RFC 9110, 13.1.2: compared weakly."""
    if wanted is None:
        return False
    opaque = etag.removeprefix("W/")
    return wanted.strip() == "*" or opaque in {one.strip().removeprefix("W/") for one in wanted.split(",")}


def _people(page: ShownPage) -> PeopleTodayOut:
    people = [_person(one) for one in page.people]
    return PeopleTodayOut(total=page.total, page=page.page, pages=page.pages, people=people)


def _person(one: Shown) -> PersonTodayOut:
    judged = one.standing.judged
    return PersonTodayOut(
        nip=one.nip,
        name=one.name,
        unit=one.unit,
        unit_name=one.unit_name,
        status=one.standing.status,
        reason=one.standing.reason,
        in_review=one.standing.in_review,
        starts_at=judged.planned.starts_at,
        ends_at=judged.planned.ends_at,
        first_in=judged.first_in,
        last_out=judged.last_out,
        late_min=judged.late_min,
        time_zone=one.time_zone,
    )
