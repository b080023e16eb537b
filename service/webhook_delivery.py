"""Delivers what waits for webhooks: signed, one at a time for each webhook, again and again until it is answered.

Any number of processes may do so on one database. A webhook is claimed before anything is sent to it; the claim is
renewed with every attempt, and is another process's to take when it has run out. What a crash leaves is sent again
under the same message id: at least once, and never out of order for one person.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import uniform
from typing import Final

from sqlalchemy import Select, and_, case, delete, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from service.crypto import KeyRing
from service.db.session import Database
from service.db.webhook_tables import Delivery, DeliveryAttempt, Webhook
from service.storage_errors import SealBroken
from service.webhook_messages import compose
from service.webhook_post import ALL_S, CONNECT_S, NotSent, Post
from service.webhook_secrets import valid_secrets
from service.webhook_signature import headers
from service.working_time import WorkingTime

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0
CLAIM: Final = timedelta(seconds=60)
# A claim that lasts longer was made by a clock that has been set back since.
LONGEST_CLAIM: Final = 2 * CLAIM
AT_ONCE: Final = 20
CLOSED_WITHIN_S: Final = 3.0
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
# After the first, second, ... failed attempt; after the last one it is given up, about three days after the first.
DELAYS: Final = (
    *(5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE),
    *(1 * HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, 12 * HOUR, 12 * HOUR, 18 * HOUR),
)
GIVEN_UP_AFTER: Final = sum(DELAYS, timedelta())
# So that not all that failed together comes back together.
LONGEST_JITTER: Final = 0.2
LONGEST_RETRY_AFTER: Final = timedelta(days=1)
# After so many failures in a row a webhook is shown as failing, and rests: then one message is tried for all.
FAILING_AFTER: Final = 5
LONGEST_REST: Final = HOUR


@dataclass(frozen=True, slots=True)
class _Message:
    delivery_id: int
    employee_id: int | None
    message_id: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Of one attempt. problem : None for a success."""

    at: datetime
    duration_ms: int
    status: int | None
    problem: str | None
    retry_after: timedelta | None


@dataclass(frozen=True, slots=True)
class _Claimed:
    webhook_id: int
    claim: str
    url: str
    secrets: list[bytes] = field(repr=False)


