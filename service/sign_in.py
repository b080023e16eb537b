"""Signing in: delays first, then the password, then the code, then a session."""

from dataclasses import dataclass, field
from datetime import datetime

from service.access_errors import CodeNeeded, WrongCode, WrongLogin
from service.audit_notes import note
from service.auth import Auth, Issued, find_account, normal_login
from service.db.session import Database
from service.db.tables import Account, SessionKind
from service.known_devices import KnownDevices
from service.login_attempts import Delays, Origin
from service.second_factor import SecondFactor


@dataclass(frozen=True, slots=True)
class Attempt:
    """`address`: the network address it comes from. `earlier`: token of the session that the new one replaces.

    `mark`: what the device shows as that of one on which the owner has signed in before.
    """

    login: str
    password: str = field(repr=False)
    code: str | None = field(repr=False)
    address: str | None
    kind: SessionKind
    earlier: str | None = field(default=None, repr=False)
    mark: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Entrance:
    """What every attempt to sign in goes through. Safe for use by many threads."""

    db: Database
    auth: Auth
    second_factor: SecondFactor
    delays: Delays
    devices: KnownDevices


@dataclass(frozen=True, slots=True)
class Entered:
    """`mark`: for the device, so that it is known the next time."""

    account: Account
    session: Issued
    mark: str = field(repr=False)


def sign_in(entrance: Entrance, attempt: Attempt, now: datetime) -> Entered:
    """The account and its new session.

    Raises
    ------
    TooManyAttempts : before the password is looked at.
    WrongLogin
    CodeNeeded, WrongCode : the password is right.
    """
    db, auth, delays = entrance.db, entrance.auth, entrance.delays
    origin = _origin(entrance, attempt)
    count_attempt(entrance, origin, now)
    with db.read() as session:
        account = auth.login(session, attempt.login, attempt.password)
    try:
        with db.write() as session:
            entrance.second_factor.check(session, account.id, attempt.code, now)
            if session.get_one(Account, account.id).password_hash != account.password_hash:
                raise WrongLogin  # changed while it was compared
            delays.succeeded(session, origin)
            if attempt.earlier is not None:
                auth.close_session(session, attempt.earlier, now)
            issued = auth.open_session(session, account, attempt.kind, now)
            mark = attempt.mark if origin.device and attempt.mark else entrance.devices.mark(account)
            return Entered(account, issued, mark)
    except CodeNeeded:
        with db.write() as session:
            delays.take_back(session, origin)
        raise
    except WrongCode:
        # Whoever it is has the password.
        with db.write() as session:
            note(session, "second_factor_failed", f"account:{account.id}", by=None, at=now)
        raise


def confirm_owner(entrance: Entrance, account: Account, password: str, origin: Origin, now: datetime) -> None:
    """Whoever is signed in knows the password too. Raises TooManyAttempts, WrongPassword."""
    count_attempt(entrance, origin, now)
    entrance.auth.verify_password(account, password)
    with entrance.db.write() as session:
        entrance.delays.take_back(session, origin)


def count_attempt(entrance: Entrance, origin: Origin, now: datetime) -> None:
    """Raises TooManyAttempts."""
    with entrance.db.read() as session:
        entrance.delays.refuse_while_delayed(session, origin, now)
    with entrance.db.write() as session:
        entrance.delays.begin(session, origin, now)


def _origin(entrance: Entrance, attempt: Attempt) -> Origin:
    login, device = normal_login(attempt.login), None
    if attempt.mark is not None:
        with entrance.db.read() as session:
            device = entrance.devices.name_of(find_account(session, login), attempt.mark)
    return Origin(login, attempt.address, device)
