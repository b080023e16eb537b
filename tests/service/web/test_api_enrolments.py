"""Who is still to be enrolled, as a list and as a file."""

import csv
import io
import time
import zipfile

import pytest

from service.wiring import Services
from tests.service.org_tree import plant, put
from tests.service.web.conftest import Visitor, enrol_anyway


@pytest.fixture(scope="module", autouse=True)
def staff(services: Services, admin: Visitor, astronaut_png: bytes) -> None:
    plant(services.db, {"DINAS": None, "KEC": None, "DESA": "KEC"}, services.clock())
    for nip, unit in [("a", "KEC"), ("b", "DESA"), ("=c", "DINAS"), ("seen", "KEC")]:
        put(services.db, nip, unit, services.clock())
    assert enrol_anyway(admin, "seen", astronaut_png).status_code == 201


def test_those_without_a_face_are_listed_by_unit(admin: Visitor) -> None:
    answer = admin.get("/api/enrolments/missing").json()
    assert (answer["staff"], answer["missing"]) == (4, 3)
    assert [(one["nip"], one["unit"]) for one in answer["people"]] == [
        ("b", "DESA"),
        ("=c", "DINAS"),
        ("a", "KEC"),
    ]
    of_one = admin.get("/api/enrolments/missing", params={"unit": "KEC"}).json()
    assert (of_one["staff"], [one["nip"] for one in of_one["people"]]) == (3, ["b", "a"])


def test_the_file_has_all_of_them_and_no_formulas(admin: Visitor) -> None:
    answer = admin.get("/api/enrolments/missing", params={"format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["NIP", "Name", "Unit code", "Unit", "Position"]
    assert [row[0] for row in rows[1:]] == ["b", "'=c", "a"]


def test_a_unit_that_is_not_there_is_not_found(admin: Visitor) -> None:
    for route in ("missing", "suggestions"):
        assert admin.get(f"/api/enrolments/{route}", params={"unit": "NO"}).status_code == 404


def test_nobody_needs_to_be_enrolled_again_without_check_ins(admin: Visitor) -> None:
    answer = admin.get("/api/enrolments/suggestions").json()
    assert answer == {"days": 60, "often": 3, "margin": 0.05, "people": []}


def test_the_newest_work_is_found_again_by_who_asked_for_it(
    admin: Visitor, hr: Visitor, astronaut_png: bytes
) -> None:
    assert admin.get("/api/enrolments/latest").json() == {"job": None}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as photos:
        photos.writestr("a/1.png", astronaut_png)
    asked = admin.post(
        "/api/enrolments", files={"photos": ("a.zip", file.getvalue())}, data={"consent": "true"}
    ).json()
    until = time.monotonic() + 60
    while not (job := admin.get("/api/enrolments/latest").json()["job"])["ended_at"]:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert job["id"] == asked["id"]
    (refused,) = job["report"]["refused_people"]
    assert (refused["nip"], refused["name"]) == ("a", "Pegawai a")
    assert refused["lookalikes"][0]["nip"] == "seen"
    assert hr.get("/api/enrolments/latest").json() == {"job": None}
