"""The HTTP protocol of the server, with an end to connections on which no request comes about.

uvicorn waits for a request's headers as long as the client likes, and holds a connection for it. The bodies are
`service.web.body_limit`'s, behind a request whose headers are there.
"""

import asyncio
import resource
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADERS_WITHIN_S: Final = 30.0
HEADER_BYTES: Final = 16 * 1024
# Longer than phones and proxies pause between the requests of one page.
KEEP_ALIVE_S: Final = 15
STOP_WITHIN_S: Final = 20
# The rest of the files that a process may open is for the database, the images and the workers.
SHARE_OF_OPEN_FILES: Final = 0.75


def most_connections() -> int:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return int(limit * SHARE_OF_OPEN_FILES)


class PatientProtocol(H11Protocol):
    """Closes a connection that has sent no whole request head for `headers_within_s`, counted from its beginning
    or from the last answer, and every one beyond `most_connections`."""

    headers_within_s = HEADERS_WITHIN_S
    most_connections = most_connections()
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            transport.abort()
            return
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_watching()

    def _watch(self) -> None:
        """Patience runs while no request is being answered, whatever is sent."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_watching()
        elif self._patience is None and not self.transport.is_closing():
            self._patience = self.loop.call_later(self.headers_within_s, self._give_up)

    def _stop_watching(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        self.transport.abort()


# For `uvicorn.run` and `uvicorn.Config`.
UVICORN: Final[dict[str, Any]] = {
    "http": PatientProtocol,
    "ws": "none",
    "h11_max_incomplete_event_size": HEADER_BYTES,
    "timeout_keep_alive": KEEP_ALIVE_S,
    "timeout_graceful_shutdown": STOP_WITHIN_S,
    "access_log": False,
    "log_config": None,
    "server_header": False,
}
