"""How the staff stands just now, over HTTP: asked for again and again, by who reaches whom."""

import time
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from service.staff_today import FRESH_FOR
from service.wiring import Services
from tests.service.org_tree import plant, put
from tests.service.web.conftest import Visitor, add_person, sign_in

PATH = "/api/today/staff"
STATUSES = ("present", "late", "missing", "left", "not_expected")


@pytest.fixture(scope="module")
def staff(services: Services) -> dict[str, int]:
    """Siti in a village of a sub-district, Budi in an agency."""
    now = services.clock() - timedelta(days=1)
    plant(services.db, {"KEC": None, "DESA": "KEC", "DINAS": None}, now)
    return {"siti": put(services.db, "siti", "DESA", now), "budi": put(services.db, "budi", "DINAS", now)}


@pytest.fixture(scope="module")
def head(admin: Visitor, client: TestClient, staff: dict[str, int]) -> Visitor:
    """HR of the sub-district alone."""
    add_person(admin, "head", "Camat", "hr")
    admin.client.put("/api/employees/head/role", json={"role": "hr", "unit": "KEC"}, headers=admin.headers)
    return sign_in(client, "head")


def tidy() -> None:
    """What was counted before is no longer fresh."""
    time.sleep(FRESH_FOR.total_seconds())


def test_everybody_is_counted_by_unit(admin: Visitor, head: Visitor) -> None:
    told = admin.get(PATH).json()
    assert told["people"] is None
    assert [(one["code"], one["parent"], one["all"]["people"]) for one in told["units"]] == [
        ("DINAS", None, 1),
        ("KEC", None, 1),
        ("DESA", "KEC", 1),
    ]
    for counts in (told["total"], *(one["all"] for one in told["units"])):
        assert counts["people"] == sum(counts[status] for status in STATUSES)
    assert sum(told["reasons"].values()) == told["total"]["not_expected"]


def test_a_head_of_a_unit_sees_it_alone(head: Visitor) -> None:
    told = head.get(PATH, params={"unit": "KEC"}).json()
    assert [one["nip"] for one in told["people"]["people"]] == ["siti"]
    assert [one["code"] for one in told["units"]] == ["KEC", "DESA"]
    assert (told["total"]["people"], told["no_unit"]["people"]) == (1, 0)
    for outside in ("DINAS", "-"):
        refused = head.get(PATH, params={"unit": outside})
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown_unit")


def test_nothing_is_sent_again_until_something_changes(
    admin: Visitor, services: Services, staff: dict[str, int]
) -> None:
    asked = {"unit": "KEC"}
    first = admin.get(PATH, params=asked)
    etag = {"If-None-Match": first.headers["ETag"]}
    tidy()
    again = admin.client.get(PATH, params=asked, headers=admin.headers | etag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    moments = [datetime.fromisoformat(one.headers["Hadir-As-Of"]) for one in (first, again)]
    assert moments[0] < moments[1]
    assert moments[0] == datetime.fromisoformat(first.json()["as_of"])

    put(services.db, "new", "DESA", services.clock() - timedelta(days=1))
    tidy()
    changed = admin.client.get(PATH, params=asked, headers=admin.headers | etag)
    assert (changed.status_code, changed.json()["total"]["people"]) == (200, 2)
    assert changed.headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize(
    ("wanted", "status"),
    [("*", 304), ('"other", {etag}', 304), ("{strong}", 304), ('"other"', 200), ("", 200)],
)
def test_the_etag_is_compared_weakly(admin: Visitor, head: Visitor, wanted: str, status: int) -> None:
    etag = admin.get(PATH).headers["ETag"]
    sent = {"If-None-Match": wanted.format(etag=etag, strong=etag.removeprefix("W/"))}
    assert admin.client.get(PATH, headers=admin.headers | sent).status_code == status


def test_people_of_a_status_are_listed(admin: Visitor, staff: dict[str, int]) -> None:
    told = admin.get(PATH, params={"status": "not_expected", "page": 1}).json()
    assert told["people"]["total"] == told["total"]["not_expected"]
    assert {one["status"] for one in told["people"]["people"]} <= {"not_expected"}
    assert admin.get(PATH, params={"status": "elsewhere"}).status_code == 422
