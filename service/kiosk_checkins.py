"""A check-in at a kiosk: somebody is recognised, or gives a NIP; whoever stays unnamed is kept for a person.

What the tablet sends is committed as an attempt before anything is judged. Once its owner is known it becomes
their check-in, with the same images, examined and decided as any other. "Not me" takes that back for a short time.
"""

import logging
import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final, Literal

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from enrollment.nip import parse_nip
from models.engine import ManyFaces, NoFace
from models.image import BadImage, content_hash
from models.quality import CHECKIN_LIMITS
from service import challenges, closed_months
from service.audit_decisions import note_decision
from service.audit_notes import note
from service.checkins import CLAIM, Submission
from service.day_changes import checkin_changed
from service.db.kiosk_tables import Kiosk, KioskAttempt
from service.db.session import Database
from service.db.site_tables import Site
from service.db.tables import Checkin, Employee
from service.evidence import EvidenceStore
from service.examination import Examiner, FaceReader
from service.kiosk_errors import AlreadyNamed, AttemptTaken, NotAKiosk, TooLateToDisown, UnknownAttempt
from service.kiosk_items import KioskItems
from service.kiosk_search import KioskSearch
from service.link_reports import note_link_of
from service.storage_errors import EngineFailed, PoolFull

log = logging.getLogger(__name__)

KEY_BYTES: Final = 8
# The tablet offers "not me" for ten seconds after the answer, which a weak link may take as long to bring.
DISOWN_WITHIN: Final = timedelta(seconds=20)
# What was taken longer before it came is of somebody who has left.
PRESENT_WITHIN: Final = timedelta(minutes=1)
# Longer than a NIP's photo is examined, so that the time tells nothing about the NIP.
KEYPAD_ANSWER_S: Final = 1.5
DISOWNED: Final = "disowned_at_kiosk"

AnswerStatus = Literal["received", "accepted", "review", "retake", "unsure"]


@dataclass(frozen=True, slots=True)
class KioskAnswer:
    """What a tablet may show to whoever stands before it.

    name : of the person, where a face and not a typed NIP says who it is, or where both do.
    reasons : why the picture can't be judged; of other decisions they are the person's own.
    """

    id: str
    status: AnswerStatus
    name: str | None
    reasons: tuple[str, ...]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class _Named:
    """What the picture of an attempt gives."""

    problems: tuple[str, ...] = ()
    employee_id: int | None = None
    findings: dict[str, Any] | None = None


