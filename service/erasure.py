"""Erasure: of a face, when its owner withdraws consent; of a person, when they leave or ask for it.

Either keeps the attendance record, the times and what was decided, and removes what shows or measures the face.
Each step can be run again: after a crash the same call finishes what was begun.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, String, and_, cast, delete, or_, select, update
from sqlalchemy.orm import Session

from service import consent, repeats
from service.audit_notes import note
from service.db.connectivity_tables import DeviceUse
from service.db.job_tables import Job
from service.db.session import Database
from service.db.site_tables import SiteOfEmployee
from service.db.tables import (
    Account,
    ApiToken,
    Checkin,
    Employee,
    GalleryChange,
    LoginSession,
    Photo,
    RecoveryCode,
    SetupLink,
    Template,
    Verdict,
)
from service.employee_rows import managed_row
from service.evidence import EvidenceStore
from service.export_files import forget_files
from service.kiosk_images import shows_at_kiosk
from service.last_admin import keep_an_admin
from service.login_attempts import Delays
from service.machine_numbers import forget_numbers
from service.reach import EVERYBODY, Reach
from service.request_erasure import remove_letters, strip_requests
from service.template_rows import lock_gallery_changes
from service.unit_changes import forget_moves
from service.webhook_log import forget_employee as forget_messages
from service.working_time_of import forget_employee

PSEUDONYM_BYTES: Final = 8
FOUND_BY_BYTES: Final = 64
# Of the numbers behind a decision, those that do not come from the face.
NOT_OF_THE_FACE: Final = frozenset({"clock_difference_s", "threshold", "gallery_size", "engine_failure"})


@dataclass(frozen=True, slots=True)
class Removed:
    """How many of each are gone: enrolment photos, templates, images of check-ins, letters of requests."""

    photos: int
    templates: int
    evidence: int
    letters: int = 0


@dataclass(frozen=True, slots=True)
class Erased:
    """`checkins`: rows that are kept, without the face, under the pseudonym.

    purged : nothing of it is left in the database's files either; False when other transactions kept the
        database from rewriting them, and `hadir retention run` has to do it later.
    """

    pseudonym: str
    removed: Removed
    checkins: int
    purged: bool


class Erasure:
    """The use cases of erasure. Safe for use by many threads."""

    def __init__(self, db: Database, evidence: EvidenceStore, delays: Delays) -> None:
        self._db = db
        self._evidence = evidence
        self._delays = delays

    def withdraw_consent(self, employee_id: int, now: datetime, *, by: int | None) -> Removed:
        """Remove the face, and stop recognising it. The employee stays, and may be enrolled again."""
        with self._db.write() as session:
            lock_gallery_changes(session)
            consent.withdraw(session, employee_id, now, by=by)
            templates = _remove_templates(session, employee_id, now)
            note(session, "face_removed", f"employee:{employee_id}", by=by, at=now)
        removed, hashes = self._remove_images(employee_id, now)
        self._db.purge(*_beginnings(templates), *hashes)
        return replace(removed, templates=len(templates))

    def erase(self, nip: str, now: datetime, *, reach: Reach = EVERYBODY, by: int | None = None) -> Erased:
        """Remove the person: face, name, NIP, unit, the letters and words of requests, the moves, the way to
        sign in.

        by : the account id of whoever does it; None for the command line.

        Raises UnknownEmployee, OwnRecord, or LastAdmin.
        """
        with self._db.write() as session:
            lock_gallery_changes(session)
            employee = managed_row(session, nip, reach)
            keep_an_admin(session, Account.employee_id == employee.id)
            names = {employee.nip, employee.name}
            employee.active = False
            consent.withdraw(session, employee.id, now, by=by)
            names |= _end_account(session, employee.id)
            for name in names:
                self._delays.forget(session, name)
            templates = _remove_templates(session, employee.id, now)
            forget_employee(session, employee.id)
            note(session, "face_removed", f"employee:{employee.id}", by=by, at=now)
        # While the NIP still leads to what is left: a crash in here is mended by the same call.
        removed, hashes = self._remove_images(employee.id, now)
        letters = remove_letters(self._db, self._evidence, employee.id)
        pseudonym = f"erased-{secrets.token_hex(PSEUDONYM_BYTES)}"
        with self._db.write() as session:
            row = session.get_one(Employee, employee.id, with_for_update=True)
            numbers = forget_numbers(session, row)
            row.nip = row.name = pseudonym
            # In a small unit each of them would say who it was.
            row.unit_id = row.position = row.employment = row.works_from = row.works_until = None
            _forget_places(session, row.id)
            row.erased_at = now
            session.execute(update(Account).where(Account.employee_id == row.id).values(login=pseudonym))
            checkins = _strip_checkins(session, row.id)
            _forget_reports(session, names | numbers)
            forget_messages(session, row.id)
            words = strip_requests(session, row.id) + forget_moves(session, row.id)
            note(session, "erased", f"employee:{row.id}", by=by, at=now, checkins=checkins)
        # Any of them may hold the person.
        forget_files(self._db, self._evidence)
        # Of check-ins that came in between the two transactions.
        late, _ = self._remove_images(employee.id, now)
        traces = (*(name.encode() for name in names), *_beginnings(templates), *hashes, *words)
        purged = self._db.purge(*traces)
        images = removed.evidence + late.evidence
        removed = Removed(removed.photos + late.photos, len(templates), images, letters)
        return Erased(pseudonym, removed, checkins, purged)

    def _remove_images(self, employee_id: int, now: datetime) -> tuple[Removed, list[bytes]]:
        """Files first, then the rows that lead to them. Gives the hashes that those rows held, too."""
        rivals = cast(Checkin.findings, String).contains(f'"employee_id": {employee_id}')
        with self._db.read() as session:
            photos = session.scalars(select(Photo).where(Photo.employee_id == employee_id)).all()
            checkins = session.scalars(select(Checkin).where(_with_images(employee_id))).all()
            others = session.scalars(select(Checkin.id).where(rivals)).all()
            # In which a kiosk took them for somebody else.
            mistaken = session.scalars(select(Checkin).where(shows_at_kiosk(employee_id))).all()
        images = [key for row in (*checkins, *mistaken) for key in keys_of(row)]
        for key in (*(photo.evidence_key for photo in photos), *images):
            self._evidence.delete(key)
        with self._db.write() as session:
            session.execute(delete(Photo).where(Photo.id.in_([photo.id for photo in photos])))
            for seen in checkins:
                row = session.get_one(Checkin, seen.id, with_for_update=True)
                row.selfie_key, row.frame_keys, row.selfie_sha256 = None, [], ""
                row.findings = faceless(row.findings)
            for seen in mistaken:
                row = session.get_one(Checkin, seen.id, with_for_update=True)
                row.selfie_key, row.frame_keys, row.selfie_sha256 = None, [], ""
                row.findings = faceless(row.findings)
                note(session, "face_removed", f"checkin:{row.id}", by=None, at=now)
            pictures = repeats.forget(session, [row.id for row in (*checkins, *mistaken)])
            for checkin_id in others:
                _forget_rival(session.get_one(Checkin, checkin_id, with_for_update=True), employee_id)
        hashes = {row.sha256 for row in photos} | {row.selfie_sha256 for row in (*checkins, *mistaken)}
        return Removed(len(photos), 0, len(images)), [*(one.encode() for one in hashes if one), *pictures]


def keys_of(row: Checkin) -> list[str]:
    """Of all images of a check-in."""
    return [*([row.selfie_key] if row.selfie_key else []), *row.frame_keys]


def faceless(findings: dict[str, Any] | None) -> dict[str, Any] | None:
    """The findings without any number that comes from a face."""
    if findings is None:
        return None
    return {name: value for name, value in findings.items() if name in NOT_OF_THE_FACE}


def _with_images(employee_id: int) -> ColumnElement[bool]:
    left = or_(Checkin.selfie_key.is_not(None), Checkin.selfie_sha256 != "")
    return and_(Checkin.employee_id == employee_id, left)


def _remove_templates(session: Session, employee_id: int, now: datetime) -> list[bytes]:
    """The sealed vectors that were there. Every process's gallery follows at its next use."""
    mine = Template.employee_id == employee_id
    sealed = session.scalars(delete(Template).where(mine).returning(Template.vectors)).all()
    session.add(GalleryChange(employee_id=employee_id, changed_at=now))
    return list(sealed)


