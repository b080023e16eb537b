"""Work patterns, whose they are, Ramadan, deductions and recomputing, over HTTP."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from service import recomputing, work_patterns
from service.attendance.deduction_table import DeductionTable
from service.attendance.hours import CUSTOMARY_WINDOWS, Hours, Windows
from service.attendance.schedule import PatternVersion, PlannedDay
from service.db.request_tables import AbsenceKind
from service.reach import Reach, reach_of
from service.units import LONGEST_CODE, LONGEST_NAME
from service.web.access import RosterKeeper, TheServices, UnitReader
from service.web.api_attendance import Percent
from service.web.calendar_fields import Clock, Day
from service.wiring import Services
from service.work_patterns import NewVersion

router = APIRouter(prefix="/api/schedules", tags=["working time"])

MOST_CYCLE_DAYS = 62
MOST_MINUTES = 24 * 60
SHOWN_DIFFERENCES = 500
CODE_FIELD = 2 * LONGEST_CODE
Code = Annotated[str, Path(max_length=CODE_FIELD, examples=["LIMA-HARI"])]
Minutes = Annotated[int, Field(ge=0, le=MOST_MINUTES, strict=True)]
Rate = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
Steps = Annotated[list[Percent], Field(min_length=4, max_length=4)]


class HoursField(BaseModel):
    """An end that is not later than the start is on the day after."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"starts": "07:30", "ends": "16:00"}]})

    starts: Clock
    ends: Clock
    break_min: Minutes = 0
    apel_at: Clock | None = Field(None, description="When the assembly is, from which on somebody is late")


class WindowsField(BaseModel):
    """In minutes around the start and the end of a day."""

    in_before_min: Minutes = CUSTOMARY_WINDOWS.in_before_min
    in_after_min: Minutes | None = Field(None, description="Null: until the end of the day")
    out_before_min: Minutes | None = Field(None, description="Null: from the start of the day on")
    out_after_min: Minutes = CUSTOMARY_WINDOWS.out_after_min


Cycle = Annotated[list[HoursField | None], Field(min_length=1, max_length=MOST_CYCLE_DAYS)]


class VersionField(BaseModel):
    valid_from: Day
    cycle: Cycle = Field(
        description="Each day's hours, null for a free one. Seven begin on Monday, others on `valid_from`"
    )
    ramadan: Cycle | None = Field(None, description="As many days as `cycle`; null for the same")
    windows: WindowsField = WindowsField()
    tolerance_min: Minutes = Field(0, description="Up to so many minutes late count as none")
    works_on_holidays: StrictBool = False

    @model_validator(mode="after")
    def _same_length(self) -> Self:
        if self.ramadan is not None and len(self.ramadan) != len(self.cycle):
            raise ValueError("`ramadan` has another number of days than `cycle`")
        return self


class NewPattern(VersionField):
    code: str = Field(max_length=CODE_FIELD)
    name: str = Field(max_length=2 * LONGEST_NAME)


class PatternOut(BaseModel):
    code: str
    name: str
    is_default: bool = Field(description="That of everybody who has no other")
    versions: list[VersionField]


class NewAssignment(BaseModel):
    """To a unit and all below it, or to one employee."""

    unit: str | None = Field(None, max_length=CODE_FIELD)
    nip: str | None = Field(None, max_length=100)
    first: Day
    last: Day | None = None


class AssignmentOut(BaseModel):
    id: int
    pattern: str
    unit: str | None
    nip: str | None
    name: str = Field(description="Of the unit or the employee")
    first: date
    last: date | None


class Ramadan(BaseModel):
    first: Day
    last: Day


class RatesField(BaseModel):
    """Percent of the allowance. `late` and `early`: steps 1 to 4."""

    valid_from: Day
    late: Annotated[list[Rate], Field(min_length=4, max_length=4)]
    early: Annotated[list[Rate], Field(min_length=4, max_length=4)]
    absent: Rate
    cap: Rate = Decimal(100)
    by_status: dict[AbsenceKind, Rate] = Field(
        default_factory=dict, description="Of a day with an approved absence; what is not named costs nothing"
    )
    source: str = Field(
        "",
        max_length=2 * work_patterns.LONGEST_SOURCE,
        description="The regulation that says so, as people cite it",
        examples=["Peraturan Bupati 12/2025"],
    )


class RatesOut(BaseModel):
    valid_from: date
    late: Steps
    early: Steps
    absent: Percent
    cap: Percent
    by_status: dict[str, Percent]
    source: str = Field(description="The regulation that says so; empty where nobody has named it")
    begun: bool = Field(description="False: may still be removed")


