"""Corrections: an arrival or departure of one day that is missing or wrong, as its employee says it was.

The check-ins stay as they are. An approved correction lies over them, with who said so, when and why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from service.attendance.day import local_date
from service.audit_notes import note
from service.closed_months import refuse_closed_days
from service.db.request_tables import Correction
from service.db.session import Database
from service.db.tables import Account
from service.errors import NotAnEmployee
from service.reach import reach_of
from service.request_dates import check_distance, hold_employee, refuse_taken_days
from service.request_decisions import withdraw
from service.request_errors import DatesRefused
from service.request_rows import (
    RequestFilter,
    RequestInfo,
    info_of,
    own_rows,
    pages_of,
    rows_of,
    rows_within,
    subject_of,
    visible_row,
)
from service.written_words import tidy


@dataclass(frozen=True, slots=True)
class NewCorrection:
    """Times by the clock of where the employee works; None: that time is right as it is.

    departs_next_day : the departure is on the day after `day`, as that of a night watch.
    """

    day: date
    arrival: time | None
    departure: time | None
    departs_next_day: bool
    note: str


@dataclass(frozen=True, slots=True)
class CorrectionInfo:
    request: RequestInfo
    day: date
    arrival: time | None
    departure: time | None
    departs_next_day: bool


@dataclass(frozen=True, slots=True)
class CorrectionPage:
    total: int
    page: int
    pages: int
    corrections: tuple[CorrectionInfo, ...]


def ask_for_correction(
    db: Database, zone: ZoneInfo, owner: Account, wanted: NewCorrection, now: datetime
) -> CorrectionInfo:
    """Ask for other times of a day that has come. They count from the approval on.

    zone : of the clock by which it is today.

    Raises
    ------
    NotAnEmployee, WordsRefused, DatesRefused, TooManyOpen
    MonthClosed : the day is of a month that is closed.
    RequestOverlaps : the day has such a request already, or an absence.
    """
    if owner.employee_id is None:
        raise NotAnEmployee
    words = tidy(wanted.note, "note")
    check_times(wanted, local_date(now, zone))
    with db.write() as session:
        refuse_closed_days(session, [owner.employee_id], wanted.day, wanted.day)
        hold_employee(session, owner.employee_id)
        return insert_correction(session, owner, owner.employee_id, wanted, words, now)


def insert_correction(
    session: Session, author: Account, employee_id: int, wanted: NewCorrection, words: str, now: datetime
) -> CorrectionInfo:
    """Of an employee who is held. author : who enters it, for themselves or for somebody else.

    Raises RequestOverlaps.
    """
    refuse_taken_days(session, employee_id, wanted.day, wanted.day, None)
    on_behalf = author.employee_id != employee_id
    row = Correction(
        employee_id=employee_id,
        day=wanted.day,
        arrival=wanted.arrival,
        departure=wanted.departure,
        departs_next_day=wanted.departs_next_day,
        note=words,
        state="asked",
        asked_at=now,
        entered_by=author.id if on_behalf else None,
    )
    session.add(row)
    session.flush()
    note(
        session,
        "request_made",
        subject_of(row),
        by=author.id,
        at=now,
        employee=employee_id,
        day=wanted.day.isoformat(),
        arrival=_clock(wanted.arrival),
        departure=_clock(wanted.departure),
        departs_next_day=wanted.departs_next_day,
        on_behalf=on_behalf,
    )
    return _info(row, author)


def own_corrections(db: Database, owner: Account, page: int) -> CorrectionPage:
    """The newest first. Raises NotAnEmployee."""
    if owner.employee_id is None:
        raise NotAnEmployee
    with db.read() as session:
        total, rows = own_rows(session, Correction, owner.employee_id, page)
        return _page(total, rows, page, owner)


def corrections_of_staff(db: Database, approver: Account, wanted: RequestFilter, page: int) -> CorrectionPage:
    """Those within reach that fit, the open ones first, the longest waiting first. Raises UnknownUnit."""
    fitting: list[ColumnElement[bool]] = []
    if wanted.first is not None:
        fitting.append(Correction.day >= wanted.first)
    if wanted.last is not None:
        fitting.append(Correction.day <= wanted.last)
    with db.read() as session:
        total, rows = rows_within(session, Correction, reach_of(approver), wanted, page, *fitting)
        return _page(total, rows, page, approver)


def corrections_between(
    session: Session, reader: Account, employee_id: int, first: date, last: date
) -> tuple[CorrectionInfo, ...]:
    """Of one employee, for any day from `first` to `last`, in the order of the days."""
    rows = rows_of(session, Correction, employee_id, Correction.day >= first, Correction.day <= last)
    return tuple(_info(row, reader) for row in sorted(rows, key=lambda row: (row.day, row.id)))


def one_correction(db: Database, reader: Account, correction_id: int) -> CorrectionInfo:
    """One's own, or one within the reach of HR. Raises UnknownRequest."""
    with db.read() as session:
        return _info(visible_row(session, Correction, correction_id, reader), reader)


def withdraw_correction(db: Database, owner: Account, correction_id: int, now: datetime) -> None:
    """Take back what nobody has decided. Raises UnknownRequest and AlreadyDecided."""
    with db.write() as session:
        withdraw(session, Correction, correction_id, owner, now)


def check_times(wanted: NewCorrection, today: date) -> None:
    """Raises DatesRefused."""
    check_distance(wanted.day, today)
    if wanted.day > today:
        raise DatesRefused("not_yet")
    if wanted.arrival is None and wanted.departure is None:
        raise DatesRefused("no_time")
    if wanted.arrival is None or wanted.departure is None or wanted.departs_next_day:
        return
    if wanted.departure <= wanted.arrival:
        raise DatesRefused("departure_before_arrival")


def _clock(at: time | None) -> str | None:
    return None if at is None else f"{at:%H:%M}"


def _page(total: int, rows: Sequence[Correction], page: int, reader: Account) -> CorrectionPage:
    return CorrectionPage(total, page, pages_of(total), tuple(_info(row, reader) for row in rows))


def _info(row: Correction, reader: Account) -> CorrectionInfo:
    return CorrectionInfo(
        request=info_of(row, reader),
        day=row.day,
        arrival=row.arrival,
        departure=row.departure,
        departs_next_day=row.departs_next_day,
    )
