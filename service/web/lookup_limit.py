"""How often somebody who has not signed in may look things up: by their network, in this process."""

import math
import threading
from collections import deque
from datetime import datetime, timedelta
from typing import Final

from fastapi import Request

from service.errors import TooManyLookups
from service.login_attempts import network_of
from service.web.access import client_address, services_of

# A whole office may share one address; codes of 60 bits are not found at this rate.
MOST: Final = 60
WITHIN: Final = timedelta(minutes=1)
# What an attacker with many addresses may make the process hold; then the oldest are forgotten first.
MOST_NETWORKS: Final = 10_000


class LookupLimit:
    """Safe for use by many threads."""

    def __init__(self) -> None:
        self._seen: dict[str, deque[datetime]] = {}
        self._lock = threading.Lock()

    def count(self, address: str | None, now: datetime) -> None:
        """Raises TooManyLookups."""
        network = network_of(address or "")
        with self._lock:
            times = self._seen.pop(network, None) or deque()
            self._seen[network] = times  # now the latest
            while times and now - times[0] >= WITHIN:
                times.popleft()
            if len(times) >= MOST:
                wait = times[0] + WITHIN - now
                raise TooManyLookups(retry_after_s=max(1, math.ceil(wait.total_seconds())))
            times.append(now)
            while len(self._seen) > MOST_NETWORKS:
                del self._seen[next(iter(self._seen))]


def count_lookup(request: Request) -> None:
    """Of the application that answers. Raises TooManyLookups."""
    limit: LookupLimit = request.app.state.lookups
    limit.count(client_address(request), services_of(request).clock())