class KioskCheckins:
    """The use cases of a paired tablet. Safe for use by many threads."""

    def __init__(
        self,
        db: Database,
        evidence: EvidenceStore,
        reader: FaceReader,
        examiner: Examiner,
        search: KioskSearch,
        items: KioskItems,
        *,
        zone: tzinfo,
        clock: Callable[[], datetime],
        keypad_answer_s: float = KEYPAD_ANSWER_S,
    ) -> None:
        """`zone`: of employees whose site has none."""
        self._db = db
        self._evidence = evidence
        self._reader = reader
        self._examiner = examiner
        self._search = search
        self._items = items
        self._zone = zone
        self._clock = clock
        self._keypad_answer_s = keypad_answer_s

    def submit(
        self, kiosk: Kiosk, sent: Submission, received_at: datetime, *, nip: str | None = None
    ) -> KioskAnswer:
        """Store the attempt, and answer with what became of it. The same id again has the same answer.

        kiosk : with its site.
        nip : given when there was no connection. It says who it was, as at the keypad; where nobody has it, the
            face does. It may come with the same attempt sent again, while nobody was recognised.

        Raises
        ------
        AttemptTaken : another kiosk's attempt has this id.
        NotAKiosk : the kiosk was revoked a moment ago.
        StorageFull, StorageUnavailable : it could not be stored; nothing is left of it.
        """
        began = time.monotonic()
        attempt_id = str(sent.id)
        if not self._is_stored(attempt_id, kiosk.id):
            self._receive(kiosk, sent, received_at)
        checkin_id = None if nip is None else self._claim_later(kiosk.id, attempt_id, nip)
        if checkin_id is None and self._is_unsettled(attempt_id):
            checkin_id = self._settle(attempt_id, self._recognise(kiosk.site, sent.selfie))
        if checkin_id is not None:
            self._examine(checkin_id)
        return self.answer(kiosk.id, attempt_id) if nip is None else self._evenly(kiosk.id, attempt_id, began)

    def by_nip(self, kiosk_id: int, attempt_id: str, nip: str) -> KioskAnswer:
        """Make the attempt a check-in of whoever has this NIP, decided by comparing the two as always.

        One NIP an attempt: another one is not looked at. That nobody has it is answered as that the face is
        another's, after the same time. Raises UnknownAttempt, and AlreadyNamed where a face was recognised.
        """
        began = time.monotonic()
        now = self._clock()
        with self._db.write() as session:
            attempt = _own(session, attempt_id, kiosk_id, to_change=True)
            if attempt.by_nip_at is None:
                if attempt.status not in ("retake", "unidentified"):
                    raise AlreadyNamed
                checkin_id = self._claim_by_nip(session, attempt, nip, now)
            else:
                checkin_id = None
        if checkin_id is not None:
            self._examine(checkin_id)
        return self._evenly(kiosk_id, attempt_id, began)

    def disown(self, kiosk_id: int, attempt_id: str) -> KioskAnswer:
        """Whoever stands there is not the person named. Their check-in counts no longer, and goes to review; the
        attempt waits for a NIP. Harmless again.

        Raises UnknownAttempt, and TooLateToDisown: the time is over, or the next one has checked in.
        """
        now = self._clock()
        with self._db.read() as session:
            row = _disownable(session, _own(session, attempt_id, kiosk_id), now)
        if row is None:
            return self.answer(kiosk_id, attempt_id)
        selfie_key, *frame_keys = self._copied(attempt_id, row, now)
        taken_back = False
        try:
            with self._db.write() as session:
                # Whoever holds it decides which comes first: this, or the next attempt.
                session.get_one(Kiosk, kiosk_id, with_for_update=True)
                attempt = _own(session, attempt_id, kiosk_id, to_change=True)
                row = _disownable(session, attempt, now)
                if row is not None:
                    session.refresh(row, with_for_update=True)
                    attempt.selfie_key, attempt.frame_keys = selfie_key, frame_keys
                    _take_back(session, attempt, row, now)
                    taken_back = True
        finally:
            if not taken_back:
                self._take_away(attempt_id, [selfie_key, *frame_keys])
        return self.answer(kiosk_id, attempt_id)

    def answer(self, kiosk_id: int, attempt_id: str) -> KioskAnswer:
        """The present state of an attempt at this kiosk. Raises UnknownAttempt."""
        with self._db.read() as session:
            attempt = _own(session, attempt_id, kiosk_id)
            status, name, reasons = _shown(session, attempt)
            return KioskAnswer(attempt.id, status, name, reasons, attempt.received_at)

    # --- receiving

    def _is_stored(self, attempt_id: str, kiosk_id: int) -> bool:
        with self._db.read() as session:
            attempt = session.get(KioskAttempt, attempt_id)
            if attempt is not None and attempt.kiosk_id != kiosk_id:
                raise AttemptTaken
            return attempt is not None

    def _receive(self, kiosk: Kiosk, sent: Submission, received_at: datetime) -> None:
        attempt_id = str(sent.id)
        keys = _keys(attempt_id, received_at, len(sent.frames))
        row = KioskAttempt(
            id=attempt_id,
            kiosk_id=kiosk.id,
            kind=sent.kind,
            status="received",
            reasons=[],
            captured_at=sent.captured_at,
            received_at=received_at,
            selfie_key=keys[0],
            selfie_sha256=content_hash(sent.selfie),
            frame_keys=keys[1:],
            meta={**sent.meta, **_place(kiosk)},
        )
        try:
            for key, image in zip(keys, (sent.selfie, *sent.frames), strict=True):
                self._evidence.put(key, image)
            with self._db.write() as session:
                held = session.get_one(Kiosk, kiosk.id, with_for_update=True)
                if held.revoked_at is not None:
                    raise NotAKiosk
                if _is_there(sent, received_at):
                    held.last_attempt_id = attempt_id
                if sent.challenge is not None:
                    used = challenges.use_at_kiosk(session, sent.challenge, kiosk.id, attempt_id, received_at)
                    row.challenge = asdict(used)
                session.add(row)
                note_link_of(session, kiosk.site_id, received_at, sent.meta)
        except BaseException as failed:
            self._take_away(attempt_id, keys)
            if not (isinstance(failed, IntegrityError) and self._is_stored(attempt_id, kiosk.id)):
                raise

    def _take_away(self, attempt_id: str, keys: list[str]) -> None:
        """Remove images, unless the attempt has them: a commit may succeed and its answer be lost."""
        try:
            with self._db.read() as session:
                row = session.get(KioskAttempt, attempt_id)
            if row is None or row.selfie_key not in keys:
                for key in keys:
                    self._evidence.delete(key)
        except Exception:
            # Not known whether the attempt has them: they stay. What is told to the caller is the first failure.
            log.exception("the images of an attempt that failed could not be taken away")

    # --- naming

    def _recognise(self, site: Site, selfie: bytes) -> _Named:
        try:
            reading = self._reader.submit(selfie).result()
        except BadImage as bad:
            return _Named(problems=(f"image_{bad.reason}",))
        except NoFace:
            return _Named(problems=("no_face",))
        except ManyFaces:
            return _Named(problems=("many_faces",))
        except (EngineFailed, PoolFull) as failed:
            return _Named(findings={"engine_failure": failed.code})
        problems = reading.quality.problems(CHECKIN_LIMITS)
        if problems:
            return _Named(problems=problems)
        outcome = self._search.search(site, reading.descriptor)
        return _Named(employee_id=outcome.employee_id, findings=outcome.findings)

    def _settle(self, attempt_id: str, named: _Named) -> str | None:
        """Record what the picture gave. The check-in that follows; None also where another request was first."""
        now = self._clock()
        with self._db.write() as session:
            attempt = session.get_one(KioskAttempt, attempt_id, with_for_update=True)
            if attempt.status != "received":
                return None
            attempt.reasons = list(named.problems)
            attempt.findings = named.findings
            attempt.status = "retake" if named.problems else "unidentified"
            checkin_id = None
            if named.employee_id is not None:
                attempt.named_at = now
                checkin_id = self._make_checkin(session, attempt, named.employee_id, by="face")
            _note(session, attempt, now)
            return checkin_id

    def _is_unsettled(self, attempt_id: str) -> bool:
        with self._db.read() as session:
            return session.get_one(KioskAttempt, attempt_id).status == "received"

    def _claim_later(self, kiosk_id: int, attempt_id: str, nip: str) -> str | None:
        """The check-in that follows; None where the attempt has had a NIP or an owner, or nobody has this one."""
        with self._db.write() as session:
            attempt = _own(session, attempt_id, kiosk_id, to_change=True)
            if attempt.by_nip_at is not None or attempt.status == "identified":
                return None
            return self._claim_by_nip(session, attempt, nip, self._clock())

    def _claim_by_nip(self, session: Session, attempt: KioskAttempt, nip: str, now: datetime) -> str | None:
        attempt.by_nip_at = now
        employee_id = session.scalar(
            select(Employee.id).where(Employee.nip == (parse_nip(nip) or ""), Employee.active)
        )
        checkin_id = None
        if employee_id is not None:
            checkin_id = self._make_checkin(session, attempt, employee_id, by="nip")
        _note(session, attempt, now)
        return checkin_id

    def _make_checkin(
        self, session: Session, attempt: KioskAttempt, employee_id: int, *, by: Literal["face", "nip"]
    ) -> str:
        """A check-in of the attempt, which takes its images over; claimed for this process."""
        row = Checkin(
            id=str(uuid.uuid4()),
            employee_id=employee_id,
            kind=attempt.kind,
            captured_at=attempt.captured_at,
            received_at=attempt.received_at,
            counted_at=attempt.received_at,
            status="received",
            reasons=[],
            selfie_key=attempt.selfie_key,
            selfie_sha256=attempt.selfie_sha256,
            frame_keys=list(attempt.frame_keys),
            # Nobody is there any more to take another photo of.
            meta={**attempt.meta, "send_anyway": attempt.status == "retake" or _was_stored(attempt.meta)},
            challenge=attempt.challenge,
            findings={"identification": {"by": by, **(attempt.findings or {})}},
            claimed_until=self._clock() + CLAIM,
        )
        session.add(row)
        session.flush()
        self._items.judge(session, row, attempt.kiosk_id)
        closed_months.note_arrival(session, row, self._zone)
        attempt.status = "identified"
        attempt.checkin_id = row.id
        attempt.selfie_key, attempt.frame_keys, attempt.selfie_sha256 = None, [], ""
        return row.id

    def _examine(self, checkin_id: str) -> None:
        """Decide it now; what can't be decided is free for whoever takes up what waits."""
        try:
            if self._examiner.examine(checkin_id):
                return
        except Exception:
            log.exception("a check-in at a kiosk could not be decided")
        with self._db.write() as session:
            session.execute(
                update(Checkin)
                .where(Checkin.id == checkin_id, Checkin.status == "received")
                .values(claimed_until=None)
            )

    def _evenly(self, kiosk_id: int, attempt_id: str, began: float) -> KioskAnswer:
        """The answer after a NIP, whose time tells nothing about it."""
        answer = self.answer(kiosk_id, attempt_id)
        if answer.status != "accepted":
            time.sleep(max(0.0, began + self._keypad_answer_s - time.monotonic()))
        return answer

    def _copied(self, attempt_id: str, row: Checkin, now: datetime) -> list[str]:
        """Copies of a check-in's images: it keeps its own for whoever judges it."""
        originals = [*([row.selfie_key] if row.selfie_key else []), *row.frame_keys]
        keys = _keys(attempt_id, now, len(row.frame_keys))
        for original, key in zip(originals, keys, strict=True):
            self._evidence.put(key, self._evidence.get(original))
        return keys


