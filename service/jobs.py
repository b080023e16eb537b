"""Long work that somebody asks for over HTTP: kept in the database, done beside the requests, seen as it goes.

Any process takes the work up; when it dies, another one begins it again after a while. So each kind of work must
be one that can be interrupted and done again.
"""

import logging
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from service.db.job_tables import Job, JobState
from service.db.session import Database
from service.db.tables import Account
from service.errors import UnknownJob
from service.evidence import EvidenceStore
from service.reach import Reach, reach_of

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 2.0
CLAIM: Final = timedelta(seconds=60)
# The claim is renewed with the progress, at most this often: each is a write.
RENEWED_AFTER: Final = timedelta(seconds=1)
MOST_TRIES: Final = 3
KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Work:
    """What a handler is given. `by`: the account that asked, whose reach it has when the work begins."""

    data: bytes
    options: Mapping[str, Any]
    by: int
    reach: Reach
    progress: Callable[[int, int], None]


# Gives the report, JSON. Erasure finds the people that it names by their NIP as a whole string.
Handler: TypeAlias = Callable[[Work], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class JobStatus:
    """`done` of `total` steps, both 0 while it waits. `report`: of the handler; None before, and on failure."""

    id: str
    kind: str
    state: JobState
    done: int
    total: int
    report: dict[str, Any] | None
    asked_at: datetime
    ended_at: datetime | None


class Jobs:
    """Safe for use by many threads; any number of processes may have one on the same database."""

    def __init__(
        self,
        db: Database,
        evidence: EvidenceStore,
        handlers: Mapping[str, Handler],
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._evidence = evidence
        self._handlers = handlers
        self._clock = clock
        self._stopping = threading.Event()
        self._look = threading.Event()
        self._thread = threading.Thread(target=self._work_on, name="jobs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop taking work up; what is being done is given up at its next step, and begun again elsewhere."""
        self._stopping.set()
        self._look.set()
        if self._thread.is_alive():
            self._thread.join()

    def ask(self, kind: str, data: bytes, options: dict[str, Any], *, by: int) -> str:
        """The id of new work. Raises KeyError for an unknown kind, StorageFull, StorageUnavailable."""
        if kind not in self._handlers:
            raise KeyError(kind)
        job_id = uuid.uuid4().hex
        key = f"jobs/{job_id}"
        self._evidence.put(key, data)
        with self._db.write() as session:
            session.add(
                Job(
                    id=job_id,
                    kind=kind,
                    account_id=by,
                    state="waiting",
                    options=options,
                    file_key=key,
                    asked_at=self._clock(),
                )
            )
        self._look.set()
        return job_id

    def status(self, job_id: str, *, of: int) -> JobStatus:
        """Of one's own work. Raises UnknownJob."""
        with self._db.read() as session:
            row = session.get(Job, job_id)
            if row is None or row.account_id != of:
                raise UnknownJob
            return _status(row)

    def latest(self, kind: str, *, of: int) -> JobStatus | None:
        """The newest of one's own work of a kind."""
        newest = (
            select(Job).where(Job.account_id == of, Job.kind == kind).order_by(Job.asked_at.desc()).limit(1)
        )
        with self._db.read() as session:
            row = session.scalar(newest)
            return None if row is None else _status(row)

    def forget_old(self) -> None:
        """Remove what ended long ago."""
        with self._db.write() as session:
            session.execute(delete(Job).where(Job.ended_at < self._clock() - KEPT))

    # --- doing the work

    def _work_on(self) -> None:
        while True:
            self._look.wait(LOOK_EVERY_S)
            if self._stopping.is_set():
                return
            self._look.clear()
            try:
                while not self._stopping.is_set() and self.do_next():
                    pass
            except Exception:
                # The database or the disk may be away for a while; the claim runs out, and it is begun again.
                log.exception("the waiting work could not be done")

    def do_next(self) -> bool:
        """Do the oldest work that waits. False when there is none."""
        job_id = self._claim()
        if job_id is None:
            return False
        with self._db.read() as session:
            row = session.get_one(Job, job_id)
            account = session.get_one(Account, row.account_id)
            work_of = (row.kind, row.file_key, row.options, row.tries, account.id, reach_of(account))
        kind, key, options, tries, by, reach = work_of
        if tries > MOST_TRIES:
            self._end(job_id, "failed", None)
            return True
        try:
            assert key is not None
            report = self._handlers[kind](
                Work(self._evidence.get(key), options, by, reach, self._progress_of(job_id))
            )
        except _GivenUp:
            self._give_back(job_id)
            return False
        except Exception:
            log.exception("work of the kind %s failed", kind)
            self._end(job_id, "failed", None)
            return True
        self._end(job_id, "done", report)
        return True

    def _claim(self) -> str | None:
        now = self._clock()
        waiting = (
            select(Job)
            .where(
                Job.state.in_(["waiting", "running"]),
                or_(Job.claimed_until.is_(None), Job.claimed_until < now),
            )
            .order_by(Job.asked_at)
            .limit(1)
        )
        with self._db.read() as session:
            if session.scalar(waiting) is None:
                return None
        with self._db.write() as session:
            row = session.scalar(waiting.with_for_update(skip_locked=True))
            if row is None:
                return None
            row.state, row.claimed_until, row.tries = "running", now + CLAIM, row.tries + 1
            return row.id

    def _progress_of(self, job_id: str) -> Callable[[int, int], None]:
        told: list[datetime] = []

        def progress(done: int, total: int) -> None:
            if self._stopping.is_set():
                raise _GivenUp
            now = self._clock()
            if told and now - told[-1] < RENEWED_AFTER and done < total:
                return
            told[:] = [now]
            with self._db.write() as session:
                row = _row(session, job_id)
                row.done, row.total, row.claimed_until = done, total, now + CLAIM

        return progress

    def _give_back(self, job_id: str) -> None:
        with self._db.write() as session:
            row = _row(session, job_id)
            row.state, row.claimed_until, row.tries = "waiting", None, row.tries - 1

    def _end(self, job_id: str, state: JobState, report: dict[str, Any] | None) -> None:
        with self._db.write() as session:
            row = _row(session, job_id)
            key = row.file_key
            row.state, row.report, row.ended_at, row.claimed_until = state, report, self._clock(), None
            row.file_key = None
        if key is not None:
            self._evidence.delete(key)


class _GivenUp(Exception):  # noqa: N818 - not a fault
    """The process ends."""


def _status(row: Job) -> JobStatus:
    return JobStatus(row.id, row.kind, row.state, row.done, row.total, row.report, row.asked_at, row.ended_at)


def _row(session: Session, job_id: str) -> Job:
    return session.get_one(Job, job_id, with_for_update=True)
