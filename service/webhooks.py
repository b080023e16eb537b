"""Webhooks: addresses of other programs that are told of changes, as administrators keep them."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal
from urllib.parse import urlsplit

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from service.audit_notes import note, pseudonym
from service.crypto import KeyRing
from service.db.session import Database
from service.db.webhook_tables import Delivery, DeliveryState, Webhook
from service.errors import InvalidRequest
from service.units import held_unit
from service.webhook_errors import TooManyWebhooks, UnknownWebhook, WebhookAddressRefused
from service.webhook_post import fit_url
from service.webhook_secrets import change_secret, give_secret

# What may be chosen.
ChosenEvent = Literal["day.changed", "checkin.decided", "month.closed", "month.unlocked"]
Health = Literal["paused", "failing", "retrying", "unused", "working"]
LONGEST_NAME: Final = 100
MOST_WEBHOOKS: Final = 20
# A number of so many digits may be somebody's, and the trail refuses it.
_LONG_NUMBER: Final = re.compile(r"\d{11,}")
_LONGEST_FACT: Final = 200


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """unit : its code; messages are then of this unit and all below it alone."""

    name: str
    url: str
    events: Sequence[ChosenEvent]
    unit: str | None


@dataclass(frozen=True, slots=True)
class WebhookInfo:
    """delivered_at : the last success. waiting, given_up : messages of the log.

    former_until : until then messages are signed with the secret before the present one, too.
    """

    id: int
    name: str
    url: str
    events: tuple[str, ...]
    unit: str | None
    unit_name: str | None
    created_at: datetime
    health: Health
    paused_at: datetime | None
    failing_since: datetime | None
    delivered_at: datetime | None
    former_until: datetime | None
    waiting: int
    given_up: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What to change; None leaves it as it is."""

    name: str | None = None
    url: str | None = None
    events: Sequence[ChosenEvent] | None = None
    paused: bool | None = None


@dataclass(frozen=True, slots=True)
class WithSecret:
    """A webhook, and its secret at the only moment when it is shown."""

    webhook: WebhookInfo
    secret: str = field(repr=False)


class Webhooks:
    """The use cases of webhooks. Safe for use by many threads. private_hosts : may be of one's own network."""

    def __init__(self, db: Database, ring: KeyRing, private_hosts: Collection[str]) -> None:
        self._db = db
        self._ring = ring
        self._private_hosts = private_hosts

    def register(self, wanted: NewWebhook, now: datetime, *, by: int | None) -> WithSecret:
        """Raises WebhookAddressRefused, InvalidRequest, UnknownUnit, TooManyWebhooks."""
        self._check_url(wanted.url)
        with self._db.write() as session:
            if (session.scalar(select(func.count()).select_from(Webhook)) or 0) >= MOST_WEBHOOKS:
                raise TooManyWebhooks(most=MOST_WEBHOOKS)
            row = Webhook(
                name=_tidy_name(wanted.name),
                url=wanted.url,
                events=_events(wanted.events),
                unit=None if wanted.unit is None else held_unit(session, wanted.unit),
                secret=b"",
                created_at=now,
                created_by=by,
            )
            session.add(row)
            session.flush()
            secret = give_secret(self._ring, row)
            _note(session, "webhook_added", row, by, now)
            return WithSecret(_info(session, row), secret)

    def listed(self) -> tuple[WebhookInfo, ...]:
        """The newest first."""
        with self._db.read() as session:
            found = select(Webhook).order_by(Webhook.id.desc()).options(joinedload(Webhook.unit))
            return tuple(_info(session, row) for row in session.scalars(found))

    def one(self, webhook_id: int) -> WebhookInfo:
        """Raises UnknownWebhook."""
        with self._db.read() as session:
            return _info(session, webhook_row(session, webhook_id))

    def change(self, webhook_id: int, wanted: Changes, now: datetime, *, by: int | None) -> WebhookInfo:
        """Raises UnknownWebhook, WebhookAddressRefused, InvalidRequest.

        What comes while it is paused waits. From the end of the pause on it is tried as if it were new.
        """
        if wanted.url is not None:
            self._check_url(wanted.url)
        with self._db.write() as session:
            row = webhook_row(session, webhook_id, to_change=True)
            if wanted.name is not None:
                row.name = _tidy_name(wanted.name)
            if wanted.events is not None:
                row.events = _events(wanted.events)
            if wanted.url is not None:
                row.url = wanted.url
            if wanted.paused is not None and wanted.paused != (row.paused_at is not None):
                row.paused_at = now if wanted.paused else None
            if row.paused_at is None and (wanted.paused is False or wanted.url is not None):
                _begin_anew(session, row, now)
            _note(session, "webhook_changed", row, by, now)
            session.flush()
            return _info(session, row)

    def change_secret(self, webhook_id: int, now: datetime, *, by: int | None) -> WithSecret:
        """Messages carry signatures by both for a day. Raises UnknownWebhook, SealBroken."""
        with self._db.write() as session:
            row = webhook_row(session, webhook_id, to_change=True)
            secret = change_secret(self._ring, row, now)
            note(session, "webhook_secret_changed", _subject(row), by=by, at=now)
            session.flush()
            return WithSecret(_info(session, row), secret)

    def delete(self, webhook_id: int, now: datetime, *, by: int | None) -> None:
        """With its log and all that waits. Raises UnknownWebhook."""
        with self._db.write() as session:
            row = webhook_row(session, webhook_id, to_change=True)
            _note(session, "webhook_removed", row, by, now)
            session.delete(row)

    def _check_url(self, url: str) -> None:
        if not fit_url(url, self._private_hosts):
            raise WebhookAddressRefused