def _keys(attempt_id: str, at: datetime, frames: int) -> list[str]:
    """Of the selfie and of the frames; never the same again."""
    folder, mark = f"kiosks/{at:%Y/%m/%d}/{attempt_id}", secrets.token_hex(KEY_BYTES)
    return [f"{folder}/selfie-{mark}", *(f"{folder}/frame-{number}-{mark}" for number in range(frames))]


def _was_stored(meta: Mapping[str, Any]) -> bool:
    return meta.get("offline") is not None


def _is_there(sent: Submission, received_at: datetime) -> bool:
    return not _was_stored(sent.meta) or received_at - sent.captured_at < PRESENT_WITHIN


def _place(kiosk: Kiosk) -> dict[str, Any]:
    """Where the tablet stands is known: nobody asks it."""
    site = kiosk.site
    fence = {"lat": site.latitude, "lon": site.longitude, "accuracy_m": 0.0}
    return {
        "position": None if site.latitude is None else fence,
        "kiosk": {"kiosk": kiosk.id, "site": site.code},
    }


def _own(session: Session, attempt_id: str, kiosk_id: int, *, to_change: bool = False) -> KioskAttempt:
    """On PostgreSQL nobody else changes it meanwhile, where it is `to_change`. Raises UnknownAttempt."""
    attempt = session.get(KioskAttempt, attempt_id, with_for_update=to_change)
    if attempt is None or attempt.kiosk_id != kiosk_id:
        raise UnknownAttempt
    return attempt


