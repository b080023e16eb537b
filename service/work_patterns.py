"""Work patterns, their dated versions, whose they are, Ramadan and deductions, as HR keeps them."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Select, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.attendance.deduction_table import DeductionTable
from service.attendance.hours import Windows
from service.attendance.schedule import PatternVersion
from service.attendance.shipped_patterns import WEEK_DAYS, Cycle
from service.audit_notes import note
from service.db.schedule_tables import (
    DeductionRates,
    RamadanPeriod,
    WorkPattern,
    WorkPatternAssignment,
    WorkPatternVersion,
)
from service.db.tables import Employee, Unit
from service.employee_rows import managed_row
from service.errors import InvalidRequest
from service.reach import EVERYBODY, Reach
from service.schedule_errors import (
    InForceAlready,
    PatternCodeTaken,
    UnknownAssignment,
    UnknownPattern,
    UnknownRamadan,
    UnknownRates,
    VersionTaken,
    WholeStaffOnly,
)
from service.units import CODE, LONGEST_NAME, held_unit
from service.working_rules import ensure_rules, hours_json, percent_json, rates_of, version_of
from service.working_time import WorkingTime

LONGEST_SOURCE: Final = 200
# WIT: no site's clock is ahead of it.
EASTERNMOST: Final = ZoneInfo("Asia/Jayapura")


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A cycle of seven days begins on Monday, any other one on `valid_from`."""

    valid_from: date
    cycle: Cycle
    ramadan: Cycle | None
    windows: Windows
    tolerance_min: int
    works_on_holidays: bool


@dataclass(frozen=True, slots=True)
class ShownPattern:
    code: str
    name: str
    is_default: bool
    versions: tuple[PatternVersion, ...]


@dataclass(frozen=True, slots=True)
class ShownAssignment:
    """Of a unit (`unit`: its code) or of an employee (`nip`); `name` is the unit's or theirs."""

    id: int
    pattern: str
    unit: str | None
    nip: str | None
    name: str
    first: date
    last: date | None


@dataclass(frozen=True, slots=True)
class Schedules:
    """ramadan : id, first and last day of each."""

    patterns: tuple[ShownPattern, ...]
    assignments: tuple[ShownAssignment, ...]
    ramadan: tuple[tuple[int, date, date], ...]
    deductions: tuple[DeductionTable, ...]


def list_schedules(time: WorkingTime, reach: Reach = EVERYBODY) -> Schedules:
    """All patterns; assignments of units and employees within reach."""
    ensure_rules(time.db, time.clock())
    with time.db.read() as session:
        versions = [version_of(row) for row in session.scalars(select(WorkPatternVersion))]
        patterns = session.scalars(select(WorkPattern).order_by(WorkPattern.name, WorkPattern.id))
        rates = session.scalars(select(DeductionRates).order_by(DeductionRates.valid_from))
        ramadan = session.scalars(select(RamadanPeriod).order_by(RamadanPeriod.first_day))
        return Schedules(
            patterns=tuple(_shown(row, versions) for row in patterns),
            assignments=tuple(_shown_assignment(row) for row in session.scalars(_assignments(reach))),
            ramadan=tuple((row.id, row.first_day, row.last_day) for row in ramadan),
            deductions=tuple(rates_of(row) for row in rates),
        )


def add_pattern(
    time: WorkingTime,
    *,
    code: str,
    name: str,
    version: NewVersion,
    reach: Reach = EVERYBODY,
    by: int | None = None,
) -> None:
    """Raises WholeStaffOnly, InvalidRequest or PatternCodeTaken."""
    _refuse_limited(reach)
    tidy_code, tidy_name = code.strip(), " ".join(name.split())
    if not CODE.fullmatch(tidy_code):
        raise _invalid("code")
    if not tidy_name or len(tidy_name) > LONGEST_NAME or not tidy_name.isprintable():
        raise _invalid("name")
    now = time.clock()
    try:
        with time.changing() as session:
            row = WorkPattern(code=tidy_code, name=tidy_name, created_at=now)
            session.add(row)
            session.flush()
            _insert_version(session, row, version, now, by)
    except IntegrityError:
        raise PatternCodeTaken from None


