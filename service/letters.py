"""Letters that employees add to a request: a doctor's note, an order to travel. Photos or PDFs.

A letter is never decoded here. It is looked at by its first bytes, sealed, and given back as what these say: a
photo to be shown, anything else only to be saved. What else is in the file is for the reader's own programs.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from models.image import BadImage, sniff
from service.audit_notes import note
from service.db.request_tables import Absence
from service.db.session import Database
from service.db.tables import Account, Employee
from service.evidence import EvidenceStore
from service.request_errors import LetterRefused
from service.request_rows import visible_row
from service.storage_errors import EvidenceMissing

LetterFormat = Literal["jpeg", "png", "webp", "heic", "pdf"]

MEBIBYTE: Final = 1024 * 1024
LETTER_BYTES: Final = 5 * MEBIBYTE
# Where letters lie in the store of evidence.
LETTERS: Final = "letters/"
# ISO 32000-2, 7.5.2. Readers also take files in which something stands before it; nobody has to send one.
PDF_BEGINS: Final = b"%PDF-"
# Those that every browser shows.
SHOWN: Final = frozenset({"jpeg", "png", "webp"})
BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """`shown`: a browser may show it; else it is only saved."""

    data: bytes
    format: LetterFormat

    @property
    def shown(self) -> bool:
        return self.format in SHOWN

    @property
    def media_type(self) -> str:
        return "application/pdf" if self.format == "pdf" else f"image/{self.format}"

    @property
    def ending(self) -> str:
        """Of a file's name."""
        return "jpg" if self.format == "jpeg" else self.format


def format_of(data: bytes) -> LetterFormat:
    """By the first bytes, whatever the file is called. Raises LetterRefused."""
    if not data:
        raise LetterRefused("empty")
    if len(data) > LETTER_BYTES:
        raise LetterRefused("too_many_bytes", most_mb=LETTER_BYTES // MEBIBYTE)
    if data.startswith(PDF_BEGINS):
        return "pdf"
    try:
        return sniff(data)
    except BadImage:
        raise LetterRefused("unknown_format") from None


def store_letter(evidence: EvidenceStore, data: bytes, now: datetime) -> str:
    """Gives its key, for the row that is to name it.

    Raises LetterRefused, StorageFull and StorageUnavailable; nothing was stored then.
    """
    format_of(data)
    key = f"{LETTERS}{now:%Y/%m}/{uuid.uuid4()}"
    evidence.put(key, data)
    return key


def open_letter(
    db: Database, evidence: EvidenceStore, reader: Account, absence_id: int, now: datetime
) -> Letter:
    """The letter of one's own request, or of one within reach; that it was viewed by another goes on record.

    Raises UnknownRequest, EvidenceMissing and SealBroken.
    """
    with db.write() as session:
        row = visible_row(session, Absence, absence_id, reader)
        if row.letter_key is None:
            raise EvidenceMissing
        if row.employee_id != reader.employee_id:
            note(session, "evidence_viewed", f"absence:{row.id}", by=reader.id, at=now, image="letter")
    data = evidence.get(row.letter_key)
    return Letter(data, format_of(data))


def remove_old_letters(db: Database, evidence: EvidenceStore, before: date) -> int:
    """Of decided requests whose last day was before; of erased people, all. Gives how many.

    The rows first: what a crash leaves is swept as orphans.
    """
    erased = exists().where(Employee.id == Absence.employee_id, Employee.erased_at.is_not(None))
    over = (Absence.last < before) & (Absence.state != "asked")
    removed = 0
    while True:
        with db.write() as session:
            wanted = select(Absence).where(Absence.letter_key.is_not(None), or_(over, erased))
            rows = session.scalars(wanted.limit(BATCH).with_for_update()).all()
            keys = [row.letter_key for row in rows if row.letter_key]
            for row in rows:
                row.letter_key = None
        for key in keys:
            evidence.delete(key)
        removed += len(keys)
        if len(rows) < BATCH:
            return removed


def named_letters(session: Session, keys: list[str]) -> set[str]:
    """Those of the keys that requests name."""
    found = session.scalars(select(Absence.letter_key).where(Absence.letter_key.in_(keys)))
    return {key for key in found if key is not None}
