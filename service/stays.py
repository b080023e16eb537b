"""Which unit employees are in on which day, as it is stored."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.attendance.stays import BEGINNING, Stays
from service.db.move_tables import Stay
from service.db.tables import Unit

# More ids than this in one statement, and reading everybody's is quicker.
MOST_IDS: Final = 500


class Zones(Protocol):
    """Employee ids -> the zone of each; who is missing has that of the service.

    in_units : the units to go by, in place of those in which these employees are now.
    """

    def __call__(
        self,
        session: Session,
        employee_ids: Collection[int],
        in_units: Mapping[int, int | None] = ...,
        /,
    ) -> Mapping[int, ZoneInfo]: ...


def stays_of(session: Session, employee_ids: Collection[int] | None = None) -> dict[int, Stays]:
    """By employee id; who has never moved is left out. employee_ids : None is everybody."""
    chosen = select(Stay.employee_id, Stay.first_day, Stay.unit_id).order_by(Stay.first_day)
    if employee_ids is not None and len(employee_ids) <= MOST_IDS:
        chosen = chosen.where(Stay.employee_id.in_(employee_ids))
    begins: dict[int, list[tuple[date, int | None]]] = defaultdict(list)
    for employee_id, first_day, unit_id in session.connection().execute(chosen).all():
        begins[employee_id].append((first_day, unit_id))
    return {employee_id: Stays(tuple(found)) for employee_id, found in begins.items()}


def zones_of_stays(
    session: Session, zones: Zones, default: ZoneInfo, stays: Mapping[int, Stays]
) -> dict[int, dict[int | None, ZoneInfo]]:
    """By employee id and unit the zones of those who have moved between zones; the others are left out."""
    ordered = {employee_id: tuple(one.units) for employee_id, one in stays.items()}
    found: dict[int, dict[int | None, ZoneInfo]] = {employee_id: {} for employee_id in stays}
    # Everybody's first unit, then everybody's second: as many queries as the most restless has units.
    for turn in range(max(map(len, ordered.values()), default=0)):
        in_units = {one: units[turn] for one, units in ordered.items() if turn < len(units)}
        by_id = zones(session, in_units.keys(), in_units)
        for employee_id, unit_id in in_units.items():
            found[employee_id][unit_id] = by_id.get(employee_id, default)
    return {one: by_unit for one, by_unit in found.items() if len(set(by_unit.values())) > 1}


@dataclass(frozen=True, slots=True)
class OwnMove:
    """unit : name of the unit, None for none; in it from `first_day` on, None is from the beginning."""

    unit: str | None
    first_day: date | None
    reason: str


def own_moves(session: Session, employee_id: int) -> tuple[OwnMove, ...]:
    """The latest first; none of somebody who has never moved."""
    rows = session.execute(
        select(Unit.name, Stay.first_day, Stay.reason)
        .select_from(Stay)
        .outerjoin(Unit, Unit.id == Stay.unit_id)
        .where(Stay.employee_id == employee_id)
        .order_by(Stay.first_day.desc())
    )
    return tuple(OwnMove(name, None if day == BEGINNING else day, reason) for name, day, reason in rows)


def pass_on(session: Session, unit_id: int, above: int | None) -> None:
    """The past days of a unit that is removed belong to the one above it: sums up there stay as they are."""
    session.execute(update(Stay).where(Stay.unit_id == unit_id).values(unit_id=above))
