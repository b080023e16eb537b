"""What is stored. Times are aware and UTC; images and vectors are stored sealed."""

from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.db.base import Base, one_of

Role = Literal["employee", "hr", "auditor", "admin"]
SessionKind = Literal["cookie", "bearer"]
CheckinKind = Literal["in", "out", "auto"]
CheckinStatus = Literal["received", "accepted", "review", "retake", "rejected"]
VerdictKind = Literal["genuine", "impostor", "cant_tell", "technical_fault"]
EmploymentClass = Literal["pns", "pppk", "thl"]

Base.registry.update_type_annotation_map(
    {
        Role: String(16),
        SessionKind: String(16),
        CheckinKind: String(16),
        CheckinStatus: String(16),
        VerdictKind: String(16),
        EmploymentClass: String(16),
    }
)


class Unit(Base):
    """An agency, a sub-district, a village office, or a part of one. Without `parent_id` it stands at the top."""

    __tablename__ = "units"
    __table_args__ = (CheckConstraint("parent_id <> id", name="not_its_own_parent"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    created_at: Mapped[datetime]


class Employee(Base):
    """`erased_at`: since then NIP and name are a pseudonym, and nobody can find or use the row.

    `unit_id`: null for somebody who is in no unit yet. `works_from`, `works_until`: first and last day of service,
    null where nobody has said.
    """

    __tablename__ = "employees"
    __table_args__ = (one_of("employment", EmploymentClass),)

    id: Mapped[int] = mapped_column(primary_key=True)
    nip: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    position: Mapped[str | None] = mapped_column(String(200))
    employment: Mapped[EmploymentClass | None]
    works_from: Mapped[date | None]
    works_until: Mapped[date | None]

    unit: Mapped[Unit | None] = relationship()


class Account(Base):
    """`unit_id`: the limit of an HR or auditor account, this unit and all below it; null is the whole staff."""

    __tablename__ = "accounts"
    __table_args__ = (one_of("role", Role),)

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[Role]
    password_hash: Mapped[str | None] = mapped_column(String(255))
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employees.id"), unique=True)
    disabled: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    # Sealed. It counts from `totp_confirmed_at` on; `totp_step` is that of the last code used.
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed_at: Mapped[datetime | None]
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))

    employee: Mapped[Employee | None] = relationship()


