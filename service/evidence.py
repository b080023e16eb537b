"""The images behind every decision: sealed, written once, never changed."""

import errno
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service import durable_file
from service.crypto import KeyRing
from service.errors import EvidenceExists, EvidenceMissing, StorageFull, StorageUnavailable

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

    def get(self, key: str) -> bytes:
        """Raises EvidenceMissing, SealBroken when the file was changed or moved, and StorageUnavailable."""
        try:
            with _disk():
                sealed = self._path(key).read_bytes()
        except FileNotFoundError:
            raise EvidenceMissing from None
        return self._ring.open(sealed, _context(key))

    def delete(self, key: str) -> None:
        """Remove for good. What is not there is removed already."""
        path = self._path(key)
        try:
            with _disk():
                path.unlink()
                durable_file.sync_folder(path.parent)
        except FileNotFoundError:
            return

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def _path(self, key: str) -> Path:
        if len(key) > LONGEST_KEY or not _KEY.fullmatch(key):
            raise ValueError("not a key of evidence")
        return self._root / key


def _context(key: str) -> str:
    return f"evidence:{key}"


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
