"""Fingerprint machines: where each stands, by which clock it goes, and how its files are read."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager, joinedload

from service.attendance.machine_file import MOST_COLUMNS, MOST_HEADING_ROWS, FileFormat
from service.audit_notes import note
from service.db.machine_tables import Machine, MachineNumber, PunchImport
from service.db.session import Database
from service.db.site_tables import Site
from service.db.tables import Unit
from service.errors import InvalidRequest
from service.machine_errors import MachineCodeTaken, UnknownMachine
from service.reach import EVERYBODY, Reach
from service.sites import site_row
from service.units import held_unit, parse_code, parse_name
from service.workplaces import DEEPEST

MOST_VALUES: Final = 20
LONGEST_VALUE: Final = 40


@dataclass(frozen=True, slots=True)
class LatestImport:
    """`finished`: False while it is imported, or when that was broken off."""

    file_name: str
    imported_at: datetime
    added: int
    finished: bool


@dataclass(frozen=True, slots=True)
class MachineRecord:
    """A machine as it is kept.

    unit, unit_name : of the site that it stands at, or where it is.
    time_zone : of its clock.
    unmatched : numbers that came in its files and are nobody's.
    """

    code: str
    name: str
    site: str | None
    site_name: str | None
    unit: str
    unit_name: str
    time_zone: str
    file_format: FileFormat
    closed_at: datetime | None
    latest: LatestImport | None
    unmatched: int


@dataclass(frozen=True, slots=True)
class MachineChange:
    """What is to be changed; what is None stays. A `site` or a `unit` takes the place of either."""

    name: str | None = None
    site: str | None = None
    unit: str | None = None
    file_format: FileFormat | None = None
    closed: bool | None = None


def add_machine(
    db: Database,
    *,
    code: str,
    name: str,
    site: str | None = None,
    unit: str | None = None,
    file_format: FileFormat,
    now: datetime,
    reach: Reach = EVERYBODY,
    by: int | None = None,
) -> None:
    """A new machine at a site, or in a unit.

    Raises
    ------
    InvalidRequest : the code, the name or the format is none, or the place is not just one.
    MachineCodeTaken
    UnknownSite, UnknownUnit : also for one outside the reach.
    """
    tidy_code, tidy_name = parse_code(code), parse_name(name)
    kept = parse_format(file_format)
    if (site is None) == (unit is None):
        raise _invalid("site", "either this or a unit")
    try:
        with db.write() as session:
            machine = Machine(code=tidy_code, name=tidy_name, file_format=asdict(kept), added_at=now)
            facts = _place(session, machine, site, unit, reach)
            session.add(machine)
            session.flush()
            note(session, "machine_added", f"machine:{machine.id}", by=by, at=now, **facts)
    except IntegrityError:
        raise MachineCodeTaken from None


def change_machine(
    db: Database,
    *,
    code: str,
    change: MachineChange,
    now: datetime,
    reach: Reach = EVERYBODY,
    by: int | None = None,
) -> None:
    """Times that were imported stay as they are, whatever is changed.

    Raises UnknownMachine, UnknownSite, UnknownUnit or InvalidRequest.
    """
    kept = None if change.file_format is None else parse_format(change.file_format)
    if change.site is not None and change.unit is not None:
        raise _invalid("site", "either this or a unit")
    with db.write() as session:
        machine = machine_row(session, code, reach, to_change=True)
        facts: dict[str, Any] = {}
        if change.name is not None:
            machine.name, facts["renamed"] = parse_name(change.name), True
        if change.site is not None or change.unit is not None:
            facts |= _place(session, machine, change.site, change.unit, reach)
        if kept is not None:
            machine.file_format, facts["file_format"] = asdict(kept), True
        if change.closed is not None and change.closed != (machine.closed_at is not None):
            machine.closed_at, facts["closed"] = (now if change.closed else None), change.closed
        if facts:
            note(session, "machine_changed", f"machine:{machine.id}", by=by, at=now, **facts)


def list_machines(db: Database, zone: ZoneInfo, reach: Reach = EVERYBODY) -> tuple[MachineRecord, ...]:
    """Those within reach, those in use first, by name. zone : of places that have none of their own."""
    with db.read() as session:
        rows = session.scalars(
            _within(reach).options(
                joinedload(Machine.unit), contains_eager(Machine.site).joinedload(Site.unit)
            )
        ).all()
        ids = [row.id for row in rows]
        latest, unmatched = _latest(session, ids), _unmatched(session, ids)
        records = [
            _record(row, zone_of_machine(session, row, zone), latest.get(row.id), unmatched.get(row.id, 0))
            for row in rows
        ]
    return tuple(sorted(records, key=lambda one: (one.closed_at is not None, one.name.casefold(), one.code)))


def machine_row(session: Session, code: str, reach: Reach = EVERYBODY, *, to_change: bool = False) -> Machine:
    """Raises UnknownMachine, also for one of a unit outside the reach."""
    # PostgreSQL refuses what is not text to it, and no code has such signs.
    found = _within(reach).where(Machine.code == code.strip().replace("\0", ""))
    machine = session.scalar(found.with_for_update(of=Machine) if to_change else found)
    if machine is None:
        raise UnknownMachine
    return machine


def zone_of_machine(session: Session, machine: Machine, default: ZoneInfo) -> ZoneInfo:
    """By which clock it goes: that of its site; in a unit that of the nearest place with one, as of its people."""
    if machine.site is not None:
        return default if machine.site.time_zone is None else ZoneInfo(machine.site.time_zone)
    unit_id = machine.unit_id
    for _ in range(DEEPEST):
        if unit_id is None:
            break
        first = select(Site).where(Site.unit_id == unit_id, Site.closed_at.is_(None)).order_by(Site.code)
        site = session.scalar(first.limit(1))
        if site is not None:
            return default if site.time_zone is None else ZoneInfo(site.time_zone)
        unit_id = session.scalar(select(Unit.parent_id).where(Unit.id == unit_id))
    return default


def format_of(machine: Machine) -> FileFormat:
    kept = machine.file_format
    return FileFormat(**{**kept, "ins": tuple(kept["ins"]), "outs": tuple(kept["outs"])})


def parse_format(wanted: FileFormat) -> FileFormat:
    """Without needless blanks and values. Raises InvalidRequest."""
    columns = (wanted.number, wanted.date_time, wanted.date, wanted.time, wanted.direction)
    if not all(1 <= column <= MOST_COLUMNS for column in columns if column is not None):
        raise _invalid("file_format", f"columns count from 1 to {MOST_COLUMNS}")
    if (wanted.date_time is None) == (wanted.date is None) or (wanted.date is None) != (wanted.time is None):
        raise _invalid("file_format", "either one column of date and time, or two")
    if not 0 <= wanted.heading_rows <= MOST_HEADING_ROWS:
        raise _invalid("file_format", f"at most {MOST_HEADING_ROWS} rows of headings")
    ins, outs = _values(wanted.ins), _values(wanted.outs)
    if {one.casefold() for one in ins} & {one.casefold() for one in outs}:
        raise _invalid("file_format", "a value means in or out, and not both")
    return replace(wanted, ins=ins, outs=outs)


def _values(values: Collection[str]) -> tuple[str, ...]:
    tidy = tuple(dict.fromkeys(" ".join(value.split()) for value in values if value.strip()))
    if len(tidy) > MOST_VALUES or any(len(one) > LONGEST_VALUE or not one.isprintable() for one in tidy):
        raise _invalid("file_format", f"at most {MOST_VALUES} values of {LONGEST_VALUE} characters")
    return tidy


def _invalid(field: str, problem: str) -> InvalidRequest:
    return InvalidRequest(fields=[{"field": field, "problem": problem}])


def _within(reach: Reach) -> Select[Machine]:
    place = func.coalesce(Machine.unit_id, Site.unit_id)
    return select(Machine).outerjoin(Machine.site).join(Unit, Unit.id == place).where(reach.units)


def _place(
    session: Session, machine: Machine, site: str | None, unit: str | None, reach: Reach
) -> dict[str, int | None]:
    """Gives what goes on record."""
    if site is not None:
        machine.site_id, machine.unit_id = site_row(session, site, reach).id, None
    elif unit is not None:
        machine.site_id, machine.unit_id = None, held_unit(session, unit, reach).id
    return {"site": machine.site_id, "unit": machine.unit_id}


def _latest(session: Session, machine_ids: Collection[int]) -> dict[int, LatestImport]:
    newest = (
        select(func.max(PunchImport.id))
        .where(PunchImport.machine_id.in_(machine_ids), PunchImport.taken_back_at.is_(None))
        .group_by(PunchImport.machine_id)
    )
    rows = session.scalars(select(PunchImport).where(PunchImport.id.in_(newest)))
    return {
        row.machine_id: LatestImport(row.file_name, row.imported_at, row.added, row.finished_at is not None)
        for row in rows
    }


def _unmatched(session: Session, machine_ids: Collection[int]) -> dict[int, int]:
    counts = (
        select(MachineNumber.machine_id, func.count())
        .where(MachineNumber.machine_id.in_(machine_ids), MachineNumber.employee_id.is_(None))
        .group_by(MachineNumber.machine_id)
    )
    return dict(session.execute(counts).all())


def _record(row: Machine, zone: ZoneInfo, latest: LatestImport | None, unmatched: int) -> MachineRecord:
    unit = row.site.unit if row.site is not None else row.unit
    assert unit is not None  # it stands in one place
    return MachineRecord(
        code=row.code,
        name=row.name,
        site=row.site.code if row.site else None,
        site_name=row.site.name if row.site else None,
        unit=unit.code,
        unit_name=unit.name,
        time_zone=zone.key,
        file_format=format_of(row),
        closed_at=row.closed_at,
        latest=latest,
        unmatched=unmatched,
    )
