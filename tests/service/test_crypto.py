import multiprocessing
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import durable_file
from service.crypto import KeyRing, key_id_of, ring_json
from service.storage_errors import KeysRefused, SealBroken

ROUNDS = 40
OLD, NEW = b"old.", b"new."
KEYS = {OLD: b"o" * 32, NEW: b"n" * 32}
RING = KeyRing(KEYS, NEW)
SEALED = RING.seal(b"a face", "templates:1")


@given(plain=st.binary(), context=st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_in_the_same_context(plain: bytes, context: str) -> None:
    assert RING.open(RING.seal(plain, context), context) == plain


def test_the_same_data_never_looks_the_same() -> None:
    seals = {RING.seal(b"a face", "templates:1") for _ in range(100)}
    assert len({sealed[5:17] for sealed in seals}) == 100


def test_the_plain_data_does_not_show() -> None:
    assert b"a face" not in SEALED


def test_data_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(SealBroken):
        RING.open(SEALED, "templates:2")


@pytest.mark.parametrize("position", range(len(SEALED)))
def test_a_changed_byte_does_not_open(position: int) -> None:
    changed = bytearray(SEALED)
    changed[position] ^= 1
    with pytest.raises(SealBroken):
        RING.open(bytes(changed), "templates:1")


@pytest.mark.parametrize("length", range(len(SEALED)))
def test_cut_data_does_not_open(length: int) -> None:
    with pytest.raises(SealBroken):
        RING.open(SEALED[:length], "templates:1")


def test_data_under_an_unknown_key_does_not_open() -> None:
    with pytest.raises(SealBroken):
        KeyRing({OLD: KEYS[OLD]}, OLD).open(SEALED, "templates:1")


def test_the_name_of_the_key_is_sealed_too() -> None:
    one_key_two_names = KeyRing({OLD: b"k" * 32, NEW: b"k" * 32}, OLD)
    sealed = one_key_two_names.seal(b"a face", "")
    with pytest.raises(SealBroken):
        one_key_two_names.open(sealed[:1] + NEW + sealed[5:], "")


def test_an_older_key_still_opens_and_the_current_one_seals() -> None:
    before = KeyRing({OLD: KEYS[OLD]}, OLD).seal(b"a face", "")
    assert RING.open(before, "") == b"a face"
    assert RING.seal(b"a face", "")[1:5] == NEW


def test_no_repr_and_no_error_shows_a_key() -> None:
    with pytest.raises(SealBroken) as broken:
        RING.open(b"", "")
    assert "nnnn" not in f"{RING!r} {RING} {broken.value!r} {broken.value}"


@pytest.mark.parametrize(("keys", "current"), [({OLD: b"short"}, OLD), ({b"long id": b"k" * 32}, b"long id")])
def test_keys_of_another_size_are_refused(keys: dict[bytes, bytes], current: bytes) -> None:
    with pytest.raises(ValueError, match="keys have 32 bytes"):
        KeyRing(keys, current)


def test_a_ring_without_its_current_key_is_refused() -> None:
    with pytest.raises(ValueError, match="current key"):
        KeyRing({OLD: KEYS[OLD]}, NEW)


def test_a_new_start_opens_what_an_earlier_one_sealed(tmp_path: Path) -> None:
    sealed = KeyRing.load_or_create(tmp_path / "keys").seal(b"a face", "")
    assert KeyRing.load_or_create(tmp_path / "keys").open(sealed, "") == b"a face"


def test_nobody_else_can_read_new_keys_and_no_draft_stays(tmp_path: Path) -> None:
    KeyRing.load_or_create(tmp_path / "keys")
    (file,) = (tmp_path / "keys").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_keys_that_others_can_reach_are_refused(tmp_path: Path, mode: int) -> None:
    KeyRing.load_or_create(tmp_path)
    (tmp_path / "keys.json").chmod(mode)
    with pytest.raises(KeysRefused, match="chmod 600"):
        KeyRing.load_or_create(tmp_path)


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", '{"current": "6e65772e", "keys": {}}', '{"current": 1, "keys": {"6e65772e": "AAAA"}}'],
)
def test_a_damaged_key_file_is_refused_and_kept(tmp_path: Path, content: str) -> None:
    file = tmp_path / "keys.json"
    file.touch(mode=0o600)
    file.write_text(content)
    with pytest.raises(KeysRefused, match="not a key ring"):
        KeyRing.load_or_create(tmp_path)
    assert file.read_text() == content


def replace_ring(folder: Path, keys: dict[bytes, bytes], current: bytes) -> None:
    durable_file.replace(folder / "keys.json", ring_json(keys, current))


def test_a_running_ring_follows_its_file(tmp_path: Path) -> None:
    ring = KeyRing.load_or_create(tmp_path)
    replace_ring(tmp_path, KEYS, NEW)
    assert key_id_of(ring.seal(b"a face", "")) == NEW
    assert ring.ids == {OLD, NEW}


def test_a_running_ring_opens_what_another_process_sealed_with_a_new_key(tmp_path: Path) -> None:
    ring = KeyRing.load_or_create(tmp_path)
    replace_ring(tmp_path, KEYS, NEW)
    assert ring.open(SEALED, "templates:1") == b"a face"


def test_a_key_file_that_is_gone_or_damaged_does_not_stop_a_running_process(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ring = KeyRing.load_or_create(tmp_path)
    sealed = ring.seal(b"a face", "")
    durable_file.replace(tmp_path / "keys.json", b"{}")
    assert ring.open(sealed, "") == b"a face"
    (tmp_path / "keys.json").unlink()
    assert ring.open(ring.seal(b"a face", ""), "") == b"a face"
    assert [record.message for record in caplog.records] == [
        "the key file can't be read; the keys read before stay in use"
    ] * 2


def test_a_key_that_left_the_ring_opens_for_a_while_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_ring(tmp_path, {OLD: KEYS[OLD]}, OLD)
    ring = KeyRing.load_or_create(tmp_path)
    sealed = ring.seal(b"a face", "")
    replace_ring(tmp_path, {NEW: KEYS[NEW]}, NEW)
    assert ring.open(sealed, "") == b"a face"
    monkeypatch.setattr("service.crypto.time.monotonic", lambda: float("inf"))
    with pytest.raises(SealBroken):
        ring.open(sealed, "")


def start_and_seal(root: Path, process: int, together: Barrier) -> None:
    for round_ in range(ROUNDS):
        together.wait(60)
        ring = KeyRing.load_or_create(root / f"{round_}")
        (root / f"{round_}.{process}").write_bytes(ring.seal(b"a face", ""))


def test_two_first_starts_at_once_make_one_key(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    together = spawn.Barrier(2)
    starts = [spawn.Process(target=start_and_seal, args=(tmp_path, number, together)) for number in range(2)]
    for start in starts:
        start.start()
    for start in starts:
        start.join(60)
    for round_ in range(ROUNDS):
        ring = KeyRing.load_or_create(tmp_path / f"{round_}")
        for process in range(2):
            assert ring.open((tmp_path / f"{round_}.{process}").read_bytes(), "") == b"a face"
