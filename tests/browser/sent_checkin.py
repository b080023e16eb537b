"""A check-in as it left the phone. Chromium tells what was in it only while some request is routed."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Request

from service.item_keys import ItemKeys
from service.sealed_item import open_item
from tests.browser.running_server import RunningServer


@dataclass(frozen=True, slots=True)
class SentCheckin:
    meta: dict[str, Any]
    selfie: bytes
    frames: list[bytes]
    offline: dict[str, Any] | None

    @classmethod
    def of(cls, request: Request) -> "SentCheckin":
        """Opened with the keys of the server that it was sealed to."""
        body = request.post_data_buffer
        assert body is not None
        address = urlsplit(request.url)
        server = RunningServer.by_url[f"{address.scheme}://{address.netloc}"]
        opened = open_item(ItemKeys.load_or_create(server.keys_dir), body)
        offline = None if opened.offline is None else json.loads(opened.offline)
        return cls(json.loads(opened.meta), opened.selfie, list(opened.frames), offline)
