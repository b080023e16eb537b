"""What counts for a day beside its check-ins: approved absences and corrections, and manual periods."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.db.request_tables import (
    Absence,
    AbsenceKind,
    Correction,
    ManualPeriod,
    ManualPeriodPerson,
    RequestDecision,
)
from service.request_dates import AWAY_KINDS


@dataclass(frozen=True, slots=True)
class ApprovedAbsence:
    """`first` to `last`, both included."""

    id: int
    employee_id: int
    kind: AbsenceKind
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class ApprovedCorrection:
    """Times by the clock of where the employee works; None: what the check-ins say stays.

    departs_next_day : the departure is on the day after `day`.
    note : the employee's reason.
    approved_by : an account id.
    """

    id: int
    employee_id: int
    day: date
    arrival: time | None
    departure: time | None
    departs_next_day: bool
    note: str
    approved_by: int
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class CoveredPeriod:
    """Presence by alasan teknis, from `begins` on the `first` day to `ends` on the `last` one.

    begins, ends : None is all of that day.
    entered_by : an account id.
    """

    id: int
    employee_id: int
    first: date
    last: date
    begins: time | None
    ends: time | None
    reason: str
    entered_by: int
    entered_at: datetime


def approved_absences(
    session: Session, employee_ids: Collection[int] | None, first: date, last: date
) -> list[ApprovedAbsence]:
    """Those that have any day from `first` to `last`, both included, by employee and then by time.

    employee_ids : here and below, of whom; None is everybody.
    """
    rows = session.scalars(
        select(Absence)
        .where(
            _of(Absence.employee_id, employee_ids),
            Absence.state == "approved",
            Absence.first <= last,
            Absence.last >= first,
        )
        .order_by(Absence.employee_id, Absence.first)
    )
    return [ApprovedAbsence(row.id, row.employee_id, row.kind, row.first, row.last) for row in rows]


def approved_corrections(
    session: Session, employee_ids: Collection[int] | None, first: date, last: date
) -> list[ApprovedCorrection]:
    """Of the days from `first` to `last`, both included, by employee and then by day: at most one a day."""
    found = session.execute(
        select(Correction, RequestDecision)
        .join(RequestDecision, RequestDecision.correction_id == Correction.id)
        .where(
            _of(Correction.employee_id, employee_ids),
            Correction.state == "approved",
            RequestDecision.state == "approved",
            Correction.day.between(first, last),
        )
        .order_by(Correction.employee_id, Correction.day)
    )
    return [
        ApprovedCorrection(
            id=row.id,
            employee_id=row.employee_id,
            day=row.day,
            arrival=row.arrival,
            departure=row.departure,
            departs_next_day=row.departs_next_day,
            note=row.note,
            approved_by=approval.account_id,
            approved_at=approval.at,
        )
        for row, approval in found
    ]


def covered_periods(
    session: Session, employee_ids: Collection[int] | None, first: date, last: date
) -> list[CoveredPeriod]:
    """Manual periods in force that have any day from `first` to `last`, by employee and then by time.

    Those of one employee may overlap.
    """
    found = session.execute(
        select(ManualPeriodPerson.employee_id, ManualPeriod)
        .join(ManualPeriod, ManualPeriod.id == ManualPeriodPerson.period_id)
        .where(
            _of(ManualPeriodPerson.employee_id, employee_ids),
            ManualPeriod.revoked_at.is_(None),
            ManualPeriod.first <= last,
            ManualPeriod.last >= first,
        )
        .order_by(ManualPeriodPerson.employee_id, ManualPeriod.first, ManualPeriod.id)
    )
    return [
        CoveredPeriod(
            id=row.id,
            employee_id=employee_id,
            first=row.first,
            last=row.last,
            begins=row.begins,
            ends=row.ends,
            reason=row.reason,
            entered_by=row.entered_by,
            entered_at=row.entered_at,
        )
        for employee_id, row in found
    ]


def is_away(session: Session, employee_id: int, day: date) -> bool:
    """Whether the employee works elsewhere that day, by an approved dinas luar or WFH."""
    found = exists().where(
        Absence.employee_id == employee_id,
        Absence.state == "approved",
        Absence.kind.in_(AWAY_KINDS),
        Absence.first <= day,
        Absence.last >= day,
    )
    return bool(session.scalar(select(found)))


def _of(column: InstrumentedAttribute[int], employee_ids: Collection[int] | None) -> ColumnElement[bool]:
    return true() if employee_ids is None else column.in_(employee_ids)
