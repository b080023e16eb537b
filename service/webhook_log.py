"""What was told to whom: the log of a webhook, sending again, and how long all of it is kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session, selectinload

from service.audit_notes import note
from service.day_changes import new_delivery
from service.db.session import Database
from service.db.webhook_tables import Delivery, DeliveryState, Webhook
from service.webhook_errors import UnknownDelivery, WebhookPaused
from service.webhooks import webhook_row

PAGE_SIZE: Final = 25
KEPT: Final = timedelta(days=30)
AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class AttemptInfo:
    """`problem`: a code of what went wrong; None for a success."""

    at: datetime
    duration_ms: int
    status: int | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class DeliveryInfo:
    """`due_at`: of the next attempt, while it waits. `body`: as sent; None before the first attempt."""

    id: int
    message_id: str
    event: str
    cause: str
    changed_at: datetime
    state: DeliveryState
    due_at: datetime | None
    ended_at: datetime | None
    body: str | None
    attempts: tuple[AttemptInfo, ...]


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    total: int
    page: int
    pages: int
    deliveries: tuple[DeliveryInfo, ...]


def log_of(db: Database, webhook_id: int, *, failed: bool, page: int) -> DeliveryPage:
    """The newest first. failed : only what was given up, or has failed so far. Raises UnknownWebhook."""
    wanted = select(Delivery).where(Delivery.webhook_id == webhook_id)
    if failed:
        so_far = and_(Delivery.state == "waiting", Delivery.tries > 0)
        wanted = wanted.where(or_(Delivery.state == "given_up", so_far))
    with db.read() as session:
        webhook_row(session, webhook_id)
        total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
        rows = session.scalars(
            wanted.options(selectinload(Delivery.attempts))
            .order_by(Delivery.id.desc())
            .offset((page - 1) * PAGE_SIZE)
            .limit(PAGE_SIZE)
        )
        return DeliveryPage(total, page, max(1, -(-total // PAGE_SIZE)), tuple(_info(row) for row in rows))


def ping(db: Database, webhook_id: int, now: datetime) -> None:
    """Send a message that says nothing, at once. Raises UnknownWebhook, WebhookPaused."""
    with db.write() as session:
        row = _awake(session, webhook_id)
        session.execute(insert(Delivery), [new_delivery(row.id, "ping", "ping", now)])


def send_again(db: Database, webhook_id: int, delivery_id: int, now: datetime, *, by: int | None) -> None:
    """With the same message id; the day in it is what it is by then.

    Raises UnknownWebhook, UnknownDelivery, WebhookPaused.
    """
    with db.write() as session:
        row = _awake(session, webhook_id)
        found = select(Delivery.id).where(Delivery.webhook_id == row.id, Delivery.id == delivery_id)
        if session.scalar(found) is None:
            raise UnknownDelivery
        _send(session, row, now, by, Delivery.id == delivery_id)


def send_failed_again(db: Database, webhook_id: int, now: datetime, *, by: int | None) -> int:
    """All that was given up; gives how many. Raises UnknownWebhook, WebhookPaused."""
    with db.write() as session:
        return _send(session, _awake(session, webhook_id), now, by, Delivery.state == "given_up")


def remove_old(db: Database, now: datetime) -> int:
    """Remove what ended, or has waited in a pause, for longer than KEPT. Gives how many."""
    paused = Delivery.webhook_id.in_(select(Webhook.id).where(Webhook.paused_at.is_not(None)))
    old = or_(Delivery.ended_at < now - KEPT, and_(paused, Delivery.queued_at < now - KEPT))
    removed = 0
    while True:
        with db.write() as session:
            ids = session.scalars(select(Delivery.id).where(old).limit(AT_ONCE)).all()
            session.execute(delete(Delivery).where(Delivery.id.in_(ids)))
        removed += len(ids)
        if len(ids) < AT_ONCE:
            return removed


def forget_employee(session: Session, employee_id: int) -> None:
    """All that was told, or waits to be told, of somebody who is erased."""
    session.execute(delete(Delivery).where(Delivery.employee_id == employee_id))


def _awake(session: Session, webhook_id: int) -> Webhook:
    """To be tried at once, however long it was to rest."""
    row = webhook_row(session, webhook_id, to_change=True)
    if row.paused_at is not None:
        raise WebhookPaused
    row.rest_until = None
    return row


def _send(session: Session, row: Webhook, now: datetime, by: int | None, *which: object) -> int:
    wanted = select(Delivery.id).where(Delivery.webhook_id == row.id, *which)  # type: ignore[arg-type]
    ids = session.scalars(wanted).all()
    for begin in range(0, len(ids), AT_ONCE):
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_(ids[begin : begin + AT_ONCE]))
            .values(state="waiting", due_at=now, queued_at=now, tries=0, body=None, ended_at=None)
        )
    if ids:
        note(session, "webhook_sent_again", f"webhook:{row.id}", by=by, at=now, messages=len(ids))
    return len(ids)


def _info(row: Delivery) -> DeliveryInfo:
    return DeliveryInfo(
        id=row.id,
        message_id=row.message_id,
        event=row.event,
        cause=row.cause,
        changed_at=row.changed_at,
        state=row.state,
        due_at=row.due_at if row.state == "waiting" else None,
        ended_at=row.ended_at,
        body=row.body,
        attempts=tuple(AttemptInfo(one.at, one.duration_ms, one.status, one.problem) for one in row.attempts),
    )
