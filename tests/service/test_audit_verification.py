"""Whatever is done to the trail by somebody without the keys, it is found."""

import random
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.exc import DatabaseError

from service import audit_checkpoints, audit_verification
from service.audit import NOTHING, AuditKeys
from service.audit_checkpoints import Checkpoint, SigningKey
from service.audit_verification import Break, Verification, verify
from service.db.session import Database
from tests.conftest import Report
from tests.service.trail import BEGIN, Entry, Intruder, fill, rehashed, renumbered

KEYS = AuditKeys(b"s" * 32)
SIGNING = SigningKey(Ed25519PrivateKey.generate())
# Entries of the trail, and how many of them were there when the checkpoint was made.
ENTRIES, COVERED = 40, 25
TAMPERINGS, TAMPERINGS_SOAK = 1_000, 10_000
MANY = 100_000
LONG = 8_000
MOST_MEMORY_BYTES = 4_000_000
# A few seconds on an idle machine; CI machines are not idle, so it is the processor's time that counts.
MOST_CPU_S = 15

Head = tuple[Any, ...] | None


@dataclass
class Trail:
    """The trail as the service left it, and all that an intruder may have seen of it."""

    db: Database
    intruder: Intruder
    checkpoint: Checkpoint
    rows: list[Entry]
    heads: list[Head]  # after each entry, from none on

    @property
    def head(self) -> Head:
        return self.heads[-1]

    def verified(self, *checkpoints: Checkpoint) -> Verification:
        return verify(self.db, KEYS, checkpoints)

    def breaks(self, *checkpoints: Checkpoint) -> list[Break]:
        return list(self.verified(*checkpoints).breaks)


@pytest.fixture
def trail(db: Database, tmp_path: Path) -> Iterator[Trail]:
    intruder = Intruder(tmp_path)
    heads = [intruder.head()]
    for number in range(1, ENTRIES + 1):
        fill(db, KEYS, 1, first=number)
        heads.append(intruder.head())
        if number == COVERED:
            checkpoint = audit_checkpoints.take(db, KEYS, SIGNING, BEGIN)
    yield Trail(db, intruder, checkpoint, intruder.rows(), heads)
    intruder.close()


def test_a_trail_that_nobody_touched_is_intact(trail: Trail) -> None:
    found = trail.verified(trail.checkpoint)
    assert found.intact
    assert (found.entries, found.checkpoints, found.breaks) == (ENTRIES, 1, ())
    assert (found.began_at, found.ended_at) == (trail.rows[0].at, trail.rows[-1].at)


def test_a_trail_without_entries_is_intact(db: Database) -> None:
    assert verify(db, KEYS) == Verification(0, None, None, 0, 0, ())


def test_a_trail_put_back_as_it_was_is_intact(trail: Trail) -> None:
    trail.intruder.put(trail.rows, trail.head)
    assert trail.verified(trail.checkpoint).intact


# --- what is found, by its name


COLUMNS = ("at", "actor", "action", "subject", "facts", "previous_hash")


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_column_is_found(trail: Trail, column: str) -> None:
    for number in (1, 17, ENTRIES):
        for value in ("x", 99, b"blob", b"\xff\xfe"):
            trail.intruder.change(column, value, number)
            assert trail.breaks() == [Break("changed", number, number)]
            trail.intruder.put(trail.rows, trail.head)


def test_a_value_of_another_type_that_looks_the_same_is_found(trail: Trail) -> None:
    for number, column in enumerate(("at", "action", "subject", "facts"), start=1):
        trail.intruder.run(
            f"UPDATE audit_entries SET {column} = CAST({column} AS BLOB) WHERE sequence = {number}"
        )
    assert trail.breaks() == [Break("changed", number, number) for number in range(1, 5)]


def test_text_that_is_no_utf8_is_found(trail: Trail) -> None:
    trail.intruder.run("UPDATE audit_entries SET subject = CAST(x'ff' AS TEXT) WHERE sequence = 3")
    assert trail.breaks() == [Break("changed", 3, 3)]