def add_version(
    time: WorkingTime, *, code: str, version: NewVersion, reach: Reach = EVERYBODY, by: int | None = None
) -> None:
    """Raises WholeStaffOnly, UnknownPattern or VersionTaken."""
    _refuse_limited(reach)
    try:
        with time.changing() as session:
            _insert_version(session, _pattern(session, code), version, time.clock(), by)
    except IntegrityError:
        raise VersionTaken from None


def assign(
    time: WorkingTime,
    *,
    code: str,
    unit: str | None,
    nip: str | None,
    first: date,
    last: date | None,
    reach: Reach = EVERYBODY,
    by: int | None = None,
) -> None:
    """Give a pattern to a unit and all below it, or to one employee.

    Raises UnknownPattern, UnknownUnit, UnknownEmployee, OwnRecord, or InvalidRequest.
    """
    if (unit is None) == (nip is None):
        raise _invalid("unit")
    if last is not None and last < first:
        raise _invalid("last")
    now = time.clock()
    with time.changing() as session:
        pattern = _pattern(session, code)
        row = WorkPatternAssignment(pattern_id=pattern.id, first_day=first, last_day=last, created_at=now)
        if unit is not None:
            row.unit_id = held_unit(session, unit, reach).id
        if nip is not None:
            row.employee_id = managed_row(session, nip, reach).id
        session.add(row)
        session.flush()
        facts = {"unit": row.unit_id, "employee": row.employee_id, "first": first.isoformat()}
        ends = None if last is None else last.isoformat()
        note(
            session,
            "schedule_changed",
            f"pattern:{pattern.id}",
            by=by,
            at=now,
            assigned=row.id,
            last=ends,
            **facts,
        )


def remove_assignment(
    time: WorkingTime, assignment_id: int, *, reach: Reach = EVERYBODY, by: int | None = None
) -> None:
    """From today on as if it had never been; days that are past stay. Raises UnknownAssignment or OwnRecord."""
    with time.changing() as session:
        row = session.scalar(_assignments(reach).where(WorkPatternAssignment.id == assignment_id))
        if row is None:
            raise UnknownAssignment
        if row.employee is not None:
            reach.refuse_own(row.employee)
        subject = f"pattern:{row.pattern_id}"
        session.delete(row)
        note(session, "schedule_changed", subject, by=by, at=time.clock(), unassigned=assignment_id)


def add_ramadan(
    time: WorkingTime, first: date, last: date, *, reach: Reach = EVERYBODY, by: int | None = None
) -> None:
    """Replaces whatever of it is entered already. Raises WholeStaffOnly or InvalidRequest."""
    _refuse_limited(reach)
    if not timedelta(0) <= last - first <= timedelta(days=30):
        raise _invalid("last")
    with time.changing() as session:
        overlapping = (RamadanPeriod.first_day <= last, RamadanPeriod.last_day >= first)
        for row in session.scalars(select(RamadanPeriod).where(*overlapping)):
            session.delete(row)
        session.flush()
        session.add(RamadanPeriod(first_day=first, last_day=last))
        days = {"first": first.isoformat(), "last": last.isoformat()}
        note(session, "schedule_changed", "ramadan:dates", by=by, at=time.clock(), **days)


def remove_ramadan(
    time: WorkingTime, first: date, *, reach: Reach = EVERYBODY, by: int | None = None
) -> None:
    """One that has not begun. Raises WholeStaffOnly, UnknownRamadan or InForceAlready."""
    _refuse_limited(reach)
    with time.changing() as session:
        row = session.scalar(select(RamadanPeriod).where(RamadanPeriod.first_day == first))
        if row is None:
            raise UnknownRamadan
        _refuse_begun(time, first)
        session.delete(row)
        note(session, "schedule_changed", "ramadan:dates", by=by, at=time.clock(), removed=first.isoformat())


