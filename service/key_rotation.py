"""Rotation of keys while the service runs: a new key seals, everything is sealed anew, the old keys go.

Nothing is lost to what is written meanwhile, whichever process writes it:

- a row's value is sealed while its writer holds a lock (`sealed_columns`). A writer that began before the new
  key was current has ended when the last look at the rows, which waits for all writers, begins; one that begins
  later has seen the new key.
- an image is looked at again by whoever wrote it: if the key has changed by then, it is sealed anew at once; if
  not, it was there before the walk over the images began.
"""

import fcntl
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import CursorResult, func, select, update

from service import durable_file, item_keys
from service.audit_notes import note
from service.clock import utc_now
from service.crypto import KEY_FILE, VERSION, KeyRing, key_id_of, new_key, new_key_id, read_ring, ring_json
from service.db.session import Database
from service.evidence import EvidenceStore
from service.key_file import load
from service.sealed_columns import SEALED_COLUMNS, SealedColumn, wait_for_writers
from service.storage_errors import RotationRefused, SealBroken

log = logging.getLogger(__name__)

BATCH = 100


@dataclass(frozen=True, slots=True)
class Broken:
    """Changed, cut, moved, or sealed by a key that is gone: it was not used, and left as it is.

    kind : of a sealed column, such as "template", with the id of the employee, account or webhook; "evidence",
        with the key.
    """

    kind: str
    owner: int | str


@dataclass(slots=True)
class RotationReport:
    """What a rotation did. Keys by their ids, in hex.

    resealed : how many were sealed anew, by kind.
    dropped : old keys that nothing names any longer; kept : those that something broken names.
    """

    current: str
    resealed: Counter[str] = field(default_factory=Counter)
    broken: list[Broken] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def note_broken(self, one: Broken) -> None:
        if one not in self.broken:
            log.error("a sealed value (%s) can't be opened and is left as it is", one.kind)
            self.broken.append(one)


class KeyRotation:
    """keys_dir : the folder of the key file; None when the keys come from the environment."""

    def __init__(
        self,
        db: Database,
        evidence: EvidenceStore,
        ring: KeyRing,
        keys_dir: Path | None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._clock = clock
        self._db = db
        self._evidence = evidence
        self._ring = ring
        self._keys_dir = keys_dir

    def run(
        self, *, add_key: bool = False, progress: Callable[[int, int], None] | None = None
    ) -> RotationReport:
        """Rotate. What an earlier run did not finish is gone on with, without another new key.

        With keys of the environment nothing but the sealing is done: the report tells which are free to go.

        Phones are given a new key too; what they have sealed to former ones can still be opened.

        add_key : make a new key also when an earlier rotation has left old ones.
        progress : called with how many templates and images are done, and of how many.

        Raises
        ------
        RotationRefused : another rotation is running, or a new key is wanted and can't be stored.
        StorageFull
        """
        if self._keys_dir is None:
            if add_key:
                raise RotationRefused("environment")
            report = self._reseal(progress)
            self._note(report)
            return report
        with _alone(self._keys_dir):
            file = self._keys_dir / KEY_FILE
            if add_key or len(self._ring.ids) == 1:
                keys, _ = read_ring(load(file))
                name = new_key_id()
                durable_file.replace(file, ring_json({**keys, name: new_key()}, name))
                item_keys.add_key(self._keys_dir)
            report = self._reseal(progress)
            self._drop(file, report)
            self._note(report)
        return report

    def _note(self, report: RotationReport) -> None:
        with self._db.write() as session:
            note(
                session,
                "keys_rotated",
                f"key:{report.current}",
                by=None,
                at=self._clock(),
                resealed=dict(report.resealed),
                broken=len(report.broken),
                dropped=report.dropped,
                kept=report.kept,
            )

    def _reseal(self, progress: Callable[[int, int], None] | None) -> RotationReport:
        report = RotationReport(current=self._ring.current.hex())
        images = sum(1 for _ in self._evidence.stored_keys())
        total = sum(self._count_stale(sealed) for sealed in SEALED_COLUMNS) + images
        done = 0

        def step() -> None:
            nonlocal done
            done += 1
            if progress is not None:
                progress(done, max(done, total))

        named: set[bytes] | None = None
        while named is None:
            for sealed in SEALED_COLUMNS:
                self._reseal_column(sealed, report, step)
            named = self._named_by_rows(report)
        named |= self._reseal_images(report, step)
        old = self._ring.ids - {self._ring.current}
        report.kept = sorted(name.hex() for name in old & named)
        report.dropped = sorted(name.hex() for name in old - named)
        return report

    def _reseal_column(self, sealed: SealedColumn, report: RotationReport, step: Callable[[], None]) -> None:
        last = 0
        while True:
            with self._db.read() as session:
                stale = select(sealed.row_id).where(sealed.row_id > last, sealed.header != self._header)
                batch = session.scalars(stale.order_by(sealed.row_id).limit(BATCH)).all()
            for row_id in batch:
                self._reseal_row(sealed, row_id, report)
                step()
            if len(batch) < BATCH:
                return
            last = batch[-1]

    def _reseal_row(self, sealed: SealedColumn, row_id: int, report: RotationReport) -> None:
        with self._db.read() as session:
            row = session.get(sealed.table, row_id)
        before: bytes | None = None if row is None else getattr(row, sealed.column.key)
        if before is None:
            return
        context = sealed.context(row)
        try:
            after = self._ring.seal(self._ring.open(before, context), context)
        except SealBroken:
            report.note_broken(Broken(sealed.kind, sealed.owner(row)))
            return
        # What was written meanwhile, maybe under the same number, stays.
        unchanged = (sealed.row_id == row_id, sealed.column == before)
        with self._db.write() as session:
            changed = session.execute(update(sealed.table).where(*unchanged).values({sealed.column: after}))
            assert isinstance(changed, CursorResult)
            report.resealed[sealed.kind] += changed.rowcount

    def _named_by_rows(self, report: RotationReport) -> set[bytes] | None:
        """The old keys that rows still name; None when some of them could be sealed anew and have to be."""
        named: set[bytes] = set()
        with self._db.write() as session:
            wait_for_writers(session)
            for sealed in SEALED_COLUMNS:
                stale = select(sealed.table, sealed.header).where(sealed.header != self._header)
                for row, header in session.execute(stale.execution_options(yield_per=BATCH)):
                    if Broken(sealed.kind, sealed.owner(row)) not in report.broken:
                        return None
                    named.add(key_id_of(header))
        return named

    def _reseal_images(self, report: RotationReport, step: Callable[[], None]) -> set[bytes]:
        """The old keys that images still name."""
        named = set()
        for key in self._evidence.stored_keys():
            try:
                report.resealed["evidence"] += self._evidence.reseal(key)
            except SealBroken:
                report.note_broken(Broken("evidence", key))
                named.add(self._evidence.key_id(key) or b"")
            step()
        return named

    def _drop(self, file: Path, report: RotationReport) -> None:
        if report.dropped:
            keys, current = read_ring(load(file))
            kept = {name: key for name, key in keys.items() if name.hex() not in report.dropped}
            durable_file.replace(file, ring_json(kept, current))

    def _count_stale(self, sealed: SealedColumn) -> int:
        with self._db.read() as session:
            stale = select(func.count()).select_from(sealed.table).where(sealed.header != self._header)
            return session.scalar(stale) or 0

    @property
    def _header(self) -> bytes:
        return VERSION + self._ring.current


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "rotation.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RotationRefused("running") from None
        yield
