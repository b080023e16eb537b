"""The second factor: a code of an authenticator app, or one of ten recovery codes, beside the password.

Nothing here commits. The secret is stored sealed; of recovery codes only the SHA-256 is stored, and each is
of 120 random bits: nothing that could be found by trying.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service import totp
from service.access_errors import CodeNeeded, SecondFactorPresent, WrongCode
from service.audit_notes import note
from service.crypto import KeyRing
from service.db.tables import Account, RecoveryCode

# Who sees or changes what is other people's.
ROLES_IN_NEED: Final = frozenset({"hr", "auditor", "admin"})
RECOVERY_CODES: Final = 10
# NIST SP 800-63B, 3.1.2.2: from 112 bits on a plain hash is enough.
RECOVERY_CODE_BYTES: Final = 15
# So that a code stands on one line of the narrowest phone.
GROUP_LETTERS: Final = 6
LONGEST_CODE: Final = 40


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the authenticator app is given, at the only moment when it is shown."""

    secret: str = field(repr=False)
    address: str = field(repr=False)


class SecondFactor:
    """Safe for use by many threads."""

    def __init__(self, ring: KeyRing, *, required: bool) -> None:
        self._ring = ring
        self._required = required

    def is_required(self, account: Account) -> bool:
        return self._required and account.role in ROLES_IN_NEED

    def is_missing(self, account: Account) -> bool:
        """The account has to enrol before it may do what its role allows."""
        return self.is_required(account) and account.totp_confirmed_at is None

    def start(self, session: Session, account_id: int) -> Enrolment:
        """A new secret; it takes effect by `confirm`. Raises SecondFactorPresent."""
        account = _locked(session, account_id)
        if account.totp_confirmed_at is not None:
            raise SecondFactorPresent
        secret = totp.new_secret()
        account.totp_secret = self._ring.seal(secret, seal_context(account_id))
        account.totp_step = None
        return Enrolment(totp.in_base32(secret), totp.address(secret, account.login))

    def confirm(self, session: Session, account_id: int, code: str, now: datetime) -> tuple[str, ...]:
        """The app shows the right code: from now on it is asked for. Gives the recovery codes.

        Raises WrongCode, also when nothing was started, and SecondFactorPresent.
        """
        account = _locked(session, account_id)
        if account.totp_confirmed_at is not None:
            raise SecondFactorPresent
        if not self._is_apps_code(account, code, now):
            raise WrongCode
        account.totp_confirmed_at = now
        note(session, "second_factor_set", f"account:{account_id}", by=account_id, at=now)
        return self.renew_recovery_codes(session, account_id, now)

    def check(self, session: Session, account_id: int, code: str | None, now: datetime) -> None:
        """Accept the code and use it up; an account that has not enrolled needs none.

        Raises CodeNeeded, WrongCode.
        """
        account = _locked(session, account_id)
        if account.totp_confirmed_at is None:
            return
        if not code or not code.strip():
            raise CodeNeeded
        self._use(session, account, code, now)

    def use_code(self, session: Session, account_id: int, code: str, now: datetime) -> None:
        """As `check`, where there must be something to check. Raises WrongCode."""
        account = _locked(session, account_id)
        if account.totp_confirmed_at is None:
            raise WrongCode
        self._use(session, account, code, now)

    def _use(self, session: Session, account: Account, code: str, now: datetime) -> None:
        if not self._is_apps_code(account, code, now) and not _use_recovery_code(session, account.id, code):
            raise WrongCode

    def renew_recovery_codes(self, session: Session, account_id: int, now: datetime) -> tuple[str, ...]:
        """Ten new ones, at the only moment when they are known; the earlier ones stop working."""
        codes = tuple(_new_recovery_code() for _ in range(RECOVERY_CODES))
        session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
        session.add_all(RecoveryCode(account_id=account_id, code_hash=_hash_code(code)) for code in codes)
        note(session, "recovery_codes_renewed", f"account:{account_id}", by=account_id, at=now)
        return codes

    def remove(self, session: Session, account_id: int, now: datetime, *, by: int | None) -> None:
        """Harmless where there is none. `by`: the account id of whoever does it."""
        account = _locked(session, account_id)
        if account.totp_confirmed_at is not None:
            note(session, "second_factor_removed", f"account:{account_id}", by=by, at=now)
        account.totp_secret = account.totp_confirmed_at = account.totp_step = None
        session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))

    def recovery_codes_left(self, session: Session, account_id: int) -> int:
        counted = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.account_id == account_id)
        return session.scalar(counted) or 0

    def _is_apps_code(self, account: Account, typed: str, now: datetime) -> bool:
        if account.totp_secret is None:
            return False
        secret = self._ring.open(account.totp_secret, seal_context(account.id))
        step = totp.matching_step(secret, "".join(typed.split()), now, after=account.totp_step)
        if step is None:
            return False
        account.totp_step = step
        return True


def _locked(session: Session, account_id: int) -> Account:
    """Its present state: of two uses of one code at once only the first finds it unused."""
    return session.get_one(Account, account_id, with_for_update=True, populate_existing=True)


def seal_context(account_id: int) -> str:
    """What the stored secret is bound to."""
    return f"totp:{account_id}"


def _new_recovery_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(RECOVERY_CODE_BYTES)).decode().lower()
    return "-".join(letters[at : at + GROUP_LETTERS] for at in range(0, len(letters), GROUP_LETTERS))


def _hash_code(code: str) -> str:
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def _use_recovery_code(session: Session, account_id: int, typed: str) -> bool:
    used = session.scalar(
        delete(RecoveryCode)
        .where(RecoveryCode.account_id == account_id, RecoveryCode.code_hash == _hash_code(typed))
        .returning(RecoveryCode.id)
        .execution_options(synchronize_session=False)
    )
    return used is not None
