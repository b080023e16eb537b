import base64
import json
import multiprocessing
import resource
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from service import audit
from service.audit import AuditKeys
from service.audit_checkpoints import (
    SIGNING_KEY_FILE,
    Checkpoint,
    SigningKey,
    append_to,
    export,
    read_from,
    take,
)
from service.audit_verification import verify
from service.db.session import Database
from service.storage_errors import CheckpointRefused, KeysRefused, TrailBroken
from tests.service.trail import Intruder, fill, rehashed

NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)
KEYS = AuditKeys(b"s" * 32)
SIGNING = SigningKey(Ed25519PrivateKey.generate())
CHECKPOINT = SIGNING.sign(12, "ab" * 32, NOW)
LINE = CHECKPOINT.to_line()
ROUNDS = 20


def changed(**values: object) -> bytes:
    """The line with other values in what was signed."""
    outer = json.loads(LINE)
    outer["checkpoint"] |= values
    return json.dumps(outer, separators=(",", ":")).encode() + b"\n"


# --- what is signed


def test_a_checkpoint_says_how_the_trail_ends(db: Database) -> None:
    fill(db, KEYS, 3)
    checkpoint = take(db, KEYS, SIGNING, NOW)
    with db.read() as session:
        last = session.execute(text("SELECT entry_hash FROM audit_entries WHERE sequence = 3")).scalar_one()
    assert (checkpoint.sequence, checkpoint.entry_hash, checkpoint.at) == (3, last, NOW)
    assert checkpoint.key_id == SIGNING.key_id
    assert SIGNING.signed(checkpoint)


def test_a_line_can_be_checked_by_others_with_the_public_key_alone() -> None:
    public = load_pem_public_key(SIGNING.public_pem().encode())
    assert isinstance(public, Ed25519PublicKey)
    outer = json.loads(LINE)
    said = json.dumps(outer["checkpoint"], sort_keys=True, separators=(",", ":"))
    public.verify(base64.b64decode(outer["signature"]), said.encode())


def test_a_line_holds_the_whole_checkpoint() -> None:
    assert Checkpoint.from_line(LINE) == CHECKPOINT


@pytest.mark.parametrize(
    "other",
    [
        {"sequence": 11},
        {"entry_hash": "cd" * 32},
        {"at": "2026-11-24T07:30:01.000000+00:00"},
    ],
)
def test_a_checkpoint_that_was_changed_is_refused(tmp_path: Path, other: dict[str, object]) -> None:
    (tmp_path / "log").write_bytes(LINE + changed(**other))
    with pytest.raises(CheckpointRefused) as refused:
        read_from(tmp_path / "log", SIGNING)
    assert refused.value.extras["reason"] == "bad_signature"
    assert "line 2" in refused.value.explain()


@pytest.mark.parametrize("position", range(len(LINE)))
def test_no_byte_of_a_line_can_be_changed(tmp_path: Path, position: int) -> None:
    line = bytearray(LINE)
    line[position] ^= 1
    (tmp_path / "log").write_bytes(line)
    with pytest.raises(CheckpointRefused):
        read_from(tmp_path / "log", SIGNING)


def test_a_checkpoint_of_another_key_is_refused(tmp_path: Path) -> None:
    stranger = SigningKey(Ed25519PrivateKey.generate())
    (tmp_path / "log").write_bytes(stranger.sign(12, "ab" * 32, NOW).to_line())
    with pytest.raises(CheckpointRefused, match="checkpoint_refused") as refused:
        read_from(tmp_path / "log", SIGNING)
    assert stranger.key_id in refused.value.explain()


