"""The people of `staff_today` within somebody's reach: counted by unit, and page by page."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from sqlalchemy import func, select, true

from service.attendance.standing import Reason, Standing, Status
from service.db.session import Database
from service.db.tables import Employee
from service.errors import UnknownUnit
from service.people_search import IN_NO_UNIT
from service.reach import Reach
from service.staff_today import Board, Someone, UnitLine

PAGE_SIZE: Final = 50
# More ids than this in one statement, and reading everybody's names is quicker.
MOST_IDS: Final = 500
# What HR looks for first.
RANKS: Final[dict[Status, int]] = {"missing": 0, "late": 1, "present": 2, "left": 3, "not_expected": 4}
# "review" is beside the others: whose day rests on a check-in that is not decided yet.
Wanted = Status | Literal["review"]


@dataclass(slots=True)
class Counts:
    """`people` is the sum of the five that follow. in_review : so many of them besides."""

    people: int = 0
    present: int = 0
    late: int = 0
    missing: int = 0
    left: int = 0
    not_expected: int = 0
    in_review: int = 0

    def count(self, standing: Standing) -> None:
        self.people += 1
        status = standing.status
        if status == "present":
            self.present += 1
        elif status == "late":
            self.late += 1
        elif status == "missing":
            self.missing += 1
        elif status == "left":
            self.left += 1
        else:
            self.not_expected += 1
        self.in_review += standing.in_review

    def add(self, other: "Counts") -> None:
        self.people += other.people
        self.present += other.present
        self.late += other.late
        self.missing += other.missing
        self.left += other.left
        self.not_expected += other.not_expected
        self.in_review += other.in_review


@dataclass(frozen=True, slots=True)
class UnitCounts:
    """own : of those in the unit itself. all : with everybody below it. parent, depth : of what is shown."""

    code: str
    name: str
    parent: str | None
    depth: int
    own: Counts = field(default_factory=Counts)
    all: Counts = field(default_factory=Counts)


@dataclass(frozen=True, slots=True)
class Overview:
    """units : each before those below it. no_unit : of those who are in none.

    reasons : why so many are not expected.
    """

    total: Counts
    reasons: dict[Reason, int]
    units: tuple[UnitCounts, ...]
    no_unit: Counts


@dataclass(frozen=True, slots=True)
class Shown:
    nip: str
    name: str
    unit: str | None
    unit_name: str | None
    time_zone: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class ShownPage:
    """`page` counts from 1; `pages` is at least 1."""

    total: int
    page: int
    pages: int
    people: tuple[Shown, ...]


class Scope:
    """What is asked about: all within reach, or of that a unit and all below it, or those in none.

    Raises UnknownUnit, also for a unit outside the reach.
    """

    def __init__(self, board: Board, reach: Reach, unit: str | None = None) -> None:
        self.units: Sequence[UnitLine] = (
            board.units if reach.everybody else _below(board.units, reach.unit_id)
        )
        self._without_unit = reach.everybody
        if unit == IN_NO_UNIT and reach.everybody:
            self.units = ()
        elif unit is not None:
            code = unit.strip()
            self.units = _below(self.units, next((one.id for one in self.units if one.code == code), None))
            if not self.units:
                raise UnknownUnit
            self._without_unit = False
        self.by_id = {one.id: one for one in self.units}
        self.people = [one for one in board.people if self._holds(one.home_id)]

    def _holds(self, unit_id: int | None) -> bool:
        return self._without_unit if unit_id is None else unit_id in self.by_id

    def unit_of(self, one: Someone) -> UnitLine | None:
        """Whose attendance the day is; where that is not within the scope, the unit they are in now."""
        counted = one.unit_id if one.unit_id in self.by_id else one.home_id
        return None if counted is None else self.by_id[counted]


def overview(scope: Scope) -> Overview:
    lines = _lines(scope.units)
    total, no_unit, reasons = Counts(), Counts(), Counter[Reason]()
    for one in scope.people:
        unit = scope.unit_of(one)
        (no_unit if unit is None else lines[unit.id].own).count(one.standing)
        if one.standing.reason is not None:
            reasons[one.standing.reason] += 1
    by_code = {line.code: line for line in lines.values()}
    for line in reversed(lines.values()):  # whatever is below a unit comes before it, backwards
        line.all.add(line.own)
        (total if line.parent is None else by_code[line.parent].all).add(line.all)
    total.add(no_unit)
    return Overview(total, dict(reasons.most_common()), tuple(lines.values()), no_unit)


def page_of(db: Database, scope: Scope, *, status: Wanted | None = None, page: int = 1) -> ShownPage:
    """Those who are missing first, then the late, each by name. A page past the end is empty."""
    wanted = {one.employee_id: one for one in scope.people if _is(one.standing, status)}
    with db.read() as session:
        chosen = (
            select(Employee.id, Employee.nip, Employee.name)
            .where(Employee.erased_at.is_(None), Employee.id.in_(wanted) if _few(wanted) else true())
            .order_by(func.lower(Employee.name), Employee.nip)
        )
        rows = session.connection().execute(chosen).all()
    named = sorted(
        ((wanted[row.id], row) for row in rows if row.id in wanted), key=lambda pair: _rank(pair[0])
    )
    start = (page - 1) * PAGE_SIZE
    shown = []
    for one, row in named[start : start + PAGE_SIZE]:
        unit = scope.unit_of(one)
        code, name = (None, None) if unit is None else (unit.code, unit.name)
        shown.append(Shown(row.nip, row.name, code, name, one.zone, one.standing))
    return ShownPage(len(named), page, max(1, -(-len(named) // PAGE_SIZE)), tuple(shown))


def _below(units: Sequence[UnitLine], unit_id: int | None) -> Sequence[UnitLine]:
    """The unit and all below it, which follow it in the order of the tree; nothing without it."""
    start = next((at for at, one in enumerate(units) if one.id == unit_id), len(units))
    end = start + 1
    while end < len(units) and units[end].depth > units[start].depth:
        end += 1
    return units[start:end]


def _lines(units: Sequence[UnitLine]) -> dict[int, UnitCounts]:
    """By id, in the order of the tree."""
    lines: dict[int, UnitCounts] = {}
    above: list[UnitLine] = []
    for unit in units:
        while above and above[-1].depth >= unit.depth:
            above.pop()
        parent = above[-1].code if above else None
        lines[unit.id] = UnitCounts(unit.code, unit.name, parent, len(above))
        above.append(unit)
    return lines


def _is(standing: Standing, status: Wanted | None) -> bool:
    return status is None or (standing.in_review if status == "review" else standing.status == status)


def _few(ids: Collection[int]) -> bool:
    return len(ids) <= MOST_IDS


def _rank(one: Someone) -> int:
    return RANKS[one.standing.status]