def test_the_connection_reads_text_as_before_afterwards(trail: Trail) -> None:
    trail.verified()
    with trail.db.read() as session:
        raw: Any = session.connection().connection.dbapi_connection
        assert raw.text_factory is str


def test_a_changed_hash_is_found(trail: Trail) -> None:
    trail.intruder.change("entry_hash", "1" * 64, 17)
    assert trail.breaks(trail.checkpoint) == [Break("changed", 17, 17)]


def test_an_entry_with_a_new_hash_is_found_by_the_next_one(trail: Trail) -> None:
    rows = trail.rows[:]
    rows[16] = rows[16]._replace(actor=99).hashed_after(rows[15].entry_hash)
    trail.intruder.put(rows, trail.head)
    assert trail.breaks() == [Break("replaced", 18, 18)]


def test_a_chain_written_anew_is_found_by_the_head(trail: Trail) -> None:
    rows = trail.rows[:]
    rows[16] = rows[16]._replace(actor=99)
    trail.intruder.put(rehashed(rows, 16), trail.head)
    assert trail.breaks() == [Break("rewritten", 1, ENTRIES)]


def test_checkpoints_tell_where_a_chain_was_written_anew(trail: Trail) -> None:
    rows = trail.rows[:]
    rows[30] = rows[30]._replace(actor=99)
    trail.intruder.put(rehashed(rows, 30), trail.head)
    assert trail.breaks(trail.checkpoint) == [Break("rewritten", COVERED + 1, ENTRIES)]


def test_a_deleted_entry_is_found(trail: Trail) -> None:
    trail.intruder.put(trail.rows[:9] + trail.rows[12:], trail.head)
    assert trail.breaks() == [Break("deleted", 10, 12)]


def test_a_deleted_beginning_is_found(trail: Trail) -> None:
    trail.intruder.put(trail.rows[3:], trail.head)
    assert trail.breaks() == [Break("deleted", 1, 3)]


def test_a_deleted_entry_whose_number_was_closed_is_found(trail: Trail) -> None:
    rows = trail.rows[:35] + trail.rows[36:]
    trail.intruder.put(renumbered(rows), trail.head)
    moved = [Break("moved", number, number, origin=number + 1) for number in range(36, 40)]
    assert trail.breaks() == [*moved, Break("truncated", 40, 40)]


@pytest.mark.parametrize(("one", "other"), [(5, 6), (5, 30), (1, ENTRIES)])
def test_two_entries_that_changed_places_are_found(trail: Trail, one: int, other: int) -> None:
    rows = trail.rows[:]
    rows[one - 1], rows[other - 1] = rows[other - 1], rows[one - 1]
    trail.intruder.put(renumbered(rows), trail.head)
    assert trail.breaks() == [Break("moved", one, one, other), Break("moved", other, other, one)]


def test_an_entry_that_was_put_in_between_is_found(trail: Trail) -> None:
    trail.intruder.put(renumbered([*trail.rows[:37], trail.rows[2], *trail.rows[37:]]), trail.head)
    assert trail.breaks() == [
        Break("inserted", 38, 38),
        Break("moved", 39, 39, origin=38),
        Break("moved", 40, 40, origin=39),
        Break("moved", 41, 41, origin=40),
        Break("inserted", 41, 41),
    ]


def test_a_made_up_entry_that_was_put_in_between_is_found(trail: Trail) -> None:
    forged = trail.rows[2]._replace(subject="checkin:999", entry_hash="1" * 64)
    trail.intruder.put(renumbered([*trail.rows[:38], forged, *trail.rows[38:]]), trail.head)
    assert Break("inserted", 39, 39) in trail.breaks()