def webhook_row(session: Session, webhook_id: int, *, to_change: bool = False) -> Webhook:
    """Raises UnknownWebhook. to_change : nobody else changes it until the transaction ends."""
    found = select(Webhook).where(Webhook.id == webhook_id)
    row = session.scalar(found.with_for_update() if to_change else found)
    if row is None:
        raise UnknownWebhook
    return row


def _begin_anew(session: Session, row: Webhook, now: datetime) -> None:
    row.failures, row.failing_since, row.rest_until = 0, None, None
    waiting = (Delivery.webhook_id == row.id, Delivery.state == "waiting")
    session.execute(update(Delivery).where(*waiting).values(due_at=now, queued_at=now))


def _tidy_name(name: str) -> str:
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > LONGEST_NAME or not tidy.isprintable():
        raise InvalidRequest(fields=[{"field": "name", "problem": "not valid"}])
    return tidy


def _events(events: Sequence[ChosenEvent]) -> list[str]:
    if not events:
        raise InvalidRequest(fields=[{"field": "events", "problem": "one or more"}])
    return sorted(set(events))


def _note(
    session: Session,
    action: Literal["webhook_added", "webhook_changed", "webhook_removed"],
    row: Webhook,
    by: int | None,
    now: datetime,
) -> None:
    """Where it leads, but not all of the address: that may hold a secret of the receiver."""
    host = urlsplit(row.url).hostname or ""
    plain = len(host) <= _LONGEST_FACT and not _LONG_NUMBER.search(host)
    note(
        session,
        action,
        _subject(row),
        by=by,
        at=now,
        host=host if plain else pseudonym(session, host),
        events=list(row.events),
        unit=row.unit.id if row.unit else None,
        paused=row.paused_at is not None,
    )


def _subject(row: Webhook) -> str:
    return f"webhook:{row.id}"


def _info(session: Session, row: Webhook) -> WebhookInfo:
    def count(state: DeliveryState) -> int:
        mine = (Delivery.webhook_id == row.id, Delivery.state == state)
        return session.scalar(select(func.count()).select_from(Delivery).where(*mine)) or 0

    return WebhookInfo(
        id=row.id,
        name=row.name,
        url=row.url,
        events=tuple(row.events),
        unit=row.unit.code if row.unit else None,
        unit_name=row.unit.name if row.unit else None,
        created_at=row.created_at,
        health=_health(row),
        paused_at=row.paused_at,
        failing_since=row.failing_since,
        delivered_at=row.delivered_at,
        former_until=row.former_until,
        waiting=count("waiting"),
        given_up=count("given_up"),
    )


def _health(row: Webhook) -> Health:
    if row.paused_at is not None:
        return "paused"
    if row.failing_since is not None:
        return "failing"
    if row.failures:
        return "retrying"
    return "unused" if row.delivered_at is None else "working"
