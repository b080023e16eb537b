"""Challenges that phones are asked: random, short-lived, each for one check-in of one person.

A person has one open challenge at a time, and is given the same until it is used or old: whoever holds a video of
one order of steps must not be able to draw until that order comes.
"""

import random
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.liveness.challenge import Challenge, Step
from service.db.session import Database
from service.db.tables import IssuedChallenge

ID_BYTES: Final = 16
LONGEST_ID: Final = 64
# From being asked to the arrival of the answer: reading, ten seconds of turning, and a weak link.
LASTS: Final = timedelta(minutes=10)
# What is left of it must do for another try.
RENEWED_AFTER: Final = timedelta(minutes=5)

Problem: TypeAlias = Literal["challenge_unknown", "challenge_expired", "challenge_reused"]


@dataclass(frozen=True, slots=True)
class Issued:
    id: str
    steps: tuple[Step, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """The challenge that a check-in says it answers. `problem`: why its frames prove nothing; then no steps."""

    steps: tuple[str, ...] = ()
    problem: Problem | None = None


def issue(db: Database, employee_id: int, now: datetime) -> Issued:
    """The person's open challenge, or a new one, never of the same steps as the one before."""
    with db.write() as session:
        rows = session.scalars(
            select(IssuedChallenge)
            .where(IssuedChallenge.employee_id == employee_id)
            .order_by(IssuedChallenge.issued_at.desc())
            .with_for_update()
        ).all()
        last = rows[0] if rows else None
        if (
            last is not None
            and last.checkin_id is None
            and last.issued_at <= now < last.issued_at + RENEWED_AFTER
        ):
            return _issued(last)
        # The last one tells what not to ask again, and that it was used; older ones tell nothing.
        session.execute(delete(IssuedChallenge).where(IssuedChallenge.id.in_([row.id for row in rows[1:]])))
        challenge = Challenge.random(random.SystemRandom(), last.steps if last is not None else None)
        row = IssuedChallenge(
            id=secrets.token_urlsafe(ID_BYTES),
            employee_id=employee_id,
            steps=list(challenge.steps),
            issued_at=now,
        )
        session.add(row)
        return _issued(row)


def use(session: Session, challenge_id: str, employee_id: int, checkin_id: str, now: datetime) -> Answered:
    """Bind a challenge to the check-in that answers it, in the transaction that stores the check-in.

    now : when the check-in arrived.
    """
    row = session.get(IssuedChallenge, challenge_id, with_for_update=True) if challenge_id else None
    if row is None or row.employee_id != employee_id:
        return Answered(problem="challenge_unknown")
    if row.checkin_id is not None:
        return Answered(problem="challenge_reused")
    row.checkin_id = checkin_id
    if now >= row.issued_at + LASTS:
        return Answered(problem="challenge_expired")
    return Answered(steps=tuple(row.steps))


def _issued(row: IssuedChallenge) -> Issued:
    return Issued(row.id, Challenge.of(row.steps).steps, row.issued_at + LASTS)
