"""The application within this process, where its clock and its waiting can be changed."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from fastapi.testclient import TestClient
from httpx2 import Response

from service.app import create_app
from service.settings import Settings
from tests.hostile import pictures
from tests.hostile.office import Office
from tests.hostile.phone import BOUNDARY, checkin_body, new_meta
from tests.service.conftest import FakeClock


class Visit:
    """Somebody who is signed in."""

    def __init__(self, client: TestClient, token: str) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Response:
        return self._client.get(path, headers=self._headers)

    def check_in(self, checkin_id: uuid.UUID | None = None) -> Response:
        """With a picture of its own each time. It is answered before it is decided."""
        picture = pictures.encoded("JPEG") + uuid.uuid4().bytes
        return self._client.post(
            "/api/checkins",
            content=checkin_body(picture, new_meta(checkin_id, send_anyway=True)),
            headers={**self._headers, "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
        )


@contextmanager
def visit(office: Office, clock: FakeClock) -> Iterator[Visit]:
    settings = Settings(data_dir=office.data_dir, workers=1, answer_wait_s=0)
    with TestClient(create_app(settings, clock), raise_server_exceptions=False) as client:
        yield Visit(client, office.tokens[0])