def test_an_entry_that_was_added_at_the_end_is_found(trail: Trail) -> None:
    added = trail.rows[2]._replace(sequence=ENTRIES + 1).hashed_after(trail.rows[-1].entry_hash)
    trail.intruder.put([*trail.rows, added], trail.head)
    assert trail.breaks() == [Break("inserted", ENTRIES + 1, ENTRIES + 1)]


def test_an_entry_before_the_first_is_found(trail: Trail) -> None:
    trail.intruder.put([trail.rows[2]._replace(sequence=0), *trail.rows], trail.head)
    assert trail.breaks() == [Break("inserted", 0, 0)]


def test_a_cut_end_is_found_by_the_head(trail: Trail) -> None:
    trail.intruder.put(trail.rows[:30], trail.head)
    assert trail.breaks() == [Break("truncated", 31, ENTRIES)]


def test_a_cut_end_with_its_old_head_is_found_by_the_checkpoint(trail: Trail) -> None:
    trail.intruder.put(trail.rows[:20], trail.heads[20])
    assert trail.verified().intact
    assert trail.breaks(trail.checkpoint) == [Break("truncated", 21, COVERED)]


def test_a_trail_that_was_begun_anew_is_found_by_the_checkpoint(trail: Trail) -> None:
    trail.intruder.put([], trail.heads[0])
    fill(trail.db, KEYS, ENTRIES, first=100)
    assert trail.breaks(trail.checkpoint) == [Break("rewritten", 1, COVERED)]


def test_a_forged_head_is_found(trail: Trail) -> None:
    assert trail.head is not None
    trail.intruder.put(trail.rows[:30], (1, 30, trail.rows[29].entry_hash, trail.head[3]))
    assert trail.breaks() == [Break("head_forged", 30, 30)]


def test_a_head_taken_back_to_the_beginning_is_found(trail: Trail) -> None:
    trail.intruder.put(trail.rows, trail.heads[0])
    assert trail.breaks() == [Break("head_forged", ENTRIES, ENTRIES)]


def test_a_head_that_is_gone_is_found(trail: Trail) -> None:
    trail.intruder.put(trail.rows, None)
    assert trail.breaks() == [Break("head_missing", ENTRIES, ENTRIES)]


def test_what_the_service_adds_to_a_cut_trail_does_not_hide_the_cut(trail: Trail) -> None:
    trail.intruder.put(trail.rows[:30], trail.head)
    fill(trail.db, KEYS, 5)
    assert trail.breaks() == [Break("deleted", 31, ENTRIES)]


def test_all_breaks_are_told_in_their_order(trail: Trail) -> None:
    trail.intruder.change("actor", 99, 30)
    trail.intruder.run("DELETE FROM audit_entries WHERE sequence IN (10, 39, 40)")
    trail.intruder.change("facts", "{}", 4)
    assert trail.breaks() == [
        Break("changed", 4, 4),
        Break("deleted", 10, 10),
        Break("changed", 30, 30),
        Break("truncated", 39, 40),
    ]


def test_more_breaks_than_are_listed_are_counted(trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_verification, "BREAKS_LISTED", 3)
    trail.intruder.run("UPDATE audit_entries SET actor = 99")
    found = trail.verified()
    assert found.breaks_found == ENTRIES
    assert [one.first for one in found.breaks] == [1, 2, 3]


# --- whatever is done


@dataclass
class Attack:
    """One try of an intruder who can compute hashes, and has seen every head row so far."""

    rng: random.Random
    trail: Trail

    @property
    def rows(self) -> list[Entry]:
        return self.trail.rows[:]

    def somewhere(self, last: int = ENTRIES) -> int:
        return self.rng.randrange(last)

    def maybe_rehashed(self, rows: Sequence[Entry], start: int) -> list[Entry]:
        return rehashed(rows, start) if self.rng.random() < 0.5 else list(rows)

    def any_head(self, rows: Sequence[Entry]) -> Head:
        """The true one, none, or one that names the last row without the right MAC."""
        last = rows[-1] if rows else None
        named = (1, last.sequence, last.entry_hash) if last else (1, 0, NOTHING)
        mac = self.rng.choice(["", "0" * 64, (self.trail.head or ())[3]])
        return self.rng.choice([self.trail.head, self.trail.head, None, (*named, mac)])


