"""Months of attendance over HTTP: one's own, and those of the people one reaches."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field, PlainSerializer

from service.attendance.day import local_date
from service.attendance.deductions import Deduction
from service.attendance.judging import DayStatus
from service.attendance.recap import Summary, month_bounds
from service.attendance.schedule import PlanKind
from service.attendance_months import MonthDay
from service.db.tables import CheckinKind, CheckinStatus
from service.errors import NotAnEmployee
from service.months_seen import SeenMonth, month_seen, unit_names
from service.reach import reach_of
from service.web.access import CheckinReader, Overseer, TheServices
from service.web.api_employees import NOBODY, Nip
from service.web.calendar_fields import Month, first_of
from service.wiring import Services

router = APIRouter(prefix="/api", tags=["attendance"])

Percent = Annotated[Decimal, PlainSerializer(float, return_type=float)]


class DeductionOut(BaseModel):
    date: date
    code: str = Field(
        description="`TL1` to `TL4` late, `PSW1` to `PSW4` left early, `TK` absent, or a status"
    )
    minutes: int | None = Field(description="Null where the check-in is missing, or the whole day counts")
    percent: Percent


class WaitingOut(BaseModel):
    """A check-in that is not decided yet."""

    checkin_id: str
    at: datetime
    kind: CheckinKind
    status: CheckinStatus
    reasons: list[str]


class MonthDayOut(BaseModel):
    date: date
    planned: PlanKind
    name: str | None = Field(description="Of the holiday or the ceremony")
    starts_at: datetime | None
    ends_at: datetime | None
    status: DayStatus
    first_in: datetime | None
    last_out: datetime | None
    first_in_source: str | None = Field(
        description="Name of the fingerprint machine that it came from, else null"
    )
    last_out_source: str | None = Field(description="Likewise")
    provisional: bool = Field(description="One of the two is not decided yet")
    corrected: bool = Field(description="One of the two is an approved correction")
    over: bool = Field(description="No check-in can change the day any more")
    late_min: int
    early_min: int
    late_step: int = Field(ge=0, le=4, description="TL; 4 also where the arrival is missing")
    early_step: int = Field(ge=0, le=4, description="PSW; 4 also where the departure is missing")
    missing_in: bool
    missing_out: bool
    outside: list[datetime] = Field(description="Check-ins outside the windows, which do not count")
    waiting: list[WaitingOut]
    deductions: list[DeductionOut]
    unit: str | None = Field(description="Name of the unit that the day belongs to; null for none")


class SummaryOut(BaseModel):
    by_status: dict[str, int]
    working_days: int
    late_days: int
    late_min: int
    early_days: int
    early_min: int
    missing_in: int
    missing_out: int
    provisional: int
    deductions_sum: Percent
    deductions_cap: Percent
    deductions_total: Percent = Field(description="The sum, at most the cap")


class MonthOut(BaseModel):
    month: str
    time_zone: str = Field(description="IANA name of the clock by which the days are counted")
    partly: bool = Field(description="Only the days in units within your reach, of somebody who has moved")
    days: list[MonthDayOut]
    summary: SummaryOut


@router.get("/me/attendance", responses={404: {"description": "The account is no employee's"}})
def my_attendance(services: TheServices, account: CheckinReader, month: Month = None) -> MonthOut:
    """One's own month, day by day."""
    if account.employee_id is None:
        raise NotAnEmployee
    first, last = _bounds(services, month)
    found = services.working_time.month(account.employee_id, first, last)
    units = unit_names(services.db, found)
    return _month(services, first, SeenMonth(account.employee_id, found, False, units))


@router.get("/employees/{nip}/attendance", responses=NOBODY)
def attendance_of(nip: Nip, services: TheServices, account: Overseer, month: Month = None) -> MonthOut:
    """The month of somebody within reach, or the days of somebody who was in a unit within reach."""
    first, last = _bounds(services, month)
    return _month(services, first, month_seen(services.working_time, nip, first, last, reach_of(account)))


def _bounds(services: Services, month: str | None) -> tuple[date, date]:
    return month_bounds(first_of(month, local_date(services.clock(), services.settings.zone)))


def _month(services: Services, first: date, seen: SeenMonth) -> MonthOut:
    return MonthOut(
        month=f"{first:%Y-%m}",
        time_zone=services.working_time.zone_of(seen.employee_id).key,
        partly=seen.partly,
        days=[_day(day, seen.units) for day in seen.month.days],
        summary=summary_out(seen.month.summary),
    )


def _day(day: MonthDay, units: Mapping[int, str]) -> MonthDayOut:
    judged = day.judged
    return MonthDayOut(
        date=judged.date,
        planned=judged.planned.kind,
        name=judged.planned.name,
        starts_at=judged.planned.starts_at,
        ends_at=judged.planned.ends_at,
        status=judged.status,
        first_in=judged.first_in,
        last_out=judged.last_out,
        first_in_source=day.first_in_source,
        last_out_source=day.last_out_source,
        provisional=judged.provisional,
        corrected=judged.corrected,
        over=judged.over,
        late_min=judged.late_min,
        early_min=judged.early_min,
        late_step=judged.late_step,
        early_step=judged.early_step,
        missing_in=judged.missing_in,
        missing_out=judged.missing_out,
        outside=list(judged.outside),
        waiting=[
            WaitingOut(
                checkin_id=one.checkin_id,
                at=one.at,
                kind=one.kind,
                status=one.status,
                reasons=list(one.reasons),
            )
            for one in day.waiting
        ],
        deductions=[DeductionOut(**_line(line)) for line in day.deductions],
        unit=None if day.unit_id is None else units[day.unit_id],
    )


def _line(line: Deduction) -> dict[str, Any]:
    return {"date": line.date, "code": line.code, "minutes": line.minutes, "percent": line.percent}


def summary_out(summary: Summary) -> SummaryOut:
    return SummaryOut(
        by_status=dict(summary.by_status),
        working_days=summary.working_days,
        late_days=summary.late_days,
        late_min=summary.late_min,
        early_days=summary.early_days,
        early_min=summary.early_min,
        missing_in=summary.missing_in,
        missing_out=summary.missing_out,
        provisional=summary.provisional,
        deductions_sum=summary.deductions.sum,
        deductions_cap=summary.deductions.cap,
        deductions_total=summary.deductions.total,
    )
