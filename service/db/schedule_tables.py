"""When people work: patterns and whose they are, the calendar, deductions, and what was expected on each day."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.attendance.schedule import CalendarKind, PlanKind
from service.db.base import Base, one_of
from service.db.tables import Employee, Unit

Base.registry.update_type_annotation_map({CalendarKind: String(16), PlanKind: String(16)})


class WorkPattern(Base):
    """`is_default`: that of everybody who has no other. Just one is."""

    __tablename__ = "work_patterns"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class WorkPatternVersion(Base):
    """Never changed: another one follows it. `hours`: as `service.working_rules` writes and reads it."""

    __tablename__ = "work_pattern_versions"
    __table_args__ = (UniqueConstraint("pattern_id", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pattern_id: Mapped[int] = mapped_column(ForeignKey("work_patterns.id"))
    valid_from: Mapped[date]
    anchor: Mapped[date]
    hours: Mapped[dict[str, Any]]
    tolerance_min: Mapped[int]
    works_on_holidays: Mapped[bool]
    created_at: Mapped[datetime]


class WorkPatternAssignment(Base):
    """The pattern of an employee, or of a unit and all below it. `last_day`: null while nothing ends it."""

    __tablename__ = "work_pattern_assignments"
    __table_args__ = (CheckConstraint("(unit_id IS NULL) <> (employee_id IS NULL)", name="one_of_the_two"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pattern_id: Mapped[int] = mapped_column(ForeignKey("work_patterns.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employees.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    created_at: Mapped[datetime]

    pattern: Mapped[WorkPattern] = relationship()
    unit: Mapped[Unit | None] = relationship()
    employee: Mapped[Employee | None] = relationship()


class CalendarEntry(Base):
    """A holiday or a ceremony; `unit_id`: for this unit and all below it, null is for everybody."""

    __tablename__ = "calendar_entries"
    __table_args__ = (one_of("kind", CalendarKind),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[CalendarKind]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    starts: Mapped[time | None]
    ends: Mapped[time | None]
    created_at: Mapped[datetime]

    unit: Mapped[Unit | None] = relationship()


class RamadanPeriod(Base):
    __tablename__ = "ramadan_periods"

    id: Mapped[int] = mapped_column(primary_key=True)
    first_day: Mapped[date] = mapped_column(unique=True)
    last_day: Mapped[date]


class DeductionRates(Base):
    """Never changed: another one follows it. `percent`: as `service.working_rules` writes and reads it."""

    __tablename__ = "deduction_rates"

    id: Mapped[int] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(unique=True)
    percent: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class DayPlan(Base):
    """What was expected on a day, of all to whom an `AttendanceDay` gives it. Never changed."""

    __tablename__ = "day_plans"
    __table_args__ = (one_of("kind", PlanKind),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(index=True)
    kind: Mapped[PlanKind]
    name: Mapped[str | None] = mapped_column(String(200))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("work_pattern_versions.id"), index=True)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    deductions_id: Mapped[int | None] = mapped_column(ForeignKey("deduction_rates.id"))


class AttendanceDay(Base):
    """What was expected of an employee on a day that is past: later rules do not change it by themselves."""

    __tablename__ = "attendance_days"
    __table_args__ = (Index(None, "day", "employee_id", "plan_id"),)

    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("day_plans.id"), index=True)


class Recomputation(Base):
    """Recorded days that somebody had computed again by later rules, and why, in their own words."""

    __tablename__ = "recomputations"

    id: Mapped[int] = mapped_column(primary_key=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    days: Mapped[int]
    reason: Mapped[str] = mapped_column(String(500))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    done_at: Mapped[datetime]