class RamadanOut(BaseModel):
    first: date
    last: date
    begun: bool = Field(description="False: may still be removed")


class SchedulesOut(BaseModel):
    patterns: list[PatternOut]
    assignments: list[AssignmentOut] = Field(description="Of units and employees within reach; newest first")
    ramadan: list[RamadanOut]
    deductions: list[RatesOut]


class PlannedOut(BaseModel):
    kind: str
    name: str | None
    starts_at: datetime | None
    ends_at: datetime | None


class DifferenceOut(BaseModel):
    nip: str
    name: str
    date: date
    before: PlannedOut
    after: PlannedOut


class PreviewOut(BaseModel):
    total: int
    closed: int = Field(description="Days that would differ, and stay: their month is closed")
    fingerprint: str = Field(description="To be given back to apply just this")
    differences: list[DifferenceOut] = Field(description=f"The first {SHOWN_DIFFERENCES}")


class Application(BaseModel):
    first: Day
    last: Day
    fingerprint: str = Field(max_length=64)
    reason: str = Field(max_length=2 * recomputing.LONGEST_REASON)


class AppliedOut(BaseModel):
    days: int


@router.get("")
def list_schedules(services: TheServices, account: UnitReader) -> SchedulesOut:
    """All patterns with their versions, and whose they are."""
    return _out(services, reach_of(account))


@router.post("", status_code=201, responses={409: {"description": "Another pattern has this code"}})
def add_pattern(wanted: NewPattern, services: TheServices, account: RosterKeeper) -> SchedulesOut:
    """Add a pattern with its first version."""
    reach = reach_of(account)
    work_patterns.add_pattern(
        services.working_time,
        code=wanted.code,
        name=wanted.name,
        version=_version(wanted),
        reach=reach,
        by=account.id,
    )
    return _out(services, reach)


@router.post(
    "/{code}/versions",
    status_code=201,
    responses={
        404: {"description": "No pattern has this code"},
        409: {"description": "A version from this day on is there"},
    },
)
def add_version(
    code: Code, wanted: VersionField, services: TheServices, account: RosterKeeper
) -> SchedulesOut:
    """What the pattern says from a day on. Days that are past stay as they were."""
    reach = reach_of(account)
    work_patterns.add_version(
        services.working_time, code=code, version=_version(wanted), reach=reach, by=account.id
    )
    return _out(services, reach)


@router.post(
    "/{code}/assignments",
    status_code=201,
    responses={404: {"description": "No pattern has this code, or nobody and no unit within reach is this"}},
)
def assign(code: Code, wanted: NewAssignment, services: TheServices, account: RosterKeeper) -> SchedulesOut:
    """Give the pattern to a unit and all below it, or to one employee."""
    reach = reach_of(account)
    work_patterns.assign(
        services.working_time,
        code=code,
        unit=wanted.unit,
        nip=wanted.nip,
        first=wanted.first,
        last=wanted.last,
        reach=reach,
        by=account.id,
    )
    return _out(services, reach)


@router.delete(
    "/assignments/{assignment_id}",
    status_code=204,
    responses={404: {"description": "No such assignment within reach"}},
)
def remove_assignment(
    assignment_id: Annotated[int, Path(ge=1, le=2**31 - 1)], services: TheServices, account: RosterKeeper
) -> None:
    """Take a pattern away. Days that are past stay as they were."""
    work_patterns.remove_assignment(
        services.working_time, assignment_id, reach=reach_of(account), by=account.id
    )


@router.post("/ramadan", status_code=201)
def add_ramadan(wanted: Ramadan, services: TheServices, account: RosterKeeper) -> SchedulesOut:
    """Enter when Ramadan is, in place of whatever is entered of it."""
    reach = reach_of(account)
    work_patterns.add_ramadan(services.working_time, wanted.first, wanted.last, reach=reach, by=account.id)
    return _out(services, reach)


@router.post(
    "/deductions", status_code=201, responses={409: {"description": "Rates from this day on are there"}}
)
def add_deductions(wanted: RatesField, services: TheServices, account: RosterKeeper) -> SchedulesOut:
    """Enter the rates that hold from a day on."""
    reach = reach_of(account)
    table = DeductionTable(
        0,
        wanted.valid_from,
        wanted.late,
        wanted.early,
        wanted.absent,
        {str(kind): rate for kind, rate in wanted.by_status.items()},
        wanted.cap,
        wanted.source,
    )
    work_patterns.add_deductions(services.working_time, table, reach=reach, by=account.id)
    return _out(services, reach)


