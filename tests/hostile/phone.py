"""A phone that checks in over HTTP, sending exactly the bytes it is told to."""

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from typing import Any, Self

from tests.hostile.running_service import HOST

ANSWER_WITHIN_S = 60.0
# The service closes a connection that is idle for longer; a phone's system knows, this one guesses.
KEPT_FOR_S = 5.0
BOUNDARY = "----hadir-hostile-7d1f4c"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body. `filename` None: a field."""

    name: str
    data: bytes
    filename: str | None = None
    content_type: str = "image/jpeg"

    def encoded(self, boundary: str) -> bytes:
        lines = f'--{boundary}\r\nContent-Disposition: form-data; name="{self.name}"'
        if self.filename is not None:
            lines += f'; filename="{self.filename}"\r\nContent-Type: {self.content_type}'
        return lines.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + self.data + b"\r\n"


def multipart(parts: Sequence[Part], boundary: str = BOUNDARY) -> bytes:
    return b"".join(part.encoded(boundary) for part in parts) + f"--{boundary}--\r\n".encode()


def new_meta(checkin_id: uuid.UUID | None = None, **changes: object) -> dict[str, object]:
    return {
        "id": str(checkin_id or uuid.uuid4()),
        "kind": "auto",
        "captured_at": datetime.now(UTC).isoformat(),
        "position": {"lat": -6.5944, "lon": 106.7892, "accuracy_m": 18.0},
        "challenge": None,
        "frames": [],
        "offline": None,
        "link": None,
    } | changes


def checkin_body(selfie: bytes, meta: Mapping[str, object]) -> bytes:
    return multipart(
        [Part("selfie", selfie, "selfie.jpg"), Part("meta", json.dumps(meta).encode())],
    )


@dataclass(frozen=True, slots=True)
class Reply:
    """`status` None: the connection ended without an answer."""

    status: int | None
    seconds: float
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)

    def json(self) -> Any:
        return json.loads(self.body)


class Phone:
    """One connection, kept open. For one thread."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self._connection = HTTPConnection(HOST, port, timeout=ANSWER_WITHIN_S)
        self._token = token
        self._used_at = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def check_in(self, selfie: bytes, **changes: Any) -> Reply:
        return self.send(checkin_body(selfie, new_meta(**changes)))

    def send(
        self,
        body: bytes,
        path: str = "/api/checkins",
        content_type: str = f"multipart/form-data; boundary={BOUNDARY}",
    ) -> Reply:
        return self.request("POST", path, body, {"Content-Type": content_type})

    def get(self, path: str) -> Reply:
        return self.request("GET", path, None, {})

    def request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        sent = dict(headers) | ({"Authorization": f"Bearer {self._token}"} if self._token else {})
        begun = time.monotonic()
        if begun - self._used_at > KEPT_FOR_S:
            self._connection.close()
        try:
            self._connection.request(method, path, body, sent)
            answer = self._connection.getresponse()
            return Reply(answer.status, time.monotonic() - begun, answer.read(), dict(answer.headers))
        except (OSError, HTTPException):
            self._connection.close()
            return Reply(None, time.monotonic() - begun, b"")
        finally:
            self._used_at = time.monotonic()
