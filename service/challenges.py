"""Challenges that phones are asked: random, short-lived, each for one check-in of one person.

A person has one open challenge at a time, and is given the same until it is used or old: whoever holds a video of
one order of steps must not be able to draw until that order comes.

For days without signal a phone keeps a few in advance. Their steps are known before they are done, so they prove
less: a check-in that answers one goes to review.

Where nobody knows yet who stands before the camera, a kiosk holds the challenge as a person would.
"""

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.orm import Session

from models.liveness.challenge import Challenge, Step
from service.db.session import Database
from service.db.tables import Checkin, IssuedChallenge

ID_BYTES: Final = 16
# From being asked to the arrival of the answer: reading, ten seconds of turning, and a weak link.
LASTS: Final = timedelta(minutes=10)
# What is left of it must do for another try.
RENEWED_AFTER: Final = timedelta(minutes=5)
# Two check-ins a day, and one more try of each.
IN_ADVANCE: Final = 4
# So many people check in at a door until it is connected again; more go without, to review as well.
IN_ADVANCE_AT_KIOSK: Final = 20
# A long weekend without signal; what comes later is another kind of claim, by hand.
LASTS_IN_ADVANCE: Final = timedelta(hours=72)
# One that a phone is given must do for the day that begins.
LEFT_IN_ADVANCE: Final = timedelta(hours=48)

Problem: TypeAlias = Literal["challenge_unknown", "challenge_expired", "challenge_reused"]


