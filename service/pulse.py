"""Whether the database answers, asked every second by a thread of its own: whoever wants to know need not wait.

A probe that asks by itself stands in line with every request of a crowd, and looks dead when the service is only
busy.
"""

import time
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from service.db.session import Database
from service.storage_errors import StorageUnavailable

EVERY_S: Final = 1.0
# Longer without an answer, and the database hangs: a busy one is late, but not for so long.
STALE_AFTER_S: Final = 5.0


class Pulse:
    """`feel` is for the thread; `beats` may be asked by anybody, also on the event loop."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._felt_at: float | None = None

    def feel(self) -> None:
        try:
            self._db.ping()
        except (SQLAlchemyError, StorageUnavailable):
            self._felt_at = None
        else:
            self._felt_at = time.monotonic()

    def beats(self) -> bool:
        """The last question was answered, not long ago; and the file that holds the database is still there."""
        felt_at = self._felt_at
        return felt_at is not None and time.monotonic() - felt_at < STALE_AFTER_S and self._db.is_there()
