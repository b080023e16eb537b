"""Retention: images are kept for a time, and what nothing names any longer is swept away."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session, aliased

from service import link_reports, repeats, webhook_log
from service.audit_notes import note
from service.db.session import Database
from service.db.tables import Checkin, Employee, Photo
from service.erasure import faceless, keys_of
from service.evidence import EvidenceStore
from service.kiosk_images import images_of, release_images
from service.letters import LETTERS, named_letters, remove_old_letters

log = logging.getLogger(__name__)

BATCH: Final = 200
# An image is written before its row: a file without one may be about to get it.
ORPHAN_AFTER: Final = timedelta(days=1)
FIRST_AFTER_S: Final = 600.0
EVERY_S: Final = 24 * 3600.0
# Where images of rows lie. Anything else in the store is not ours to judge.
CHECKINS, PHOTOS, KIOSKS = "checkins/", "photos/", "kiosks/"


@dataclass(slots=True)
class RetentionReport:
    """What was removed.

    checkins : whose images were old enough; images : how many those were.
    photos : of enrolments that a later one has replaced.
    kept_waiting : check-ins old enough whose images stay, because nobody has decided them yet.
    letters : of requests that are decided, and whose days are over for long.
    orphans : images that no row named, and drafts that crashes have left.
    measurements : reports of links, and devices that nobody uses any longer.
    messages : of the logs of webhooks.
    purged : what was removed is gone from the database's files too.
    """

    checkins: int = 0
    images: int = 0
    photos: int = 0
    letters: int = 0
    kept_waiting: int = 0
    orphans: int = 0
    measurements: int = 0
    messages: int = 0
    purged: bool = True


class Retention:
    def __init__(
        self, db: Database, evidence: EvidenceStore, *, days: int, clock: Callable[[], datetime]
    ) -> None:
        self._db = db
        self._evidence = evidence
        self._kept = timedelta(days=days)
        self._clock = clock

    def run(self, *, rebuild: bool = False) -> RetentionReport:
        """Remove what is due. Can be interrupted, and run by several processes at once.

        rebuild : build the database's file anew too, however long every writer has to wait.
        """
        report = RetentionReport()
        now = self._clock()
        self._remove_images_of_checkins(now - self._kept, report)
        self._remove_images_at_kiosks(now - self._kept, report)
        self._remove_replaced_photos(now - self._kept, report)
        report.letters = remove_old_letters(self._db, self._evidence, (now - self._kept).date())
        self._sweep(now - ORPHAN_AFTER, report)
        report.measurements = link_reports.remove_old(self._db, now)
        report.messages = webhook_log.remove_old(self._db, now)
        self._note(report, now)
        report.purged = self._db.purge(rebuild=rebuild)
        log.info(
            "retention removed %d images of %d check-ins, %d replaced photos, %d letters and %d orphans",
            report.images,
            report.checkins,
            report.photos,
            report.letters,
            report.orphans,
        )
        return report

    def _note(self, report: RetentionReport, now: datetime) -> None:
        removed = {
            "images": report.images,
            "photos": report.photos,
            "letters": report.letters,
            "orphans": report.orphans,
            "measurements": report.measurements,
            "messages": report.messages,
        }
        if any(removed.values()):
            with self._db.write() as session:
                note(session, "retention_run", "service:retention", by=None, at=now, **removed)

    def _remove_images_of_checkins(self, before: datetime, report: RetentionReport) -> None:
        """The rows first: what a crash leaves is swept as orphans.

        Of somebody who was erased while a check-in of theirs was on its way, at once.
        """
        erased = exists().where(Employee.id == Checkin.employee_id, Employee.erased_at.is_not(None))
        due = or_(Checkin.received_at < before, erased)
        undecided = Checkin.status.in_(("received", "review"))
        with_image = Checkin.selfie_key.is_not(None)
        wanted = (with_image, due, or_(~undecided, erased))
        while True:
            with self._db.write() as session:
                rows = session.scalars(select(Checkin).where(*wanted).limit(BATCH).with_for_update()).all()
                keys = [key for row in rows for key in keys_of(row)]
                repeats.forget(session, [row.id for row in rows])
                for row in rows:
                    row.selfie_key, row.frame_keys = None, []
                    if row.employee.erased_at is not None:
                        row.selfie_sha256, row.meta, row.findings = "", {}, faceless(row.findings)
            self._delete(keys)
            report.checkins += len(rows)
            report.images += len(keys)
            if len(rows) < BATCH:
                break
        with self._db.read() as session:
            kept = select(Checkin.id).where(with_image, Checkin.received_at < before, undecided)
            report.kept_waiting = len(session.scalars(kept).all())

    def _remove_images_at_kiosks(self, before: datetime, report: RetentionReport) -> None:
        """Of people whom nobody has named. Their time stays, and what the search found in numbers goes."""
        keys = release_images(self._db, before)
        self._delete(keys)
        report.images += len(keys)

    def _remove_replaced_photos(self, before: datetime, report: RetentionReport) -> None:
        """Those of the latest enrolment are what the template can be made of again."""
        later = aliased(Photo)
        replaced = exists().where(later.employee_id == Photo.employee_id, later.created_at > Photo.created_at)
        with self._db.write() as session:
            rows = session.scalars(select(Photo).where(Photo.created_at < before, replaced)).all()
            session.execute(delete(Photo).where(Photo.id.in_([row.id for row in rows])))
        self._delete([row.evidence_key for row in rows])
        report.photos += len(rows)

    def _sweep(self, before: datetime, report: RetentionReport) -> None:
        report.orphans += self._evidence.delete_drafts(before)
        for keys in _batches(self._evidence.stored_keys()):
            old = [key for key in keys if self._is_older(key, before)]
            with self._db.read() as session:
                named = _named(session, old)
            orphans = [key for key in old if key not in named]
            self._delete(orphans)
            report.orphans += len(orphans)

    def _is_older(self, key: str, before: datetime) -> bool:
        written = self._evidence.written_at(key)
        return (
            key.startswith((CHECKINS, PHOTOS, LETTERS, KIOSKS)) and written is not None and written < before
        )

    def _delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._evidence.delete(key)


def _named(session: Session, keys: Sequence[str]) -> set[str]:
    """Those of the keys that rows name."""
    photos = [key for key in keys if key.startswith(PHOTOS)]
    named = set(session.scalars(select(Photo.evidence_key).where(Photo.evidence_key.in_(photos))))
    # checkins/<year>/<month>/<day>/<id>/<image>
    ids = {key.split("/")[4] for key in keys if key.startswith(CHECKINS) and key.count("/") == 5}
    for row in session.scalars(select(Checkin).where(Checkin.id.in_(ids))):
        named.update(keys_of(row))
    # kiosks/<year>/<month>/<day>/<id of the attempt>/<image>
    attempts = {key.split("/")[4] for key in keys if key.startswith(KIOSKS) and key.count("/") == 5}
    letters = named_letters(session, [key for key in keys if key.startswith(LETTERS)])
    return named | letters | images_of(session, attempts)


def _batches(keys: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(keys, BATCH)):
        yield batch
