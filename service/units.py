"""The tree of units: agencies, sub-districts, village offices and their parts, at any depth."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.access_errors import UnitNeeded
from service.audit_notes import note
from service.db.machine_tables import Machine
from service.db.move_tables import Stay
from service.db.session import Database
from service.db.site_tables import Site
from service.db.tables import Account, Employee, Unit
from service.db.webhook_tables import Webhook
from service.errors import InvalidRequest, UnitCodeTaken, UnitInItself, UnitNotEmpty, UnknownUnit
from service.reach import EVERYBODY, Reach
from service.stays import pass_on
from service.working_time_of import forget_unit

LONGEST_CODE: Final = 32
LONGEST_NAME: Final = 200
# It is part of addresses; the first sign keeps `.` and `..` out of them.
CODE: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_CODE - 1}}}")


@dataclass(frozen=True, slots=True)
class UnitNode:
    """A unit in its tree.

    parent : its code; None at the top of what is shown.
    depth : 0 at the top of what is shown.
    employees : in the unit itself; those who are inactive too.
    employees_below : in the unit and everywhere below it.
    """

    code: str
    name: str
    parent: str | None
    depth: int
    employees: int
    employees_below: int


def add_unit(
    db: Database,
    *,
    code: str,
    name: str,
    parent: str | None = None,
    now: datetime,
    by: int | None = None,
) -> None:
    """A new unit below the one with the code `parent`, or at the top.

    Raises
    ------
    InvalidRequest : the code or the name is none.
    UnitCodeTaken
    UnknownUnit : there is no such parent.
    """
    tidy_code, tidy_name = parse_code(code), parse_name(name)
    try:
        with db.write() as session:
            above = None if parent is None else held_unit(session, parent)
            parent_id = None if above is None else above.id
            unit = Unit(code=tidy_code, name=tidy_name, parent_id=parent_id, created_at=now)
            session.add(unit)
            session.flush()
            note(session, "unit_added", f"unit:{unit.id}", by=by, at=now, code=tidy_code, parent=parent_id)
    except IntegrityError:
        raise UnitCodeTaken from None


def rename_unit(
    db: Database,
    *,
    code: str,
    name: str,
    now: datetime,
    by: int | None = None,
) -> None:
    """Raises UnknownUnit or InvalidRequest."""
    tidy_name = parse_name(name)
    with db.write() as session:
        unit = unit_row(session, code)
        unit.name = tidy_name
        note(session, "unit_changed", f"unit:{unit.id}", by=by, at=now, renamed=True)


def move_unit(
    db: Database,
    *,
    code: str,
    parent: str | None,
    now: datetime,
    by: int | None = None,
) -> None:
    """Put a unit, with all below it, below another one; to the top without `parent`.

    Raises UnknownUnit or UnitInItself.
    """
    with db.write() as session:
        # All of them: of two moves at once the second must see where the first has put its unit.
        rows = session.scalars(select(Unit).order_by(Unit.id).with_for_update()).all()
        unit = _with_code(rows, code)
        above = None if parent is None else _with_code(rows, parent)
        if above is not None and unit.id in _line_to_the_top(rows, above):
            raise UnitInItself
        unit.parent_id = None if above is None else above.id
        note(session, "unit_changed", f"unit:{unit.id}", by=by, at=now, parent=unit.parent_id)


def remove_unit(
    db: Database,
    *,
    code: str,
    now: datetime,
    by: int | None = None,
) -> None:
    """Remove an empty unit: nobody is in it, nothing below, no site, machine, account or webhook rests on it.

    Nobody may be about to move into it either. The past days of those who were in it go to the unit above.

    Raises UnknownUnit or UnitNotEmpty.
    """
    with db.write() as session:
        # Whoever points a row at it now waits for this transaction, and is refused by the foreign key.
        unit = _with_code(
            session.scalars(select(Unit).where(Unit.code == code.strip()).with_for_update()), code
        )
        holds = {
            "employees": _count(session, Employee.unit_id == unit.id),
            "units": _count(session, Unit.parent_id == unit.id),
            "accounts": _count(session, Account.unit_id == unit.id),
            "sites": _count(session, Site.unit_id == unit.id),
            "moves": _count(session, Stay.unit_id == unit.id, Stay.first_day >= now.date()),
            "machines": _count(session, Machine.unit_id == unit.id),
            "webhooks": _count(session, Webhook.unit_id == unit.id),
        }
        if any(holds.values()):
            raise UnitNotEmpty(**holds)
        forget_unit(session, unit.id)
        pass_on(session, unit.id, unit.parent_id)
        session.delete(unit)
        note(session, "unit_removed", f"unit:{unit.id}", by=by, at=now, code=unit.code)


def list_units(db: Database, reach: Reach = EVERYBODY) -> tuple[UnitNode, ...]:
    """What is within reach: each unit before those below it, beside each other by name."""
    with db.read() as session:
        rows = session.scalars(
            select(Unit).where(reach.units).order_by(func.lower(Unit.name), Unit.code)
        ).all()
        headcounts = session.execute(
            select(Employee.unit_id, func.count())
            .where(Employee.unit_id.is_not(None), Employee.erased_at.is_(None))
            .group_by(Employee.unit_id)
        )
        return _as_tree(rows, {unit_id: count for unit_id, count in headcounts if unit_id is not None})


def unit_row(session: Session, code: str, reach: Reach = EVERYBODY) -> Unit:
    """Raises UnknownUnit, also for a unit outside the reach."""
    unit = session.scalar(select(Unit).where(Unit.code == code.strip(), reach.units))
    if unit is None:
        raise UnknownUnit
    return unit


def held_unit(session: Session, code: str, reach: Reach = EVERYBODY) -> Unit:
    """As `unit_row`, to point a row at: until the transaction ends nobody removes it."""
    found = select(Unit).where(Unit.code == code.strip(), reach.units)
    unit = session.scalar(found.with_for_update(read=True, key_share=True, of=Unit))
    if unit is None:
        raise UnknownUnit
    return unit


def unit_within(session: Session, code: str | None, reach: Reach) -> Unit | None:
    """The unit to put somebody into. Raises UnknownUnit, and UnitNeeded where only some units are reached."""
    if code is not None:
        return held_unit(session, code, reach)
    if not reach.everybody:
        raise UnitNeeded
    return None


def _as_tree(rows: Sequence[Unit], headcounts: dict[int, int]) -> tuple[UnitNode, ...]:
    codes = {row.id: row.code for row in rows}
    ordered = tree_order(rows)
    totals = Counter({row.id: headcounts.get(row.id, 0) for row in rows})
    for row, _ in reversed(ordered):  # whatever is below a unit comes before it, backwards
        if row.parent_id is not None:
            totals[row.parent_id] += totals[row.id]
    return tuple(
        UnitNode(
            code=row.code,
            name=row.name,
            parent=None if row.parent_id is None else codes.get(row.parent_id),
            depth=depth,
            employees=headcounts.get(row.id, 0),
            employees_below=totals[row.id],
        )
        for row, depth in ordered
    )


def tree_order(rows: Sequence[Unit]) -> list[tuple[Unit, int]]:
    """Each unit before those below it, with its depth; beside each other as they come.

    Without recursion: the tree may be deeper than Python's stack.
    """
    known = {row.id for row in rows}
    below: dict[int | None, list[Unit]] = {}
    for row in rows:
        below.setdefault(row.parent_id if row.parent_id in known else None, []).append(row)
    ordered: list[tuple[Unit, int]] = []
    waiting = [(row, 0) for row in reversed(below.get(None, []))]
    while waiting:
        row, depth = waiting.pop()
        ordered.append((row, depth))
        waiting += [(child, depth + 1) for child in reversed(below.get(row.id, []))]
    return ordered


def _line_to_the_top(rows: Iterable[Unit], unit: Unit) -> set[int]:
    """Ids of a unit and of all above it."""
    parents = {row.id: row.parent_id for row in rows}
    line: set[int] = set()
    above: int | None = unit.id
    while above is not None and above not in line:
        line.add(above)
        above = parents[above]
    return line


def _with_code(rows: Iterable[Unit], code: str) -> Unit:
    found = next((row for row in rows if row.code == code.strip()), None)
    if found is None:
        raise UnknownUnit
    return found


def _count(session: Session, *pointing: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(*pointing)) or 0


def parse_code(code: str) -> str:
    """Of a unit or a site. Raises InvalidRequest."""
    tidy = code.strip()
    if not CODE.fullmatch(tidy):
        raise InvalidRequest(fields=[{"field": "code", "problem": "not valid"}])
    return tidy


def parse_name(name: str) -> str:
    """Of a unit or a site, without needless blanks. Raises InvalidRequest."""
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > LONGEST_NAME or not tidy.isprintable():
        raise InvalidRequest(fields=[{"field": "name", "problem": "not valid"}])
    return tidy
