"""A check-in as it left the phone. Chromium tells what was in the files only while some request is routed."""

import json
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any

from playwright.sync_api import Request


@dataclass(frozen=True, slots=True)
class SentCheckin:
    meta: dict[str, Any]
    selfie: bytes
    frames: list[bytes]

    @classmethod
    def of(cls, request: Request) -> "SentCheckin":
        body = request.post_data_buffer
        assert body is not None
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n"
        parts: dict[str, list[bytes]] = {"frames": []}
        for part in message_from_bytes(head.encode() + body).walk():
            if name := part.get_param("name", header="content-disposition"):
                content = part.get_payload(decode=True)
                assert isinstance(content, bytes)
                parts.setdefault(str(name), []).append(content)
        return cls(json.loads(parts["meta"][0]), parts["selfie"][0], parts["frames"])
