"""Files of secrets that an installation makes for itself at its first start."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from service import durable_file
from service.storage_errors import KeysRefused


def load(path: Path) -> bytes:
    """The content. Raises FileNotFoundError, and KeysRefused when other users can reach the file."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise KeysRefused("readable", file=str(path))
        return file.read()


def load_or_create(path: Path, make: Callable[[], bytes]) -> bytes:
    """The same; the first call makes it. Of several at once, all get the same one."""
    if not path.exists():
        durable_file.make_folder(path.parent)
        with suppress(FileExistsError):
            durable_file.create(path, make())
    return load(path)