def edited(attack: Attack, entry: Entry) -> Entry:
    column = attack.rng.choice([name for name in Entry._fields if name != "sequence"])
    old = getattr(entry, column)
    letters = list(str(old))
    letters[attack.rng.randrange(len(letters))] = attack.rng.choice("0123456789abcdefxyz")
    values = ["".join(letters), str(old) + " ", str(old)[:-1], "", b"\xff", 12345]
    if column == "actor":
        values += [None, 0, -1]
    return entry._replace(
        **{column: attack.rng.choice([value for value in values if str(value) != str(old)])}
    )


def edit(attack: Attack) -> tuple[list[Entry], Head]:
    rows, index = attack.rows, attack.somewhere()
    rows[index] = edited(attack, rows[index])
    rehash = attack.rng.choice(["none", "one", "all"])
    if rehash == "one":
        rows[index] = rows[index].hashed_after(rows[index - 1].entry_hash if index else NOTHING)
    elif rehash == "all":
        rows = rehashed(rows, index)
    return rows, attack.trail.head


def delete(attack: Attack) -> tuple[list[Entry], Head]:
    rows, index = attack.rows, attack.somewhere(ENTRIES - 1)
    del rows[index : index + attack.rng.choice([1, 1, 2, 5])]
    if attack.rng.random() < 0.5:
        return rows, attack.trail.head
    return attack.maybe_rehashed(renumbered(rows), index), attack.any_head(rows)


def swap(attack: Attack) -> tuple[list[Entry], Head]:
    rows = attack.rows
    one, other = sorted(attack.rng.sample(range(ENTRIES), 2))
    rows[one], rows[other] = rows[other], rows[one]
    return attack.maybe_rehashed(renumbered(rows), one), attack.trail.head


def shuffle(attack: Attack) -> tuple[list[Entry], Head]:
    rows, begin = attack.rows, attack.somewhere(ENTRIES - 3)
    part = rows[begin : begin + attack.rng.randrange(3, 12)]
    while part == rows[begin : begin + len(part)]:
        attack.rng.shuffle(part)
    rows[begin : begin + len(part)] = part
    return attack.maybe_rehashed(renumbered(rows), begin), attack.trail.head


def copy_over(attack: Attack) -> tuple[list[Entry], Head]:
    rows = attack.rows
    one, other = attack.rng.sample(range(ENTRIES), 2)
    rows[one] = rows[other]._replace(sequence=one + 1)
    return attack.maybe_rehashed(rows, one), attack.trail.head


def insert(attack: Attack) -> tuple[list[Entry], Head]:
    rows, index = attack.rows, attack.rng.randrange(ENTRIES + 1)
    rows.insert(
        index, attack.rng.choice([rows[attack.somewhere()], edited(attack, rows[attack.somewhere()])])
    )
    return attack.maybe_rehashed(renumbered(rows), index), attack.any_head(rows)


def truncate(attack: Attack) -> tuple[list[Entry], Head]:
    rows = attack.rows[: attack.somewhere()]
    return rows, attack.any_head(rows)


def go_back(attack: Attack) -> tuple[list[Entry], Head]:
    """To an earlier state with the head it had, which only the checkpoint knows to be an old one."""
    left = attack.somewhere(COVERED)
    return attack.rows[:left], attack.trail.heads[left]


ATTACKS: tuple[Callable[[Attack], tuple[list[Entry], Head]], ...] = (
    edit,
    delete,
    swap,
    shuffle,
    truncate,
    edit,
    copy_over,
    insert,
    go_back,
    delete,
)


