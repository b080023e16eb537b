"""A check-in: received so that nothing can lose it, then examined and decided, now or later.

The row and its sealed evidence are committed before anything is analysed. From then on the row waits with
the status `received` until some process has decided it; a row that is claimed and not decided in time (its
process has died) is free to be claimed again.
"""

import logging
import math
import secrets
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, or_, select, update
from sqlalchemy.exc import IntegrityError

from models.image import content_hash
from service import challenges, closed_months, offline_items
from service.access_errors import NotSignedIn
from service.attendance.day import Day, local_date
from service.counted_day import day_of
from service.db.session import Database
from service.db.tables import Checkin, CheckinKind, CheckinStatus, Employee
from service.errors import CheckinIdTaken, UnknownCheckin, WaitAMoment
from service.evidence import EvidenceStore
from service.examination import Examiner
from service.link_reports import note_link
from service.places import Places
from service.position_evidence import note_device
from service.workplaces import zone_of

log = logging.getLogger(__name__)

# A claim outlasts every deadline of the pool twice over; after it the row is another process's to take.
CLAIM = timedelta(seconds=60)
# A claim that lasts longer was made by a clock that has been set back since, not by a replica's that is ahead.
LONGEST_CLAIM = 2 * CLAIM
SWEEP_EVERY_S = 2.0
ATTEMPT_BYTES = 8
# So many retakes within so long, and the next one has to wait.
MOST_RETAKES = 5
RETAKES_WITHIN = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Submission:
    """What a phone sends. `id` is its own UUID: the same id again is the same check-in.

    `item_hash`: of the sealed item that it was stored as on the phone; None where it was not.
    """

    id: uuid.UUID
    kind: CheckinKind
    captured_at: datetime
    selfie: bytes
    frames: tuple[bytes, ...]
    meta: dict[str, Any]
    send_anyway: bool = False
    challenge: str | None = None
    item_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the employee may know of a check-in: never a number of the comparison."""

    id: str
    status: CheckinStatus
    reasons: tuple[str, ...]
    captured_at: datetime
    received_at: datetime
    counted_at: datetime | None
    day: Day


class Checkins:
    """The use cases of check-ins. Safe for use by many threads.

    zone : by which the days are counted of those whose site has none of its own.
    """

    def __init__(
        self,
        db: Database,
        evidence: EvidenceStore,
        examiner: Examiner,
        *,
        zone: ZoneInfo,
        workers: int,
        queue_limit: int,
        answer_wait_s: float,
        clock: Callable[[], datetime],
        look_back: timedelta = timedelta(hours=72),
    ) -> None:
        """`look_back`: how long after it was taken a stored check-in may come without that being a doubt."""
        self._db = db
        self._evidence = evidence
        self._examiner = examiner
        self._zone = zone
        self._answer_wait_s = answer_wait_s
        self._clock = clock
        self._look_back = look_back
        # One photo in each worker, and one on its way there or back.
        self._threads = ThreadPoolExecutor(2 * workers, thread_name_prefix="checkin")
        self._places = Places(workers=workers, queue_limit=queue_limit)
        self._stopping = threading.Event()
        self._look_again = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep, name="checkin-sweeper", daemon=True)

    def start(self) -> None:
        """Begin to take up what waits in the database."""
        self._sweeper.start()

    def close(self) -> None:
        """Stop taking up work. What is not decided stays `received`."""
        self._stopping.set()
        self._look_again.set()
        if self._sweeper.is_alive():
            self._sweeper.join()
        self._threads.shutdown(cancel_futures=True)

    @property
    def waited_for(self) -> int:
        """Phones that wait for a decision now."""
        return self._places.waited_for

    def submit(self, employee_id: int, submission: Submission, received_at: datetime) -> Answer:
        """Store the check-in, and answer with its decision when that is there soon enough.

        Raises
        ------
        CheckinIdTaken : somebody else's check-in has this id.
        WaitAMoment : the employee's last ones were all retakes; one with `send_anyway` is always received.
        StorageFull, StorageUnavailable : it could not be stored; nothing is left of it.
        """
        checkin_id = str(submission.id)
        if self._already_received(checkin_id, employee_id):
            return self.answer(checkin_id, employee_id)
        if not submission.send_anyway:
            self._refuse_in_a_hurry(employee_id, received_at)
        decided = self._receive_and_begin(employee_id, submission, received_at)
        if decided is not None:
            self._wait_for(decided)
        return self.answer(checkin_id, employee_id)

    def answer(self, checkin_id: str, employee_id: int) -> Answer:
        """The present state of the employee's own check-in. Raises UnknownCheckin."""
        with self._db.read() as session:
            row = session.get(Checkin, checkin_id)
            if row is None or row.employee_id != employee_id:
                raise UnknownCheckin
            zone = zone_of(session, employee_id, self._zone)
            counted_on = local_date(row.counted_at or row.received_at, zone)
            return Answer(
                id=row.id,
                status=row.status,
                reasons=tuple(row.reasons),
                captured_at=row.captured_at,
                received_at=row.received_at,
                counted_at=row.counted_at,
                day=day_of(session, employee_id, counted_on, zone),
            )

    def day_at(self, employee_id: int, now: datetime) -> Day:
        """The employee's day so far."""
        with self._db.read() as session:
            zone = zone_of(session, employee_id, self._zone)
            return day_of(session, employee_id, local_date(now, zone), zone)

    # --- receiving

    def _already_received(self, checkin_id: str, employee_id: int) -> bool:
        with self._db.read() as session:
            row = session.get(Checkin, checkin_id)
            if row is not None and row.employee_id != employee_id:
                raise CheckinIdTaken
            return row is not None

    def _refuse_in_a_hurry(self, employee_id: int, now: datetime) -> None:
        """Raises WaitAMoment while there are MOST_RETAKES within RETAKES_WITHIN."""
        with self._db.read() as session:
            latest = session.scalars(
                select(Checkin.received_at)
                .where(
                    Checkin.employee_id == employee_id,
                    Checkin.status == "retake",
                    Checkin.received_at > now - RETAKES_WITHIN,
                    Checkin.received_at <= now,
                )
                .order_by(Checkin.received_at.desc())
                .limit(MOST_RETAKES)
            ).all()
        if len(latest) == MOST_RETAKES:
            wait = latest[-1] + RETAKES_WITHIN - now
            raise WaitAMoment(retry_after_s=math.ceil(wait.total_seconds()))

    def _receive_and_begin(
        self, employee_id: int, submission: Submission, received_at: datetime
    ) -> Future[bool] | None:
        """The decision to come; None when it is taken up later, or the same check-in came in meanwhile."""
        at_once = self._places.take()
        begun = False
        try:
            begun = self._receive(employee_id, submission, received_at, claim=at_once) and at_once
        finally:
            if at_once and not begun:
                self._places.release()
        if begun:
            return self._schedule(str(submission.id), self._places.release)
        self._look_again.set()
        return None

    def _wait_for(self, decided: Future[bool]) -> None:
        try:
            decided.result(timeout=self._answer_wait_s)
        except (FutureTimeout, CancelledError):
            log.info("a check-in is answered before it is decided")

    def _receive(
        self, employee_id: int, submission: Submission, received_at: datetime, *, claim: bool
    ) -> bool:
        """Evidence, then the row, claimed for this process or not. False: the same check-in came meanwhile."""
        folder = f"checkins/{received_at:%Y/%m/%d}/{submission.id}"
        # Each attempt has its own files: what a failed one takes away again can't be another's.
        attempt = secrets.token_hex(ATTEMPT_BYTES)
        selfie_key = f"{folder}/selfie-{attempt}"
        frame_keys = [f"{folder}/frame-{number}-{attempt}" for number in range(len(submission.frames))]
        row = Checkin(
            id=str(submission.id),
            employee_id=employee_id,
            kind=submission.kind,
            captured_at=submission.captured_at,
            received_at=received_at,
            counted_at=received_at,
            status="received",
            reasons=[],
            selfie_key=selfie_key,
            selfie_sha256=content_hash(submission.selfie),
            frame_keys=frame_keys,
            meta={**submission.meta, "send_anyway": submission.send_anyway},
            claimed_until=self._clock() + CLAIM if claim else None,
        )
        try:
            self._evidence.put(selfie_key, submission.selfie)
            for key, frame in zip(frame_keys, submission.frames, strict=True):
                self._evidence.put(key, frame)
            with self._db.write() as session:
                employee = session.get(Employee, employee_id)
                if employee is None or employee.erased_at is not None:
                    raise NotSignedIn
                if submission.challenge is not None:
                    used = challenges.use(
                        session,
                        submission.challenge,
                        employee_id,
                        row.id,
                        received_at,
                        sent_anyway=submission.send_anyway,
                    )
                    row.challenge = asdict(used)
                session.add(row)
                offline_items.keep(session, row, submission.item_hash, self._look_back)
                closed_months.note_arrival(session, row, self._zone)
                note_link(session, row)
                note_device(session, row)
        except BaseException as failed:
            self._take_away(str(submission.id), [selfie_key, *frame_keys])
            if isinstance(failed, IntegrityError) and self._already_received(str(submission.id), employee_id):
                return False
            raise
        return True

    def _take_away(self, checkin_id: str, keys: Sequence[str]) -> None:
        """Remove the images of an attempt, unless a row has them: a commit may succeed and its answer be lost."""
        try:
            with self._db.read() as session:
                row = session.get(Checkin, checkin_id)
            if row is None or row.selfie_key not in keys:
                for key in keys:
                    self._evidence.delete(key)
        except Exception:
            # Not known whether a row has them: they stay. What is told to the caller is the first failure.
            log.exception("the images of a check-in that failed could not be taken away")

    # --- taking up what waits

    def _sweep(self) -> None:
        while True:
            self._look_again.wait(SWEEP_EVERY_S)
            if self._stopping.is_set():
                return
            self._look_again.clear()
            try:
                self.take_up_waiting()
            except Exception:
                # The database may be away for a while; the next round tries again.
                log.exception("waiting check-ins could not be taken up")

    def take_up_waiting(self) -> list[Future[bool]]:
        """Claim waiting check-ins, oldest first, as many as there is room for, and start on them."""
        started: list[Future[bool]] = []
        while not self._stopping.is_set() and self._places.take_for_answered():
            checkin_id = None
            try:
                checkin_id = self._claim_oldest()
            finally:
                if checkin_id is None:
                    self._places.release_answered()
            if checkin_id is None:
                self._places.nothing_waits()
                break
            started.append(self._schedule(checkin_id, self._places.release_answered))
        return started

    def _claim_oldest(self) -> str | None:
        now = self._clock()
        free = or_(
            Checkin.claimed_until.is_(None),
            Checkin.claimed_until < now,
            Checkin.claimed_until > now + LONGEST_CLAIM,
        )
        waiting = select(Checkin.id).where(Checkin.status == "received", free).order_by(Checkin.received_at)
        with self._db.read() as session:
            if session.scalar(waiting.limit(1)) is None:
                return None
        with self._db.write() as session:
            checkin_id = session.scalar(waiting.limit(1).with_for_update(skip_locked=True))
            if checkin_id is not None:
                session.execute(
                    update(Checkin)
                    .where(Checkin.id == checkin_id)
                    .values(claimed_until=now + CLAIM, tries=Checkin.tries + 1)
                )
            return checkin_id

    def _release(self, checkin_id: str) -> None:
        """Give back what could not be begun; it was no try."""
        with self._db.write() as session:
            session.execute(
                update(Checkin)
                .where(Checkin.id == checkin_id, Checkin.status == "received")
                .values(claimed_until=None, tries=case((Checkin.tries > 0, Checkin.tries - 1), else_=0))
            )

    def _schedule(self, checkin_id: str, release: Callable[[], None]) -> Future[bool]:
        """Examine and decide on a thread of this process, and give back the place taken for it."""

        def ended(decided: Future[bool]) -> None:
            release()
            # After any other end the same check-in would be the next again, at once.
            if not decided.cancelled() and decided.result():
                self._look_again.set()

        future = self._threads.submit(self._examine, checkin_id)
        future.add_done_callback(ended)
        return future

    def _examine(self, checkin_id: str) -> bool:
        """Whether the check-in is decided now."""
        try:
            if self._examiner.examine(checkin_id):
                return True
            self._release(checkin_id)
        except Exception:
            # The row stays `received`; its claim runs out and it is taken up again.
            log.exception("a check-in could not be decided")
        return False
