"""What may be believed of a check-in that comes later: its time, and its place among those before it.

Pure: no database, HTTP, settings or clock. A phone can say anything; what the service knows by itself is when it
gave the pass, when the item arrived, and which items came before. What that does not bear out is named, and goes
to review. Nothing is refused.

- The time is confirmed where a clock that nobody can set, and that has run since the last contact, agrees.
- Each item names the hash of the one before, so that none can be left out, put in or moved afterwards. One whose
  predecessor is still under way waits for it, and is judged again when it comes.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

Link: TypeAlias = Literal["whole", "waiting", "broken"]

# The answer with the pass may take a minute over a weak link; a quartz clock drifts by seconds in three days.
TOLERANCE: Final = timedelta(minutes=2)

UNCONFIRMED: Final = "offline_unconfirmed"
CLOCK_CHANGED: Final = "offline_clock_changed"
IMPOSSIBLE: Final = "offline_impossible_time"
TOO_OLD: Final = "offline_too_old"
BROKEN: Final = "offline_chain_broken"
EARLIER_MISSING: Final = "offline_earlier_missing"


@dataclass(frozen=True, slots=True)
class Claim:
    """What the phone says.

    monotonic : how long its steady clock had run since `last_contact`; None after a restart.
    """

    captured_at: datetime
    last_contact: datetime | None
    monotonic: timedelta | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands: `sequence` from 1 in its pass, after the item with the hash `previous`."""

    pass_id: str
    sequence: int
    previous: str


@dataclass(frozen=True, slots=True)
class Predecessor:
    """`place` None: it was sent at once, and is in nobody's doubt. `link`: its own."""

    place: Place | None
    link: Link


def first_previous(pass_id: str) -> str:
    """What the first item of a pass names in place of an item."""
    return hashlib.sha256(pass_id.encode()).hexdigest()


def is_possible(captured_at: datetime, issued_at: datetime | None, received_at: datetime) -> bool:
    """Not before the pass was given, not after the item came. `issued_at` None: there is no such pass."""
    begins = captured_at if issued_at is None else issued_at - TOLERANCE
    return begins <= captured_at <= received_at + TOLERANCE


def counted_at(
    captured_at: datetime, issued_at: datetime | None, received_at: datetime, look_back: timedelta
) -> datetime:
    """The claimed time, provisionally where it is in doubt; that of arrival where the claim can't be true."""
    known = issued_at is not None or received_at - captured_at <= look_back
    if known and is_possible(captured_at, issued_at, received_at):
        return min(captured_at, received_at)
    return received_at


def doubts(
    claim: Claim, issued_at: datetime | None, received_at: datetime, look_back: timedelta
) -> tuple[str, ...]:
    """Codes of why the time is not confirmed, the most serious first; none where it is."""
    reasons = []
    if not is_possible(claim.captured_at, issued_at, received_at):
        reasons.append(IMPOSSIBLE)
    else:
        reasons += _doubts_by_the_clocks(claim, issued_at)
    if received_at - claim.captured_at > look_back:
        reasons.append(TOO_OLD)
    return tuple(reasons)


def _doubts_by_the_clocks(claim: Claim, issued_at: datetime | None) -> list[str]:
    if issued_at is None or claim.monotonic is None or claim.last_contact is None:
        return [UNCONFIRMED]
    if abs(claim.last_contact - issued_at) > TOLERANCE:
        return [UNCONFIRMED]
    # A steady clock stands still while some phones sleep: it may lag behind, and never runs ahead.
    lag = claim.captured_at - (claim.last_contact + claim.monotonic)
    if lag < -TOLERANCE:
        return [CLOCK_CHANGED]
    return [UNCONFIRMED] if lag > TOLERANCE else []


def link(place: Place, predecessor: Predecessor | None, *, contested: bool) -> Link:
    """`predecessor` None: it has not come. `contested`: another item claims the same place."""
    if contested:
        return "broken"
    if place.sequence == 1:
        return "whole" if place.previous == first_previous(place.pass_id) else "broken"
    if predecessor is None:
        return "waiting"
    before = predecessor.place
    if before is not None and (before.pass_id, before.sequence) != (place.pass_id, place.sequence - 1):
        return "broken"
    return predecessor.link
