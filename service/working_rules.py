"""The rules of working time as they are stored, and those that every installation begins with."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.attendance.deduction_table import DeductionTable
from service.attendance.hours import CUSTOMARY_WINDOWS, Hours, Windows
from service.attendance.schedule import Assignment, CalendarDay, PatternVersion, Rules
from service.attendance.shipped_patterns import (
    FIVE_DAY,
    FIVE_DAY_RAMADAN,
    SIX_DAY,
    SIX_DAY_RAMADAN,
    Cycle,
)
from service.db.schedule_tables import (
    CalendarEntry,
    DeductionRates,
    RamadanPeriod,
    WorkPattern,
    WorkPatternAssignment,
    WorkPatternVersion,
)
from service.db.session import Database
from service.db.tables import Unit

# A Monday, and the day that Peraturan Presiden 21/2023 was made.
SHIPPED_FROM: Final = date(2023, 4, 12)
A_MONDAY: Final = date(2023, 4, 10)
SHIPPED: Final = (
    ("LIMA-HARI", "Lima hari kerja", FIVE_DAY, FIVE_DAY_RAMADAN),
    ("ENAM-HARI", "Enam hari kerja", SIX_DAY, SIX_DAY_RAMADAN),
)
DEFAULT_CODE: Final = "LIMA-HARI"


def ensure_rules(db: Database, now: datetime) -> None:
    """Store what ships, where there are no rules yet."""
    with db.read() as session:
        if session.scalar(select(WorkPattern.id).limit(1)) is not None:
            return
    try:
        with db.write() as session:
            if session.scalar(select(WorkPattern.id).limit(1)) is None:
                _add_shipped(session, now)
    except IntegrityError:
        return  # another process has stored them in the meantime


def load_rules(session: Session) -> Rules:
    """All of them; `ensure_rules` has been called."""
    return Rules(
        versions=tuple(version_of(row) for row in session.scalars(select(WorkPatternVersion))),
        default_pattern=session.scalars(select(WorkPattern.id).where(WorkPattern.is_default)).one(),
        assignments=tuple(_assignment(row) for row in session.scalars(select(WorkPatternAssignment))),
        calendar=tuple(_calendar_day(row) for row in session.scalars(select(CalendarEntry))),
        ramadan=tuple((row.first_day, row.last_day) for row in session.scalars(select(RamadanPeriod))),
        deductions=tuple(rates_of(row) for row in session.scalars(select(DeductionRates))),
        parents={row.id: row.parent_id for row in session.execute(select(Unit.id, Unit.parent_id))},
    )


def version_of(row: WorkPatternVersion) -> PatternVersion:
    ramadan = row.hours["ramadan"]
    return PatternVersion(
        id=row.id,
        pattern_id=row.pattern_id,
        valid_from=row.valid_from,
        anchor=row.anchor,
        cycle=_cycle_of(row.hours["cycle"]),
        ramadan=None if ramadan is None else _cycle_of(ramadan),
        windows=Windows(**row.hours["windows"]),
        tolerance_min=row.tolerance_min,
        works_on_holidays=row.works_on_holidays,
    )


def hours_json(cycle: Cycle, ramadan: Cycle | None, windows: Windows) -> dict[str, Any]:
    """What is stored of a version; `version_of` reads it."""
    return {
        "cycle": [_hours_json(hours) for hours in cycle],
        "ramadan": None if ramadan is None else [_hours_json(hours) for hours in ramadan],
        "windows": {
            "in_before_min": windows.in_before_min,
            "in_after_min": windows.in_after_min,
            "out_before_min": windows.out_before_min,
            "out_after_min": windows.out_after_min,
        },
    }


def rates_of(row: DeductionRates) -> DeductionTable:
    percent = row.percent
    return DeductionTable(
        id=row.id,
        valid_from=row.valid_from,
        late=tuple(Decimal(step) for step in percent["late"]),
        early=tuple(Decimal(step) for step in percent["early"]),
        absent=Decimal(percent["absent"]),
        by_status={status: Decimal(value) for status, value in percent["by_status"].items()},
        cap=Decimal(percent["cap"]),
        source=percent.get("source", ""),
    )


def percent_json(table: DeductionTable) -> dict[str, Any]:
    """Decimals as text: JSON's numbers are not exact."""
    return {
        "late": [str(step) for step in table.late],
        "early": [str(step) for step in table.early],
        "absent": str(table.absent),
        "by_status": {status: str(value) for status, value in table.by_status.items()},
        "cap": str(table.cap),
        "source": table.source,
    }


def _add_shipped(session: Session, now: datetime) -> None:
    for code, name, cycle, ramadan in SHIPPED:
        pattern = WorkPattern(code=code, name=name, is_default=code == DEFAULT_CODE, created_at=now)
        session.add(pattern)
        session.flush()
        session.add(
            WorkPatternVersion(
                pattern_id=pattern.id,
                valid_from=SHIPPED_FROM,
                anchor=A_MONDAY,
                hours=hours_json(cycle, ramadan, CUSTOMARY_WINDOWS),
                tolerance_min=0,
                works_on_holidays=False,
                created_at=now,
            )
        )
    shipped = DeductionTable(0, SHIPPED_FROM)
    session.add(DeductionRates(valid_from=SHIPPED_FROM, percent=percent_json(shipped), created_at=now))


def _hours_json(hours: Hours | None) -> dict[str, Any] | None:
    if hours is None:
        return None
    return {
        "starts": f"{hours.starts:%H:%M}",
        "ends": f"{hours.ends:%H:%M}",
        "break_min": hours.break_min,
        "apel_at": None if hours.apel_at is None else f"{hours.apel_at:%H:%M}",
    }


def _cycle_of(stored: list[dict[str, Any] | None]) -> Cycle:
    return tuple(None if hours is None else _hours_of(hours) for hours in stored)


def _hours_of(stored: dict[str, Any]) -> Hours:
    apel_at = stored["apel_at"]
    return Hours(
        time.fromisoformat(stored["starts"]),
        time.fromisoformat(stored["ends"]),
        stored["break_min"],
        None if apel_at is None else time.fromisoformat(apel_at),
    )


def _assignment(row: WorkPatternAssignment) -> Assignment:
    return Assignment(row.id, row.pattern_id, row.first_day, row.last_day, row.unit_id, row.employee_id)


def _calendar_day(row: CalendarEntry) -> CalendarDay:
    return CalendarDay(row.day, row.name, row.kind, row.unit_id, row.starts, row.ends)