class Deliveries:
    """The work, in a thread of its own. private_hosts : that may be of one's own network."""

    def __init__(
        self,
        db: Database,
        ring: KeyRing,
        working_time: WorkingTime,
        *,
        private_hosts: Collection[str],
        clock: Callable[[], datetime],
        connect_s: float = CONNECT_S,
        all_s: float = ALL_S,
    ) -> None:
        self._db = db
        self._ring = ring
        self._time = working_time
        self._clock = clock
        self._new_post: Callable[[], Post] = lambda: Post(private_hosts, connect_s=connect_s, all_s=all_s)
        self._post: Post | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work_on, name="webhooks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop; what is being sent is given up without counting as an attempt."""
        self._stopping.set()
        if self._post is not None:
            self._post.abort()
        if self._thread.is_alive():
            # The search for a name can't be ended; the thread does nothing more after it.
            self._thread.join(CLOSED_WITHIN_S)

    def _work_on(self) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            try:
                while not self._stopping.is_set() and self.deliver_due():
                    pass
            except Exception:
                # The database may be away for a while; claims run out.
                log.exception("what waits for webhooks could not be delivered")

    def deliver_due(self) -> int:
        """Send what is due, at most AT_ONCE messages to each webhook. Gives how many were tried."""
        with self._db.read() as session:
            ready = session.scalars(_ready(self._clock())).all()
        return sum(self._deliver_to(one) for one in ready if not self._stopping.is_set())

    def _deliver_to(self, webhook_id: int) -> int:
        claimed = self._claim(webhook_id)
        if claimed is None:
            return 0
        tried, held = 0, set[int | None]()
        try:
            for message in self._prepare(webhook_id):
                if self._stopping.is_set():
                    break
                if message.employee_id is not None and message.employee_id in held:
                    continue
                outcome = self._attempt(claimed, message)
                if self._stopping.is_set() and outcome.problem is not None:
                    break
                tried += 1
                if outcome.problem is not None:
                    held.add(message.employee_id)
                if not self._record(claimed, message, outcome):
                    break
        finally:
            self._release(claimed)
        return tried

    def _claim(self, webhook_id: int) -> _Claimed | None:
        now = self._clock()
        wanted = _ready(now).with_only_columns(Webhook).where(Webhook.id == webhook_id)
        with self._db.write() as session:
            row = session.scalar(wanted.with_for_update(key_share=True, skip_locked=True, of=Webhook))
            if row is None:
                return None
            try:
                valid = valid_secrets(self._ring, row, now)
            except SealBroken:
                log.error("the secret of webhook %d can't be opened; nothing is sent to it", row.id)
                row.failing_since, row.rest_until = row.failing_since or now, now + LONGEST_REST
                return None
            row.claim, row.claimed_until = secrets.token_hex(16), now + CLAIM
            return _Claimed(row.id, row.claim, row.url, valid)

    def _release(self, claimed: _Claimed) -> None:
        mine = (Webhook.id == claimed.webhook_id, Webhook.claim == claimed.claim)
        with self._db.write() as session:
            session.execute(update(Webhook).where(*mine).values(claim=None, claimed_until=None))

    def _prepare(self, webhook_id: int) -> list[_Message]:
        """What is due, each with its body, which stays the same from now on."""
        with self._db.read() as session:
            ids = session.scalars(_due(webhook_id, self._clock())).all()
            new = session.scalars(
                select(Delivery.id).where(Delivery.id.in_(ids), Delivery.body.is_(None))
            ).all()
        bodies = compose(self._time, new) if new else {}
        with self._db.write() as session:
            unwanted = [one for one, body in bodies.items() if body is None]
            session.execute(delete(Delivery).where(Delivery.id.in_(unwanted)))
            found = session.scalars(select(Delivery).where(Delivery.id.in_(ids)).with_for_update())
            rows = {row.id: row for row in found if row.state == "waiting"}
            for one in rows.values():
                one.body = one.body or bodies.get(one.id)
        return [
            _Message(row.id, row.employee_id, row.message_id, row.body.encode())
            for delivery_id in ids
            if (row := rows.get(delivery_id)) is not None and row.body is not None
        ]

    def _attempt(self, claimed: _Claimed, message: _Message) -> _Outcome:
        at, begun = self._clock(), time.monotonic()
        post = self._post = self._new_post()
        status: int | None = None
        problem: str | None = None
        retry_after: timedelta | None = None
        try:
            signed = headers(claimed.secrets, message.message_id, at, message.body)
            answer = post.send(claimed.url, message.body, signed, at)
        except NotSent as failed:
            problem = failed.problem
        else:
            status = answer.status
            if answer.retry_after_s is not None:
                retry_after = timedelta(
                    seconds=min(answer.retry_after_s, LONGEST_RETRY_AFTER.total_seconds())
                )
            if not 200 <= status < 300:
                problem = "redirect" if 300 <= status < 400 else "status"
        return _Outcome(at, round((time.monotonic() - begun) * 1000), status, problem, retry_after)

    def _record(self, claimed: _Claimed, message: _Message, outcome: _Outcome) -> bool:
        """Whether the next message may be sent."""
        now = self._clock()
        with self._db.write() as session:
            found = select(Webhook).where(Webhook.id == claimed.webhook_id)
            webhook = session.scalar(found.with_for_update(key_share=True))
            if webhook is None:
                return False
            row = session.get(Delivery, message.delivery_id, with_for_update=True)
            # Whoever was erased meanwhile, or what another process has ended, has no attempt.
            if row is not None and row.state == "waiting":
                session.add(
                    DeliveryAttempt(
                        delivery_id=row.id,
                        at=outcome.at,
                        duration_ms=outcome.duration_ms,
                        status=outcome.status,
                        problem=outcome.problem,
                    )
                )
                (_succeeded if outcome.problem is None else _failed)(session, webhook, row, outcome, now)
            if webhook.claim != claimed.claim:
                return False
            webhook.claimed_until = now + CLAIM
            return webhook.paused_at is None and (webhook.rest_until is None or webhook.rest_until <= now)


