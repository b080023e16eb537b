"""The secrets of webhooks: sealed in the database, and for a while two of them after a change."""

from datetime import datetime, timedelta
from typing import Final

from service.crypto import KeyRing
from service.db.webhook_tables import Webhook
from service.webhook_signature import new_secret, shown

OVERLAP: Final = timedelta(hours=24)


def seal_context(webhook_id: int) -> str:
    return f"webhook:{webhook_id}"


def former_seal_context(webhook_id: int) -> str:
    return f"former webhook secret:{webhook_id}"


def give_secret(ring: KeyRing, row: Webhook) -> str:
    """A first one, as it is shown. The row must be there already: a rotation of keys waits for its transaction."""
    secret = new_secret()
    row.secret = ring.seal(secret, seal_context(row.id))
    return shown(secret)


def change_secret(ring: KeyRing, row: Webhook, now: datetime) -> str:
    """Another one, as it is shown; the one before stays valid for OVERLAP. The row must be locked.

    Raises SealBroken.
    """
    before = ring.open(row.secret, seal_context(row.id))
    row.former_secret = ring.seal(before, former_seal_context(row.id))
    row.former_until = now + OVERLAP
    return give_secret(ring, row)


def valid_secrets(ring: KeyRing, row: Webhook, now: datetime) -> list[bytes]:
    """The newest first. Raises SealBroken."""
    found = [ring.open(row.secret, seal_context(row.id))]
    if row.former_secret is not None and row.former_until is not None and now < row.former_until:
        found.append(ring.open(row.former_secret, former_seal_context(row.id)))
    return found
