"""How many check-ins one process has in hand, so that whoever is told to wait does not wait long.

A short rush is worth waiting for. Under a load that does not end a queue only makes everybody wait: from then on
each check-in is answered as received, at once, and they are decided in the order in which they came.
"""

import threading
import time
from collections.abc import Callable

# Photos in line for each worker that a phone still waits for: less than a second.
RUSH_PER_WORKER = 4
# A new check-in within this time: more are coming.
STILL_COMING_S = 2.0


class Places:
    """Places for check-ins whose phone waits for the answer, and for those that were answered before.

    Safe for use by many threads.
    """

    def __init__(
        self, *, workers: int, queue_limit: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._lock = threading.Lock()
        self._monotonic = monotonic
        self._in_a_rush = min(queue_limit, RUSH_PER_WORKER * workers)
        # One photo in each worker, and one on its way there or back.
        self._for_answered = 2 * workers
        # Workers are as many as processors: one of these is left to receive what is still coming.
        self._for_answered_in_a_rush = max(1, workers - 1)
        self._waited_for = 0
        self._answered = 0
        self._behind = False
        self._last_refused = -STILL_COMING_S

    @property
    def waited_for(self) -> int:
        return self._waited_for

    def take(self) -> bool:
        """A place for a new check-in; without one it is answered as received. Give it back by `release`."""
        with self._lock:
            if self._behind or self._waited_for >= self._in_a_rush:
                self._behind = True
                self._last_refused = self._monotonic()
                return False
            self._waited_for += 1
            return True

    def release(self) -> None:
        with self._lock:
            self._waited_for -= 1

    def take_for_answered(self) -> bool:
        """A place for a check-in that nobody waits for. Give it back by `release_answered`."""
        with self._lock:
            coming = self._monotonic() - self._last_refused < STILL_COMING_S
            if self._answered >= (self._for_answered_in_a_rush if coming else self._for_answered):
                return False
            self._answered += 1
            return True

    def release_answered(self) -> None:
        with self._lock:
            self._answered -= 1

    def nothing_waits(self) -> None:
        """What was received is decided: the next one need not stand behind it."""
        with self._lock:
            self._behind = False
