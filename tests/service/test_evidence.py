import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from service.crypto import KeyRing
from service.evidence import EvidenceStore
from service.storage_errors import (
    EvidenceExists,
    EvidenceMissing,
    SealBroken,
    StorageFull,
    StorageUnavailable,
)

RING = KeyRing({b"key1": b"k" * 32}, b"key1")
KEY = "checkins/2026/11/24/0199b2c4-7b1e-7c3a-9d55-1f0a2b3c4d5e/selfie"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


@pytest.fixture
def store(root: Path) -> EvidenceStore:
    return EvidenceStore(root, RING)


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_what_is_put_is_got(store: EvidenceStore) -> None:
    store.put(KEY, b"a selfie")
    assert store.exists(KEY)
    assert store.get(KEY) == b"a selfie"


def test_the_file_shows_nothing_of_the_image_and_is_this_users_alone(
    store: EvidenceStore, root: Path
) -> None:
    store.put(KEY, b"a selfie")
    (file,) = files(root)
    assert b"selfie" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert all(folder.stat().st_mode & 0o077 == 0 for folder in (root, *root.rglob("*")))


def test_the_same_image_may_be_put_again(store: EvidenceStore, root: Path) -> None:
    store.put(KEY, b"a selfie")
    before = files(root)[0].read_bytes()
    store.put(KEY, b"a selfie")
    assert [file.read_bytes() for file in files(root)] == [before]


def test_another_image_never_replaces_one(store: EvidenceStore) -> None:
    store.put(KEY, b"a selfie")
    with pytest.raises(EvidenceExists):
        store.put(KEY, b"another")
    assert store.get(KEY) == b"a selfie"


def test_of_two_images_put_at_once_one_is_kept_and_the_other_refused(store: EvidenceStore) -> None:
    start = Barrier(2)

    def put(image: bytes, number: int) -> bool:
        start.wait()
        try:
            store.put(f"checkins/{number}", image)
        except EvidenceExists:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        for number in range(50):
            first, second = threads.map(put, [b"one", b"two"], [number, number])
            assert first != second
            assert store.get(f"checkins/{number}") == (b"one" if first else b"two")


def test_a_missing_image_is_told_as_such(store: EvidenceStore) -> None:
    assert not store.exists(KEY)
    with pytest.raises(EvidenceMissing):
        store.get(KEY)


def test_a_deleted_image_is_gone_and_may_be_deleted_again(store: EvidenceStore, root: Path) -> None:
    store.put(KEY, b"a selfie")
    store.delete(KEY)
    store.delete(KEY)
    assert not store.exists(KEY)
    assert files(root) == []


def test_an_image_moved_to_another_key_does_not_open(store: EvidenceStore, root: Path) -> None:
    store.put("checkins/1", b"a selfie")
    (root / "checkins/1").rename(root / "checkins/2")
    with pytest.raises(SealBroken):
        store.get("checkins/2")


def test_a_changed_image_does_not_open_and_is_not_taken_for_the_same(
    store: EvidenceStore, root: Path
) -> None:
    store.put("checkins/1", b"a selfie")
    file = root / "checkins/1"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(SealBroken):
        store.get("checkins/1")
    with pytest.raises(SealBroken):
        store.put("checkins/1", b"a selfie")


