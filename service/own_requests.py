"""What is stored about an employee's requests, and the manual periods that cover them, as they may see it."""

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db.request_tables import Absence, Correction, ManualPeriod, ManualPeriodPerson
from service.request_rows import Decision, Request, display_name


@dataclass(frozen=True, slots=True)
class OwnAbsence:
    kind: str
    first: date
    last: date
    note: str
    state: str
    asked_at: datetime
    entered_by: str | None
    letter_kept: bool
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class OwnCorrection:
    day: date
    arrival: time | None
    departure: time | None
    departs_next_day: bool
    note: str
    state: str
    asked_at: datetime
    entered_by: str | None
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class OwnPeriod:
    first: date
    last: date
    begins: time | None
    ends: time | None
    reason: str
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnRequests:
    absences: tuple[OwnAbsence, ...]
    corrections: tuple[OwnCorrection, ...]
    periods: tuple[OwnPeriod, ...]


def own_requests(session: Session, employee_id: int) -> OwnRequests:
    """The newest first."""
    absences = session.scalars(
        select(Absence).where(Absence.employee_id == employee_id).order_by(Absence.id.desc())
    )
    corrections = session.scalars(
        select(Correction).where(Correction.employee_id == employee_id).order_by(Correction.id.desc())
    )
    periods = session.scalars(
        select(ManualPeriod)
        .join(ManualPeriodPerson, ManualPeriodPerson.period_id == ManualPeriod.id)
        .where(ManualPeriodPerson.employee_id == employee_id)
        .order_by(ManualPeriod.id.desc())
    )
    return OwnRequests(
        absences=tuple(_absence(row) for row in absences),
        corrections=tuple(_correction(row) for row in corrections),
        periods=tuple(
            OwnPeriod(row.first, row.last, row.begins, row.ends, row.reason, row.revoked_at)
            for row in periods
        ),
    )


def own_letters(session: Session, employee_id: int) -> list[tuple[str, str]]:
    """(name without ending, evidence key) of every letter that is stored."""
    rows = session.scalars(
        select(Absence)
        .where(Absence.employee_id == employee_id, Absence.letter_key.is_not(None))
        .order_by(Absence.id)
    )
    return [(f"letters/{row.first} {row.kind} {row.id}", row.letter_key) for row in rows if row.letter_key]


def _decisions(row: Request) -> tuple[Decision, ...]:
    return tuple(Decision(one.state, one.note, display_name(one.account), one.at) for one in row.decisions)


def _absence(row: Absence) -> OwnAbsence:
    return OwnAbsence(
        kind=row.kind,
        first=row.first,
        last=row.last,
        note=row.note,
        state=row.state,
        asked_at=row.asked_at,
        entered_by=display_name(row.author) if row.author else None,
        letter_kept=row.letter_key is not None,
        decisions=_decisions(row),
    )


def _correction(row: Correction) -> OwnCorrection:
    return OwnCorrection(
        day=row.day,
        arrival=row.arrival,
        departure=row.departure,
        departs_next_day=row.departs_next_day,
        note=row.note,
        state=row.state,
        asked_at=row.asked_at,
        entered_by=display_name(row.author) if row.author else None,
        decisions=_decisions(row),
    )
