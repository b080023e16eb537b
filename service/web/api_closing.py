"""Closing months over HTTP: the tree of units, one unit's checklist and history, closing and unlocking."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from service import closing, closing_history, closing_views, closing_work
from service.attendance.day import local_date
from service.closing import Wanted
from service.closing_checklist import LineKind, What
from service.closing_history import FiguresChange
from service.closing_views import Checklist, State
from service.db.closing_tables import AfterKind
from service.db.tables import Account, CheckinStatus
from service.reach import reach_of
from service.units import LONGEST_CODE, unit_row
from service.web.access import MonthKeeper, MonthReader, TheServices
from service.web.api_attendance import SummaryOut, summary_out
from service.web.calendar_fields import MONTH, first_of
from service.web.calendar_fields import Month as MonthAsked
from service.web.request_forms import Words
from service.wiring import Services
from service.written_words import LONGEST_WORDS

router = APIRouter(prefix="/api/closing", tags=["closing"])

UnitCode = Annotated[str, Path(max_length=2 * LONGEST_CODE, description="Code of the unit")]
Month = Annotated[str, Path(pattern=MONTH, description="YYYY-MM", examples=["2026-10"])]
Below = Annotated[bool, Query(description="With all units below it")]
NO_UNIT: Final[dict[int | str, dict[str, Any]]] = {
    404: {"description": "No unit within your reach has this code"}
}


class UnitMonthOut(BaseModel):
    code: str
    name: str
    parent: str | None
    depth: int = Field(description="0 at the top of what is shown")
    people: int = Field(description="Who have days in the unit itself in this month")
    state: State = Field(
        description="`not_over`: the month goes on; `open`: something keeps it so; `ready` to be closed; `closed`"
    )
    open: dict[str, int] = Field(description="How many `reviews`, `requests` and `devices` keep it open")
    closed_at: datetime | None
    closed_by: str | None
    anyway: bool = Field(description="It was closed over something open, with a reason")
    after: int = Field(description="Check-ins that arrived, or were judged, after it was closed")
    unlocked: int = Field(description="How often it was closed before, and unlocked")


class OverviewOut(BaseModel):
    month: str
    without_unit: int = Field(description="People in no unit: nobody can close their days")
    units: list[UnitMonthOut] = Field(description="Each before those below it")


class MatterOut(BaseModel):
    """One thing that is open."""

    what: What
    day: date = Field(description="Of a device: the day of its last contact")
    nip: str | None
    name: str | None
    kiosk: str | None = Field(description="Name of the tablet")
    checkin_id: str | None


class LineOut(BaseModel):
    kind: LineKind
    count: int
    blocks: bool = Field(description="It keeps the month open")
    first: list[MatterOut] = Field(description="The first few")


class ChecklistOut(BaseModel):
    units: int = Field(description="How many it is for: those that are not closed yet")
    people: int
    over: bool = Field(description="The month is past for all of these people")
    with_days: bool = Field(
        description="Whether the lines of the days are among them; of many people they are long work, see "
        "`POST .../checklist`"
    )
    lines: list[LineOut]


class FiguresChangeOut(BaseModel):
    nip: str
    name: str
    before: SummaryOut | None
    after: SummaryOut | None


class CameOut(BaseModel):
    kind: AfterKind
    at: datetime
    checkin_id: str
    nip: str
    name: str
    counted_at: datetime
    status: CheckinStatus


class ClosingInfoOut(BaseModel):
    """One closing; those that were unlocked stay in the list."""

    closed_at: datetime
    closed_by: str
    reason: str | None = Field(description="Why it was closed over something open")
    people: int = Field(description="Of how many the figures were kept")
    over: dict[str, int] = Field(description="The checklist as it stood: how many of each line")
    unlocked_at: datetime | None
    unlocked_by: str | None
    unlock_reason: str | None
    came: list[CameOut] = Field(description="What came while it was closed, the newest first")
    changes: int | None = Field(description="People with other figures than in the closing before")
    changed: list[FiguresChangeOut] = Field(description="The first of them")


class UnitClosingOut(BaseModel):
    unit: str
    unit_name: str
    month: str
    closed: bool
    may_close_anyway: bool
    may_unlock: bool
    checklist: ChecklistOut
    closings: list[ClosingInfoOut] = Field(description="Of the unit itself, the newest first")
    since: int | None = Field(
        description="People whose days add up to something else now than what was closed last; null where "
        "nothing was closed, or of very many people"
    )
    since_changed: list[FiguresChangeOut]


class NewClosing(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"below": True, "reason": "Perangkat kios rusak, BA 14/KEC-01"}]}
    )

    below: StrictBool = Field(False, description="With all units below it")
    reason: Words | None = Field(
        None,
        description=f"To close over what is open: 1 to {LONGEST_WORDS} characters, by an administrator or HR of "
        "the whole staff",
    )


class ChecklistAsked(BaseModel):
    below: StrictBool = False


class ClosingReportOut(BaseModel):
    closed: list[str] = Field(description="Codes of units")
    before: list[str] = Field(description="Those that were closed before")
    open: dict[str, dict[str, int]] = Field(description="Those left open, and how many of what keep them so")


class ClosingOut(BaseModel):
    """Of few people the report; of many a job, whose report is the same."""

    job: str | None = Field(description="For `GET /api/jobs/{id}`")
    report: ClosingReportOut | None


class WorkOut(BaseModel):
    job: str = Field(description="For `GET /api/jobs/{id}`")


class NewUnlocking(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Surat tugas terlambat masuk"}]})

    below: StrictBool = Field(False, description="With all units below it")
    reason: Words = Field(description=f"1 to {LONGEST_WORDS} characters")


class UnlockedOut(BaseModel):
    unlocked: list[str] = Field(description="Codes of units")


@router.get("")
def overview(services: TheServices, account: MonthReader, month: MonthAsked = None) -> OverviewOut:
    """The units within reach with what became of a month; without one, of the month before this one."""
    first = _month_before(services) if month is None else first_of(month, date.min)
    found = closing_views.overview(services.working_time, reach_of(account), first)
    units = []
    for one in found.units:
        fields = asdict(one)
        node = fields.pop("unit")
        units.append(
            UnitMonthOut(**fields, **{name: node[name] for name in ("code", "name", "parent", "depth")})
        )
    return OverviewOut(month=f"{first:%Y-%m}", without_unit=found.without_unit, units=units)


@router.get("/{unit}/{month}", responses=NO_UNIT)
def one_unit(
    unit: UnitCode, month: Month, services: TheServices, account: MonthReader, below: Below = False
) -> UnitClosingOut:
    """One unit's month: the checklist, and every closing and unlocking so far."""
    first = first_of(month, date.min)
    reach = reach_of(account)
    time = services.working_time
    checklist = closing_views.checklist_of(time, reach, unit=unit, month=first, below=below, with_days=None)
    history = closing_history.history_of(time, reach, unit=unit, month=first)
    with services.db.read() as session:
        row = unit_row(session, unit, reach)
        unlocks = closing.may_unlock(session, account, row.id)
    return UnitClosingOut(
        unit=row.code,
        unit_name=row.name,
        month=f"{first:%Y-%m}",
        closed=bool(history.closings) and history.closings[0].unlocked_at is None,
        may_close_anyway=closing.may_close_anyway(account),
        may_unlock=unlocks,
        checklist=_checklist(checklist),
        closings=[
            ClosingInfoOut(
                closed_at=one.closed_at,
                closed_by=one.closed_by,
                reason=one.reason,
                people=one.people,
                over=dict(one.over),
                unlocked_at=one.unlocked_at,
                unlocked_by=one.unlocked_by,
                unlock_reason=one.unlock_reason,
                came=[CameOut.model_validate(asdict(came)) for came in one.came],
                changes=one.changes,
                changed=[_change(change) for change in one.changed],
            )
            for one in history.closings
        ],
        since=history.since,
        since_changed=[_change(change) for change in history.since_changed],
    )


