"""Work that is done again and again beside the requests, in a thread of its own."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class RepeatedWork:
    """Calls `work` some time after the start and then at intervals, until it is closed.

    A failure is logged and the next turn comes as usual. That other processes do the same work too must do no
    harm.
    """

    def __init__(
        self, name: str, work: Callable[[], object], *, first_after_s: float, every_s: float
    ) -> None:
        self._name = name
        self._work = work
        self._first_after_s = first_after_s
        self._every_s = every_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Waits for a turn that has begun. Harmless before the start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _repeat(self) -> None:
        pause = self._first_after_s
        while not self._stopping.wait(pause):
            pause = self._every_s
            try:
                self._work()
            except Exception:
                # The database, the disk or the network may be away; the next turn may find them back.
                log.exception("%s failed", self._name)