def remove_deductions(
    time: WorkingTime, valid_from: date, *, reach: Reach = EVERYBODY, by: int | None = None
) -> None:
    """Those that are not in force yet, to enter them anew. Raises WholeStaffOnly, UnknownRates, InForceAlready."""
    _refuse_limited(reach)
    with time.changing() as session:
        row = session.scalar(select(DeductionRates).where(DeductionRates.valid_from == valid_from))
        if row is None:
            raise UnknownRates
        _refuse_begun(time, valid_from)
        session.delete(row)
        since = valid_from.isoformat()
        note(session, "schedule_changed", "deductions:rates", by=by, at=time.clock(), removed=since)


def has_begun(time: WorkingTime, first: date) -> bool:
    """Also where it has only in the east, where each day begins first."""
    return first <= max(time.clock().astimezone(zone).date() for zone in (time.zone, EASTERNMOST))


def _refuse_begun(time: WorkingTime, first: date) -> None:
    if has_begun(time, first):
        raise InForceAlready


def add_deductions(
    time: WorkingTime, table: DeductionTable, *, reach: Reach = EVERYBODY, by: int | None = None
) -> None:
    """Raises WholeStaffOnly, InvalidRequest, or VersionTaken."""
    _refuse_limited(reach)
    table = replace(table, source=" ".join(table.source.split()))
    if len(table.source) > LONGEST_SOURCE or not table.source.isprintable():
        raise _invalid("source")
    now = time.clock()
    try:
        with time.changing() as session:
            percent = percent_json(table)
            session.add(DeductionRates(valid_from=table.valid_from, percent=percent, created_at=now))
            session.flush()
            since = table.valid_from.isoformat()
            note(
                session,
                "schedule_changed",
                "deductions:rates",
                by=by,
                at=now,
                valid_from=since,
                source_named=bool(table.source),
            )
    except IntegrityError:
        raise VersionTaken from None


def _insert_version(
    session: Session, pattern: WorkPattern, version: NewVersion, now: datetime, by: int | None
) -> None:
    weekly = len(version.cycle) == WEEK_DAYS
    anchor = version.valid_from - timedelta(days=version.valid_from.weekday() if weekly else 0)
    session.add(
        WorkPatternVersion(
            pattern_id=pattern.id,
            valid_from=version.valid_from,
            anchor=anchor,
            hours=hours_json(version.cycle, version.ramadan, version.windows),
            tolerance_min=version.tolerance_min,
            works_on_holidays=version.works_on_holidays,
            created_at=now,
        )
    )
    session.flush()
    since = version.valid_from.isoformat()
    note(session, "schedule_changed", f"pattern:{pattern.id}", by=by, at=now, valid_from=since)


def _pattern(session: Session, code: str) -> WorkPattern:
    row = session.scalar(select(WorkPattern).where(WorkPattern.code == code.strip()))
    if row is None:
        raise UnknownPattern
    return row


def _assignments(reach: Reach) -> Select[WorkPatternAssignment]:
    return (
        select(WorkPatternAssignment)
        .outerjoin(WorkPatternAssignment.unit)
        .outerjoin(WorkPatternAssignment.employee)
        .where(or_(Unit.id.is_not(None) & reach.units, Employee.id.is_not(None) & reach.people))
        .order_by(WorkPatternAssignment.first_day.desc(), WorkPatternAssignment.id.desc())
    )


def _shown(row: WorkPattern, versions: list[PatternVersion]) -> ShownPattern:
    mine = sorted((one for one in versions if one.pattern_id == row.id), key=lambda one: one.valid_from)
    return ShownPattern(row.code, row.name, row.is_default, tuple(mine))


def _shown_assignment(row: WorkPatternAssignment) -> ShownAssignment:
    unit, employee = row.unit, row.employee
    name = unit.name if unit is not None else employee.name if employee is not None else ""
    return ShownAssignment(
        row.id,
        row.pattern.code,
        None if unit is None else unit.code,
        None if employee is None else employee.nip,
        name,
        row.first_day,
        row.last_day,
    )


def _refuse_limited(reach: Reach) -> None:
    if not reach.everybody:
        raise WholeStaffOnly


def _invalid(field: str) -> InvalidRequest:
    return InvalidRequest(fields=[{"field": field, "problem": "not valid"}])
