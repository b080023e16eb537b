"""A check-in: received so that nothing can lose it, then examined and decided, now or later.

The row and its sealed evidence are committed before anything is analysed. From then on the row waits with
the status `received` until some process has decided it; a row that is claimed and not decided in time (its
process has died) is free to be claimed again.
"""

import logging
import math
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.image import content_hash
from service.attendance.day import Day, Punch, local_date, summarise
from service.db.session import Database
from service.db.tables import Checkin, CheckinKind, CheckinStatus, Employee
from service.errors import CheckinIdTaken, NotSignedIn, UnknownCheckin, WaitAMoment
from service.evidence import EvidenceStore
from service.examination import Examiner

log = logging.getLogger(__name__)

# A claim outlasts every deadline of the pool twice over; after it the row is another process's to take.
CLAIM = timedelta(seconds=60)
SWEEP_EVERY_S = 2.0
# So many retakes within so long, and the next one has to wait.
MOST_RETAKES = 5
RETAKES_WITHIN = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Submission:
    """What a phone sends. `id` is its own UUID: the same id again is the same check-in."""

    id: uuid.UUID
    kind: CheckinKind
    captured_at: datetime
    selfie: bytes
    frames: tuple[bytes, ...]
    meta: dict[str, Any]
    send_anyway: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the employee may know of a check-in: never a number of the comparison."""

    id: str
    status: CheckinStatus
    reasons: tuple[str, ...]
    received_at: datetime
    counted_at: datetime | None
    day: Day


class Checkins:
    """The use cases of check-ins. Safe for use by many threads."""

    def __init__(
        self,
        db: Database,
        evidence: EvidenceStore,
        examiner: Examiner,
        *,
        zone: ZoneInfo,
        at_once: int,
        queue_limit: int,
        answer_wait_s: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._evidence = evidence
        self._examiner = examiner
        self._zone = zone
        self._answer_wait_s = answer_wait_s
        self._clock = clock
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="checkin")
        self._places = threading.BoundedSemaphore(queue_limit)
        self._stopping = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep, name="checkin-sweeper", daemon=True)

    def start(self) -> None:
        """Begin to take up what waits in the database."""
        self._sweeper.start()

    def close(self) -> None:
        """Stop taking up work. What is not decided stays `received`."""
        self._stopping.set()
        if self._sweeper.is_alive():
            self._sweeper.join()
        self._threads.shutdown(cancel_futures=True)

    def submit(self, employee_id: int, submission: Submission, received_at: datetime) -> Answer:
        """Store the check-in, and answer with its decision when that is there soon enough.

        Raises
        ------
        CheckinIdTaken : somebody else's check-in has this id.
        WaitAMoment : the employee's last ones were all retakes; one with `send_anyway` is always received.
        StorageFull : there was no room; nothing was stored.
        """
        checkin_id = str(submission.id)
        if self._already_received(checkin_id, employee_id):
            return self.answer(checkin_id, employee_id)
        if not submission.send_anyway:
            self._refuse_in_a_hurry(employee_id, received_at)
        if not self._receive(employee_id, submission, received_at):
            return self.answer(checkin_id, employee_id)
        if not self._places.acquire(blocking=False):
            self._release(checkin_id)
            return self.answer(checkin_id, employee_id)
        decided = self._schedule(checkin_id)
        try:
            decided.result(timeout=self._answer_wait_s)
        except FutureTimeout:
            log.info("a check-in is answered before it is decided")
        return self.answer(checkin_id, employee_id)

    def answer(self, checkin_id: str, employee_id: int) -> Answer:
        """The present state of the employee's own check-in. Raises UnknownCheckin."""
        with self._db.read() as session:
            row = session.get(Checkin, checkin_id)
            if row is None or row.employee_id != employee_id:
                raise UnknownCheckin
            counted_on = local_date(row.counted_at or row.received_at, self._zone)
            return Answer(
                id=row.id,
                status=row.status,
                reasons=tuple(row.reasons),
                received_at=row.received_at,
                counted_at=row.counted_at,
                day=self._day(session, employee_id, counted_on),
            )

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

    def _receive(self, employee_id: int, submission: Submission, received_at: datetime) -> bool:
        """Evidence, then the row, claimed for this process. False: the same check-in came in meanwhile."""
        digest = content_hash(submission.selfie)
        folder = f"checkins/{received_at:%Y/%m/%d}/{submission.id}"
        # The content is part of the name: a second try with a newly compressed picture, after a crash between
        # image and row, must not meet the first one's file.
        selfie_key = f"{folder}/selfie-{digest[:16]}"
        frame_keys = [
            f"{folder}/frame-{number}-{content_hash(frame)[:16]}"
            for number, frame in enumerate(submission.frames)
        ]
        self._evidence.put(selfie_key, submission.selfie)
        for key, frame in zip(frame_keys, submission.frames, strict=True):
            self._evidence.put(key, frame)
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
            selfie_sha256=digest,
            frame_keys=frame_keys,
            meta={**submission.meta, "send_anyway": submission.send_anyway},
            claimed_until=self._clock() + CLAIM,
        )
        try:
            with self._db.write() as session:
                if session.get_one(Employee, employee_id).erased_at is not None:
                    raise NotSignedIn
                session.add(row)
        except NotSignedIn:
            for key in (selfie_key, *frame_keys):
                self._evidence.delete(key)
            raise
        except IntegrityError:
            if self._already_received(str(submission.id), employee_id):
                return False
            raise
        return True

    # --- taking up what waits

    def _sweep(self) -> None:
        while not self._stopping.wait(SWEEP_EVERY_S):
            try:
                self.take_up_waiting()
            except Exception:
                # The database may be away for a while; the next round tries again.
                log.exception("waiting check-ins could not be taken up")

    def take_up_waiting(self) -> list[Future[None]]:
        """Claim waiting check-ins, oldest first, as many as there is room for, and start on them."""
        started = []
        while not self._stopping.is_set() and self._places.acquire(blocking=False):
            checkin_id = self._claim_oldest()
            if checkin_id is None:
                self._places.release()
                break
            started.append(self._schedule(checkin_id))
        return started

    def _claim_oldest(self) -> str | None:
        now = self._clock()
        free = or_(Checkin.claimed_until.is_(None), Checkin.claimed_until < now)
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

    def _schedule(self, checkin_id: str) -> Future[None]:
        """Examine and decide on a thread of this process; the caller has taken a place for it."""
        future = self._threads.submit(self._examine, checkin_id)
        future.add_done_callback(lambda _: self._places.release())
        return future

    def _examine(self, checkin_id: str) -> None:
        try:
            if not self._examiner.examine(checkin_id):
                self._release(checkin_id)
        except Exception:
            # The row stays `received`; its claim runs out and it is taken up again.
            log.exception("a check-in could not be decided")

    def _day(self, session: Session, employee_id: int, day: date) -> Day:
        begins = datetime.combine(day, time.min, self._zone)
        ends = datetime.combine(day + timedelta(days=1), time.min, self._zone)
        rows = session.scalars(
            select(Checkin).where(
                Checkin.employee_id == employee_id, Checkin.counted_at >= begins, Checkin.counted_at < ends
            )
        )
        punches = [Punch(row.counted_at, row.kind, row.status) for row in rows if row.counted_at is not None]
        return summarise(day, punches)