class LoginSession(Base):
    """`used_at` is kept to the minutes only; `expires_at` is the absolute end, used or not."""

    __tablename__ = "sessions"
    __table_args__ = (one_of("kind", SessionKind),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[SessionKind]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    account: Mapped[Account] = relationship()


class SetupLink(Base):
    """A one-time link by which the owner of an account sets the password."""

    __tablename__ = "setup_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """Signs in once in place of the authenticator app's code; used up, it is deleted."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)


class ApiToken(Base):
    """By which a program uses the API for `account`. `used_at` is kept to the minutes only."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    scopes: Mapped[list[str]]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship()


class LoginAttempts(Base):
    """Failed sign-ins of one account or address; `subject` is a hash of which. Ids are given in order, once."""

    __tablename__ = "login_attempts"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy reads it as declared

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), unique=True)
    failures: Mapped[int]
    failed_at: Mapped[datetime] = mapped_column(index=True)
    blocked_until: Mapped[datetime]


class Photo(Base):
    """An accepted enrolment photo. `phash` is the 64-bit perceptual hash as 16 hex digits."""

    __tablename__ = "photos"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    phash: Mapped[str] = mapped_column(String(16))
    evidence_key: Mapped[str] = mapped_column(String(200), unique=True)
    quality: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class Consent(Base):
    """To the keeping of a face: to which text, in which language it was read, and through whom it came.

    `given_by` is the account of whoever recorded it; null for the command line.
    """

    __tablename__ = "consents"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"), index=True)
    text_version: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(8))
    given_at: Mapped[datetime]
    given_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    withdrawn_at: Mapped[datetime | None]


class Template(Base):
    """`vectors`: sealed (k, dim) float32, C order, of one encoder version."""

    __tablename__ = "templates"
    __table_args__ = (UniqueConstraint("employee_id", "encoders"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"))
    encoders: Mapped[str] = mapped_column(String(64))
    vectors: Mapped[bytes] = mapped_column(LargeBinary)
    photos: Mapped[int]
    created_at: Mapped[datetime]


class GalleryChange(Base):
    """One row per template change: the version that every process's gallery follows.

    Versions are never given twice (AUTOINCREMENT), and the employee may be gone (no foreign key).
    """

    __tablename__ = "gallery_changes"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy reads it as declared

    version: Mapped[int] = mapped_column(primary_key=True)
    employee_id: Mapped[int]
    changed_at: Mapped[datetime]


class Checkin(Base):
    """`id` is the phone's UUID. `claimed_until`: until then one process works on a `received` row.

    `challenge`: what the frames answer, as `service.challenges.Answered`; None where there was none.
    """

    __tablename__ = "checkins"
    __table_args__ = (
        one_of("kind", CheckinKind),
        one_of("status", CheckinStatus),
        Index(None, "employee_id", "captured_at"),
        Index(None, "status", "claimed_until"),
        # All that a month of the whole staff is made of, so that no row has to be read for it.
        Index(None, "counted_at", "employee_id", "kind", "status"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"))
    kind: Mapped[CheckinKind]
    captured_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(index=True)
    counted_at: Mapped[datetime | None]
    status: Mapped[CheckinStatus]
    reasons: Mapped[list[str]]
    selfie_key: Mapped[str | None] = mapped_column(String(200))
    selfie_sha256: Mapped[str] = mapped_column(String(64), index=True)
    frame_keys: Mapped[list[str]]
    meta: Mapped[dict[str, Any]]
    challenge: Mapped[dict[str, Any] | None]
    findings: Mapped[dict[str, Any] | None]
    encoders: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]

    employee: Mapped[Employee] = relationship()


class IssuedChallenge(Base):
    """What a phone was asked to see. `checkin_id`: the check-in that has answered it; whether it did is there.

    It is one employee's, or, where nobody knows yet who will answer it, one kiosk's.
    """

    __tablename__ = "challenges"
    __table_args__ = (CheckConstraint("(employee_id IS NULL) <> (kiosk_id IS NULL)", name="one_holder"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employees.id"), index=True)
    kiosk_id: Mapped[int | None] = mapped_column(ForeignKey("kiosks.id"), index=True)
    steps: Mapped[list[str]]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    in_advance: Mapped[bool]
    checkin_id: Mapped[str | None] = mapped_column(String(36))


class Verdict(Base):
    """What a person found of a check-in under review. `note` is of their own words."""

    __tablename__ = "verdicts"
    __table_args__ = (one_of("kind", VerdictKind),)

    id: Mapped[int] = mapped_column(primary_key=True)
    checkin_id: Mapped[str] = mapped_column(ForeignKey("checkins.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[VerdictKind]
    note: Mapped[str]
    given_at: Mapped[datetime]

    account: Mapped[Account] = relationship()


class AuditEntry(Base):
    """One fact of the audit trail, written by service/audit.py and never changed.

    `at` (RFC 3339, UTC) and `facts` (JSON) are the very texts that were hashed: what a database gives back for a
    time or an object is not always what it was given. The account may be gone (no foreign key). No check lists
    the actions: on SQLite a new one would copy the table, and its triggers would be lost.
    """

    __tablename__ = "audit_entries"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(32))
    actor: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(32), index=True)
    subject: Mapped[str] = mapped_column(String(100), index=True)
    facts: Mapped[str]
    previous_hash: Mapped[str] = mapped_column(String(64))
    entry_hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The one row that names the last entry. `mac` is the service's own, empty before the first entry."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    entry_hash: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))
