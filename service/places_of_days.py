"""Who was in a unit on any day of some days, which is not always who is in it now."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from service.db.move_tables import Stay
from service.db.tables import Employee, Unit
from service.reach import Reach


def was_in(unit_ids: Collection[int], first: date, last: date) -> ColumnElement[bool]:
    """A condition on Employee: at least one day in one of the units or below it."""
    within = units_and_below(unit_ids)
    # Aliased: the condition may stand in a statement that asks for stays itself.
    stay = aliased(Stay)
    begun = (
        select(
            stay.employee_id,
            stay.unit_id,
            stay.first_day,
            func.lead(stay.first_day)
            .over(partition_by=stay.employee_id, order_by=stay.first_day)
            .label("next_day"),
        )
    ).subquery()
    moved = select(begun.c.employee_id).where(
        begun.c.unit_id.in_(within),
        begun.c.first_day <= last,
        or_(begun.c.next_day.is_(None), begun.c.next_day > first),
    )
    never_moved = ~exists().where(stay.employee_id == Employee.id)
    return or_(Employee.id.in_(moved), Employee.unit_id.in_(within) & never_moved)


def reached_on_days(reach: Reach, first: date, last: date) -> ColumnElement[bool]:
    """Whose days one may read: of those within reach now, and of those who were on any of the days."""
    if reach.everybody or reach.unit_id is None:
        return reach.people
    return or_(reach.people, was_in([reach.unit_id], first, last))


def units_and_below(unit_ids: Collection[int]) -> Select[int]:
    """Ids of the units and of all below them, at any depth."""
    found = select(Unit.id).where(Unit.id.in_(unit_ids)).cte(recursive=True)
    found = found.union(select(Unit.id).where(Unit.parent_id == found.c.id))
    return select(found.c.id)
