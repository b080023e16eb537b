"""What comes next on the check-in page: the day so far, by the service's clock."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from service.attendance.day import local_date
from service.wiring import Services
from tests.service.web.conftest import Visitor, add_person

SOON = timedelta(minutes=1)


@pytest.fixture(scope="module")
def employee(admin: Visitor) -> Visitor:
    return add_person(admin, "198503302003121002", "Siti Rahmawati")


def check_in(visitor: Visitor, kind: str, photo: bytes) -> None:
    """It counts, although nobody is enrolled: a person will look."""
    meta = {"id": str(uuid.uuid4()), "kind": kind, "captured_at": datetime.now(UTC).isoformat()}
    sent = visitor.post(
        "/api/checkins",
        files={"selfie": ("selfie.png", photo)},
        data={"meta": json.dumps(meta | {"send_anyway": True})},
    )
    assert sent.status_code in {201, 202}, sent.text


def test_a_day_begins_with_an_arrival(employee: Visitor, services: Services) -> None:
    so_far = employee.get("/api/me/today").json()
    assert (so_far["next"], so_far["first_in"], so_far["last_out"]) == ("in", None, None)
    assert so_far["date"] == local_date(services.clock(), services.settings.zone).isoformat()
    assert abs(datetime.fromisoformat(so_far["now"]) - services.clock()) < SOON


def test_after_an_arrival_the_departure_is_next_as_often_as_it_is_recorded(
    employee: Visitor, astronaut_png: bytes
) -> None:
    for kind in ("in", "out", "out"):
        check_in(employee, kind, astronaut_png)
        so_far = employee.get("/api/me/today").json()
        assert so_far["next"] == "out"
    assert so_far["first_in"] < so_far["last_out"]


def test_an_account_that_is_no_employees_has_no_day(admin: Visitor) -> None:
    answer = admin.get("/api/me/today")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_an_employee")
