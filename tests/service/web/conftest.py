"""The whole application on a real database with a real worker process, once for the tests of a module."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from service import people
from service.app import create_app
from service.settings import Settings
from service.wiring import Services

PASSWORD = "sandi yang panjang"
READY_WITHIN_S = 60


class Visitor:
    """A client with its own token: no cookie jar is shared between people."""

    def __init__(self, client: TestClient, token: str | None = None) -> None:
        self.client = client
        self.headers = {"Accept-Language": "en"}
        if token is not None:
            self.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **options: Any) -> Response:
        return self.client.get(path, headers=self.headers, **options)

    def post(self, path: str, **options: Any) -> Response:
        return self.client.post(path, headers=self.headers, **options)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data") / "hadir", workers=1)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        until = time.monotonic() + READY_WITHIN_S
        while client.get("/health/ready").status_code != 200 and time.monotonic() < until:
            time.sleep(0.1)
        yield client


@pytest.fixture(scope="module")
def services(client: TestClient) -> Services:
    services: Services = client.app.state.services  # type: ignore[attr-defined]
    return services


@pytest.fixture(scope="module")
def visitor(client: TestClient) -> Visitor:
    return Visitor(client)


def sign_in(client: TestClient, login: str) -> Visitor:
    answer = client.post("/api/login", json={"login": login, "password": PASSWORD, "kind": "bearer"})
    return Visitor(client, answer.json()["token"])


@pytest.fixture(scope="module")
def admin(client: TestClient, services: Services) -> Visitor:
    link = people.first_admin(services.db, services.auth, login="admin", now=services.clock())
    assert link is not None
    client.post("/api/setup", json={"token": link.token, "password": PASSWORD})
    return sign_in(client, "admin")


def add_person(admin: Visitor, nip: str, name: str, role: str = "employee") -> Visitor:
    """Add somebody by the service itself, and sign them in by their one-time link."""
    added = admin.post("/api/employees", json={"nip": nip, "name": name, "role": role})
    assert added.status_code == 201
    token = added.json()["setup_url"].rsplit("/", 1)[1]
    assert admin.client.post("/api/setup", json={"token": token, "password": PASSWORD}).status_code == 204
    return sign_in(admin.client, nip)


@pytest.fixture(scope="module")
def hr(admin: Visitor) -> Visitor:
    return add_person(admin, "hr-1", "Dewi", "hr")


@pytest.fixture(scope="module")
def auditor(admin: Visitor) -> Visitor:
    return add_person(admin, "auditor-1", "Rahmat", "auditor")


def evidence_files(services: Services) -> set[Path]:
    return {path for path in services.settings.evidence_dir.rglob("*") if path.is_file()}


def enrol_anyway(admin: Visitor, nip: str, photo: bytes) -> Response:
    """Enrol a face that others may have too: each of them is named as looked at."""
    address, files = f"/api/employees/{nip}/photos", [("photos", ("1.png", photo))]
    found = admin.post(f"{address}/preview", files=files, data={"consent": "true"}).json()
    looked_at = [one["nip"] for one in found["lookalikes"]]
    return admin.post(address, files=files, data={"consent": "true", "looked_at": looked_at})
