"""The images behind every decision: sealed, written once, never changed; only their seal is renewed."""

import errno
import fcntl
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from service import durable_file
from service.crypto import HEADER_BYTES, KeyRing, key_id_of
from service.storage_errors import EvidenceExists, EvidenceMissing, StorageFull, StorageUnavailable

log = logging.getLogger(__name__)

# No segment begins with a dot: neither a way out of the folder nor the draft of a file.
_KEY = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*", re.ASCII)
LONGEST_KEY = 200
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class EvidenceStore:
    """Images by keys such as `checkins/2026/11/24/<uuid>/selfie`, each a sealed file below one folder.

    Every method raises ValueError for what is not such a key.
    """

    def __init__(self, root: Path, ring: KeyRing) -> None:
        self._root = root
        self._ring = ring

    def put(self, key: str, data: bytes) -> None:
        """Store; when this returns, the image survives a power failure. The same again is harmless.

        Raises
        ------
        EvidenceExists : the key holds other data.
        SealBroken : the key holds something that can't be opened.
        StorageFull : there is no room; nothing was stored.
        StorageUnavailable : the disk failed otherwise.
        """
        path = self._path(key)
        sealed = self._ring.seal(data, _context(key))
        try:
            with _disk():
                durable_file.make_folder(path.parent)
                durable_file.create(path, sealed)
        except FileExistsError:
            if self.get(key) != data:
                raise EvidenceExists from None
            # Whoever put it may have died before its name was on disk.
            with _disk():
                durable_file.sync_folder(path.parent)
        except FileNotFoundError:
            # A folder went away just after it was made: the disk does.
            raise StorageUnavailable from None
        if not self._ring.is_current(sealed):
            # A new key came between the seal and the file, too late for the rotation to have seen the file.
            self.reseal(key)

    def get(self, key: str) -> bytes:
        """Raises EvidenceMissing, SealBroken when the file was changed or moved, and StorageUnavailable."""
        try:
            with _disk():
                sealed = self._path(key).read_bytes()
        except FileNotFoundError:
            raise EvidenceMissing from None
        return self._ring.open(sealed, _context(key))

    def reseal(self, key: str) -> bool:
        """Seal with the current key. False when it is so sealed already, or not there (any more).

        An image that is deleted at the same time stays deleted.

        Raises
        ------
        SealBroken : it can't be opened; the file is left as it is.
        StorageFull
        """
        path = self._path(key)
        with _disk(), _held(path) as file:
            if file is None:
                return False
            sealed = file.read(HEADER_BYTES)
            if self._ring.is_current(sealed):
                return False
            data = self._ring.open(sealed + file.read(), _context(key))
            durable_file.replace(path, self._ring.seal(data, _context(key)))
        return True

    def delete(self, key: str) -> None:
        """Remove for good, with what crashes have left of it. What is not there is removed already."""
        path = self._path(key)
        with _disk(), _held(path) as file:
            for draft in durable_file.drafts_of(path):
                draft.unlink(missing_ok=True)
            if file is None:
                return
            path.unlink(missing_ok=True)
            durable_file.sync_folder(path.parent)

    def stored_keys(self) -> Iterator[str]:
        """Of everything that is stored, folder by folder."""
        for path in self._files():
            key = path.relative_to(self._root).as_posix()
            if len(key) <= LONGEST_KEY and _KEY.fullmatch(key):
                yield key

    def key_id(self, key: str) -> bytes | None:
        """The id of the key that the image is sealed with, as the file says; None when it is not there."""
        try:
            with self._path(key).open("rb") as file:
                return key_id_of(file.read(HEADER_BYTES))
        except FileNotFoundError:
            return None

    def written_at(self, key: str) -> datetime | None:
        """When the file was last written, by the system's clock; None when it is not there."""
        return _written_at(self._path(key))

    def delete_drafts(self, before: datetime) -> int:
        """Remove what crashes have left half-written, and say how many files that were."""
        removed = 0
        for path in self._files():
            written = _written_at(path) if path.name.startswith(".") else None
            if written is not None and written < before:
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def _path(self, key: str) -> Path:
        if len(key) > LONGEST_KEY or not _KEY.fullmatch(key):
            raise ValueError("not a key of evidence")
        return self._root / key

    def _files(self) -> Iterator[Path]:
        for folder, folders, names in os.walk(self._root):
            folders.sort()
            yield from (Path(folder, name) for name in sorted(names))


def _context(key: str) -> str:
    return f"evidence:{key}"


def _written_at(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


@contextmanager
def _held(path: Path) -> Iterator[BinaryIO | None]:
    """The file, which nobody else who holds it can replace or remove meanwhile; None when there is none."""
    while True:
        try:
            file = path.open("rb")
        except FileNotFoundError:
            yield None
            return
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_at(file, path):
                yield file
                return


def _is_at(file: BinaryIO, path: Path) -> bool:
    """Whether the name is still that of the open file."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def _disk() -> Iterator[None]:
    """What the system reports becomes an error that the caller can wait out. The names of files stay here."""
    try:
        yield
    except (FileExistsError, FileNotFoundError):
        raise
    except OSError as failed:
        if failed.errno in _NO_ROOM:
            raise StorageFull from None
        log.error("the disk failed: %s", errno.errorcode.get(failed.errno or 0, "unknown"))
        raise StorageUnavailable from None
