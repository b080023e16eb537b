"""Keeps this process's gallery equal to the database.

Every change of a template adds a row to `gallery_changes`; its number is the gallery's version. Before a
gallery is used the newest version is read, and the people named by newer rows are loaded again. So what one
process enrols or erases is in force for the next check-in on every other.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.engine import dimension_of, version_of
from models.gallery import Gallery
from service.crypto import KeyRing
from service.db.session import Database
from service.db.tables import GalleryChange, Template
from service.sealed_templates import open_vectors
from service.storage_errors import OtherEncoders, SealBroken

log = logging.getLogger(__name__)


class GallerySync:
    """One gallery a process, keyed by employee id; used by one thread at a time."""

    def __init__(self, db: Database, ring: KeyRing, encoders: tuple[str, ...]) -> None:
        self._db = db
        self._ring = ring
        self.encoders = version_of(encoders)
        self.dim = dimension_of(encoders)
        self._gallery: Gallery[int] = Gallery(self.dim)
        self._photos: dict[int, int] = {}
        self._version = 0
        self._lock = threading.Lock()
        self.broken: set[int] = set()

    @contextmanager
    def reading(self) -> Iterator[Gallery[int]]:
        """The gallery as of the database's newest version. Not to be changed or kept by the caller."""
        with self._lock:
            self._refresh()
            yield self._gallery

    def photos_of(self, employee_id: int) -> int:
        """How many photos the template is made of; to be asked while `reading`. KeyError for who has none."""
        return self._photos[employee_id]

    def check_encoders(self) -> None:
        """Raises OtherEncoders when templates exist, but none that the configured encoders can read."""
        with self._db.read() as session:
            stored = set(session.scalars(select(Template.encoders).distinct()))
        if stored and self.encoders not in stored:
            raise OtherEncoders(stored="; ".join(sorted(stored)), configured=self.encoders)

    def _refresh(self) -> None:
        with self._db.read() as session:
            newest = session.scalar(select(func.max(GalleryChange.version))) or 0
            if newest == self._version:
                return
            if self._version:
                changed = set(
                    session.scalars(
                        select(GalleryChange.employee_id).where(GalleryChange.version > self._version)
                    )
                )
                self._reload(session, changed)
            else:
                self._load_all(session)
            self._version = newest

    def _load_all(self, session: Session) -> None:
        rows = session.scalars(select(Template).where(Template.encoders == self.encoders))
        for row in rows.yield_per(1000):
            self._add(row)

    def _reload(self, session: Session, employee_ids: set[int]) -> None:
        for employee_id in employee_ids:
            if employee_id in self._gallery:
                self._gallery.remove(employee_id)
                del self._photos[employee_id]
            self.broken.discard(employee_id)
            row = session.scalar(
                select(Template).where(
                    Template.employee_id == employee_id, Template.encoders == self.encoders
                )
            )
            if row is not None:
                self._add(row)

    def _add(self, row: Template) -> None:
        try:
            vectors = open_vectors(self._ring, row.employee_id, row.encoders, row.vectors, self.dim)
            self._gallery.add(row.employee_id, vectors)
            self._photos[row.employee_id] = row.photos
        except (SealBroken, ValueError):
            # A template that was tampered with must not be used, and must not keep everybody else from
            # checking in: its owner's check-ins go to review as not enrolled.
            self.broken.add(row.employee_id)
            log.error("the template of employee id %d can't be opened and is left out", row.employee_id)
