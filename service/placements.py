"""Which unit an employee is in."""

from datetime import datetime

from service.audit_notes import note
from service.db.session import Database
from service.people import managed_row
from service.reach import EVERYBODY, Reach
from service.units import unit_within


def move_employee(
    db: Database,
    *,
    nip: str,
    unit: str | None,
    now: datetime,
    reach: Reach = EVERYBODY,
    by: int | None = None,
) -> None:
    """Put an employee into the unit with this code; without one, into none.

    Raises
    ------
    UnknownEmployee, UnknownUnit : also where they are outside the reach.
    UnitNeeded : whoever reaches only some units can't move anybody out of all of them.
    OwnRecord
    """
    with db.write() as session:
        employee = managed_row(session, nip, reach)
        before, to = employee.unit_id, unit_within(session, unit, reach)
        employee.unit = to
        subject, unit_id = f"employee:{employee.id}", None if to is None else to.id
        note(session, "employee_moved", subject, by=by, at=now, unit=unit_id, before=before)
