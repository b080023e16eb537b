"""Dates, months and times of the clock in requests: as ISO 8601 writes them, and nothing else."""

import re
from datetime import date, time
from typing import Annotated, Final

from fastapi import Query
from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from service.work_calendar import EARLIEST, LATEST

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CLOCK: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
MONTH: Final = r"^(19[0-9]{2}|2[0-9]{3})-(0[1-9]|1[0-2])$"


def _written_out(value: object) -> object:
    """Without this a number would be taken for seconds since 1970."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("is not a date, YYYY-MM-DD")
    return value


def _in_range(day: date) -> date:
    if not EARLIEST <= day <= LATEST:
        raise ValueError(f"is not between {EARLIEST} and {LATEST}")
    return day


def _clock(value: object) -> object:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not re.fullmatch(_CLOCK, value):
        raise ValueError("is not a time, HH:MM")
    return time.fromisoformat(value)


Day = Annotated[date, BeforeValidator(_written_out), AfterValidator(_in_range)]
Clock = Annotated[
    time,
    PlainSerializer(lambda clock: f"{clock:%H:%M}", return_type=str, when_used="json"),
    BeforeValidator(_clock),
    WithJsonSchema({"type": "string", "pattern": _CLOCK, "examples": ["07:30"]}),
]
Month = Annotated[
    str | None, Query(pattern=MONTH, examples=["2026-11"], description="YYYY-MM; without it, this month")
]


def first_of(month: str | None, today: date) -> date:
    return today.replace(day=1) if month is None else date.fromisoformat(f"{month}-01")
