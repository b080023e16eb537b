"""Since when an employee is in which unit."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.db.base import Base
from service.db.tables import Account, Unit


class Stay(Base):
    """An employee is in `unit_id` from `first_day` until the day before their next row; null is in none.

    Whoever has any rows has one from `BEGINNING` on; who has never moved has none, and is where
    `employees.unit_id` says. `reason`: why, in the words of whoever entered it, who is null for the command line.
    """

    __tablename__ = "stays"
    __table_args__ = (UniqueConstraint("employee_id", "first_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    first_day: Mapped[date]
    reason: Mapped[str]
    entered_at: Mapped[datetime]
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))

    unit: Mapped[Unit | None] = relationship()
    author: Mapped[Account | None] = relationship()
