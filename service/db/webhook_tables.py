"""Addresses of other programs that are told of changes, and what they are told: outbox and log in one."""

from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.db.base import Base, one_of
from service.db.tables import Employee, Unit

Event = Literal["day.changed", "checkin.decided", "month.closed", "month.unlocked", "ping"]
DeliveryState = Literal["waiting", "delivered", "given_up"]

Base.registry.update_type_annotation_map({Event: String(32), DeliveryState: String(16)})


class Webhook(Base):
    """An address that is told of events.

    unit_id : of this unit and all below it alone.
    secret : sealed; what messages are signed with. `former_secret`, too, until `former_until`.
    failures : attempts that have failed since the last success; `failing_since`: so many that it shows.
    rest_until : after many failures nothing is tried before.
    claim, claimed_until : of the process that delivers now.
    """

    __tablename__ = "webhooks"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    url: Mapped[str] = mapped_column(String(2000))
    events: Mapped[list[str]]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    secret: Mapped[bytes]
    former_secret: Mapped[bytes | None]
    former_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    paused_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    rest_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    claim: Mapped[str | None] = mapped_column(String(32))
    claimed_until: Mapped[datetime | None]

    unit: Mapped[Unit | None] = relationship()


class Delivery(Base):
    """One event for one webhook: written with the fact itself, delivered later, kept for a while.

    message_id : the same with every attempt, by which a receiver knows what it has already.
    day, moment : the day that changed, or a moment of it, of the employee.
    facts : what is said beside the state of the day, such as the check-in.
    queued_at : since when it is tried; later than `changed_at` once it was sent again by hand.
    body : as sent, from the first attempt on; the attempts that follow send the same.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        one_of("event", Event),
        one_of("state", DeliveryState),
        Index(None, "webhook_id", "state", "due_at"),
        Index(None, "webhook_id", "employee_id", "state"),
        # Ids are given in order and once: the order of messages, and a name of each.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(String(40), unique=True)
    event: Mapped[Event]
    cause: Mapped[str] = mapped_column(String(32))
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employees.id"), index=True)
    day: Mapped[date | None]
    moment: Mapped[datetime | None]
    facts: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    queued_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[DeliveryState]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    body: Mapped[str | None] = mapped_column(Text())
    ended_at: Mapped[datetime | None] = mapped_column(index=True)

    webhook: Mapped[Webhook] = relationship()
    employee: Mapped[Employee | None] = relationship()
    attempts: Mapped[list["DeliveryAttempt"]] = relationship(
        order_by="DeliveryAttempt.id", passive_deletes=True
    )


class DeliveryAttempt(Base):
    """`status`: of the answer, where there was one. `problem`: a code of what went wrong; null for a success."""

    __tablename__ = "webhook_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    duration_ms: Mapped[int]
    status: Mapped[int | None]
    problem: Mapped[str | None] = mapped_column(String(32))