def test_the_name_of_our_key_does_not_make_a_signature_ours(tmp_path: Path) -> None:
    stranger = SigningKey(Ed25519PrivateKey.generate())
    stranger.key_id = SIGNING.key_id
    (tmp_path / "log").write_bytes(stranger.sign(12, "ab" * 32, NOW).to_line())
    with pytest.raises(CheckpointRefused) as refused:
        read_from(tmp_path / "log", SIGNING)
    assert refused.value.extras["reason"] == "bad_signature"


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b"[]\n",
        b"null\n",
        b"\xff\xfe\n",
        b"[" * 1_900 + b"\n",
        LINE[:-1],
        LINE[:-1] + b" \n",
        LINE.replace(b":", b": "),
        LINE * 20,
        changed(sequence=True),
        changed(sequence=-1),
        changed(sequence="12"),
        changed(sequence=None),
        changed(entry_hash={"a": 1}),
        changed(entry_hash="AB" * 32),
        changed(key_id="\x1b[2J"),
        changed(at="2026-11-24T07:30:00"),
        changed(at="0001-01-01T00:00:00.000000+14:00"),
        changed(at=7),
        changed(format="hadir-audit-checkpoint/2"),
        changed(more=1),
    ],
)
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, line: bytes) -> None:
    if line == LINE * 20:
        line = line.replace(b"\n", b"")
    (tmp_path / "log").write_bytes(line)
    with pytest.raises(CheckpointRefused) as refused:
        read_from(tmp_path / "log", SIGNING)
    assert refused.value.extras["reason"] == "damaged"


@given(st.binary(max_size=300))
def test_any_bytes_are_a_checkpoint_or_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match="no checkpoint"):
        Checkpoint.from_line(line)


def test_a_file_without_checkpoints_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    with pytest.raises(CheckpointRefused) as refused:
        read_from(tmp_path / "log", SIGNING)
    assert refused.value.extras["reason"] == "empty"


# --- what is not signed


def test_a_trail_with_a_forged_head_gets_no_checkpoint(db: Database, tmp_path: Path) -> None:
    fill(db, KEYS, 3)
    with db.write() as session:
        session.execute(text("UPDATE audit_head SET mac = ''"))
    with pytest.raises(TrailBroken):
        take(db, KEYS, SIGNING, NOW)


def test_a_trail_without_a_head_gets_no_checkpoint(db: Database) -> None:
    with db.write() as session:
        session.execute(text("DELETE FROM audit_head"))
    with pytest.raises(TrailBroken):
        take(db, KEYS, SIGNING, NOW)


def test_a_trail_that_was_cut_gets_no_checkpoint(db: Database, tmp_path: Path) -> None:
    fill(db, KEYS, 3)
    intruder = Intruder(tmp_path)
    intruder.put(intruder.rows()[:2], intruder.head())
    intruder.close()
    with pytest.raises(TrailBroken):
        take(db, KEYS, SIGNING, NOW)


def test_a_trail_with_another_last_entry_gets_no_checkpoint(db: Database, tmp_path: Path) -> None:
    fill(db, KEYS, 3)
    intruder = Intruder(tmp_path)
    rows = intruder.rows()
    rows[2] = rows[2]._replace(actor=99)
    intruder.put(rehashed(rows, 2), intruder.head())
    intruder.close()
    with pytest.raises(TrailBroken):
        take(db, KEYS, SIGNING, NOW)


def test_a_head_taken_back_to_the_beginning_gets_no_checkpoint(db: Database) -> None:
    fill(db, KEYS, 3)
    with db.write() as session:
        session.execute(
            text("UPDATE audit_head SET sequence = 0, mac = '', entry_hash = :none"), {"none": audit.NOTHING}
        )
    with pytest.raises(TrailBroken):
        take(db, KEYS, SIGNING, NOW)


def test_a_trail_that_has_not_begun_has_a_checkpoint_too(db: Database) -> None:
    checkpoint = take(db, KEYS, SIGNING, NOW)
    assert checkpoint.sequence == 0
    fill(db, KEYS, 3)
    assert verify(db, KEYS, [checkpoint]).intact


# --- the file


def test_a_file_collects_the_checkpoints_and_the_trail_agrees_with_all(db: Database, tmp_path: Path) -> None:
    for number in range(3):
        fill(db, KEYS, 2, first=number * 2 + 1)
        export(db, KEYS, SIGNING, tmp_path / "log", NOW + timedelta(days=number))
    checkpoints = read_from(tmp_path / "log", SIGNING)
    assert [one.sequence for one in checkpoints] == [2, 4, 6]
    found = verify(db, KEYS, checkpoints)
    assert found.intact
    assert found.checkpoints == 3


