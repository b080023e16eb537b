"""Signing in: delays first, then the password, then the code, then a session."""

from dataclasses import dataclass, field
from datetime import datetime

from service import login_attempts
from service.access_errors import CodeNeeded, WrongLogin
from service.auth import Auth, Issued, normal_login
from service.db.session import Database
from service.db.tables import Account, SessionKind
from service.login_attempts import Origin
from service.second_factor import SecondFactor


@dataclass(frozen=True, slots=True)
class Attempt:
    """`address`: the network address it comes from. `earlier`: token of the session that the new one replaces."""

    login: str
    password: str = field(repr=False)
    code: str | None = field(repr=False)
    address: str | None
    kind: SessionKind
    earlier: str | None = field(default=None, repr=False)


def sign_in(
    db: Database, auth: Auth, second_factor: SecondFactor, attempt: Attempt, now: datetime
) -> tuple[Account, Issued]:
    """The account and its new session.

    Raises
    ------
    TooManyAttempts : before the password is looked at.
    WrongLogin
    CodeNeeded, WrongCode : the password is right.
    """
    origin = Origin(normal_login(attempt.login), attempt.address)
    count_attempt(db, origin, now)
    with db.read() as session:
        account = auth.login(session, attempt.login, attempt.password)
    try:
        with db.write() as session:
            second_factor.check(session, account.id, attempt.code, now)
            if session.get_one(Account, account.id).password_hash != account.password_hash:
                raise WrongLogin  # changed while it was compared
            login_attempts.succeeded(session, origin)
            if attempt.earlier is not None:
                auth.close_session(session, attempt.earlier, now)
            return account, auth.open_session(session, account, attempt.kind, now)
    except CodeNeeded:
        with db.write() as session:
            login_attempts.take_back(session, origin)
        raise


def confirm_owner(
    db: Database, auth: Auth, account: Account, password: str, address: str | None, now: datetime
) -> None:
    """Whoever is signed in knows the password too. Raises TooManyAttempts, WrongPassword."""
    origin = Origin(account.login, address)
    count_attempt(db, origin, now)
    auth.verify_password(account, password)
    with db.write() as session:
        login_attempts.take_back(session, origin)


def count_attempt(db: Database, origin: Origin, now: datetime) -> None:
    """Raises TooManyAttempts."""
    with db.read() as session:
        login_attempts.refuse_while_delayed(session, origin, now)
    with db.write() as session:
        login_attempts.begin(session, origin, now)
