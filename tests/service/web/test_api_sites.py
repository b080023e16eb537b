"""Sites, who works at them, and the survey of their links, over HTTP."""

import csv
import io
import json
import uuid
from typing import Any

import pytest
from sqlalchemy import select

from service.db.connectivity_tables import DeviceUse, LinkReport
from service.wiring import Services
from tests.service.org_tree import plant
from tests.service.sent import HERE, PHONE
from tests.service.web.conftest import Visitor, add_person

LINK = {"bytes": 148_220, "time_ms": 5_310, "effective_type": "3g", "retries": 1, "offline_s": 0}
FENCE = {"latitude": HERE["lat"], "longitude": HERE["lon"], "radius_m": 100}


@pytest.fixture(scope="module", autouse=True)
def village(admin: Visitor, services: Services) -> None:
    plant(services.db, {"DESA": None, "DINAS": None}, services.clock())
    site = {
        "code": "BALAI",
        "name": "=Balai Desa",
        "unit": "DESA",
        "fence": FENCE,
        "time_zone": "Asia/Makassar",
    }
    assert admin.post("/api/sites", json=site).status_code == 201


@pytest.fixture(scope="module")
def siti(admin: Visitor, village: None) -> Visitor:
    visitor = add_person(admin, "siti", "Siti")
    admin.client.put("/api/employees/siti/unit", json={"unit": "DESA"}, headers=admin.headers)
    return visitor


def patch(admin: Visitor, **json: Any) -> Any:
    return admin.client.patch("/api/sites/BALAI", json=json, headers=admin.headers)


def check_in(person: Visitor, photo: bytes, **meta: Any) -> Any:
    said = {"id": str(uuid.uuid4()), "kind": "in", "captured_at": "2026-11-24T07:28:10+07:00", **meta}
    return person.post("/api/checkins", files={"selfie": ("a.png", photo)}, data={"meta": json.dumps(said)})


def test_a_site_is_listed_as_it_was_added(admin: Visitor) -> None:
    (site,) = admin.get("/api/sites").json()["sites"]
    assert site == {
        "code": "BALAI",
        "name": "=Balai Desa",
        "unit": "DESA",
        "unit_name": "Unit DESA",
        "fence": FENCE,
        "time_zone": "Asia/Makassar",
        "closed_at": None,
        "added": 0,
    }


def test_only_what_is_named_is_changed(admin: Visitor) -> None:
    assert patch(admin, fence=None).json()["fence"] is None
    answer = patch(admin, fence=FENCE, closed=True)
    assert (answer.json()["fence"], answer.json()["time_zone"]) == (FENCE, "Asia/Makassar")
    assert answer.json()["closed_at"] is not None
    assert patch(admin, closed=False).json()["closed_at"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"closed": None},
        {"name": None},
        {"fence": {"latitude": 1}},
        {"fence": FENCE | {"radius_m": 5}},
        {"time_zone": "x"},
    ],
)
def test_a_change_that_says_nothing_or_nonsense_is_refused(admin: Visitor, wrong: dict[str, Any]) -> None:
    assert patch(admin, **wrong).status_code == 422


def test_people_are_given_a_site_and_taken_off_it(admin: Visitor, siti: Visitor) -> None:
    add_person(admin, "budi", "Budi")
    path = "/api/sites/BALAI/people"
    assert admin.client.put(f"{path}/budi", headers=admin.headers).status_code == 204
    workers = admin.get(path).json()["workers"]
    assert [(one["nip"], one["added"]) for one in workers] == [("budi", True), ("siti", False)]
    assert admin.client.delete(f"{path}/budi", headers=admin.headers).status_code == 204
    assert admin.get(path).json()["total"] == 1


def test_a_check_in_measures_its_sites_link_and_names_its_device(
    admin: Visitor, siti: Visitor, services: Services, astronaut_png: bytes
) -> None:
    answer = check_in(siti, astronaut_png, position=HERE, link=LINK, device=PHONE)
    assert answer.status_code in {201, 202}
    with services.db.read() as session:
        assert session.scalars(select(LinkReport.time_ms)).all() == [5_310]
        assert session.scalars(select(DeviceUse.device)).all() == [PHONE]
    (site,) = admin.get("/api/sites/connectivity").json()["sites"]
    assert (site["code"], site["uploads"], site["p95_ms"], site["share_late"]) == ("BALAI", 1, 5_310, 0.0)
    (record,) = admin.get("/api/checkins").json()["checkins"]
    assert record["flags"] == []


@pytest.mark.parametrize(
    "wrong", [{"link": LINK | {"bytes": -1}}, {"link": {"time_ms": 1}}, {"device": "Siti's phone"}]
)
def test_a_measurement_that_is_none_is_refused(
    siti: Visitor, astronaut_png: bytes, wrong: dict[str, Any]
) -> None:
    assert check_in(siti, astronaut_png, **wrong).status_code == 422


def test_the_survey_is_a_table_that_no_spreadsheet_runs(admin: Visitor) -> None:
    answer = admin.get("/api/sites/connectivity?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "hadir-connectivity.csv" in answer.headers["content-disposition"]
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (row["name"], row["unit"]) == ("'=Balai Desa", "DESA")


def test_the_page_of_somebody_tells_the_time_of_their_site(siti: Visitor, visitor: Visitor) -> None:
    assert 'data-time-zone="Asia/Makassar"' in siti.get("/checkin").text
    assert 'data-time-zone="Asia/Jakarta"' in visitor.get("/login").text


def test_the_page_shows_measured_sites_and_those_without(admin: Visitor) -> None:
    admin.post("/api/sites", json={"code": "DINAS", "name": "Kantor Dinas", "unit": "DINAS"})
    page = admin.get("/connectivity").text
    measured, unmeasured = page.split("No measurement in this period")
    assert "Kantor Dinas" not in measured
    assert "Kantor Dinas" in unmeasured
    assert '<svg class="chart"' in measured
    assert admin.get("/connectivity?days=0").status_code == 422
