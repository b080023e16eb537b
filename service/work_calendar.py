"""Holidays and ceremonies, as HR keeps them and as files bring them."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Final, get_args

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from service.attendance.schedule import CalendarKind
from service.audit_notes import note
from service.db.schedule_tables import CalendarEntry
from service.db.tables import Unit
from service.errors import InvalidRequest
from service.reach import EVERYBODY, Reach
from service.schedule_errors import (
    AlreadyInCalendar,
    UnknownCalendarEntry,
    UnreadableCalendar,
    WholeStaffOnly,
)
from service.units import held_unit
from service.working_time import WorkingTime

LONGEST_NAME: Final = 200
MOST_ROWS: Final = 2_000
EARLIEST, LATEST = date(1990, 1, 1), date(2200, 12, 31)
# What files of the ministries and of HR call the kinds.
KINDS: Final[dict[str, CalendarKind]] = {
    "": "national",
    "national": "national",
    "nasional": "national",
    "libur nasional": "national",
    "collective_leave": "collective_leave",
    "cuti bersama": "collective_leave",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """unit : the code of the unit it is for, with all below it; None is for everybody."""

    day: date
    name: str
    kind: CalendarKind
    unit: str | None = None
    starts: time | None = None
    ends: time | None = None
    id: int | None = None
    unit_name: str | None = None


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row of a file: its number, its own words, and either the entry or the problem.

    problem : `date`, `name`, `kind`, `there` (the calendar or the file has it already).
    """

    number: int
    text: str
    entry: Entry | None
    problem: str | None


def list_entries(time: WorkingTime, year: int, reach: Reach = EVERYBODY) -> tuple[Entry, ...]:
    """Of everybody, and of units within reach."""
    within = or_(CalendarEntry.unit_id.is_(None), reach.units)
    with time.db.read() as session:
        rows = session.scalars(
            select(CalendarEntry)
            .outerjoin(CalendarEntry.unit)
            .where(CalendarEntry.day >= date(year, 1, 1), CalendarEntry.day <= date(year, 12, 31), within)
            .order_by(CalendarEntry.day, CalendarEntry.id)
        )
        return tuple(_entry(row) for row in rows)


def add_entry(time: WorkingTime, entry: Entry, *, reach: Reach = EVERYBODY, by: int | None = None) -> None:
    """Raises InvalidRequest, UnknownUnit, AlreadyInCalendar, or WholeStaffOnly."""
    tidy = _checked(entry)
    with time.changing() as session:
        if not _insert(session, tidy, reach, time.clock()):
            raise AlreadyInCalendar
        day, kind = tidy.day.isoformat(), tidy.kind
        note(session, "holidays_changed", f"calendar:{day}", by=by, at=time.clock(), added=kind)


def change_entry(
    time: WorkingTime, entry_id: int, entry: Entry, *, reach: Reach = EVERYBODY, by: int | None = None
) -> None:
    """Another name, day, kind, unit or hours. Days that are past stay as they were recorded.

    Raises InvalidRequest, UnknownCalendarEntry, UnknownUnit, AlreadyInCalendar, or WholeStaffOnly.
    """
    tidy = _checked(entry)
    with time.changing() as session:
        row = session.get(CalendarEntry, entry_id)
        if row is None:
            raise UnknownCalendarEntry
        _refuse_outside(session, row, reach)
        unit_id = _unit_id(session, tidy, reach)
        if _is_there(session, tidy, unit_id, but=row.id):
            raise AlreadyInCalendar
        before = {"day": row.day.isoformat(), "kind": row.kind}
        row.day, row.name, row.kind = tidy.day, tidy.name, tidy.kind
        row.unit_id, row.starts, row.ends = unit_id, tidy.starts, tidy.ends
        day, kind = tidy.day.isoformat(), tidy.kind
        note(
            session,
            "holidays_changed",
            f"calendar:{day}",
            by=by,
            at=time.clock(),
            changed=kind,
            before=before,
        )


def remove_entry(
    time: WorkingTime, entry_id: int, *, reach: Reach = EVERYBODY, by: int | None = None
) -> None:
    """Days that are past stay as they were. Raises UnknownCalendarEntry or WholeStaffOnly."""
    with time.changing() as session:
        row = session.get(CalendarEntry, entry_id)
        if row is None:
            raise UnknownCalendarEntry
        _refuse_outside(session, row, reach)
        session.delete(row)
        day = row.day.isoformat()
        note(session, "holidays_changed", f"calendar:{day}", by=by, at=time.clock(), removed=row.kind)


def import_entries(
    time: WorkingTime, content: bytes, *, dry_run: bool, reach: Reach = EVERYBODY, by: int | None = None
) -> tuple[ReadRow, ...]:
    """Every row of a CSV or iCalendar file; unless it is a dry run, those without a problem are added.

    Raises UnreadableCalendar or WholeStaffOnly.
    """
    if not reach.everybody:
        raise WholeStaffOnly
    rows = read_file(content)
    if dry_run:
        with time.db.read() as session:
            return _against(session, rows)
    with time.changing() as session:
        checked = _against(session, rows)
        added = [row.entry for row in checked if row.entry is not None]
        for entry in added:
            _insert(session, entry, reach, time.clock())
        if added:
            note(session, "holidays_changed", "calendar:import", by=by, at=time.clock(), added=len(added))
    return checked