@pytest.mark.parametrize(
    "key",
    [
        "a//b",
        "a/",
        "a/../b",
        "a/.b",
        ".",
        "..",
        "../x",
        "/etc/passwd",
        "A",
        "a\\b",
        "é",
        "",
        "a b",
        "a\n",
        "a\x00",
        "a" * 201,
    ],
)
def test_what_is_not_a_key_is_refused_everywhere(store: EvidenceStore, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        store.put(key, b"")
    for ask in (store.get, store.delete, store.exists):
        with pytest.raises(ValueError, match="not a key"):
            ask(key)


def test_a_crash_before_the_end_leaves_no_evidence(
    store: EvidenceStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_failure(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(os, "link", power_failure)
    monkeypatch.setattr(Path, "unlink", lambda *_: None)
    with pytest.raises(SystemExit):
        store.put("checkins/1", b"a selfie")
    (draft,) = files(root)
    assert not store.exists("checkins/1")
    with pytest.raises(ValueError, match="not a key"):
        store.get(str(draft.relative_to(root)))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_told_as_such_and_leaves_nothing(
    store: EvidenceStore, root: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def full(_: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", full)
    root.mkdir()
    with pytest.raises(StorageFull):
        store.put("selfie", b"a selfie")
    assert files(root) == []


@pytest.mark.parametrize("code", [errno.EIO, errno.EROFS, errno.EMFILE])
def test_a_disk_that_fails_otherwise_is_told_without_the_name_of_a_file(
    store: EvidenceStore,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    code: int,
) -> None:
    def broken(_: int) -> None:
        raise OSError(code, os.strerror(code), "checkins/1")

    root.mkdir()
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(StorageUnavailable):
        store.put("checkins/1", b"a selfie")
    assert files(root) == []
    assert errno.errorcode[code] in caplog.text
    assert "checkins/1" not in caplog.text


def test_image_and_folders_are_on_disk_before_put_returns(
    store: EvidenceStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def note(descriptor: int) -> None:
        synced.append(os.path.relpath(Path(f"/proc/self/fd/{descriptor}").readlink(), root))

    root.mkdir()
    monkeypatch.setattr(os, "fsync", note)
    store.put("checkins/2026/selfie", b"a selfie")
    assert synced[:2] == [".", "checkins"]
    assert synced[2].startswith("checkins/2026/.selfie.")
    assert synced[3:] == ["checkins/2026"]
    synced.clear()
    store.put("checkins/2026/selfie", b"a selfie")
    assert synced[-1] == "checkins/2026"


BOTH = KeyRing({b"key1": b"k" * 32, b"key2": b"K" * 32}, b"key2")


def test_a_new_seal_leaves_the_image_as_it_is(store: EvidenceStore, root: Path) -> None:
    store.put(KEY, b"a selfie")
    later = EvidenceStore(root, BOTH)
    assert later.reseal(KEY)
    assert (later.get(KEY), later.key_id(KEY)) == (b"a selfie", b"key2")
    assert files(root)[0].stat().st_mode & 0o077 == 0


def test_the_present_seal_is_not_renewed(store: EvidenceStore, root: Path) -> None:
    store.put(KEY, b"a selfie")
    before = files(root)[0].read_bytes()
    assert not store.reseal(KEY)
    assert files(root)[0].read_bytes() == before


def test_what_is_not_there_is_not_made_by_a_new_seal(store: EvidenceStore, root: Path) -> None:
    assert not store.reseal(KEY)
    assert files(root) == []


def test_an_image_never_comes_back_by_a_new_seal(store: EvidenceStore, root: Path) -> None:
    later = EvidenceStore(root, BOTH)
    for number in range(30):
        key = f"photos/{number}"
        store.put(key, b"a face")
        together = Barrier(2)

        def renew(key: str = key, together: Barrier = together) -> None:
            together.wait(20)
            later.reseal(key)

        def delete(key: str = key, together: Barrier = together) -> None:
            together.wait(20)
            store.delete(key)

        with ThreadPoolExecutor(2) as threads:
            for done in [threads.submit(renew), threads.submit(delete)]:
                done.result(20)
    assert files(root) == []


@pytest.mark.parametrize("kept", [0, 3, 20])
def test_a_cut_image_keeps_its_bytes_and_is_reported(store: EvidenceStore, root: Path, kept: int) -> None:
    store.put(KEY, b"a selfie")
    (file,) = files(root)
    file.write_bytes(file.read_bytes()[:kept])
    cut = file.read_bytes()
    with pytest.raises(SealBroken):
        EvidenceStore(root, BOTH).reseal(KEY)
    assert file.read_bytes() == cut


def test_a_deleted_image_takes_what_crashes_left_of_it_along(store: EvidenceStore, root: Path) -> None:
    store.put(KEY, b"a selfie")
    (root / KEY).with_name(".selfie.0123").write_bytes(b"half")
    (root / KEY).with_name(".frame.0123").write_bytes(b"half")
    store.delete(KEY)
    assert [file.name for file in files(root)] == [".frame.0123"]


def test_every_key_is_listed_and_nothing_else(store: EvidenceStore, root: Path) -> None:
    for key in (KEY, "photos/1"):
        store.put(key, b"an image")
    (root / ".draft").touch()
    (root / "Not A Key").touch()
    assert list(store.stored_keys()) == [KEY, "photos/1"]
