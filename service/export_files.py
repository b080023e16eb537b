"""Files of exports: made at once for few people, as long work for many, and kept sealed until they are fetched."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.access_errors import NotAllowed
from service.audit_notes import note
from service.db.export_tables import ExportFile
from service.db.session import Database
from service.db.tables import Account, Unit
from service.evidence import EvidenceStore
from service.export_definitions import Definition, from_json
from service.export_errors import NothingToExport, UnknownExportFile
from service.export_formats import MEDIA_TYPES, as_file
from service.export_rows import Wanted, rows_of, staff_of
from service.jobs import Handler, Jobs, Work
from service.reach import Reach, reach_of
from service.units import unit_row
from service.working_time import WorkingTime

KIND: Final = "export"
# More people than this take longer than a request should.
AT_ONCE: Final = 200
KEPT: Final = timedelta(days=1)
FORGET_AFTER_S: Final = 120.0
FORGET_EVERY_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One of the two: a file that is there, or work that makes it and reports its `file`."""

    file_id: str | None = None
    job_id: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    file_name: str
    media_type: str
    data: bytes


class ExportFiles:
    """The use cases of files. Safe for use by many threads."""

    def __init__(
        self, db: Database, evidence: EvidenceStore, work: WorkingTime, *, clock: Callable[[], datetime]
    ) -> None:
        self._db = db
        self._evidence = evidence
        self._work = work
        self._clock = clock

    def ask(self, jobs: Jobs, account: Account, definition: Definition, wanted: Wanted) -> Asked:
        """Raises NothingToExport, StorageFull, StorageUnavailable. wanted : of `wanted_by`."""
        staff = staff_of(self._work, wanted)
        if not staff.people:
            raise NothingToExport
        if len(staff.people) <= AT_ONCE:
            return Asked(file_id=self.make(account.id, definition, wanted)["file"])
        options = {
            "definition": definition.as_json(),
            "month": wanted.month.isoformat(),
            "unit_id": wanted.unit_id,
        }
        return Asked(job_id=jobs.ask(KIND, b"{}", options, by=account.id))

    def make(
        self,
        account_id: int,
        definition: Definition,
        wanted: Wanted,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> dict[str, Any]:
        """Make and keep the file. Gives its id and the number of its rows. Raises NothingToExport."""
        rows = list(rows_of(self._work, definition, wanted, staff_of(self._work, wanted), progress=progress))
        if not rows:
            raise NothingToExport
        data, file_id, now = as_file(definition, rows), uuid.uuid4().hex, self._clock()
        key = f"exports/{file_id}"
        self._evidence.put(key, data)
        with self._db.write() as session:
            session.add(
                ExportFile(
                    id=file_id,
                    account_id=account_id,
                    unit_id=wanted.unit_id,
                    file_name=f"hadir-{wanted.month:%Y-%m}.{definition.file_type}",
                    media_type=MEDIA_TYPES[definition.file_type],
                    evidence_key=key,
                    made_at=now,
                )
            )
            unit = {} if wanted.unit_id is None else {"unit": wanted.unit_id}
            month = f"{wanted.month:%Y-%m}"
            note(
                session,
                "exported",
                f"export:{file_id}",
                by=account_id,
                at=now,
                month=month,
                rows=len(rows),
                **unit,
            )
        return {"file": file_id, "rows": len(rows)}

    def fetch(self, account: Account, file_id: str) -> Fetched:
        """One's own, as long as its people are within reach. Raises UnknownExportFile."""
        with self._db.read() as session:
            row = session.get(ExportFile, file_id)
            if row is None or row.account_id != account.id or row.made_at < self._clock() - KEPT:
                raise UnknownExportFile
            if not _reaches(session, reach_of(account), row.unit_id):
                raise UnknownExportFile
            name, media_type, key = row.file_name, row.media_type, row.evidence_key
        return Fetched(name, media_type, self._evidence.get(key))

    def forget_old(self) -> int:
        return forget_files(self._db, self._evidence, made_before=self._clock() - KEPT)

    def handler(self) -> Handler:
        """Of the long work."""

        def handle(work: Work) -> dict[str, Any]:
            wanted = Wanted(date.fromisoformat(work.options["month"]), work.options["unit_id"])
            with self._db.read() as session:
                # Its reach may have become smaller while the work waited.
                if not _reaches(session, work.reach, wanted.unit_id):
                    raise NotAllowed
            try:
                return self.make(work.by, from_json(work.options["definition"]), wanted, work.progress)
            except NothingToExport as nothing:
                return {"refused": nothing.code}

        return handle


def wanted_by(db: Database, account: Account, unit: str | None, month: date) -> Wanted:
    """unit : a code; None is everybody that the account reaches. Raises UnknownUnit."""
    reach = reach_of(account)
    if unit is None:
        return Wanted(month, reach.unit_id)
    with db.read() as session:
        return Wanted(month, unit_row(session, unit, reach).id)


def forget_files(db: Database, evidence: EvidenceStore, *, made_before: datetime | None = None) -> int:
    """Remove files: first what they hold, then that they were. made_before : None is all. Gives how many."""
    with db.read() as session:
        chosen = select(ExportFile.id, ExportFile.evidence_key)
        if made_before is not None:
            chosen = chosen.where(ExportFile.made_at < made_before)
        found = session.execute(chosen).all()
    for _, key in found:
        evidence.delete(key)
    if found:
        with db.write() as session:
            session.execute(delete(ExportFile).where(ExportFile.id.in_([file_id for file_id, _ in found])))
    return len(found)


def _reaches(session: Session, reach: Reach, unit_id: int | None) -> bool:
    if reach.everybody:
        return True
    return (
        unit_id is not None
        and session.scalar(select(Unit.id).where(Unit.id == unit_id, reach.units)) == unit_id
    )