@dataclass(frozen=True, slots=True)
class Issued:
    id: str
    steps: tuple[Step, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """The challenge that a check-in says it answers.

    problem : why its frames prove nothing; then there are no steps.
    in_advance : the steps were known for long before they were done.
    """

    steps: tuple[str, ...] = ()
    problem: Problem | None = None
    in_advance: bool = False


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a challenge is for: an employee, or a kiosk."""

    employee_id: int | None = None
    kiosk_id: int | None = None

    @property
    def own(self) -> ColumnElement[bool]:
        return and_(
            IssuedChallenge.employee_id.is_not_distinct_from(self.employee_id),
            IssuedChallenge.kiosk_id.is_not_distinct_from(self.kiosk_id),
        )

    def holds(self, row: IssuedChallenge) -> bool:
        return (row.employee_id, row.kiosk_id) == (self.employee_id, self.kiosk_id)


def issue(db: Database, employee_id: int, now: datetime) -> Issued:
    """The person's open challenge, or a new one, never of the same steps as the one before."""
    return _issue(db, Holder(employee_id=employee_id), now)


def issue_at_kiosk(db: Database, kiosk_id: int, now: datetime) -> Issued:
    """As `issue`, for whoever stands before the kiosk."""
    return _issue(db, Holder(kiosk_id=kiosk_id), now)


def _issue(db: Database, holder: Holder, now: datetime) -> Issued:
    with db.write() as session:
        rows = _of(session, holder, in_advance=False)
        last = rows[0] if rows else None
        if last is not None and _is_open(last, now, RENEWED_AFTER):
            return _issued(last)
        # The last one tells what not to ask again, and that it was used; older ones tell nothing.
        _delete(session, rows[1:])
        steps = last.steps if last is not None else None
        return _issued(_add(session, holder, steps, now, LASTS, in_advance=False))


def issue_in_advance(db: Database, employee_id: int, now: datetime) -> tuple[Issued, ...]:
    """IN_ADVANCE challenges for a phone that expects to be without signal, the oldest first.

    Asked again, those that were not used and will do for a day yet are the same.
    """
    return _issue_in_advance(db, Holder(employee_id=employee_id), now, IN_ADVANCE)


def issue_in_advance_at_kiosk(db: Database, kiosk_id: int, now: datetime) -> tuple[Issued, ...]:
    """As `issue_in_advance`, IN_ADVANCE_AT_KIOSK for whoever stands before the kiosk."""
    return _issue_in_advance(db, Holder(kiosk_id=kiosk_id), now, IN_ADVANCE_AT_KIOSK)


def _issue_in_advance(db: Database, holder: Holder, now: datetime, count: int) -> tuple[Issued, ...]:
    with db.write() as session:
        rows = _of(session, holder, in_advance=True)
        _delete(session, [row for row in rows if now >= row.expires_at])
        kept = [row for row in reversed(rows) if _is_open(row, now, LASTS_IN_ADVANCE - LEFT_IN_ADVANCE)]
        while len(kept) < count:
            steps = kept[-1].steps if kept else None
            kept.append(_add(session, holder, steps, now, LASTS_IN_ADVANCE, in_advance=True))
        return tuple(_issued(row) for row in kept)


def use(
    session: Session,
    challenge_id: str,
    employee_id: int,
    checkin_id: str,
    now: datetime,
    *,
    sent_anyway: bool = False,
) -> Answered:
    """Bind a challenge to the check-in that answers it, in the transaction that stores the check-in.

    now : when the check-in arrived.
    sent_anyway : it is for a person to look at, so that it may come with the frames of an earlier retake.
    """
    holder = Holder(employee_id=employee_id)
    return _use(session, challenge_id, holder, checkin_id, now, sent_anyway=sent_anyway)


def use_at_kiosk(
    session: Session, challenge_id: str, kiosk_id: int, attempt_id: str, now: datetime
) -> Answered:
    """As `use`, by an attempt at a kiosk, in the transaction that stores the attempt."""
    return _use(session, challenge_id, Holder(kiosk_id=kiosk_id), attempt_id, now)


def _use(
    session: Session,
    challenge_id: str,
    holder: Holder,
    checkin_id: str,
    now: datetime,
    *,
    sent_anyway: bool = False,
) -> Answered:
    row = session.get(IssuedChallenge, challenge_id, with_for_update=True) if challenge_id else None
    if row is None or not holder.holds(row):
        return Answered(problem="challenge_unknown")
    if row.checkin_id is not None and not (sent_anyway and _was_retake(session, row.checkin_id)):
        return Answered(problem="challenge_reused")
    row.checkin_id = checkin_id
    if now >= row.expires_at:
        return Answered(problem="challenge_expired")
    return Answered(steps=tuple(row.steps), in_advance=row.in_advance)


def _was_retake(session: Session, checkin_id: str) -> bool:
    return session.scalar(select(Checkin.status).where(Checkin.id == checkin_id)) == "retake"


def _of(session: Session, holder: Holder, *, in_advance: bool) -> Sequence[IssuedChallenge]:
    """The newest first; on PostgreSQL nobody else changes them meanwhile."""
    return session.scalars(
        select(IssuedChallenge)
        .where(holder.own, IssuedChallenge.in_advance.is_(in_advance))
        .order_by(IssuedChallenge.issued_at.desc(), IssuedChallenge.id)
        .with_for_update()
    ).all()


def _is_open(row: IssuedChallenge, now: datetime, for_long: timedelta) -> bool:
    """Not used, and issued at most so long ago; not in the future either, by a clock that was set back."""
    return row.checkin_id is None and row.issued_at <= now < row.issued_at + for_long


def _add(
    session: Session,
    holder: Holder,
    previous: Sequence[str] | None,
    now: datetime,
    lasts: timedelta,
    *,
    in_advance: bool,
) -> IssuedChallenge:
    row = IssuedChallenge(
        id=secrets.token_urlsafe(ID_BYTES),
        employee_id=holder.employee_id,
        kiosk_id=holder.kiosk_id,
        steps=list(Challenge.random(random.SystemRandom(), previous).steps),
        issued_at=now,
        expires_at=now + lasts,
        in_advance=in_advance,
    )
    session.add(row)
    return row


def _delete(session: Session, rows: Sequence[IssuedChallenge]) -> None:
    session.execute(delete(IssuedChallenge).where(IssuedChallenge.id.in_([row.id for row in rows])))


def _issued(row: IssuedChallenge) -> Issued:
    return Issued(row.id, Challenge.of(row.steps).steps, row.expires_at)