def read_file(content: bytes) -> list[ReadRow]:
    """Raises UnreadableCalendar."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableCalendar from None
    rows = list(_ics_rows(text) if text.lstrip().upper().startswith("BEGIN:VCALENDAR") else _csv_rows(text))
    if not rows or len(rows) > MOST_ROWS:
        raise UnreadableCalendar
    return rows


def _csv_rows(text: str) -> Iterator[ReadRow]:
    """Columns date, name and kind; a first row without a date is a heading."""
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    if delimiter not in first:
        raise UnreadableCalendar
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1):
            padded = [cell.strip() for cell in (*cells, "", "", "")][:3]
            if not any(padded) or (number == 1 and _date_of(padded[0]) is None):
                continue
            yield _row(number, padded[0], padded[1], padded[2])
    except csv.Error:
        raise UnreadableCalendar from None


def _ics_rows(text: str) -> Iterator[ReadRow]:
    # A fifth of a second to import, at every start, for what is done once a year.
    from icalendar import Calendar

    try:
        events = Calendar.from_ical(text).walk("VEVENT")
    except (ValueError, KeyError, IndexError):
        raise UnreadableCalendar from None
    for number, event in enumerate(events, start=1):
        name, kind = str(event.get("SUMMARY", "")), ""
        start = event.get("DTSTART")
        moment = getattr(start, "dt", None)
        day = moment.date() if isinstance(moment, datetime) else moment
        if "cuti bersama" in name.lower():
            kind = "cuti bersama"
        yield _row(number, day.isoformat() if isinstance(day, date) else "", name, kind)


def _row(number: int, day_text: str, name: str, kind_text: str) -> ReadRow:
    text = " · ".join(part for part in (day_text, name, kind_text) if part)[:LONGEST_NAME]
    day, kind, tidy = _date_of(day_text), KINDS.get(kind_text.lower()), " ".join(name.split())
    if day is None:
        return ReadRow(number, text, None, "date")
    if not _is_name(tidy):
        return ReadRow(number, text, None, "name")
    if kind is None:
        return ReadRow(number, text, None, "kind")
    return ReadRow(number, text, Entry(day, tidy, kind), None)


def _date_of(text: str) -> date | None:
    """As ISO writes it, or day/month/year as in Indonesia."""
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"):
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
        return day if EARLIEST <= day <= LATEST else None
    return None


def _against(session: Session, rows: Sequence[ReadRow]) -> tuple[ReadRow, ...]:
    """Those that the calendar or an earlier row has already are marked."""
    stored = select(CalendarEntry.day, CalendarEntry.kind).where(CalendarEntry.unit_id.is_(None))
    seen = {(day, kind) for day, kind in session.execute(stored)}
    checked = []
    for row in rows:
        if row.entry is not None and (row.entry.day, row.entry.kind) in seen:
            row = replace(row, entry=None, problem="there")
        elif row.entry is not None:
            seen.add((row.entry.day, row.entry.kind))
        checked.append(row)
    return tuple(checked)


def _insert(session: Session, entry: Entry, reach: Reach, now: datetime) -> bool:
    """False when the same kind is there for the same day and unit."""
    unit_id = _unit_id(session, entry, reach)
    if _is_there(session, entry, unit_id):
        return False
    session.add(
        CalendarEntry(
            day=entry.day,
            name=entry.name,
            kind=entry.kind,
            unit_id=unit_id,
            starts=entry.starts,
            ends=entry.ends,
            created_at=now,
        )
    )
    session.flush()
    return True


def _unit_id(session: Session, entry: Entry, reach: Reach) -> int | None:
    if entry.unit is None and not reach.everybody:
        raise WholeStaffOnly
    return None if entry.unit is None else held_unit(session, entry.unit, reach).id


def _is_there(session: Session, entry: Entry, unit_id: int | None, but: int | None = None) -> bool:
    """Whether an entry, other than `but`, is of the same kind, day and unit."""
    same_unit = CalendarEntry.unit_id.is_(None) if unit_id is None else CalendarEntry.unit_id == unit_id
    same = select(CalendarEntry.id).where(
        CalendarEntry.day == entry.day, CalendarEntry.kind == entry.kind, same_unit
    )
    return any(found != but for found in session.scalars(same))


def _checked(entry: Entry) -> Entry:
    tidy = replace(entry, name=" ".join(entry.name.split()))
    ceremony = entry.kind == "ceremony"
    wrong = {
        "name": not _is_name(tidy.name),
        "unit": entry.kind == "local" and entry.unit is None,
        "starts": ceremony != (entry.starts is not None),
        "ends": entry.ends is not None and (entry.starts is None or entry.ends <= entry.starts),
    }
    fields = [{"field": field, "problem": "not valid"} for field, bad in wrong.items() if bad]
    if fields or entry.kind not in get_args(CalendarKind):
        raise InvalidRequest(fields=fields)
    return tidy


def _is_name(name: str) -> bool:
    return bool(name) and len(name) <= LONGEST_NAME and name.isprintable()


def _refuse_outside(session: Session, row: CalendarEntry, reach: Reach) -> None:
    if reach.everybody:
        return
    if row.unit_id is None:
        raise WholeStaffOnly
    if session.scalar(select(Unit.id).where(Unit.id == row.unit_id, reach.units)) is None:
        raise UnknownCalendarEntry


def _entry(row: CalendarEntry) -> Entry:
    unit = row.unit
    return Entry(
        row.day,
        row.name,
        row.kind,
        None if unit is None else unit.code,
        row.starts,
        row.ends,
        row.id,
        None if unit is None else unit.name,
    )
