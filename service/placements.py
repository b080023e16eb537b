"""Which unit an employee is in."""

from service.db.session import Database
from service.people import managed_row
from service.reach import EVERYBODY, Reach
from service.units import unit_within


def move_employee(
    db: Database,
    *,
    nip: str,
    unit: str | None,
    reach: Reach = EVERYBODY,
    by: int | None = None,  # noqa: ARG001 - for the audit trail
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
        employee.unit = unit_within(session, unit, reach)