@router.delete(
    "/ramadan/{first}",
    status_code=204,
    responses={404: {"description": "None begins on this day"}, 409: {"description": "It has begun"}},
)
def remove_ramadan(first: Annotated[Day, Path()], services: TheServices, account: RosterKeeper) -> None:
    """Take a Ramadan out again that has not begun."""
    work_patterns.remove_ramadan(services.working_time, first, reach=reach_of(account), by=account.id)


@router.delete(
    "/deductions/{valid_from}",
    status_code=204,
    responses={404: {"description": "None begin on this day"}, 409: {"description": "They are in force"}},
)
def remove_deductions(
    valid_from: Annotated[Day, Path()], services: TheServices, account: RosterKeeper
) -> None:
    """Take rates out again that are not in force yet."""
    work_patterns.remove_deductions(services.working_time, valid_from, reach=reach_of(account), by=account.id)


@router.get("/recomputation")
def preview(
    services: TheServices,
    account: RosterKeeper,
    first: Annotated[Day, Query()],
    last: Annotated[Day, Query()],
) -> PreviewOut:
    """Which recorded days the rules of now see in another way. Nothing is changed."""
    found = recomputing.preview(services.working_time, first, last, reach=reach_of(account))
    shown = found.differences[:SHOWN_DIFFERENCES]
    return PreviewOut(
        total=len(found.differences),
        closed=found.closed,
        fingerprint=found.fingerprint,
        differences=[
            DifferenceOut(
                nip=one.nip,
                name=one.name,
                date=one.after.date,
                before=_planned(one.before),
                after=_planned(one.after),
            )
            for one in shown
        ],
    )


@router.post(
    "/recomputation", responses={409: {"description": "Something has changed since the preview: look again"}}
)
def recompute(wanted: Application, services: TheServices, account: RosterKeeper) -> AppliedOut:
    """Make the differences that were looked at the record. It is in the audit trail."""
    days = recomputing.apply(
        services.working_time,
        wanted.first,
        wanted.last,
        fingerprint=wanted.fingerprint,
        reason=wanted.reason,
        reach=reach_of(account),
        by=account.id,
    )
    return AppliedOut(days=days)


def _version(wanted: VersionField) -> NewVersion:
    return NewVersion(
        valid_from=wanted.valid_from,
        cycle=_cycle(wanted.cycle),
        ramadan=None if wanted.ramadan is None else _cycle(wanted.ramadan),
        windows=Windows(**wanted.windows.model_dump()),
        tolerance_min=wanted.tolerance_min,
        works_on_holidays=wanted.works_on_holidays,
    )


def _cycle(days: list[HoursField | None]) -> tuple[Hours | None, ...]:
    return tuple(None if day is None else Hours(**day.model_dump()) for day in days)


def _out(services: Services, reach: Reach) -> SchedulesOut:
    time = services.working_time
    found = work_patterns.list_schedules(time, reach)
    return SchedulesOut(
        patterns=[
            PatternOut(
                code=one.code,
                name=one.name,
                is_default=one.is_default,
                versions=[_version_out(version) for version in one.versions],
            )
            for one in found.patterns
        ],
        assignments=[AssignmentOut.model_validate(asdict(one)) for one in found.assignments],
        ramadan=[
            RamadanOut(first=first, last=last, begun=work_patterns.has_begun(time, first))
            for _, first, last in found.ramadan
        ],
        deductions=[
            _rates_out(table, begun=work_patterns.has_begun(time, table.valid_from))
            for table in found.deductions
        ],
    )


def _version_out(version: PatternVersion) -> VersionField:
    return VersionField.model_construct(
        valid_from=version.valid_from,
        cycle=_hours_out(version.cycle),
        ramadan=None if version.ramadan is None else _hours_out(version.ramadan),
        windows=WindowsField(**asdict(version.windows)),
        tolerance_min=version.tolerance_min,
        works_on_holidays=version.works_on_holidays,
    )


def _hours_out(cycle: tuple[Hours | None, ...]) -> list[HoursField | None]:
    return [None if hours is None else HoursField.model_construct(**asdict(hours)) for hours in cycle]


def _rates_out(table: DeductionTable, *, begun: bool) -> RatesOut:
    return RatesOut(
        valid_from=table.valid_from,
        late=list(table.late),
        early=list(table.early),
        absent=table.absent,
        cap=table.cap,
        by_status=dict(table.by_status),
        source=table.source,
        begun=begun,
    )


def _planned(planned: PlannedDay) -> PlannedOut:
    return PlannedOut(
        kind=planned.kind, name=planned.name, starts_at=planned.starts_at, ends_at=planned.ends_at
    )
