"""Does the audit trail still say what was written? Reads all of it, in order, in bounded memory.

Found without a checkpoint: every change of an entry, a deletion, a new order, a foreign entry, a cut end.
Found only with one: a trail replaced by an earlier state of itself (a backup with its own head row), and one that
was begun anew. Not found: what whoever holds the keys folder wrote after the last checkpoint outside their reach.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any, Literal

from sqlalchemy import Result, Row, select
from sqlalchemy.orm import Session

from service.audit import NOT_BEGUN, NOTHING, AuditKeys, Hashed, Head, hash_of, read_head
from service.audit_checkpoints import Checkpoint
from service.db.session import Database
from service.db.tables import AuditEntry

BreakKind = Literal[
    "changed",
    "moved",
    "inserted",
    "deleted",
    "truncated",
    "replaced",
    "rewritten",
    "head_missing",
    "head_forged",
]
ROWS_AT_ONCE = 1_000
PROGRESS_EVERY = 10_000
# More are counted but not listed.
BREAKS_LISTED = 1_000
# An entry's earlier place is looked for beside it, and among so many broken and so many missing ones.
TRACED = 50


@dataclass(frozen=True, slots=True)
class Break:
    """What is wrong with the entries from number `first` to `last`.

    changed : not what was written under this number.
    moved : written under the number `origin`.
    inserted : nobody wrote it.
    deleted, truncated : gone, from the middle or from the end.
    replaced : `first` was written after another entry than the one that is before it now.
    rewritten : a consistent trail, but not the one that the head row or a checkpoint knows.
    head_missing, head_forged : the row that names the last entry; so a cut end would not show.
    """

    kind: BreakKind
    first: int
    last: int
    origin: int | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """`breaks`: in the trail's order, at most BREAKS_LISTED of all that were found. Without entries no times."""

    entries: int
    began_at: str | None
    ended_at: str | None
    checkpoints: int
    breaks_found: int
    breaks: tuple[Break, ...]

    @property
    def intact(self) -> bool:
        return self.breaks_found == 0


