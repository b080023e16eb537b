"""What the rows of a machine's file would do: whose they are, when, and what keeps some from counting."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.attendance.day import local_date
from service.attendance.machine_file import MachineFile, MachineRow, PunchKind, RowProblem, number_key
from service.attendance_days import ONE_DAY, Member, members
from service.closed_months import pairs_of
from service.db.machine_tables import Machine, MachinePunch
from service.db.tables import Employee
from service.machine_numbers import Unmatched, assigned_numbers
from service.reach import Reach
from service.workplaces import zones_of

PlanProblem = Literal[
    "unknown_number",
    "in_the_future",
    "not_at_work",
    "not_within_your_units",
    "own_record",
    "other_direction",
    "month_closed",
]
# Other writers, such as check-ins, get their turn between two batches.
BATCH: Final = 2_000
NOON: Final = time(12)


@dataclass(frozen=True, slots=True)
class PlannedPunch:
    row: int
    employee_id: int
    at: datetime
    kind: PunchKind


@dataclass(slots=True)
class Plan:
    """What becomes of rows.

    added : new times, from `first_at` to `last_at`.
    there : times that an earlier import has brought.
    repeated : those that are in the file more than once, beside the first.
    unmatched : numbers that are nobody's.
    """

    added: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    there: int = 0
    repeated: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    unmatched: dict[str, Unmatched] = field(default_factory=dict)

    @property
    def codes(self) -> dict[str, int]:
        return dict(Counter(problem.code for problem in self.problems))


@dataclass(frozen=True, slots=True)
class People:
    """Whom numbers can mean, and who of them may be written for."""

    by_number: Mapping[str, int]
    by_nip: Mapping[str, int]
    members: Mapping[int, Member]
    reached: Collection[int]
    asking: int | None

    def whose(self, number: str) -> int | None:
        """Id of the employee; None where it is nobody's."""
        return self.by_number.get(number_key(number)) or self.by_nip.get(number)


def people_for(session: Session, machine: Machine, zone: ZoneInfo, reach: Reach) -> People:
    """zone : of those whose place of work has none of its own."""
    nips = session.execute(select(Employee.id, Employee.nip).where(Employee.erased_at.is_(None))).all()
    return People(
        by_number=assigned_numbers(session, machine.id),
        by_nip={nip: employee_id for employee_id, nip in nips},
        members={member.id: member for member in members(session, zones_of, zone)},
        reached=set(session.scalars(select(Employee.id).where(reach.people, Employee.erased_at.is_(None)))),
        asking=reach.employee_id,
    )


def batches(file: MachineFile) -> Iterator[Sequence[MachineRow]]:
    """In the order of time, so that what is there already is looked up within a short span; each second whole."""
    rows = sorted(file.rows, key=lambda one: (one.at, one.row))
    begin = 0
    while begin < len(rows):
        end = min(begin + BATCH, len(rows))
        while end < len(rows) and rows[end].at == rows[end - 1].at:
            end += 1
        yield rows[begin:end]
        begin = end


def plan_rows(
    session: Session,
    machine: Machine,
    rows: Sequence[MachineRow],
    people: People,
    *,
    clock_zone: ZoneInfo,
    now: datetime,
    plan: Plan,
    closed: AbstractSet[tuple[int, date]] = frozenset(),
    import_id: int | None = None,
) -> list[PlannedPunch]:
    """What to write for one batch; everything else of it is told to `plan`, the punches too.

    clock_zone : of the machine.
    closed : ids of units, each with the first day of a month that is closed there.
    import_id : of the import itself, which may have been broken off: what it has brought counts as planned.
    """
    timed = [(row, row.at.replace(tzinfo=clock_zone).astimezone(UTC)) for row in rows]
    known = _known(session, machine.id, timed[0][1], timed[-1][1])
    new: list[PlannedPunch] = []
    seen: dict[tuple[int, datetime], PunchKind] = {}
    for row, at in timed:
        employee_id = people.whose(row.number)
        if employee_id is None:
            _count(plan, number_key(row.number), at)
        if problem := _problem(people, employee_id, at, now, closed):
            plan.problems.append(RowProblem(row.row, problem))
            continue
        assert employee_id is not None  # that is a problem
        key = (employee_id, at)
        kind, brought_by = known.get(key, (seen.get(key), None))
        if kind is not None and kind != row.kind:
            plan.problems.append(RowProblem(row.row, "other_direction"))
        elif key in seen:
            plan.repeated += 1
        elif kind is not None and brought_by != import_id:
            plan.there += 1
            seen[key] = kind
        else:
            punch = PlannedPunch(row.row, employee_id, at, row.kind)
            plan.added += 1
            # They come in the order of time.
            plan.first_at, plan.last_at = plan.first_at or at, at
            new += [] if kind is not None else [punch]
            seen[key] = row.kind
    return new


def days_of(staff: Mapping[int, Member], times: Iterable[tuple[int, datetime]]) -> list[tuple[int, date]]:
    """Days that times can belong to, each with the id of its employee: a morning's also to a night shift of the
    day before.
    """
    found: set[tuple[int, date]] = set()
    for employee_id, at in times:
        member = staff.get(employee_id)
        if member is not None:
            local = at.astimezone(member.zone_at(at))
            found.add((employee_id, local.date()))
            if local.time() < NOON:
                found.add((employee_id, local.date() - ONE_DAY))
    return sorted(found)


def _problem(
    people: People,
    employee_id: int | None,
    at: datetime,
    now: datetime,
    closed: AbstractSet[tuple[int, date]],
) -> PlanProblem | None:
    if employee_id is None:
        return "unknown_number"
    if employee_id not in people.reached:
        return "not_within_your_units"
    if employee_id == people.asking:
        return "own_record"
    if at > now:
        return "in_the_future"
    member = people.members[employee_id]
    day = local_date(at, member.zone_at(at))
    if closed and not closed.isdisjoint(pairs_of(member, day, day)):
        return "month_closed"
    # A night shift of the day before ends on this one.
    return None if member.works_on(day) or member.works_on(day - ONE_DAY) else "not_at_work"


def _count(plan: Plan, number: str, at: datetime) -> None:
    seen = plan.unmatched.get(number)
    plan.unmatched[number] = Unmatched(1 if seen is None else seen.rows + 1, at)


def _known(
    session: Session, machine_id: int, first: datetime, last: datetime
) -> dict[tuple[int, datetime], tuple[PunchKind, int]]:
    """Kind and import, by employee and time, of what counts from `first` to `last`."""
    rows = session.connection().execute(
        select(MachinePunch.employee_id, MachinePunch.at, MachinePunch.kind, MachinePunch.import_id).where(
            MachinePunch.at >= first,
            MachinePunch.at <= last,
            MachinePunch.machine_id == machine_id,
            MachinePunch.taken_back_at.is_(None),
        )
    )
    return {(employee_id, at): (kind, import_id) for employee_id, at, kind, import_id in rows}