def test_a_trail_that_lost_the_last_checkpoint_gets_no_other(db: Database, tmp_path: Path) -> None:
    intruder = Intruder(tmp_path)
    fill(db, KEYS, 3)
    earlier = intruder.rows(), intruder.head()
    fill(db, KEYS, 3, first=4)
    export(db, KEYS, SIGNING, tmp_path / "log", NOW)
    intruder.put(*earlier)
    fill(db, KEYS, 9, first=50)
    intruder.close()
    with pytest.raises(TrailBroken):
        export(db, KEYS, SIGNING, tmp_path / "log", NOW)
    assert len(read_from(tmp_path / "log", SIGNING)) == 1


def test_nothing_is_added_to_a_file_of_something_else(db: Database, tmp_path: Path) -> None:
    (tmp_path / "log").write_text("minutes of the meeting\n")
    with pytest.raises(CheckpointRefused):
        export(db, KEYS, SIGNING, tmp_path / "log", NOW)
    assert (tmp_path / "log").read_text() == "minutes of the meeting\n"


def fill_the_disk_and_append(path: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(LINE) + 10, len(LINE) + 10))
    try:
        append_to(path, CHECKPOINT)
    except OSError:
        return
    raise AssertionError("the disk was not full")


def test_a_full_disk_leaves_no_half_line(tmp_path: Path) -> None:
    append_to(tmp_path / "log", CHECKPOINT)
    process = multiprocessing.get_context("spawn").Process(
        target=fill_the_disk_and_append, args=(tmp_path / "log",)
    )
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert (tmp_path / "log").read_bytes() == LINE


# --- the key


def test_a_new_start_has_the_same_key(tmp_path: Path) -> None:
    key_id = SigningKey.load_or_create(tmp_path / "keys").key_id
    assert SigningKey.load_or_create(tmp_path / "keys").key_id == key_id
    assert SigningKey.load(tmp_path / "keys").key_id == key_id


def test_nobody_else_can_read_the_key_and_no_draft_stays(tmp_path: Path) -> None:
    SigningKey.load_or_create(tmp_path / "keys")
    (file,) = (tmp_path / "keys").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_can_reach_is_refused(tmp_path: Path) -> None:
    SigningKey.load_or_create(tmp_path)
    (tmp_path / SIGNING_KEY_FILE).chmod(0o604)
    with pytest.raises(KeysRefused, match="chmod 600"):
        SigningKey.load(tmp_path)


@pytest.mark.parametrize("content", ["", "no key", SIGNING.public_pem()])
def test_a_damaged_key_is_refused_and_kept(tmp_path: Path, content: str) -> None:
    file = tmp_path / SIGNING_KEY_FILE
    file.touch(mode=0o600)
    file.write_text(content)
    with pytest.raises(KeysRefused, match="audit-signing"):
        SigningKey.load_or_create(tmp_path)
    assert file.read_text() == content


def test_a_key_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SigningKey.load(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_no_repr_shows_the_key() -> None:
    assert repr(SIGNING) == f"SigningKey({SIGNING.key_id})"


def start_and_name(root: Path, process: int, together: Barrier) -> None:
    for round_ in range(ROUNDS):
        together.wait(60)
        key = SigningKey.load_or_create(root / f"{round_}")
        (root / f"{round_}.{process}").write_text(key.key_id)


def test_two_first_starts_at_once_make_one_key(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    together = spawn.Barrier(2)
    starts = [spawn.Process(target=start_and_name, args=(tmp_path, number, together)) for number in range(2)]
    for start in starts:
        start.start()
    for start in starts:
        start.join(60)
    for round_ in range(ROUNDS):
        assert (tmp_path / f"{round_}.0").read_text() == (tmp_path / f"{round_}.1").read_text()
