"""Files that are either there whole, also after the power went, or not at all."""

import glob
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def create(path: Path, data: bytes) -> None:
    """Make a new file that only this user can read, in an existing folder.

    When this returns the file is on disk under its name. A draft that a crash leaves behind has a name that
    begins with a dot.

    Raises
    ------
    FileExistsError : there is one already; it is never touched, also when another process made it just now.
    OSError : as of the system; nothing is left behind.
    """
    draft = _draft(path, data)
    try:
        # Not a rename, which would replace what is there.
        os.link(draft, path)
    finally:
        draft.unlink()
    sync_folder(path.parent)


def replace(path: Path, data: bytes) -> None:
    """Put new content in the place of a file's: whoever opens it sees all of the one or all of the other."""
    draft = _draft(path, data)
    try:
        draft.rename(path)
    except BaseException:
        draft.unlink()
        raise
    sync_folder(path.parent)


def drafts_of(path: Path) -> Iterator[Path]:
    """What crashes have left of attempts to write the file."""
    return path.parent.glob(f".{glob.escape(path.name)}.*")


def _draft(path: Path, data: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        draft.unlink()
        raise
    return draft


def make_folder(folder: Path) -> None:
    """Make the folder and those above it, for this user alone, each on disk before the next."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Until this returns, a name that was made or removed in the folder may come back otherwise."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
