"""The units that a table for everybody has rows of: the agencies, and not their parts. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from service.db.tables import Unit


@dataclass(frozen=True, slots=True)
class TopUnits:
    """rows : in the order of their names. of : id of any unit -> the place of its row in `rows`."""

    rows: tuple[Unit, ...]
    of: Mapping[int, int]


def top_units(units: Collection[Unit]) -> TopUnits:
    """The units at the top; where a single one stands there, those below it, and itself for its own people."""
    by_id = {unit.id: unit for unit in units}
    roots = [unit for unit in units if unit.parent_id not in by_id]
    root = roots[0].id if len(roots) == 1 else None
    tops = {unit.id: _top_of(unit, by_id, root) for unit in units}
    rows = sorted(
        {top.id: top for top in tops.values()}.values(), key=lambda one: (one.name.casefold(), one.code)
    )
    places = {unit.id: place for place, unit in enumerate(rows)}
    return TopUnits(tuple(rows), {unit_id: places[top.id] for unit_id, top in tops.items()})


def _top_of(unit: Unit, by_id: Mapping[int, Unit], root: int | None) -> Unit:
    """Ends also where the table holds a circle."""
    seen: set[int] = set()
    while unit.id not in seen:
        seen.add(unit.id)
        above = None if unit.parent_id is None or unit.parent_id == root else by_id.get(unit.parent_id)
        unit = unit if above is None else above
    return unit
