"""Check-ins that were stored on a phone, in any order of arrival: what is believed of each, beside its row."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import offline_passes, offline_rules
from service.audit_decisions import note_decision
from service.day_changes import checkin_changed
from service.db.offline_tables import StoredItem
from service.db.tables import Checkin, Employee
from service.offline_rules import BROKEN, EARLIER_MISSING, Claim, Place, Predecessor


def keep(session: Session, row: Checkin, item_hash: str | None, look_back: timedelta) -> None:
    """In the transaction that stores the check-in: judge its time and its place, set the time that counts, and
    settle those that waited for it.

    item_hash : of the sealed item; None for what came unsealed, which nothing can follow.
    """
    offline: dict[str, Any] | None = row.meta.get("offline")
    if offline is None and item_hash is None:
        return
    # One item of a person after the other: two that arrive at one time would not see each other.
    session.get_one(Employee, row.employee_id, with_for_update=True)
    item = StoredItem(checkin_id=row.id, employee_id=row.employee_id, item_hash=item_hash, reasons=[])
    if offline is not None:
        _judge(session, row, item, offline, look_back)
    session.add(item)
    session.flush()
    _settle_followers(session, item, row.received_at)


def reasons_of(session: Session, checkin_id: str) -> tuple[str, ...]:
    """Why the check-in is in doubt beside what is seen in its pictures; none for one that was sent at once."""
    item = session.get(StoredItem, checkin_id, populate_existing=True)
    if item is None:
        return ()
    return (*item.reasons, *_of_the_chain(item))


def _judge(
    session: Session, row: Checkin, item: StoredItem, offline: Mapping[str, Any], look_back: timedelta
) -> None:
    given = offline_passes.issued_at(session, offline["pass"], row.employee_id)
    claim = claim_of(row.captured_at, offline)
    row.counted_at = offline_rules.counted_at(row.captured_at, given, row.received_at, look_back)
    item.reasons = list(offline_rules.doubts(claim, given, row.received_at, look_back))
    item.pass_id, item.sequence, item.previous = offline["pass"], offline["sequence"], offline["previous"]
    item.chain = _link(session, item)


def claim_of(captured_at: datetime, offline: Mapping[str, Any]) -> Claim:
    contact, ran_ms = offline["last_contact"], offline["monotonic_ms"]
    return Claim(
        captured_at,
        last_contact=None if contact is None else datetime.fromisoformat(contact),
        monotonic=None if ran_ms is None else timedelta(milliseconds=ran_ms),
    )


def _link(session: Session, item: StoredItem) -> offline_rules.Link:
    place = _place(item)
    assert place is not None
    contested = session.scalar(
        select(StoredItem.checkin_id)
        .where(
            StoredItem.employee_id == item.employee_id,
            StoredItem.pass_id == item.pass_id,
            StoredItem.sequence == item.sequence,
            StoredItem.checkin_id != item.checkin_id,
        )
        .limit(1)
    )
    before = session.scalar(
        select(StoredItem)
        .where(StoredItem.employee_id == item.employee_id, StoredItem.item_hash == item.previous)
        .limit(1)
    )
    predecessor = None if before is None else Predecessor(_place(before), before.chain or "whole")
    return offline_rules.link(place, predecessor, contested=contested is not None)


def _place(item: StoredItem) -> Place | None:
    if item.pass_id is None or item.sequence is None or item.previous is None:
        return None
    return Place(item.pass_id, item.sequence, item.previous)


def _settle_followers(session: Session, item: StoredItem, now: datetime) -> None:
    """Those that waited for this item, those that waited for them, and so on."""
    arrived = [item]
    while arrived:
        before = arrived.pop()
        if before.item_hash is None or before.chain == "waiting":
            continue
        followers = session.scalars(
            select(StoredItem).where(
                StoredItem.employee_id == before.employee_id,
                StoredItem.previous == before.item_hash,
                StoredItem.chain == "waiting",
            )
        ).all()
        for follower in followers:
            follower.chain = _link(session, follower)
            session.flush()
            _settle(session, follower, now)
        arrived += followers


def _settle(session: Session, item: StoredItem, now: datetime) -> None:
    """What was in review for want of its predecessor alone is accepted; one that a person has judged stays so."""
    row = session.get_one(Checkin, item.checkin_id, with_for_update=True, populate_existing=True)
    if row.status != "review" or EARLIER_MISSING not in row.reasons:
        return
    row.reasons = [reason for reason in row.reasons if reason != EARLIER_MISSING] + list(_of_the_chain(item))
    if not row.reasons:
        row.status = "accepted"
    row.decided_at = now
    note_decision(session, row)
    checkin_changed(session, row, at=now)


def _of_the_chain(item: StoredItem) -> tuple[str, ...]:
    return {"waiting": (EARLIER_MISSING,), "broken": (BROKEN,)}.get(item.chain or "whole", ())