@router.post(
    "/{unit}/{month}/checklist",
    status_code=202,
    responses={**NO_UNIT, 202: {"description": "To be looked through; see the job"}},
)
def look_through(
    unit: UnitCode,
    month: Month,
    wanted: ChecklistAsked,
    response: Response,
    services: TheServices,
    account: MonthReader,
) -> WorkOut:
    """The whole checklist as long work, for many people. The job's report has `lines`."""
    with services.db.read() as session:
        code = unit_row(session, unit, reach_of(account)).code
    asked = Wanted(code, first_of(month, date.min), wanted.below)
    return WorkOut(job=_ask(services, response, closing_work.CHECKLIST, asked, account))


@router.post(
    "/{unit}/{month}",
    responses={
        **NO_UNIT,
        202: {"model": ClosingOut, "description": "To be done; see the job"},
        403: {"description": "You may not close over what is open, or not at all"},
        409: {"description": "The month is not over, is closed already, or something keeps it open"},
    },
)
def close(
    unit: UnitCode,
    month: Month,
    wanted: NewClosing,
    response: Response,
    services: TheServices,
    account: MonthKeeper,
) -> ClosingOut:
    """Close the month of a unit, alone or with all below it: those that are ready, or with a reason all of them.

    From then on nothing that changes its days is accepted, and the figures stay as they are.
    """
    time = services.working_time
    asked = Wanted(unit, first_of(month, date.min), wanted.below, wanted.reason)
    if wanted.below:
        reach = reach_of(account)
        looked = closing_views.checklist_of(
            time, reach, unit=unit, month=asked.month, below=True, with_days=False
        )
        if looked.people > closing_views.QUICK_PEOPLE:
            closing.check_rights(account, asked)
            response.status_code = 202
            job = _ask(services, response, closing_work.CLOSING, asked, account)
            return ClosingOut(job=job, report=None)
    report = closing.close_month(time, account, asked)
    return ClosingOut(job=None, report=ClosingReportOut.model_validate(closing_work.report_as_json(report)))


@router.post(
    "/{unit}/{month}/unlock",
    responses={
        **NO_UNIT,
        403: {"description": "Only administrators and HR of a unit above may"},
        409: {"description": "It is not closed (any more)"},
    },
)
def unlock(
    unit: UnitCode, month: Month, wanted: NewUnlocking, services: TheServices, account: MonthKeeper
) -> UnlockedOut:
    """Open a closed month again, for a reason. What was closed stays in the history."""
    codes = closing.unlock_month(
        services.working_time,
        account,
        unit=unit,
        month=first_of(month, date.min),
        below=wanted.below,
        words=wanted.reason,
    )
    return UnlockedOut(unlocked=list(codes))


def _ask(services: Services, response: Response, kind: str, wanted: Wanted, account: Account) -> str:
    job = services.jobs.ask(kind, b"", closing_work.options_of(wanted), by=account.id)
    response.headers["Location"] = f"/api/jobs/{job}"
    return job


def _month_before(services: Services) -> date:
    today = local_date(services.clock(), services.settings.zone)
    return date(today.year - (today.month == 1), (today.month - 2) % 12 + 1, 1)


def _checklist(found: Checklist) -> ChecklistOut:
    return ChecklistOut.model_validate(asdict(found))


def _change(change: FiguresChange) -> FiguresChangeOut:
    return FiguresChangeOut(
        nip=change.nip,
        name=change.name,
        before=None if change.before is None else summary_out(change.before),
        after=None if change.after is None else summary_out(change.after),
    )