def tamper(trail: Trail, seed: int) -> str:
    """Put a tampered trail in the place of the true one, and say what was done."""
    attack = Attack(random.Random(seed), trail)
    kind = ATTACKS[seed % len(ATTACKS)]
    while True:
        trail.intruder.put(*kind(attack))
        # What was edited may have been rehashed to what it was, or be the same number to the database.
        if trail.intruder.rows() != trail.rows or trail.intruder.head() != trail.head:
            return f"{kind.__name__} {seed}"


@pytest.mark.timeout(1200)
def test_every_tampering_is_found(trail: Trail, soak: bool, report: Report) -> None:
    missed: list[str] = []
    tries = TAMPERINGS_SOAK if soak else TAMPERINGS
    for seed in range(tries):
        done = tamper(trail, seed)
        if trail.verified(trail.checkpoint).intact:
            missed.append(done)
    report(f"audit trail: {tries} tamperings, {len(missed)} not found")
    assert missed == []


def test_no_tampering_is_hidden_by_what_the_service_writes_afterwards(trail: Trail) -> None:
    hidden: list[str] = []
    for seed in range(100):
        done = tamper(trail, seed)
        try:
            fill(trail.db, KEYS, 3, first=500)
        except DatabaseError:
            # Its next number is taken: that shows by itself.
            continue
        if trail.verified(trail.checkpoint).intact:
            hidden.append(done)
    assert hidden == []


# --- many entries


def put_many(intruder: Intruder, count: int) -> None:
    """Entries such as the service writes, in a fraction of the time."""
    rows, previous = [], NOTHING
    for number in range(1, count + 1):
        row = Entry(
            sequence=number,
            at="2026-11-24T00:31:00.000000+00:00",
            actor=None,
            action="decision",
            subject=f"checkin:00000000-0000-4000-8000-{number:012d}",
            facts='{"reasons":["no_liveness"],"similarity":0.6123,"status":"accepted","threshold":0.35}',
            previous_hash="",
            entry_hash="",
        ).hashed_after(previous)
        rows.append(row)
        previous = row.entry_hash
    intruder.put(rows, (1, count, previous, KEYS.head_mac(count, previous)))


def test_a_hundred_thousand_entries_are_verified_in_seconds(
    db: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    intruder = Intruder(tmp_path)
    put_many(intruder, MANY)
    begun_s, begun_cpu_s = time.perf_counter(), time.process_time()
    found = verify(db, KEYS)
    took_s, took_cpu_s = time.perf_counter() - begun_s, time.process_time() - begun_cpu_s
    with capsys.disabled():
        print(  # noqa: T201 - asked for
            f"\n{found.entries} audit entries verified in {took_s:.1f} s ({took_cpu_s:.1f} s of processor time)"
        )
    assert found.intact
    assert found.entries == MANY
    assert took_cpu_s < MOST_CPU_S
    intruder.close()


def test_a_long_trail_is_never_in_memory_as_a_whole(db: Database, tmp_path: Path) -> None:
    intruder = Intruder(tmp_path)
    put_many(intruder, LONG)
    intruder.run("UPDATE audit_entries SET actor = 99")
    intruder.close()
    verify(db, KEYS)
    tracemalloc.start()
    try:
        verify(db, KEYS)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < MOST_MEMORY_BYTES


def test_progress_is_told(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_verification, "PROGRESS_EVERY", 10)
    fill(db, KEYS, 25)
    told: list[tuple[int, int]] = []
    verify(db, KEYS, progress=lambda done, total: told.append((done, total)))
    assert told == [(10, 25), (20, 25)]


def test_a_trail_that_is_being_written_is_intact_at_every_moment(db: Database) -> None:
    def write() -> None:
        for number in range(1, 41):
            fill(db, KEYS, 1, first=number)

    with ThreadPoolExecutor(1) as thread:
        writing = thread.submit(write)
        found = [verify(db, KEYS)]
        while not writing.done():
            found.append(verify(db, KEYS))
        writing.result()
    assert all(one.intact for one in found)
