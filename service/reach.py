"""Whom an account reaches: everybody, a unit and all below it, or only its owner.

People outside the reach look like nobody: a query gives them no row, and one by their NIP says that there is none.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Select, false, select, true

from service.access_errors import OwnRecord
from service.db.tables import Account, Employee, Unit


@dataclass(frozen=True, slots=True)
class Reach:
    """Conditions for queries on employees and on units.

    unit_id : this unit and all below it, where not everybody is reached; None reaches only its owner.
    employee_id : whoever asks, where they are an employee. Nobody manages their own record, whatever they reach.
    """

    everybody: bool = False
    unit_id: int | None = None
    employee_id: int | None = None

    @property
    def people(self) -> ColumnElement[bool]:
        if self.everybody:
            return true()
        if self.unit_id is not None:
            return Employee.unit_id.in_(unit_and_below(self.unit_id))
        return false() if self.employee_id is None else Employee.id == self.employee_id

    @property
    def units(self) -> ColumnElement[bool]:
        if self.everybody:
            return true()
        return false() if self.unit_id is None else Unit.id.in_(unit_and_below(self.unit_id))

    def refuse_own(self, employee: Employee) -> None:
        """Raises OwnRecord."""
        if employee.id == self.employee_id:
            raise OwnRecord


# Of these an account may be limited to a unit and all below it.
LIMITED_ROLES: Final = frozenset({"hr", "auditor"})
# Of the operator, at the command line.
EVERYBODY: Final = Reach(everybody=True)


def reach_of(account: Account) -> Reach:
    """A program's token reaches what the account does that it acts for."""
    if account.role == "employee":
        return Reach(employee_id=account.employee_id)
    unit_id = account.unit_id if account.role in LIMITED_ROLES else None
    return Reach(everybody=unit_id is None, unit_id=unit_id, employee_id=account.employee_id)


def unit_and_below(unit_id: int) -> Select[int]:
    """Ids of a unit and of all below it, at any depth."""
    # Without a name of its own: a statement may hold two of them.
    found = select(Unit.id).where(Unit.id == unit_id).cte(recursive=True)
    # Not UNION ALL: each unit once, so that it ends whatever the table holds.
    found = found.union(select(Unit.id).where(Unit.parent_id == found.c.id))
    return select(found.c.id)
