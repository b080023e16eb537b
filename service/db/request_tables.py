"""What employees ask for, what became of it, and the periods that HR enters where nobody could check in.

Dates and times of day are by the clock of where the employee works.
"""

from datetime import date, datetime, time
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from service.db.base import Base, one_of
from service.db.tables import Account, Employee, Unit

AbsenceKind = Literal[
    "izin",
    "sakit",
    "cuti_tahunan",
    "cuti_besar",
    "cuti_sakit",
    "cuti_melahirkan",
    "cuti_alasan_penting",
    "cuti_di_luar_tanggungan",
    "dinas_luar",
    "tugas_belajar",
    "wfh",
    "alasan_teknis",
]
RequestState = Literal["asked", "approved", "refused", "withdrawn", "revoked"]

Base.registry.update_type_annotation_map({AbsenceKind: String(32), RequestState: String(16)})


class Asked:
    """What an employee has asked for. `note`: why, in their own words; empty once they are erased.

    `entered_by`: who entered it on their behalf, in whose words the note is; null where they asked themselves.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"))
    state: Mapped[RequestState]
    note: Mapped[str]
    asked_at: Mapped[datetime]
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    @declared_attr
    def author(self) -> Mapped[Account | None]:
        return relationship()

    @declared_attr
    def employee(self) -> Mapped[Employee]:
        return relationship()

    @declared_attr
    def decisions(self) -> Mapped[list["RequestDecision"]]:
        return relationship(order_by="RequestDecision.id")


class Absence(Asked, Base):
    """Days on which an employee is elsewhere, or works elsewhere: `first` to `last`, both included."""

    __tablename__ = "absences"
    __table_args__ = (
        one_of("kind", AbsenceKind),
        one_of("state", RequestState),
        CheckConstraint("first <= last", name="in_order"),
        Index(None, "employee_id", "first"),
        Index(None, "state", "asked_at"),
    )

    kind: Mapped[AbsenceKind]
    first: Mapped[date]
    last: Mapped[date]
    letter_key: Mapped[str | None] = mapped_column(String(200))


class Correction(Asked, Base):
    """A missing or wrong time of one day. It lies over the check-ins, which stay as they are.

    `departs_next_day`: `departure` is on the day after `day`.
    """

    __tablename__ = "corrections"
    __table_args__ = (
        one_of("state", RequestState),
        CheckConstraint("arrival IS NOT NULL OR departure IS NOT NULL", name="some_time"),
        Index(None, "employee_id", "day"),
        Index(None, "state", "asked_at"),
    )

    day: Mapped[date]
    arrival: Mapped[time | None]
    departure: Mapped[time | None]
    departs_next_day: Mapped[bool]


class RequestDecision(Base):
    """One step of a request: who brought it into `state`, when and why.

    Rows are added and stay; only an erasure empties `note`.
    """

    __tablename__ = "request_decisions"
    __table_args__ = (
        one_of("state", RequestState),
        CheckConstraint("(absence_id IS NULL) <> (correction_id IS NULL)", name="of_one_request"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    absence_id: Mapped[int | None] = mapped_column(ForeignKey("absences.id"), index=True)
    correction_id: Mapped[int | None] = mapped_column(ForeignKey("corrections.id"), index=True)
    state: Mapped[RequestState]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    note: Mapped[str]
    at: Mapped[datetime]

    account: Mapped[Account] = relationship()


class ManualPeriod(Base):
    """When people of a unit could not check in, by no fault of theirs: `alasan teknis`.

    From `begins` on the `first` day to `ends` on the `last` one; null is all of that day. `unit_id` is null once
    the unit is removed.
    """

    __tablename__ = "manual_periods"
    __table_args__ = (CheckConstraint("first <= last", name="in_order"), Index(None, "first", "last"))

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id", ondelete="SET NULL"), index=True)
    first: Mapped[date]
    last: Mapped[date]
    begins: Mapped[time | None]
    ends: Mapped[time | None]
    reason: Mapped[str]
    entered_at: Mapped[datetime]
    entered_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    revoke_reason: Mapped[str | None]

    unit: Mapped[Unit | None] = relationship()
    author: Mapped[Account] = relationship(foreign_keys=[entered_by])
    revoker: Mapped[Account | None] = relationship(foreign_keys=[revoked_by])


class ManualPeriodPerson(Base):
    """Whom a manual period is for, as it was entered."""

    __tablename__ = "manual_period_people"

    period_id: Mapped[int] = mapped_column(ForeignKey("manual_periods.id"), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"), primary_key=True, index=True)
