"""A machine's file taken over, seen again with its report, and taken back as a whole."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session, joinedload

from enrollment.table_file import BadTable
from service.attendance.day import local_date
from service.attendance.machine_file import MachineFile, read_machine_file
from service.attendance_days import ONE_DAY, members
from service.audit_notes import note
from service.closed_months import closed_pairs, hold_units, refuse_closed_days
from service.day_changes import days_changed
from service.db.machine_tables import Machine, MachinePunch, PunchImport
from service.db.session import Database
from service.db.tables import Account, Employee
from service.errors import Json
from service.jobs import Handler, Work
from service.machine_errors import (
    AlreadyTakenBack,
    ImportBeyondReach,
    MachineClosed,
    UnknownImport,
    UnknownMachine,
)
from service.machine_numbers import keep_unmatched
from service.machine_punches import Plan, PlannedPunch, batches, days_of, people_for, plan_rows
from service.machines import format_of, machine_row, zone_of_machine
from service.reach import Reach, reach_of
from service.request_rows import PAGE_SIZE, display_name, pages_of
from service.workplaces import zones_of
from service.written_words import tidy

KIND: Final = "punches"
# check: change nothing; all: only if no row has a problem; good_rows: leave out those that have one.
Mode = Literal["check", "all", "good_rows"]
# Of each list in a report: nobody reads more, and the numbers are whole.
MOST_LISTED: Final = 500
LONGEST_FILE_NAME: Final = 255
Progress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """An import as it is kept.

    added : times that it brought.
    there : those that were there before it; `wrong` : rows left out.
    imported_by, taken_back_by : names, or logins of accounts that are no employee's.
    again : what it left out as there has been taken back since, so that the file has to be imported again.
    """

    id: int
    file_name: str
    sha256: str
    imported_at: datetime
    imported_by: str
    finished_at: datetime | None
    added: int
    there: int
    wrong: int
    first_at: datetime | None
    last_at: datetime | None
    taken_back_at: datetime | None
    taken_back_by: str | None
    taken_back_reason: str | None
    again: bool


@dataclass(frozen=True, slots=True)
class ImportPage:
    total: int
    page: int
    pages: int
    imports: tuple[ImportRecord, ...]


def punches_handler(db: Database, zone: ZoneInfo, clock: Callable[[], datetime]) -> Handler:
    """zone : of places that have none of their own."""

    def handle(work: Work) -> dict[str, Any]:
        options = work.options
        try:
            with db.read() as session:
                file_format = format_of(machine_row(session, options["machine"], work.reach))
            file = read_machine_file(work.data, file_format)
        except BadTable as bad:
            return {"refused": bad.reason}
        except UnknownMachine:
            return {"refused": "unknown_machine"}
        if not file.rows and not file.problems:
            return {"refused": "no_rows"}
        try:
            return import_punches(
                db,
                options["machine"],
                file,
                file_name=options["file_name"],
                sha256=hashlib.sha256(work.data).hexdigest(),
                mode=options["mode"],
                zone=zone,
                now=clock(),
                by=work.by,
                reach=work.reach,
                progress=work.progress,
            )
        except (MachineClosed, UnknownMachine) as refused:
            return {"refused": refused.code}

    return handle


def import_punches(
    db: Database,
    code: str,
    file: MachineFile,
    *,
    file_name: str,
    sha256: str,
    mode: Mode,
    zone: ZoneInfo,
    now: datetime,
    by: int,
    reach: Reach,
    progress: Progress = lambda _done, _total: None,
) -> dict[str, Any]:
    """Take a file over in batches, or say what that would do. Broken off, the same call goes on with it.

    Gives the report, JSON. Raises UnknownMachine and MachineClosed.
    """
    with db.read() as session:
        machine = _open_machine(session, code, reach)
        people = people_for(session, machine, zone, reach)
        clock_zone = zone_of_machine(session, machine, zone)
        begun = _broken_off(session, machine.id, sha256, by)
    total = len(file.rows)

    def planned(import_id: int | None, *, write: bool) -> Plan:
        plan, done = Plan(problems=list(file.problems)), 0
        for rows in batches(file):
            with db.write() if write else db.read() as session:
                if write:
                    hold_units(session)  # a closing that is under way is seen
                    # Two files of one machine at once: the second sees what the first has written.
                    session.get_one(Machine, machine.id, with_for_update=True)
                new = plan_rows(
                    session,
                    machine,
                    rows,
                    people,
                    clock_zone=clock_zone,
                    now=now,
                    plan=plan,
                    closed=closed_pairs(session, rows[0].at.date() - ONE_DAY, rows[-1].at.date() + ONE_DAY),
                    import_id=import_id,
                )
                if write and import_id is not None:
                    _write(session, machine.id, import_id, new)
                    told = days_of(people.members, [(one.employee_id, one.at) for one in new])
                    days_changed(session, told, "machine", at=now)
            done += len(rows)
            if write:
                progress(done, total)
        plan.problems.sort(key=lambda problem: problem.row)
        return plan

    checked = planned(begun, write=False)
    if mode == "check" or (checked.problems and mode == "all") or not (checked.added or checked.unmatched):
        return _report(checked, clock_zone)
    if begun is None:
        with db.write() as session:
            begun = _begin(session, _open_machine(session, code, reach), file_name, sha256, now, by)
    plan = planned(begun, write=True)
    with db.write() as session:
        _finish(session, begun, plan, by, now)
    return {**_report(plan, clock_zone), "applied": True, "import": begun}


def list_imports(db: Database, code: str, reach: Reach, page: int = 1) -> ImportPage:
    """Of one machine, the newest first. Raises UnknownMachine."""
    with db.read() as session:
        machine = machine_row(session, code, reach)
        found = select(PunchImport).where(PunchImport.machine_id == machine.id)
        total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
        rows = session.scalars(
            found.options(*_WITH_NAMES)
            .order_by(PunchImport.id.desc())
            .offset((page - 1) * PAGE_SIZE)
            .limit(PAGE_SIZE)
        ).all()
        again = _to_import_again(session, machine.id)
        return ImportPage(total, page, pages_of(total), tuple(_record(row, again) for row in rows))


def one_import(
    db: Database, code: str, import_id: int, reach: Reach
) -> tuple[ImportRecord, dict[str, Any] | None]:
    """One, with its report, which is None while it is not finished. Raises UnknownMachine and UnknownImport."""
    with db.read() as session:
        row = _import_row(session, machine_row(session, code, reach), import_id)
        return _record(row, _to_import_again(session, row.machine_id)), row.report


def take_back(
    db: Database, zone: ZoneInfo, author: Account, code: str, import_id: int, *, words: str, now: datetime
) -> tuple[str, ...]:
    """Let an import count for nothing any more, for a reason.

    zone : by which the days of its times are told.

    Gives the names of the files that have to be imported again: what they left out as there is now gone.

    Raises
    ------
    UnknownMachine, UnknownImport, AlreadyTakenBack, WordsRefused
    ImportBeyondReach : it has times of people outside the reach.
    MonthClosed : some of its times are of a month that is closed.
    """
    reason, reach = tidy(words, "note"), reach_of(author)
    with db.write() as session:
        hold_units(session)  # before the machine, as an import does
        machine = machine_row(session, code, reach, to_change=True)
        row = _import_row(session, machine, import_id)
        if row.taken_back_at is not None:
            raise AlreadyTakenBack
        mine = MachinePunch.import_id == row.id
        if not reach.everybody:
            theirs = select(MachinePunch.id).join(Employee, Employee.id == MachinePunch.employee_id)
            if session.scalar(theirs.where(mine, ~reach.people).limit(1)) is not None:
                raise ImportBeyondReach
        _refuse_closed(session, row, zone)
        _tell_taken_back(session, row, zone, now)
        session.execute(update(MachinePunch).where(mine).values(taken_back_at=now))
        row.taken_back_at, row.taken_back_by, row.taken_back_reason = now, author.id, reason
        session.flush()
        facts = {"machine": machine.id, "times": row.added}
        note(session, "punches_taken_back", f"punch_import:{row.id}", by=author.id, at=now, **facts)
        again = _to_import_again(session, machine.id)
        names = select(PunchImport.file_name).where(PunchImport.id.in_(again)).order_by(PunchImport.id)
        return tuple(session.scalars(names))


_WITH_NAMES: Final = (
    joinedload(PunchImport.author).joinedload(Account.employee),
    joinedload(PunchImport.taker_back).joinedload(Account.employee),
)


def _open_machine(session: Session, code: str, reach: Reach) -> Machine:
    machine = machine_row(session, code, reach)
    if machine.closed_at is not None:
        raise MachineClosed
    return machine


def _import_row(session: Session, machine: Machine, import_id: int) -> PunchImport:
    mine = select(PunchImport).where(PunchImport.id == import_id, PunchImport.machine_id == machine.id)
    row = session.scalar(mine.options(*_WITH_NAMES))
    if row is None:
        raise UnknownImport
    return row


def _refuse_closed(session: Session, row: PunchImport, zone: ZoneInfo) -> None:
    if row.first_at is None or row.last_at is None:
        return
    people = select(MachinePunch.employee_id).where(MachinePunch.import_id == row.id).distinct()
    first, last = local_date(row.first_at, zone), local_date(row.last_at, zone)
    refuse_closed_days(session, session.scalars(people).all(), first, last)


def _tell_taken_back(session: Session, row: PunchImport, zone: ZoneInfo, now: datetime) -> None:
    gone = select(MachinePunch.employee_id, MachinePunch.at).where(MachinePunch.import_id == row.id)
    times = [(employee_id, at) for employee_id, at in session.connection().execute(gone)]
    theirs = Employee.id.in_({employee_id for employee_id, _ in times})
    staff = {member.id: member for member in members(session, zones_of, zone, theirs)}
    days_changed(session, days_of(staff, times), "machine_taken_back", at=now)


def _broken_off(session: Session, machine_id: int, sha256: str, by: int) -> int | None:
    """The id of an import of the same file that has not come to its end."""
    mine = (PunchImport.machine_id == machine_id, PunchImport.sha256 == sha256, PunchImport.imported_by == by)
    open_still = (PunchImport.finished_at.is_(None), PunchImport.taken_back_at.is_(None))
    return session.scalar(select(PunchImport.id).where(*mine, *open_still).limit(1))


def _begin(session: Session, machine: Machine, file_name: str, sha256: str, now: datetime, by: int) -> int:
    row = PunchImport(
        machine_id=machine.id, file_name=file_name, sha256=sha256, imported_at=now, imported_by=by
    )
    session.add(row)
    session.flush()
    return row.id


def _write(session: Session, machine_id: int, import_id: int, new: Sequence[PlannedPunch]) -> None:
    """Raises UnknownImport where the import was taken back meanwhile; nothing more comes in for it."""
    if session.get_one(PunchImport, import_id).taken_back_at is not None:
        raise UnknownImport
    if new:
        rows = [
            {
                "machine_id": machine_id,
                "import_id": import_id,
                "employee_id": punch.employee_id,
                "at": punch.at,
                "kind": punch.kind,
            }
            for punch in new
        ]
        session.execute(insert(MachinePunch), rows)


def _finish(session: Session, import_id: int, plan: Plan, by: int, now: datetime) -> None:
    row = session.get_one(PunchImport, import_id, with_for_update=True)
    brought = select(func.count(), func.min(MachinePunch.at), func.max(MachinePunch.at))
    row.added, row.first_at, row.last_at = session.execute(
        brought.where(MachinePunch.import_id == import_id)
    ).one()
    row.there, row.wrong, row.finished_at = plan.there, len(plan.problems), now
    # Without the numbers, which may be somebody's NIP: those that are nobody's are kept beside.
    row.report = _counts(plan)
    keep_unmatched(session, session.get_one(Machine, row.machine_id), plan.unmatched)
    facts: dict[str, Json] = {
        "machine": row.machine_id,
        "sha256": row.sha256,
        "times": row.added,
        "left_out": row.wrong,
    }
    note(session, "punches_imported", f"punch_import:{row.id}", by=by, at=now, **facts)


def _counts(plan: Plan) -> dict[str, Any]:
    return {
        "added": plan.added,
        "there": plan.there,
        "repeated": plan.repeated,
        "wrong": len(plan.problems),
        "codes": plan.codes,
        "problems": [asdict(problem) for problem in plan.problems[:MOST_LISTED]],
    }


def _report(plan: Plan, clock_zone: ZoneInfo) -> dict[str, Any]:
    often = sorted(plan.unmatched.items(), key=lambda item: (-item[1].rows, item[0]))
    return {
        **_counts(plan),
        "applied": False,
        "import": None,
        "time_zone": clock_zone.key,
        "first_at": None if plan.first_at is None else plan.first_at.isoformat(),
        "last_at": None if plan.last_at is None else plan.last_at.isoformat(),
        "unmatched": [{"number": number, "rows": seen.rows} for number, seen in often[:MOST_LISTED]],
        "unmatched_count": len(often),
    }


def _to_import_again(session: Session, machine_id: int) -> set[int]:
    """Ids of imports that left out times as there, of a time in which an import was that was taken back later."""
    rows = session.scalars(
        select(PunchImport).where(PunchImport.machine_id == machine_id).order_by(PunchImport.id)
    ).all()
    gone = [row for row in rows if row.taken_back_at is not None and row.added]
    return {
        row.id
        for row in rows
        if row.taken_back_at is None
        and row.there
        and any(_left_out_for(row, other) and not _came_again(row, other, rows) for other in gone)
    }


def _left_out_for(row: PunchImport, other: PunchImport) -> bool:
    assert other.taken_back_at is not None
    return other.id < row.id and row.imported_at <= other.taken_back_at


def _came_again(row: PunchImport, other: PunchImport, rows: Collection[PunchImport]) -> bool:
    assert other.taken_back_at is not None
    return any(
        later.id > row.id
        and later.sha256 == row.sha256
        and later.taken_back_at is None
        and later.imported_at >= other.taken_back_at
        for later in rows
    )


def _record(row: PunchImport, again: Collection[int]) -> ImportRecord:
    return ImportRecord(
        id=row.id,
        file_name=row.file_name,
        sha256=row.sha256,
        imported_at=row.imported_at,
        imported_by=display_name(row.author),
        finished_at=row.finished_at,
        added=row.added,
        there=row.there,
        wrong=row.wrong,
        first_at=row.first_at,
        last_at=row.last_at,
        taken_back_at=row.taken_back_at,
        taken_back_by=display_name(row.taker_back) if row.taker_back else None,
        taken_back_reason=row.taken_back_reason,
        again=row.id in again,
    )
