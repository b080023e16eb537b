"""Who is asking: passwords, sessions and the one-time links that set a password.

Nothing here commits. Tokens are 32 random bytes; the database holds their SHA-256 only.
"""

import hashlib
import secrets
import threading
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pwdlib import PasswordHash
from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session, joinedload

from service.access_errors import LinkUsedOrExpired, NotSignedIn, WeakPassword, WrongLogin, WrongPassword
from service.audit_notes import note
from service.db.tables import Account, LoginSession, SessionKind, SetupLink
from service.easy_passwords import is_easy
from service.settings import Settings

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
LONGEST_LOGIN = 64
TOKEN_BYTES = 32
# A session's last use is stored this coarsely, so that reading a page does not write each time.
TOUCH_EVERY = timedelta(minutes=5)
# One Argon2 hash takes 64 MiB: this many at once, the others wait.
HASHES_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Issued:
    """A token, at the only moment when it is known."""

    token: str = field(repr=False)
    expires_at: datetime


def normal_login(login: str) -> str:
    """As it is stored: in small letters, without the spaces with which a NIP is printed."""
    return "".join(login.split()).lower()


class Auth:
    """The use cases' means to sign people in. Safe for use by many threads."""

    def __init__(self, settings: Settings, passwords: PasswordHash | None = None) -> None:
        """`passwords`: how they are hashed; by default Argon2id as its library recommends."""
        self._idle = timedelta(hours=settings.session_idle_h)
        self._employee_idle = timedelta(hours=settings.employee_session_idle_h)
        self._absolute = timedelta(hours=settings.session_max_h)
        self._link_lasts = timedelta(hours=settings.setup_link_h)
        self._passwords = passwords or PasswordHash.recommended()
        self._hashing = threading.BoundedSemaphore(HASHES_AT_ONCE)
        # What a guess is compared with when there is no such account: the answer takes as long.
        self._nobodys_hash = self._hash(secrets.token_urlsafe())

    def login(self, session: Session, login: str, password: str) -> Account:
        """The account, when the password is its own. Raises WrongLogin, whatever was wrong.

        It only reads. Hashing takes a while: call it outside of a writing transaction.
        """
        account = find_account(session, normal_login(login))
        stored = account.password_hash if account is not None and may_sign_in(account) else None
        if not self._verify(password, stored or self._nobodys_hash) or account is None or stored is None:
            raise WrongLogin
        return account

    def open_session(self, session: Session, account: Account, kind: SessionKind, now: datetime) -> Issued:
        issued = Issued(_new_token(), now + self._absolute)
        # Those that have ended are of no more use.
        unused_since = now - self._idle_of(account)
        ended = or_(LoginSession.expires_at <= now, LoginSession.used_at <= unused_since)
        session.execute(delete(LoginSession).where(LoginSession.account_id == account.id, ended))
        session.add(
            LoginSession(
                account_id=account.id,
                token_hash=hash_token(issued.token),
                kind=kind,
                created_at=now,
                used_at=now,
                expires_at=issued.expires_at,
            )
        )
        note(session, "signed_in", f"account:{account.id}", by=account.id, at=now, kind=kind)
        return issued

    def account_for(self, session: Session, token: str, now: datetime) -> Account:
        """Whose session this is, with `employee` loaded. Raises NotSignedIn."""
        return self._live(session, token, now).account

    def touch_due(self, session: Session, token: str, now: datetime) -> bool:
        """Whether `touch` should be called, in a writing transaction. Raises NotSignedIn."""
        return now - self._live(session, token, now).used_at >= TOUCH_EVERY

    def touch(self, session: Session, token: str, now: datetime) -> None:
        """Note that the session is in use. One that was closed meanwhile stays closed."""
        session.execute(
            update(LoginSession)
            .where(LoginSession.token_hash == hash_token(token), LoginSession.used_at < now)
            .values(used_at=now)
        )

    def close_session(self, session: Session, token: str, now: datetime) -> None:
        """Harmless when it is closed already."""
        account_id = session.scalar(
            delete(LoginSession)
            .where(LoginSession.token_hash == hash_token(token))
            .returning(LoginSession.account_id)
            .execution_options(synchronize_session=False)
        )
        if account_id is not None:
            note(session, "signed_out", f"account:{account_id}", by=account_id, at=now)

    def make_setup_link(
        self, session: Session, account: Account, now: datetime, *, by: int | None = None
    ) -> Issued:
        """The token of a link that sets the password, once. The account's earlier links stop working."""
        issued = Issued(_new_token(), now + self._link_lasts)
        session.execute(
            delete(SetupLink).where(SetupLink.account_id == account.id, SetupLink.used_at.is_(None))
        )
        session.add(
            SetupLink(
                account_id=account.id,
                token_hash=hash_token(issued.token),
                created_at=now,
                expires_at=issued.expires_at,
            )
        )
        note(session, "setup_link_made", f"account:{account.id}", by=by, at=now)
        return issued

    def check_setup_link(self, session: Session, token: str, now: datetime) -> None:
        """Before a password is hashed for a link that nobody made. Raises LinkUsedOrExpired."""
        if session.scalar(select(SetupLink.id).where(*_open_link(token, now))) is None:
            raise LinkUsedOrExpired

    def use_setup_link(self, session: Session, token: str, password: str, now: datetime) -> Account:
        """Set the password of the link's account, and sign it out everywhere. Of two uses at once one wins.

        Raises
        ------
        WeakPassword : too short, too long, the login itself or easily guessed; the link still works.
        LinkUsedOrExpired
        """
        _refuse_bad_length(password)
        # Before the first statement: on SQLite that one takes the lock that every writer waits for.
        password_hash = self._hash(password)
        account_id = session.scalar(
            update(SetupLink)
            .where(*_open_link(token, now))
            .values(used_at=now)
            .returning(SetupLink.account_id)
            .execution_options(synchronize_session=False)
        )
        if account_id is None:
            raise LinkUsedOrExpired
        account = session.get_one(Account, account_id)
        if not may_sign_in(account):
            raise LinkUsedOrExpired
        _refuse_easy(password, account.login)
        account.password_hash = password_hash
        self.end_sessions(session, account_id)
        note(session, "password_set", f"account:{account_id}", by=account_id, at=now, by_link=True)
        return account

    def verify_password(self, account: Account, password: str) -> None:
        """The account's owner says who they are once more. Raises WrongPassword.

        Hashing takes a while: call it outside of a writing transaction.
        """
        if not self._verify(password, account.password_hash or self._nobodys_hash):
            raise WrongPassword

    def change_password(
        self, session: Session, account: Account, password: str, now: datetime, *, keep: str | None
    ) -> None:
        """Set the password for its owner, and end all other sessions and open links.

        keep : the token of the session that stays.

        Raises WeakPassword, and WrongPassword when `account` no longer has the password it was read with.
        """
        _refuse_bad_length(password)
        _refuse_easy(password, account.login)
        # Before the first statement, as in `use_setup_link`.
        password_hash = self._hash(password)
        changed = session.scalar(
            update(Account)
            .where(Account.id == account.id, Account.password_hash == account.password_hash)
            .values(password_hash=password_hash)
            .returning(Account.id)
            .execution_options(synchronize_session=False)
        )
        if changed is None:
            raise WrongPassword  # it was changed elsewhere meanwhile
        session.execute(
            delete(SetupLink).where(SetupLink.account_id == account.id, SetupLink.used_at.is_(None))
        )
        self.end_sessions(session, account.id, keep=keep)
        note(session, "password_set", f"account:{account.id}", by=account.id, at=now, by_link=False)

    def end_sessions(self, session: Session, account_id: int, *, keep: str | None = None) -> None:
        """Sign the account out everywhere but in the session whose token is `keep`."""
        ended = delete(LoginSession).where(LoginSession.account_id == account_id)
        if keep is not None:
            ended = ended.where(LoginSession.token_hash != hash_token(keep))
        session.execute(ended)

    def _live(self, session: Session, token: str, now: datetime) -> LoginSession:
        found = session.scalar(
            select(LoginSession)
            .where(LoginSession.token_hash == hash_token(token))
            .options(joinedload(LoginSession.account).joinedload(Account.employee))
        )
        if found is None or now >= found.expires_at or not may_sign_in(found.account):
            raise NotSignedIn
        if now >= found.used_at + self._idle_of(found.account):
            raise NotSignedIn
        return found

    def _idle_of(self, account: Account) -> timedelta:
        return self._employee_idle if account.role == "employee" else self._idle

    def _hash(self, password: str) -> str:
        with self._hashing:
            return self._passwords.hash(_password_bytes(password))

    def _verify(self, password: str, stored: str) -> bool:
        with self._hashing:
            return self._passwords.verify(_password_bytes(password), stored)


def find_account(session: Session, login: str) -> Account | None:
    """By its login as it is stored; its employee loaded."""
    if len(login) > LONGEST_LOGIN or not login.isprintable():
        return None  # Not every database takes such a text.
    return session.scalar(select(Account).where(Account.login == login).options(joinedload(Account.employee)))


def _open_link(token: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        SetupLink.token_hash == hash_token(token),
        SetupLink.used_at.is_(None),
        SetupLink.expires_at > now,
    )


def may_sign_in(account: Account) -> bool:
    return not account.disabled and (account.employee is None or account.employee.active)


def _refuse_bad_length(password: str) -> None:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise WeakPassword("length", minimum=SHORTEST_PASSWORD, maximum=LONGEST_PASSWORD)


def _refuse_easy(password: str, login: str) -> None:
    if normal_login(password) == login:
        raise WeakPassword("is_login")
    if is_easy(password, login):
        raise WeakPassword("easy")


def _password_bytes(password: str) -> bytes:
    """One form for what looks the same, whatever keyboard it came from (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
