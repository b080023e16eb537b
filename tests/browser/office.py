"""What the browser tests start from: an administrator, employees, enrolled faces."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    FilePayload,
    FormData,
    StorageState,
    ViewportSize,
    expect,
)

from tests.browser.running_server import RunningServer
from tests.browser.steps import PASSWORD, choose_password, sign_in

PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
REGENT_SQUARE = {"latitude": -7.7972, "longitude": 110.3688, "accuracy": 14}


class Office:
    """Prepared over the API; the pages themselves are what the tests walk through."""

    def __init__(self, browser: Browser, server: RunningServer) -> None:
        self.browser = browser
        self.url = server.url
        self.admin = self._first_sign_in(server.setup_link)

    def context(
        self, state: StorageState | None = None, locale: str = "id-ID", **options: Any
    ) -> BrowserContext:
        defaults: dict[str, Any] = {
            "viewport": PHONE,
            "permissions": ["camera", "geolocation"],
            "geolocation": REGENT_SQUARE,
        }
        return self.browser.new_context(
            base_url=self.url, storage_state=state, locale=locale, **(defaults | options)
        )

    def add_employee(self, nip: str, name: str, role: str = "employee") -> str:
        """Gives the one-time link."""
        answer = self._as_admin("post", "/api/employees", data={"nip": nip, "name": name, "role": role})
        return str(answer["setup_url"])

    def add_unit(self, code: str, name: str, parent: str | None = None) -> None:
        self._as_admin("post", "/api/units", data={"code": code, "name": name, "parent": parent})

    def put_into(self, nip: str, unit: str) -> None:
        self._as_admin("put", f"/api/employees/{nip}/unit", data={"unit": unit})

    def enrol(self, nip: str, photo: bytes, file_name: str = "photo.jpg") -> None:
        upload = {"name": file_name, "mimeType": "image/jpeg", "buffer": photo}
        form: dict[str, Any] = {"photos": upload, "consent": "true"}
        found = self._as_admin("post", f"/api/employees/{nip}/photos/preview", multipart=form)
        # The one person that the tests have is enrolled under many NIPs.
        looked_at = FormData()
        for name, value in form.items():
            looked_at.append(name, value)
        for one in found["lookalikes"]:
            looked_at.append("looked_at", one["nip"])
        self._as_admin("post", f"/api/employees/{nip}/photos", multipart=looked_at)

    def check_in(self, state: StorageState, photo: bytes) -> str:
        """Over the API; gives the check-in's id."""
        checkin_id = str(uuid.uuid4())
        meta = {"id": checkin_id, "kind": "in", "captured_at": datetime.now(UTC).isoformat()}
        context = self.context(state)
        upload: FilePayload = {"name": "selfie.jpg", "mimeType": "image/jpeg", "buffer": photo}
        answer = context.request.post("/api/checkins", multipart={"selfie": upload, "meta": json.dumps(meta)})
        assert answer.ok, answer.text()
        context.close()
        return checkin_id

    def checkins_of(self, nip: str) -> list[dict[str, Any]]:
        listed = self._as_admin("get", "/api/checkins")["checkins"]
        return [checkin for checkin in listed if checkin["nip"] == nip]

    def sign_in(self, nip: str, setup_url: str) -> StorageState:
        """Chooses the password over the API and signs in: for tests of what comes after."""
        context = self.context()
        token = setup_url.rpartition("/")[2]
        for path, body in (
            ("/api/setup", {"token": token, "password": PASSWORD}),
            ("/api/login", {"login": nip, "password": PASSWORD}),
        ):
            answer = context.request.post(path, data=body)
            assert answer.ok, answer.text()
        state = context.storage_state()
        context.close()
        return state

    def employee(
        self, nip: str, name: str, photo: bytes | None = None, role: str = "employee"
    ) -> StorageState:
        """A signed-in employee, enrolled when there is a photo."""
        state = self.sign_in(nip, self.add_employee(nip, name, role))
        if photo is not None:
            self.enrol(nip, photo)
        return state

    def _as_admin(self, method: str, path: str, **options: Any) -> Any:
        context = self.context(self.admin)
        answer = getattr(context.request, method)(path, **options)
        assert answer.ok, answer.text()
        parsed = answer.json()
        context.close()
        return parsed

    def _first_sign_in(self, setup_link: str) -> StorageState:
        """The administrator's way in, by the link that the first start prints."""
        context = self.context()
        page = context.new_page()
        page.goto(setup_link)
        choose_password(page)
        sign_in(page, "admin")
        expect(page).to_have_url(f"{self.url}/employees")
        state = context.storage_state()
        context.close()
        return state
