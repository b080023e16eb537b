"""Which unit an employee is in from today on."""

from datetime import UTC, datetime, tzinfo

from service.attendance.day import local_date
from service.db.session import Database
from service.employee_rows import managed_row
from service.reach import EVERYBODY, Reach
from service.unit_changes import place
from service.units import unit_within


def move_employee(
    db: Database,
    *,
    nip: str,
    unit: str | None,
    now: datetime,
    zone: tzinfo = UTC,
    reach: Reach = EVERYBODY,
    by: int | None = None,
) -> None:
    """Put an employee into the unit with this code from today on; without one, into none.

    zone : of the clock by which it is today.

    Raises
    ------
    UnknownEmployee, UnknownUnit : also where they are outside the reach.
    UnitNeeded : whoever reaches only some units can't move anybody out of all of them.
    OwnRecord
    """
    today = local_date(now, zone)
    with db.write() as session:
        employee, to = managed_row(session, nip, reach), unit_within(session, unit, reach)
        unit_id = None if to is None else to.id
        place(session, employee, unit_id, today, today=today, now=now, reach=reach, by=by)
