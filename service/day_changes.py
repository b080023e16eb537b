"""What other programs are told of: noted in the transaction of the fact itself, so that none is without the other.

Only that something changed is noted; what the day looks like is found out when it is told, so that the last
message about a day never says less than what was known before it (service/webhook_messages.py).
"""

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from service.clock import utc_now
from service.db.tables import Checkin
from service.db.webhook_tables import Delivery, Event, Webhook

# Why a day is not what it was.
Cause = Literal[
    "checkin",
    "verdict",
    "absence",
    "absence_revoked",
    "correction",
    "correction_revoked",
    "manual_period",
    "manual_period_revoked",
    "move",
    "machine",
    "machine_taken_back",
    "recomputed",
    "closing",
]
MESSAGE_PREFIX: Final = "msg_"
AT_ONCE: Final = 500


def day_changed(
    session: Session,
    employee_id: int,
    day_or_days: date | Iterable[date],
    cause: Cause,
    *,
    at: datetime | None = None,
) -> None:
    """Note that days of somebody are, or may be, other than they were. at : when; by default now."""
    days = [day_or_days] if isinstance(day_or_days, date) else list(day_or_days)
    days_changed(session, [(employee_id, day) for day in days], cause, at=at)


def days_changed(
    session: Session, changed: Iterable[tuple[int, date]], cause: Cause, *, at: datetime | None = None
) -> None:
    """The same for days of many people, each with the id of its employee."""
    about = [{"employee_id": employee_id, "day": day} for employee_id, day in changed]
    _note(session, "day.changed", cause, about, at)


def checkin_changed(
    session: Session,
    checkin: Checkin,
    *,
    cause: Literal["checkin", "verdict"] = "checkin",
    counted_before: datetime | None = None,
    at: datetime | None = None,
) -> None:
    """Note that a check-in was decided, or decided anew, and with it that its day changed.

    counted_before : the time that it counted at until now, where it counts no longer.
    """
    moment = checkin.counted_at or counted_before or checkin.received_at
    about = {"employee_id": checkin.employee_id, "moment": moment, "facts": {"checkin": checkin.id}}
    for event in ("checkin.decided", "day.changed"):
        _note(session, event, cause, [about], at)


def month_changed(
    session: Session,
    event: Literal["month.closed", "month.unlocked"],
    unit_id: int | None,
    facts: dict[str, Any],
    *,
    at: datetime | None = None,
) -> None:
    """Note that a month was closed or unlocked for a unit and all below it; None is everybody.

    facts : what is told, JSON; of units and months alone, since no erasure looks for people in it.
    """
    _note(session, event, "closing", [{"facts": {**facts, "unit_id": unit_id}}], at)


def _note(
    session: Session, event: Event, cause: Cause, about: list[dict[str, Any]], at: datetime | None
) -> None:
    """`about`: the columns of `Delivery` that say of what, one each."""
    # Until the transaction ends nobody removes them.
    held = select(Webhook.id, Webhook.events).with_for_update(read=True, key_share=True)
    webhooks = [row.id for row in session.execute(held) if event in row.events]
    if not webhooks or not about:
        return
    now = at or utc_now()
    rows = [new_delivery(webhook_id, event, cause, now) | one for one in about for webhook_id in webhooks]
    for begin in range(0, len(rows), AT_ONCE):
        session.execute(insert(Delivery), rows[begin : begin + AT_ONCE])


def new_delivery(webhook_id: int, event: Event, cause: str, now: datetime) -> dict[str, Any]:
    """The columns of one that waits, about nothing yet."""
    return {
        "webhook_id": webhook_id,
        "message_id": f"{MESSAGE_PREFIX}{uuid.uuid4().hex}",
        "event": event,
        "cause": cause,
        "employee_id": None,
        "day": None,
        "moment": None,
        "facts": {},
        "changed_at": now,
        "queued_at": now,
        "state": "waiting",
        "due_at": now,
        "tries": 0,
    }