def verify(
    db: Database,
    keys: AuditKeys,
    checkpoints: Sequence[Checkpoint] = (),
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Compare every entry with its hash, with the entry before, and with what the head and the checkpoints say.

    checkpoints : their signatures were checked (service.audit_checkpoints.read_from).
    progress : called with how many entries are done, and of how many.
    """
    with db.read() as session, _any_text(session):
        head = read_head(session)
        walk = _Walk()
        for one in checkpoints:
            walk.expect(one.sequence, one.entry_hash)
        certified = head is not None and keys.made_head(head)
        if head is not None and certified:
            walk.expect(head.sequence, head.entry_hash)
        for row in _rows(session):
            walk.step(row)
            if progress is not None and head is not None and walk.entries % PROGRESS_EVERY == 0:
                progress(walk.entries, max(head.sequence, walk.entries))
    walk.end(head, certified=certified)
    return Verification(
        entries=walk.entries,
        began_at=walk.began_at,
        ended_at=walk.ended_at,
        checkpoints=len(checkpoints),
        breaks_found=walk.breaks_found,
        breaks=walk.breaks(),
    )


class _Walk:
    """One pass over the entries in the order of their numbers.

    Without a break every hash is right, no number is missing and every link holds: then two trails that end in
    the same hash are the same.
    """

    def __init__(self) -> None:
        self.entries = 0
        self.began_at: str | None = None
        self.ended_at: str | None = None
        self.breaks_found = 0
        self._listed: list[Break] = []
        # Entries that don't fit their own hash, by number; with the hashes stored beside them.
        self._suspects: dict[int, tuple[Hashed, Any, Any]] = {}
        self._expected: dict[int, set[str]] = {}
        self._number = 0
        self._hash: Any = NOTHING
        # Whether the last entry fits its hash, so that the next one's link says something.
        self._sound = True
        self._agreed_until = 0
        self._disagrees = False

    def expect(self, sequence: int, entry_hash: str) -> None:
        if sequence > 0:
            self._expected.setdefault(sequence, set()).add(entry_hash)

    def step(self, row: Row[Any]) -> None:
        *columns, previous_hash, entry_hash = tuple(row)
        entry = Hashed(*columns)
        number = entry.sequence
        self.entries += 1
        self.ended_at = str(entry.at)
        self.began_at = self.began_at or self.ended_at
        if type(number) is not int or number < 1:
            self._report("inserted", number, number)
            return
        gap = number > self._number + 1
        if gap:
            self._report("deleted", self._number + 1, number - 1)
        sound = hash_of(previous_hash, entry) == entry_hash
        if not sound:
            if len(self._suspects) < BREAKS_LISTED:
                self._suspects[number] = entry, previous_hash, entry_hash
            self._report("changed", number, number)
        elif self._sound and not gap and previous_hash != self._hash:
            self._report("replaced", number, number)
        self._number, self._hash, self._sound = number, entry_hash, sound
        if sound and number in self._expected:
            self._compare(number, entry_hash)

    def end(self, head: Head | None, *, certified: bool) -> None:
        """After the last entry. certified : the head row is the service's own."""
        expected_end = max(self._expected, default=0)
        if self._number < expected_end:
            self._report("truncated", self._number + 1, expected_end)
        if head is None:
            self._report("head_missing", self._number, self._number)
        elif certified and self._number > head.sequence:
            self._report("inserted", head.sequence + 1, self._number)
        elif not certified and (head != NOT_BEGUN or self.entries):
            self._report("head_forged", self._number, self._number)

    def breaks(self) -> tuple[Break, ...]:
        origins = self._origins()
        foreign = set(origins.values())
        return tuple(sorted((self._named(one, origins, foreign) for one in self._listed), key=_place))

    def _compare(self, number: int, entry_hash: str) -> None:
        """One disagreement brings all later ones with it; they are reported once."""
        if self._expected[number] == {entry_hash}:
            self._agreed_until, self._disagrees = number, False
        elif not self._disagrees:
            self._disagrees = True
            self._report("rewritten", self._agreed_until + 1, number)

    def _report(self, kind: BreakKind, first: int, last: int) -> None:
        self.breaks_found += 1
        if len(self._listed) < BREAKS_LISTED:
            self._listed.append(Break(kind, first, last))

    def _origins(self) -> dict[int, int]:
        """Of entries that fit their hash under another number: that number."""
        places = [*islice(self._suspects, TRACED), *islice(self._gone(), TRACED)]
        origins = {}
        for number, (entry, previous_hash, entry_hash) in self._suspects.items():
            for origin in (number - 1, number + 1, *places):
                if hash_of(previous_hash, entry._replace(sequence=origin)) == entry_hash:
                    origins[number] = origin
                    break
        return origins

    def _gone(self) -> Iterator[int]:
        for one in self._listed:
            if one.kind in {"deleted", "truncated"}:
                yield from range(one.first, one.last + 1)

    @staticmethod
    def _named(one: Break, origins: Mapping[int, int], foreign: Set[int]) -> Break:
        if one.kind != "changed":
            return one
        if one.first in origins:
            return replace(one, kind="moved", origin=origins[one.first])
        return replace(one, kind="inserted") if one.first in foreign else one


def _place(one: Break) -> tuple[int, int]:
    return one.first, one.last


def _rows(session: Session) -> Result[Any]:
    columns = select(
        AuditEntry.sequence,
        AuditEntry.at,
        AuditEntry.actor,
        AuditEntry.action,
        AuditEntry.subject,
        AuditEntry.facts,
        AuditEntry.previous_hash,
        AuditEntry.entry_hash,
    )
    ordered = columns.order_by(AuditEntry.sequence)
    return session.execute(ordered, execution_options={"yield_per": ROWS_AT_ONCE})


@contextmanager
def _any_text(session: Session) -> Iterator[None]:
    """Let SQLite give text that is no UTF-8, which it keeps but refuses to read: then somebody put it there."""
    connection = session.connection().connection.dbapi_connection
    if not isinstance(connection, sqlite3.Connection):
        yield
        return
    connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
    try:
        yield
    finally:
        connection.text_factory = str
