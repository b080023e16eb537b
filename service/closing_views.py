"""Closing as it is shown: the tree of units with what became of a month, and what is open of one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import closing_checklist
from service.attendance.day import local_date
from service.attendance.recap import month_bounds
from service.attendance_days import Member
from service.closed_months import counts_after, in_force
from service.closing_checklist import FEW, LINES, LineKind, Matter, Matters, Span, What, blocking
from service.closing_devices import waiting_devices
from service.db.closing_tables import ClosedMonth
from service.db.kiosk_tables import Kiosk
from service.db.tables import Employee, Unit
from service.reach import Reach, unit_and_below
from service.request_rows import display_name
from service.units import UnitNode, list_units, unit_row
from service.working_time import WorkingTime

State = Literal["not_over", "open", "ready", "closed"]


@dataclass(frozen=True, slots=True)
class UnitMonth:
    """One unit of the tree.

    people : who have days in it. open : how many of each line that keeps it open.
    after : what came after it was closed. unlocked : how often it was closed before and unlocked.
    """

    unit: UnitNode
    people: int
    state: State
    open: Mapping[str, int]
    closed_at: datetime | None
    closed_by: str | None
    anyway: bool
    after: int
    unlocked: int


@dataclass(frozen=True, slots=True)
class Overview:
    """without_unit : people who are in no unit in this month; nobody can close their days."""

    units: tuple[UnitMonth, ...]
    without_unit: int


@dataclass(frozen=True, slots=True)
class ShownMatter:
    """`nip`, `name`: of the person; `kiosk`: the name of the tablet."""

    what: What
    day: date
    nip: str | None
    name: str | None
    kiosk: str | None
    checkin_id: str | None


@dataclass(frozen=True, slots=True)
class ShownLine:
    """`first`: the first few of `count`."""

    kind: LineKind
    count: int
    blocks: bool
    first: tuple[ShownMatter, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """units, people : how many it is for. lines : without those of the days where they were not looked at."""

    units: int
    people: int
    over: bool
    with_days: bool
    lines: tuple[ShownLine, ...]


# Of so many people the days are judged while somebody waits for the page; of more it is long work.
QUICK_PEOPLE: Final = 1_000
# Lines that need every day to be judged.
OF_DAYS: Final[frozenset[LineKind]] = frozenset({"missing", "provisional", "not_over"})


def overview(working_time: WorkingTime, reach: Reach, month: date) -> Overview:
    """Every unit within reach, each before those below it, in a few queries and without judging any day."""
    first, last = month_bounds(month)
    now = working_time.clock()
    nodes = list_units(working_time.db, reach)
    with working_time.reading() as session:
        ids = {row.code: row.id for row in session.execute(select(Unit.code, Unit.id).where(reach.units))}
        staff = working_time.staff(session)
        span = closing_checklist.span_of(staff, list(ids.values()), first, last)
        closings = in_force(session, first, None)
        after = counts_after(session, [row.id for row in closings.values()])
        unlocked = _unlocked(session, first)
        matters = _blocking_matters(session, working_time, span, now)
        nowhere = sum(member.unit_on(last) is None and member.works_on(last) for member in staff)
    units = []
    for node in nodes:
        if node.code not in ids:  # added a moment ago
            continue
        unit_id = ids[node.code]
        closing = closings.get(unit_id)
        counts = blocking(matters[unit_id])
        people = span.of_units[unit_id]
        state: State = "open" if counts else "ready"
        if closing is not None:
            state = "closed"
        elif not _is_over(working_time, people, last, now):
            state = "not_over"
        units.append(
            UnitMonth(
                unit=node,
                people=len(people),
                state=state,
                open=counts,
                closed_at=None if closing is None else closing.closed_at,
                closed_by=None if closing is None else display_name(closing.closer),
                anyway=closing is not None and closing.reason is not None,
                after=0 if closing is None else after.get(closing.id, 0),
                unlocked=unlocked.get(unit_id, 0),
            )
        )
    return Overview(tuple(units), nowhere if reach.everybody else 0)


def checklist_of(
    working_time: WorkingTime, reach: Reach, *, unit: str, month: date, below: bool, with_days: bool | None
) -> Checklist:
    """What is open of a unit, or of it and all below it; of units that are closed already nothing is.

    with_days : also what the judged days show; None: where that is quick, of few people.

    Raises UnknownUnit.
    """
    first, last = month_bounds(month)
    now = working_time.clock()
    with working_time.reading() as session:
        top = unit_row(session, unit, reach)
        ids = set(session.scalars(unit_and_below(top.id))) if below else {top.id}
        left = ids - set(in_force(session, first, ids))
        span = closing_checklist.span_of(working_time.staff(session), sorted(left), first, last)
        staff = list(span.staff.values())
        if with_days is None:
            with_days = len(staff) <= QUICK_PEOPLE
        matters = _blocking_matters(session, working_time, span, now)
        if with_days:
            months = working_time.months_within(session, staff, first, last)
            matters = closing_checklist.together(matters, closing_checklist.matters_of_days(span, months))
        over = _is_over(working_time, staff, last, now)
        lines = _shown(session, matters, with_days=with_days)
    return Checklist(len(left), len(staff), over, with_days, lines)


def lines_as_json(lines: Sequence[ShownLine]) -> list[dict[str, Any]]:
    found = []
    for line in lines:
        as_dict = asdict(line)
        for item in as_dict["first"]:
            item["day"] = item["day"].isoformat()
        found.append(as_dict)
    return found


def _blocking_matters(session: Session, working_time: WorkingTime, span: Span, now: datetime) -> Matters:
    return closing_checklist.together(
        closing_checklist.open_matters(session, span), waiting_devices(session, working_time, span, now)
    )


def _is_over(working_time: WorkingTime, people: Sequence[Member], last: date, now: datetime) -> bool:
    zones = {member.zone for member in people} | {working_time.zone}
    return all(local_date(now, zone) > last for zone in zones)


def _unlocked(session: Session, month: date) -> dict[int, int]:
    rows = session.execute(
        select(ClosedMonth.unit_id, func.count())
        .where(ClosedMonth.month == month, ClosedMonth.unlocked_at.is_not(None))
        .group_by(ClosedMonth.unit_id)
    )
    return {unit_id: count for unit_id, count in rows if unit_id is not None}


def _shown(session: Session, matters: Matters, *, with_days: bool) -> tuple[ShownLine, ...]:
    """Every line that was looked at, also one in which nothing is."""
    by_line: dict[LineKind, list[Matter]] = {kind: [] for kind in LINES if with_days or kind not in OF_DAYS}
    for lines in matters.values():
        for kind, items in lines.items():
            by_line[kind] += items
    firsts = {kind: sorted(items, key=lambda one: one.day)[:FEW] for kind, items in by_line.items()}
    seen = [item for items in firsts.values() for item in items]
    people = {
        row.id: row
        for row in session.execute(
            select(Employee.id, Employee.nip, Employee.name).where(
                Employee.id.in_({item.employee_id for item in seen if item.employee_id is not None})
            )
        )
    }
    kiosks = {
        row.id: row.name
        for row in session.execute(
            select(Kiosk.id, Kiosk.name).where(
                Kiosk.id.in_({item.kiosk_id for item in seen if item.kiosk_id is not None})
            )
        )
    }
    return tuple(
        ShownLine(
            kind=kind,
            count=len(items),
            blocks=kind in closing_checklist.BLOCKING or kind == "not_over",
            first=tuple(
                ShownMatter(
                    what=item.what,
                    day=item.day,
                    nip=None if item.employee_id is None else people[item.employee_id].nip,
                    name=None if item.employee_id is None else people[item.employee_id].name,
                    kiosk=None if item.kiosk_id is None else kiosks[item.kiosk_id],
                    checkin_id=item.checkin_id,
                )
                for item in firsts[kind]
            ),
        )
        for kind, items in by_line.items()
    )
