"""Absences: what employees ask for, from a day of izin to years of study, and who sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from service.attendance.day import local_date
from service.audit_notes import note
from service.closed_months import refuse_closed_days
from service.db.request_tables import Absence, AbsenceKind
from service.db.session import Database
from service.db.tables import Account
from service.errors import NotAnEmployee
from service.evidence import EvidenceStore
from service.letters import store_letter
from service.reach import reach_of
from service.request_dates import check_range, hold_employee, refuse_taken_days
from service.request_decisions import withdraw
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
class NewAbsence:
    """`first` to `last`, both included. `letter`: the bytes of a file, as they came."""

    kind: AbsenceKind
    first: date
    last: date
    note: str
    letter: bytes | None = None


@dataclass(frozen=True, slots=True)
class AbsenceInfo:
    """`letter`: there is one to be opened."""

    request: RequestInfo
    kind: AbsenceKind
    first: date
    last: date
    letter: bool


@dataclass(frozen=True, slots=True)
class AbsencePage:
    total: int
    page: int
    pages: int
    absences: tuple[AbsenceInfo, ...]


def ask_for_absence(
    db: Database, evidence: EvidenceStore, zone: ZoneInfo, owner: Account, wanted: NewAbsence, now: datetime
) -> AbsenceInfo:
    """Ask for days. They count from the approval on.

    zone : of the clock by which it is today.

    Raises
    ------
    NotAnEmployee, WordsRefused, DatesRefused, LetterRefused
    MonthClosed : some of the days are of a month that is closed.
    RequestOverlaps : some of the days are asked for already, or approved.
    TooManyOpen
    StorageFull, StorageUnavailable : the letter could not be stored; nothing is left of the request.
    """
    if owner.employee_id is None:
        raise NotAnEmployee
    words = tidy(wanted.note, "note")
    check_range(wanted.first, wanted.last, local_date(now, zone))
    key = None if wanted.letter is None else store_letter(evidence, wanted.letter, now)
    try:
        with db.write() as session:
            refuse_closed_days(session, [owner.employee_id], wanted.first, wanted.last)
            hold_employee(session, owner.employee_id)
            return insert_absence(session, owner, owner.employee_id, wanted, words, key, now)
    except Exception:
        if key is not None:
            evidence.delete(key)
        raise


def own_absences(db: Database, owner: Account, page: int) -> AbsencePage:
    """The newest first. Raises NotAnEmployee."""
    if owner.employee_id is None:
        raise NotAnEmployee
    with db.read() as session:
        total, rows = own_rows(session, Absence, owner.employee_id, page)
        return _page(total, rows, page, owner)


def absences_of_staff(
    db: Database, approver: Account, wanted: RequestFilter, kind: AbsenceKind | None, page: int
) -> AbsencePage:
    """Those within reach that fit, the open ones first, the longest waiting first. Raises UnknownUnit."""
    fitting: list[ColumnElement[bool]] = [] if kind is None else [Absence.kind == kind]
    if wanted.first is not None:
        fitting.append(Absence.last >= wanted.first)
    if wanted.last is not None:
        fitting.append(Absence.first <= wanted.last)
    with db.read() as session:
        total, rows = rows_within(session, Absence, reach_of(approver), wanted, page, *fitting)
        return _page(total, rows, page, approver)


def absences_between(
    session: Session, reader: Account, employee_id: int, first: date, last: date
) -> tuple[AbsenceInfo, ...]:
    """Of one employee, for any day from `first` to `last`, in the order of the days."""
    rows = rows_of(session, Absence, employee_id, Absence.first <= last, Absence.last >= first)
    return tuple(_info(row, reader) for row in sorted(rows, key=lambda row: (row.first, row.id)))


def one_absence(db: Database, reader: Account, absence_id: int) -> AbsenceInfo:
    """One's own, or one within the reach of HR. Raises UnknownRequest."""
    with db.read() as session:
        return _info(visible_row(session, Absence, absence_id, reader), reader)


def withdraw_absence(
    db: Database, evidence: EvidenceStore, owner: Account, absence_id: int, now: datetime
) -> None:
    """Take back what nobody has decided. The letter is removed: nobody needs it any more.

    Raises UnknownRequest and AlreadyDecided.
    """
    with db.write() as session:
        row = withdraw(session, Absence, absence_id, owner, now)
        key, row.letter_key = row.letter_key, None
    if key is not None:
        evidence.delete(key)


def insert_absence(
    session: Session,
    author: Account,
    employee_id: int,
    wanted: NewAbsence,
    words: str,
    letter_key: str | None,
    now: datetime,
) -> AbsenceInfo:
    """Of an employee who is held. author : who enters it, for themselves or for somebody else.

    Raises RequestOverlaps.
    """
    refuse_taken_days(session, employee_id, wanted.first, wanted.last, wanted.kind)
    on_behalf = author.employee_id != employee_id
    row = Absence(
        employee_id=employee_id,
        kind=wanted.kind,
        first=wanted.first,
        last=wanted.last,
        note=words,
        letter_key=letter_key,
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
        kind=wanted.kind,
        first=wanted.first.isoformat(),
        last=wanted.last.isoformat(),
        letter=letter_key is not None,
        on_behalf=on_behalf,
    )
    return _info(row, author)


def _page(total: int, rows: Sequence[Absence], page: int, reader: Account) -> AbsencePage:
    return AbsencePage(total, page, pages_of(total), tuple(_info(row, reader) for row in rows))


def _info(row: Absence, reader: Account) -> AbsenceInfo:
    return AbsenceInfo(
        request=info_of(row, reader),
        kind=row.kind,
        first=row.first,
        last=row.last,
        letter=row.letter_key is not None,
    )
