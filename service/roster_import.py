"""A roster file against the roster that is kept: what would change, and then the change.

Whoever is in the file and not in the roster is added; of the others what the file says is taken over. An empty
cell says nothing, and nobody is removed for not being in the file.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Final, TypeAlias, cast

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from enrollment.roster import CellProblem, Column, ProblemCode, Roster, RosterRow
from service.attendance.day import local_date
from service.audit_notes import note, pseudonym
from service.db.session import Database
from service.db.tables import Employee, Unit
from service.reach import EVERYBODY, Reach
from service.unit_changes import place

# Other writers, such as check-ins, get their turn between two batches.
BATCH: Final = 200

Progress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RowChange:
    """`columns`: what the file says otherwise than the roster."""

    row: int
    columns: tuple[Column, ...]


@dataclass(slots=True)
class ImportReport:
    """Rows by what becomes of them. `applied`: the rows without a problem are in the roster now."""

    added: list[int] = field(default_factory=list)
    changed: list[RowChange] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    applied: bool = False


def check_import(db: Database, roster: Roster, *, reach: Reach = EVERYBODY) -> ImportReport:
    """What `import_roster` would do. Nothing is changed."""
    report = ImportReport(problems=list(roster.problems))
    with db.read() as session:
        for rows in _batches(roster.rows):
            for _ in _planned(session, rows, reach, report):
                pass
    report.problems.sort(key=lambda problem: problem.row)
    return report


def import_roster(
    db: Database,
    roster: Roster,
    *,
    now: datetime,
    zone: tzinfo = UTC,
    good_rows_only: bool = False,
    reach: Reach = EVERYBODY,
    by: int | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Take the file over, in batches. It can be interrupted and run again.

    zone : of the clock by which it is today: from then on people are in the unit that the file says.
    good_rows_only : leave the rows out that have a problem; otherwise one of them keeps all from being imported.
    progress : called with how many rows are done, and of how many.
    """
    checked = check_import(db, roster, reach=reach)
    if checked.problems and not good_rows_only:
        return checked
    report = ImportReport(problems=list(roster.problems), applied=True)
    done = 0
    for rows in _batches(roster.rows):
        with db.write() as session:
            for plan in _planned(session, rows, reach, report):
                _apply(session, plan, now, zone, by)
        done += len(rows)
        if progress is not None:
            progress(done, len(roster.rows))
    report.problems.sort(key=lambda problem: problem.row)
    return report


def _batches(rows: Sequence[RosterRow]) -> Iterator[Sequence[RosterRow]]:
    for begin in range(0, len(rows), BATCH):
        yield rows[begin : begin + BATCH]


@dataclass(frozen=True, slots=True)
class _Plan:
    row: RosterRow
    employee: Employee | None
    values: Mapping[Column, object]


def _planned(
    session: Session, rows: Sequence[RosterRow], reach: Reach, report: ImportReport
) -> Iterator[_Plan]:
    """What is to be done for each row that something is to be done for; the report says so of all."""
    known = {
        employee.nip: employee
        for employee in session.scalars(select(Employee).where(Employee.nip.in_([row.nip for row in rows])))
    }
    reached = set(
        session.scalars(
            select(Employee.id).where(Employee.id.in_([one.id for one in known.values()]), reach.people)
        )
    )
    units = _units(session, rows, reach)
    for row in rows:
        employee = known.get(row.nip)
        if problem := _problem(row, employee, reached, units, reach):
            report.problems.append(problem)
            continue
        values = _values(row, units)
        if employee is None:
            report.added.append(row.row)
            yield _Plan(row, None, values)
            continue
        differing = {column: value for column, value in values.items() if _present(employee, column) != value}
        if differing:
            report.changed.append(RowChange(row.row, tuple(differing)))
            yield _Plan(row, employee, differing)
        else:
            report.unchanged.append(row.row)


def _units(session: Session, rows: Sequence[RosterRow], reach: Reach) -> dict[str, Unit]:
    codes = {row.unit for row in rows if row.unit is not None}
    # Held, as `held_unit` does: until the transaction ends nobody removes them.
    found = select(Unit).where(Unit.code.in_(codes), reach.units if not reach.everybody else true())
    return {unit.code: unit for unit in session.scalars(found.with_for_update(read=True, key_share=True))}


def _problem(
    row: RosterRow,
    employee: Employee | None,
    reached: set[int],
    units: Mapping[str, Unit],
    reach: Reach,
) -> CellProblem | None:
    def of(column: Column, code: ProblemCode) -> CellProblem:
        return CellProblem(row.row, column, code)

    if employee is not None and employee.id not in reached:
        return of("nip", "not_within_your_units")
    if employee is not None and employee.id == reach.employee_id:
        return of("nip", "own_record")
    if row.unit is not None and row.unit not in units:
        return of("unit", "unknown")
    if row.unit is None and employee is None and not reach.everybody:
        return of("unit", "missing")
    return None


def _values(row: RosterRow, units: Mapping[str, Unit]) -> dict[Column, object]:
    said: dict[Column, object] = {
        "name": row.name,
        "unit": None if row.unit is None else units[row.unit].id,
        "position": row.position,
        "class": row.employment,
        "works_from": row.works_from,
        "works_until": row.works_until,
    }
    return {column: value for column, value in said.items() if value is not None}


_ATTRIBUTES: Final[Mapping[Column, str]] = {
    "name": "name",
    "unit": "unit_id",
    "position": "position",
    "class": "employment",
    "works_from": "works_from",
    "works_until": "works_until",
}


def _present(employee: Employee, column: Column) -> object:
    present: object = getattr(employee, _ATTRIBUTES[column])
    return present


def _apply(session: Session, plan: _Plan, now: datetime, zone: tzinfo, by: int | None) -> None:
    if plan.employee is None:
        _add(session, plan, now, by)
        return
    employee = plan.employee
    for column, value in plan.values.items():
        if column != "unit":
            setattr(employee, _ATTRIBUTES[column], value)
    session.flush()
    subject = f"employee:{employee.id}"
    note(session, "employee_changed", subject, by=by, at=now, columns=sorted(plan.values))
    if "unit" in plan.values:
        unit_id, today = cast("int", plan.values["unit"]), local_date(now, zone)
        place(session, employee, unit_id, today, today=today, now=now, by=by)


def _add(session: Session, plan: _Plan, now: datetime, by: int | None) -> None:
    employee = Employee(nip=plan.row.nip, name=plan.row.name, active=True, created_at=now)
    session.add(employee)
    for column, value in plan.values.items():
        setattr(employee, _ATTRIBUTES[column], value)
    session.flush()
    subject = f"employee:{employee.id}"
    note(session, "employee_added", subject, by=by, at=now, nip=pseudonym(session, employee.nip))
    if employee.unit_id is not None:
        note(session, "employee_moved", subject, by=by, at=now, unit=employee.unit_id, before=None)