def _beginnings(templates: Iterable[bytes]) -> list[bytes]:
    """Enough to be found by: what is longer than a page does not lie in one piece."""
    return [sealed[:FOUND_BY_BYTES] for sealed in templates]


def _end_account(session: Session, employee_id: int) -> set[str]:
    """Gives its login."""
    account = session.scalar(select(Account).where(Account.employee_id == employee_id))
    if account is None:
        return set()
    account.disabled = True
    account.password_hash = None
    account.totp_secret = account.totp_confirmed_at = account.totp_step = None
    for table in (LoginSession, SetupLink, ApiToken, RecoveryCode):
        session.execute(delete(table).where(table.account_id == account.id))
    return {account.login}


def _forget_places(session: Session, employee_id: int) -> None:
    """Where they worked besides, and with which phones."""
    session.execute(delete(SiteOfEmployee).where(SiteOfEmployee.employee_id == employee_id))
    session.execute(delete(DeviceUse).where(DeviceUse.employee_id == employee_id))


def _strip_checkins(session: Session, employee_id: int) -> int:
    """What the phone said, where it was among it, goes too: the time and the decision are the record."""
    rows = session.scalars(select(Checkin).where(Checkin.employee_id == employee_id).with_for_update())
    count = 0
    for row in rows:
        row.meta = {}
        row.findings = faceless(row.findings)
        # Words about the person, who may be named in them.
        session.execute(update(Verdict).where(Verdict.checkin_id == row.id).values(note=""))
        count += 1
    return count


def _forget_reports(session: Session, names: Iterable[str]) -> None:
    """Of long work that says what became of each person's photos."""
    for name in names:
        session.execute(delete(Job).where(cast(Job.report, String).contains(f'"{name}"', autoescape=True)))


def _forget_rival(row: Checkin, employee_id: int) -> None:
    """How much somebody else's selfie resembled this face is a number of this face."""
    findings = dict(row.findings or {})
    rivals = findings.get("rivals", [])
    findings["rivals"] = [rival for rival in rivals if rival["employee_id"] != employee_id]
    row.findings = findings
