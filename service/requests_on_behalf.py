"""Requests that HR enters for an employee who cannot ask, and all that were made for an employee's days.

They wait for a decision as every other request does: of another person than the employee, and than whoever has
entered them.
"""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from service.absences import AbsenceInfo, NewAbsence, absences_between, insert_absence
from service.attendance.day import local_date
from service.closed_months import refuse_closed_days
from service.corrections import (
    CorrectionInfo,
    NewCorrection,
    check_times,
    corrections_between,
    insert_correction,
)
from service.db.session import Database
from service.db.tables import Account
from service.employee_rows import employee_row, managed_row
from service.evidence import EvidenceStore
from service.letters import store_letter
from service.reach import reach_of
from service.request_dates import check_range, hold_employee
from service.written_words import tidy


@dataclass(frozen=True, slots=True)
class RequestsOfDays:
    absences: tuple[AbsenceInfo, ...]
    corrections: tuple[CorrectionInfo, ...]


def requests_of_days(db: Database, reader: Account, nip: str, first: date, last: date) -> RequestsOfDays:
    """Those of somebody within reach for any day from `first` to `last`, in the order of the days.

    Raises UnknownEmployee.
    """
    with db.read() as session:
        employee_id = employee_row(session, nip, reach_of(reader)).id
        return RequestsOfDays(
            absences_between(session, reader, employee_id, first, last),
            corrections_between(session, reader, employee_id, first, last),
        )


def enter_absence(
    db: Database,
    evidence: EvidenceStore,
    zone: ZoneInfo,
    author: Account,
    nip: str,
    wanted: NewAbsence,
    now: datetime,
) -> AbsenceInfo:
    """Ask for days of somebody within reach.

    Raises
    ------
    UnknownEmployee, OwnRecord
    WordsRefused, DatesRefused, LetterRefused
    RequestOverlaps, TooManyOpen, MonthClosed
    StorageFull, StorageUnavailable : the letter could not be stored; nothing is left of the request.
    """
    words = tidy(wanted.note, "note")
    check_range(wanted.first, wanted.last, local_date(now, zone))
    with db.read() as session:
        # Before the letter is stored: what is not there is refused without writing anything.
        managed_row(session, nip, reach_of(author))
    key = None if wanted.letter is None else store_letter(evidence, wanted.letter, now)
    try:
        with db.write() as session:
            employee = managed_row(session, nip, reach_of(author))
            refuse_closed_days(session, [employee.id], wanted.first, wanted.last)
            hold_employee(session, employee.id, left=True)
            return insert_absence(session, author, employee.id, wanted, words, key, now)
    except Exception:
        if key is not None:
            evidence.delete(key)
        raise


def enter_correction(
    db: Database, zone: ZoneInfo, author: Account, nip: str, wanted: NewCorrection, now: datetime
) -> CorrectionInfo:
    """Ask for other times of a day of somebody within reach.

    Raises
    ------
    UnknownEmployee, OwnRecord
    WordsRefused, DatesRefused
    RequestOverlaps, TooManyOpen, MonthClosed
    """
    words = tidy(wanted.note, "note")
    check_times(wanted, local_date(now, zone))
    with db.write() as session:
        employee = managed_row(session, nip, reach_of(author))
        refuse_closed_days(session, [employee.id], wanted.day, wanted.day)
        hold_employee(session, employee.id, left=True)
        return insert_correction(session, author, employee.id, wanted, words, now)