def _disownable(session: Session, attempt: KioskAttempt, now: datetime) -> Checkin | None:
    """The check-in to take back; None where that was done. Raises TooLateToDisown."""
    if attempt.disowned_id is not None:
        return None
    last = session.scalar(select(Kiosk.last_attempt_id).where(Kiosk.id == attempt.kiosk_id))
    over = attempt.named_at is None or now >= attempt.named_at + DISOWN_WITHIN
    if attempt.checkin_id is None or over or last != attempt.id:
        raise TooLateToDisown
    row = session.get_one(Checkin, attempt.checkin_id)
    if row.status == "rejected" or row.selfie_key is None:
        raise TooLateToDisown
    return row


def _take_back(session: Session, attempt: KioskAttempt, row: Checkin, now: datetime) -> None:
    row.status = "review"
    row.reasons = [DISOWNED, *row.reasons]
    counted, row.counted_at = row.counted_at, None
    row.decided_at = now
    row.claimed_until = None
    note_decision(session, row)
    checkin_changed(session, row, counted_before=counted, at=now)
    attempt.status = "unidentified"
    attempt.disowned_id, attempt.checkin_id = row.id, None
    attempt.selfie_sha256 = row.selfie_sha256
    note(session, "kiosk_disowned", f"kiosk_attempt:{attempt.id}", by=None, at=now, checkin=row.id)


def _note(session: Session, attempt: KioskAttempt, now: datetime) -> None:
    note(
        session,
        "kiosk_attempt",
        f"kiosk_attempt:{attempt.id}",
        by=None,
        at=now,
        kiosk=attempt.kiosk_id,
        status=attempt.status,
        by_nip=attempt.by_nip_at is not None,
        checkin=attempt.checkin_id,
    )


def _shown(session: Session, attempt: KioskAttempt) -> tuple[AnswerStatus, str | None, tuple[str, ...]]:
    if attempt.checkin_id is None:
        if attempt.by_nip_at is not None:
            return "review", None, ()
        if attempt.status == "retake":
            return "retake", None, tuple(attempt.reasons)
        return ("received" if attempt.status == "received" else "unsure"), None, ()
    row = session.get_one(Checkin, attempt.checkin_id)
    if row.status == "accepted":
        return "accepted", row.employee.name, ()
    if attempt.by_nip_at is not None:
        return "review", None, ()
    if row.status == "retake":
        return "retake", None, tuple(row.reasons)
    return ("received" if row.status == "received" else "review"), row.employee.name, ()
