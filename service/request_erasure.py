"""Erasure of requests: days, kinds and decisions stay under the pseudonym; letters and words go."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.db.request_tables import Absence, Correction
from service.db.session import Database
from service.evidence import EvidenceStore
from service.request_rows import Request

# A word such as "sakit" is in the file anyway; a sentence is somebody's own.
TOLD_APART_BYTES: Final = 16
FOUND_BY_BYTES: Final = 64


def remove_letters(db: Database, evidence: EvidenceStore, employee_id: int) -> int:
    """Files first, then what leads to them: after a crash the same call finishes it. Gives how many."""
    mine = (Absence.employee_id == employee_id, Absence.letter_key.is_not(None))
    with db.read() as session:
        keys = [key for key in session.scalars(select(Absence.letter_key).where(*mine)) if key]
    for key in keys:
        evidence.delete(key)
    with db.write() as session:
        session.execute(update(Absence).where(Absence.letter_key.in_(keys)).values(letter_key=None))
    return len(keys)


def strip_requests(session: Session, employee_id: int) -> list[bytes]:
    """End what is open, and empty every text. Gives the beginnings of those that can be told from others."""
    absences = session.scalars(
        select(Absence).where(Absence.employee_id == employee_id).with_for_update()
    ).all()
    corrections = session.scalars(
        select(Correction).where(Correction.employee_id == employee_id).with_for_update()
    ).all()
    rows: list[Request] = [*absences, *corrections]
    gone: list[bytes] = []
    for row in rows:
        gone += [row.note.encode(), *(one.note.encode() for one in row.decisions)]
        row.note = ""
        for one in row.decisions:
            one.note = ""
        if row.state == "asked":
            row.state = "withdrawn"
    return told_apart(gone)


def told_apart(texts: Iterable[bytes]) -> list[bytes]:
    """The beginnings by which to look for what was somebody's own words."""
    return [words[:FOUND_BY_BYTES] for words in texts if len(words) >= TOLD_APART_BYTES]