def _succeeded(session: Session, webhook: Webhook, row: Delivery, _: _Outcome, now: datetime) -> None:  # noqa: ARG001
    row.state, row.ended_at, row.tries = "delivered", now, row.tries + 1
    webhook.failures, webhook.failing_since, webhook.rest_until = 0, None, None
    webhook.delivered_at = now


def _failed(session: Session, webhook: Webhook, row: Delivery, outcome: _Outcome, now: datetime) -> None:
    row.tries += 1
    webhook.failures += 1
    asked = timedelta() if outcome.retry_after is None else outcome.retry_after
    if row.tries > len(DELAYS):
        row.state, row.ended_at = "given_up", now
    else:
        row.due_at = now + max(jittered(DELAYS[row.tries - 1]), asked)
    if webhook.failures >= FAILING_AFTER or row.state == "given_up":
        webhook.failing_since = webhook.failing_since or now
    rest = asked
    if webhook.failures >= FAILING_AFTER:
        step = min(webhook.failures - FAILING_AFTER, len(DELAYS) - 1)
        rest = max(rest, jittered(min(DELAYS[step], LONGEST_REST)))
    webhook.rest_until = now + rest if rest else None
    if webhook.failing_since is not None and now - webhook.failing_since >= GIVEN_UP_AFTER:
        # One message was tried for all: what has waited for as long is given up with it.
        waited = (Delivery.state == "waiting", Delivery.queued_at < now - GIVEN_UP_AFTER)
        session.flush()
        session.execute(
            update(Delivery)
            .where(Delivery.webhook_id == webhook.id, *waited)
            .values(state="given_up", ended_at=now)
        )


def jittered(delay: timedelta) -> timedelta:
    return delay * uniform(1, 1 + LONGEST_JITTER)  # noqa: S311 - no secret


def _ready(now: datetime) -> Select[int]:
    """Ids of webhooks for which something is due, and which nobody works on."""
    free = or_(
        Webhook.claimed_until.is_(None),
        Webhook.claimed_until < now,
        Webhook.claimed_until > now + LONGEST_CLAIM,
    )
    rested = or_(Webhook.rest_until.is_(None), Webhook.rest_until <= now)
    waits = exists().where(
        Delivery.webhook_id == Webhook.id, Delivery.state == "waiting", Delivery.due_at <= now
    )
    return select(Webhook.id).where(Webhook.paused_at.is_(None), free, rested, waits).order_by(Webhook.id)


def _due(webhook_id: int, now: datetime) -> Select[int]:
    """Ids in the order in which they are sent, without those before which another of the same person must go.

    What was tried before goes first: its body is older than that of any that was not.
    """
    earlier = aliased(Delivery)
    before = or_(
        and_(earlier.tries > 0, Delivery.tries == 0),
        and_(earlier.id < Delivery.id, or_(earlier.tries > 0, Delivery.tries == 0)),
    )
    held = exists().where(
        earlier.webhook_id == webhook_id,
        earlier.employee_id == Delivery.employee_id,
        earlier.state == "waiting",
        earlier.due_at > now,
        before,
    )
    return (
        select(Delivery.id)
        .where(
            Delivery.webhook_id == webhook_id,
            Delivery.state == "waiting",
            Delivery.due_at <= now,
            ~held,
        )
        .order_by(case((Delivery.tries > 0, 0), else_=1), Delivery.id)
        .limit(AT_ONCE)
    )
