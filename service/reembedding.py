"""New templates from the stored photos, for other encoders than those that made the present ones."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from enrollment import template
from models.engine import FaceReading
from service.audit_notes import note
from service.crypto import KeyRing
from service.db.session import Database
from service.db.tables import Photo
from service.evidence import EvidenceStore
from service.photo_reading import Reader, outcome_of, submit_when_free
from service.storage_errors import EvidenceMissing, SealBroken
from service.template_rows import has_template, latest_photos, lock_gallery_changes, write_template


@dataclass(frozen=True, slots=True)
class Failed:
    """`reasons`: why not one of the employee's photos could be read."""

    employee_id: int
    reasons: tuple[str, ...]


@dataclass(slots=True)
class ReembedReport:
    """`skipped`: how many had a template of these encoders already."""

    renewed: int = 0
    skipped: int = 0
    failed: list[Failed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _OnTheWay:
    """An employee whose photos are being read, by their keys; or why one can't be opened."""

    employee_id: int
    keys: tuple[str, ...]
    states: tuple[Future[FaceReading] | str, ...]


class Reembedding:
    """Reads the photos of everybody's latest enrolment again. Can be interrupted and run again.

    Nothing is judged anew: the photos were accepted once. Templates of other encoders stay, for the way back.
    """

    def __init__(
        self,
        db: Database,
        ring: KeyRing,
        evidence: EvidenceStore,
        pool: Reader,
        *,
        encoders: str,
        at_once: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._ring = ring
        self._evidence = evidence
        self._pool = pool
        self._encoders = encoders
        self._at_once = at_once
        self._clock = clock

    def run(self, progress: Callable[[int, int], None] | None = None) -> ReembedReport:
        """progress : called with how many people are done, and of how many."""
        report = ReembedReport()
        with self._db.read() as session:
            found = select(Photo.employee_id).distinct().order_by(Photo.employee_id)
            employee_ids = session.scalars(found).all()
        waiting: deque[_OnTheWay] = deque()
        try:
            for number, employee_id in enumerate(employee_ids, start=1):
                while waiting and sum(len(one.states) for one in waiting) >= self._at_once:
                    self._finish(waiting.popleft(), report)
                if started := self._start(employee_id):
                    waiting.append(started)
                else:
                    report.skipped += 1
                if progress is not None:
                    progress(number - len(waiting), len(employee_ids))
            while waiting:
                self._finish(waiting.popleft(), report)
                if progress is not None:
                    progress(len(employee_ids) - len(waiting), len(employee_ids))
        finally:
            _cancel(waiting)
        return report

    def _start(self, employee_id: int) -> _OnTheWay | None:
        """Send the employee's photos to be read. None when there is a template of these encoders."""
        with self._db.read() as session:
            if has_template(session, employee_id, self._encoders):
                return None
            keys = tuple(photo.evidence_key for photo in latest_photos(session, employee_id))
        return _OnTheWay(employee_id, keys, tuple(self._submit(key) for key in keys))

    def _submit(self, key: str) -> Future[FaceReading] | str:
        """The reading to come, or why the photo can't be opened."""
        try:
            return submit_when_free(self._pool, self._evidence.get(key))
        except (EvidenceMissing, SealBroken) as lost:
            return lost.code

    def _finish(self, one: _OnTheWay, report: ReembedReport) -> None:
        readings: list[FaceReading] = []
        problems: list[str] = []
        for state in one.states:
            outcome = state if isinstance(state, str) else outcome_of(state)
            if isinstance(outcome, FaceReading):
                readings.append(outcome)
            else:
                problems += [outcome] if isinstance(outcome, str) else outcome.codes
        if not readings:
            report.failed.append(Failed(one.employee_id, tuple(dict.fromkeys(problems))))
        elif self._store(one, template.fuse(readings)):
            report.renewed += 1
        else:
            report.skipped += 1

    def _store(self, one: _OnTheWay, made: template.Template) -> bool:
        """False when the employee was enrolled anew, or erased, in the meantime."""
        with self._db.write() as session:
            lock_gallery_changes(session)
            keys = tuple(photo.evidence_key for photo in latest_photos(session, one.employee_id))
            if keys != one.keys or has_template(session, one.employee_id, self._encoders):
                return False
            now = self._clock()
            write_template(session, self._ring, one.employee_id, made, now)
            subject = f"employee:{one.employee_id}"
            note(session, "templates_remade", subject, by=None, at=now, encoders=made.encoders)
        return True


def _cancel(waiting: Iterable[_OnTheWay]) -> None:
    for one in waiting:
        for state in one.states:
            if isinstance(state, Future):
                state.cancel()
