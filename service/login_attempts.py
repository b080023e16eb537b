"""Growing delays between failed sign-ins, by account and by address; kept in the database for all replicas.

An attempt is counted as failed before its password is hashed, and taken back when it succeeds: of a thousand
guesses at once no more get through than of as many one after the other. An attempt within a delay is refused
and not counted. Logins that nobody has are treated like any other. Nothing here commits.

Whoever guesses without end would keep an account's owner out as well. So a device on which the owner has signed
in before, and a session, are counted by themselves: what strangers do elsewhere does not hold them up.
"""

import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.access_errors import TooManyAttempts
from service.audit import AuditKeys
from service.audit_notes import note
from service.db.tables import LoginAttempts

FIRST_DELAY_S: Final = 2
# What an attacker may make the database hold; then the oldest are forgotten first.
MOST_ROWS: Final = 100_000
PRUNED_AT_ONCE: Final = 200
# A whole network of one subscriber (RFC 6177 gives homes and offices at least as much).
IPV6_PREFIX: Final = 64


@dataclass(frozen=True, slots=True)
class Limit:
    """`free` failures cost no time; each one more doubles the delay, up to `longest`."""

    free: int
    longest: timedelta
    forgotten_after: timedelta

    def delay(self, failures: int) -> timedelta:
        over = failures - self.free
        if over <= 0:
            return timedelta(0)
        doublings = min(over - 1, 30)
        return min(timedelta(seconds=FIRST_DELAY_S * 2**doublings), self.longest)


# At most about 100 guesses a day at one account (NIST SP 800-63B, 3.2.2, allows 100 in all).
OF_ACCOUNT: Final = Limit(free=4, longest=timedelta(minutes=15), forgotten_after=timedelta(days=1))
# A whole office may share one address: it takes more, and nobody waits longer than a minute for others' faults.
OF_ADDRESS: Final = Limit(free=30, longest=timedelta(minutes=1), forgotten_after=timedelta(hours=1))
_FORGOTTEN_AFTER: Final = max(OF_ACCOUNT.forgotten_after, OF_ADDRESS.forgotten_after)


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose password is tried, and from where.

    device : what names a device known to be the owner's, or the session whose owner is asked again.
    """

    login: str
    address: str | None
    device: str | None = None


def network_of(address: str) -> str:
    """What counts as one address: all of an IPv6 subscriber's are one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), IPV6_PREFIX), strict=False))
    return str(parsed)


class Delays:
    """The use cases' means to count attempts. Safe for use by many threads."""

    def __init__(self, keys: AuditKeys) -> None:
        """`keys`: without them nobody can tell, or find by trying, whose attempts a row counts."""
        self._keys = keys

    def refuse_while_delayed(self, session: Session, origin: Origin, now: datetime) -> None:
        """Raises TooManyAttempts. It only reads: a flood of attempts takes no lock."""
        for subject, limit in self._subjects(origin):
            row = session.scalar(select(LoginAttempts).where(LoginAttempts.subject == subject))
            if row is not None:
                _refuse(row, limit, now)

    def begin(self, session: Session, origin: Origin, now: datetime) -> None:
        """Count the attempt as failed until it is said to have gone well. Raises TooManyAttempts.

        From the first one that has to wait on, those that went before it are noted in the audit trail.
        """
        _prune(session, now)
        rows = [(_locked(session, subject, now), limit) for subject, limit in self._subjects(origin)]
        for row, limit in rows:
            _refuse(row, limit, now)
        for row, limit in rows:
            forgotten = now - row.failed_at >= limit.forgotten_after
            row.failures = 1 if forgotten else row.failures + 1
            row.failed_at = now
            row.blocked_until = now + limit.delay(row.failures)
        earlier = rows[0][0].failures - 1
        if earlier >= OF_ACCOUNT.free:
            subject = f"login:{self._keys.pseudonym(origin.login)}"
            note(session, "sign_in_failed", subject, by=None, at=now, failures=earlier)

    def succeeded(self, session: Session, origin: Origin) -> None:
        """The failures of the account, or of its known device, are forgotten.

        The address's are not: an attacker may have an account too.
        """
        self.take_back(session, origin)
        _delete(session, self._subjects(origin)[0][0])

    def forget(self, session: Session, login: str) -> None:
        """The account's owner has been given a new password, or is to be forgotten altogether."""
        _delete(session, self._account_subject(login))

    def take_back(self, session: Session, origin: Origin) -> None:
        """The attempt was no failure, and no success yet: the password was right and the code is missing."""
        for subject, _limit in self._subjects(origin):
            session.execute(
                update(LoginAttempts)
                .where(LoginAttempts.subject == subject, LoginAttempts.failures > 0)
                .values(failures=LoginAttempts.failures - 1, blocked_until=LoginAttempts.failed_at)
            )

    def _subjects(self, origin: Origin) -> tuple[tuple[str, Limit], ...]:
        """Always in this order: two attempts never wait for each other's rows in a circle."""
        if origin.device is not None:
            return ((self._subject("device", origin.device), OF_ACCOUNT),)
        account = (self._account_subject(origin.login), OF_ACCOUNT)
        if origin.address is None:
            return (account,)
        return account, (self._subject("address", network_of(origin.address)), OF_ADDRESS)

    def _account_subject(self, login: str) -> str:
        """People type passwords into the wrong field: what was typed is not stored, and neither is a NIP."""
        return self._subject("account", login)

    def _subject(self, kind: str, name: str) -> str:
        return self._keys.mac("sign-in", f"{kind}:{name}")


def _refuse(row: LoginAttempts, limit: Limit, now: datetime) -> None:
    # A clock that was set back must not shut anybody out for longer than the limit says.
    wait = min(row.blocked_until - now, limit.longest)
    if wait > timedelta(0):
        raise TooManyAttempts(retry_after_s=math.ceil(wait.total_seconds()))


def _locked(session: Session, subject: str, now: datetime) -> LoginAttempts:
    """The subject's row, made when there is none; on PostgreSQL nobody else changes it meanwhile."""
    wanted = select(LoginAttempts).where(LoginAttempts.subject == subject).with_for_update()
    row = session.scalar(wanted)
    if row is None:
        try:
            with session.begin_nested():
                session.add(LoginAttempts(subject=subject, failures=0, failed_at=now, blocked_until=now))
        except IntegrityError:
            pass  # another process was first
        row = session.scalars(wanted).one()
    return row


def _prune(session: Session, now: datetime) -> None:
    last = select(func.max(LoginAttempts.id)).scalar_subquery()
    for old in (
        LoginAttempts.failed_at <= now - _FORGOTTEN_AFTER,
        LoginAttempts.id <= last - MOST_ROWS,
    ):
        # Those that somebody is just using are left alone, and nobody waits.
        some = select(LoginAttempts.id).where(old).limit(PRUNED_AT_ONCE).with_for_update(skip_locked=True)
        session.execute(delete(LoginAttempts).where(LoginAttempts.id.in_(some)))


def _delete(session: Session, subject: str) -> None:
    session.execute(delete(LoginAttempts).where(LoginAttempts.subject == subject))
