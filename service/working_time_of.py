"""What is stored of the working time of one employee or one unit: to show it, and to forget it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.db.schedule_tables import AttendanceDay, CalendarEntry, DayPlan, WorkPatternAssignment


@dataclass(frozen=True, slots=True)
class OwnWorkingDay:
    date: date
    kind: str
    starts_at: datetime | None
    ends_at: datetime | None


def own_working_days(session: Session, employee_id: int) -> tuple[OwnWorkingDay, ...]:
    """The newest first."""
    rows = session.execute(
        select(DayPlan.day, DayPlan.kind, DayPlan.starts_at, DayPlan.ends_at)
        .join(AttendanceDay, AttendanceDay.plan_id == DayPlan.id)
        .where(AttendanceDay.employee_id == employee_id)
        .order_by(DayPlan.day.desc())
    )
    return tuple(OwnWorkingDay(*row) for row in rows)


def forget_employee(session: Session, employee_id: int) -> None:
    """Their own pattern. What was expected on past days stays with the check-ins, under the pseudonym."""
    mine = WorkPatternAssignment.employee_id == employee_id
    session.execute(delete(WorkPatternAssignment).where(mine))


def forget_unit(session: Session, unit_id: int) -> None:
    """Its pattern and its own holidays, of a unit that nobody is in."""
    session.execute(delete(WorkPatternAssignment).where(WorkPatternAssignment.unit_id == unit_id))
    session.execute(delete(CalendarEntry).where(CalendarEntry.unit_id == unit_id))
