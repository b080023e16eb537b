"""What the routes of requests share: dates and times as they are written, filters, and what is shown of one."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any, Final

from fastapi import Depends, Path, Query
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    WithJsonSchema,
)

from service.db.request_tables import RequestState
from service.people_search import LAST_PAGE
from service.request_rows import RequestFilter
from service.units import LONGEST_CODE
from service.written_words import LONGEST_WORDS

ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
CLOCK: Final = re.compile(r"\d{2}:\d{2}", re.ASCII)
MONTH: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
WORDS_FIELD: Final = 4 * LONGEST_WORDS
LARGEST_ID: Final = 2**31 - 1  # PostgreSQL's integer
UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "There is no such request, or it is of somebody outside your reach"}
}
DECIDED: Final[dict[int | str, dict[str, Any]]] = {
    **UNKNOWN,
    409: {"description": "It was decided, withdrawn or revoked already, or a day of it is of a closed month"},
}


def _iso_date(value: object) -> object:
    """Without this a number would be taken for seconds since 1970."""
    if not isinstance(value, date) and not (isinstance(value, str) and ISO_DATE.fullmatch(value)):
        raise ValueError("is not a date, YYYY-MM-DD")
    return value


def _clock(value: object) -> object:
    if not isinstance(value, time) and not (isinstance(value, str) and CLOCK.fullmatch(value)):
        raise ValueError("is not a time, HH:MM")
    return value


_CLOCK_SCHEMA: Final = WithJsonSchema(
    {
        "type": "string",
        "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$",
        "description": "By the clock of the place of work",
        "examples": ["07:30"],
    }
)

Day = Annotated[date, BeforeValidator(_iso_date)]
Clock = Annotated[time, BeforeValidator(_clock), _CLOCK_SCHEMA]
WallTime = Annotated[time, PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str), _CLOCK_SCHEMA]
Words = Annotated[str, Field(max_length=WORDS_FIELD)]
Page = Annotated[int, Query(ge=1, le=LAST_PAGE)]
RequestId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


class DecisionOut(BaseModel):
    """A step of a request, beside which the earlier ones stay."""

    state: RequestState
    note: str
    by: str = Field(description="Name of whoever decided, or the login of an account that is no employee's")
    at: datetime


class RequestOut(BaseModel):
    """What absences and corrections have in common."""

    id: int
    nip: str
    name: str
    unit: str | None = Field(description="Name of the unit in which the employee works")
    note: str = Field(description="Why, in the words of whoever entered it")
    state: RequestState
    asked_at: datetime
    entered_by: str | None = Field(
        description="Name of whoever entered it on the employee's behalf; null where they asked themselves"
    )
    decisions: list[DecisionOut]
    may_decide: bool = Field(description="You may approve or refuse it now")
    may_revoke: bool = Field(description="You may take the approval back")
    may_withdraw: bool = Field(description="It is yours and nobody has decided it")


class NewDecision(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"approve": False, "note": "Surat dokter belum dilampirkan"}]}
    )

    approve: StrictBool
    note: Words = Field("", description=f"Why, up to {LONGEST_WORDS} characters; needed to refuse")


class NewRevocation(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "Disetujui untuk orang yang salah"}]})

    note: Words = Field(description=f"Why, up to {LONGEST_WORDS} characters")


@dataclass(frozen=True, slots=True)
class Between:
    """Days; None is without end."""

    first: date | None
    last: date | None


def month_filter(
    month: Annotated[
        str | None,
        Query(
            pattern=r"^[12][0-9]{3}-(0[1-9]|1[0-2])$",
            description="YYYY-MM: only what has any day in this month",
            examples=["2026-11"],
        ),
    ] = None,
) -> Between:
    found = MONTH.fullmatch(month or "")
    if found is None:
        return Between(None, None)
    year, number = int(found[1]), int(found[2])
    return Between(date(year, number, 1), date(year, number, monthrange(year, number)[1]))


def staff_filter(
    between: Annotated[Between, Depends(month_filter)],
    state: RequestState | None = None,
    unit: Annotated[
        str | None,
        Query(max_length=2 * LONGEST_CODE, description="Code of a unit: with everything below it"),
    ] = None,
) -> RequestFilter:
    return RequestFilter(state, unit or None, between.first, between.last)


InMonth = Annotated[Between, Depends(month_filter)]
StaffFilter = Annotated[RequestFilter, Depends(staff_filter)]
