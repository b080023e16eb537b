"""An employee's month as far as somebody may see it.

Whoever reaches the employee now sees all of it. Whoever reaches a unit that the employee was in sees the days
there.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from service.attendance.stays import BEGINNING
from service.attendance_months import Month
from service.db.session import Database
from service.db.tables import Employee, Unit
from service.errors import UnknownEmployee
from service.people_search import has_nip
from service.places_of_days import reached_on_days
from service.reach import Reach
from service.working_time import WorkingTime


@dataclass(frozen=True, slots=True)
class SeenMonth:
    """`partly`: only the days in units within reach. `units`: names of the units of its days, by id."""

    employee_id: int
    month: Month
    partly: bool
    units: dict[int, str]


@dataclass(frozen=True, slots=True)
class SeenPerson:
    """`reached`: now, and not only on some days."""

    nip: str
    name: str
    reached: bool


def month_seen(time: WorkingTime, nip: str, first: date, last: date, reach: Reach) -> SeenMonth:
    """Raises UnknownEmployee, also where no day of the month is within reach."""
    with time.db.read() as session:
        seen = select(Employee.id, reach.people.label("reached")).where(
            *has_nip(nip), reached_on_days(reach, first, last)
        )
        row = session.execute(seen).one_or_none()
        if row is None:
            raise UnknownEmployee
        within = set() if row.reached else set(session.scalars(select(Unit.id).where(reach.units)))
    month = time.month(row.id, first, last)
    if not row.reached:
        month = month.part(within)
    return SeenMonth(row.id, month, not row.reached, unit_names(time.db, month))


def person_seen(db: Database, nip: str, today: date, reach: Reach) -> SeenPerson:
    """Somebody of whom any day up to today is within reach. Raises UnknownEmployee."""
    with db.read() as session:
        row = session.execute(
            select(Employee.nip, Employee.name, reach.people.label("reached")).where(
                *has_nip(nip), reached_on_days(reach, BEGINNING, today)
            )
        ).one_or_none()
    if row is None:
        raise UnknownEmployee
    return SeenPerson(row.nip, row.name, bool(row.reached))


def unit_names(db: Database, month: Month) -> dict[int, str]:
    """By id, of the units that its days belong to."""
    ids = {day.unit_id for day in month.days if day.unit_id is not None}
    with db.read() as session:
        return {
            row.id: row.name for row in session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(ids)))
        }
