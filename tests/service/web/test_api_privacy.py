import io
import json
import zipfile

import pytest

from service.wiring import Services
from tests.service.web.conftest import Visitor, add_person, enrol_anyway, evidence_files

REMOVED = {"photos": 1, "templates": 1, "evidence": 0, "letters": 0}


@pytest.fixture
def person(admin: Visitor, astronaut_png: bytes, request: pytest.FixtureRequest) -> tuple[str, Visitor]:
    """A new employee for each test, enrolled and signed in."""
    nip = f"own-{abs(hash(request.node.name)) % 10**8}"
    visitor = add_person(admin, nip, "Siti Rahmawati")
    assert enrol_anyway(admin, nip, astronaut_png).status_code == 201
    return nip, visitor


def test_an_employee_sees_what_is_stored(person: tuple[str, Visitor]) -> None:
    nip, visitor = person
    data = visitor.get("/api/me/data").json()
    assert (data["nip"], data["name"], data["photos"]) == (nip, "Siti Rahmawati", 1)
    assert data["account"]["login"] == nip
    assert data["templates"][0]["photos"] == 1


def test_the_consent_names_the_language_of_whoever_enrolled(person: tuple[str, Visitor]) -> None:
    (consent,) = person[1].get("/api/me/data").json()["consents"]
    assert (consent["language"], consent["withdrawn_at"]) == ("en", None)
    assert consent["text"].startswith("Hadir keeps your photos")


def test_an_employee_takes_the_data_along(person: tuple[str, Visitor], astronaut_png: bytes) -> None:
    nip, visitor = person
    answer = visitor.get("/api/me/data.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        photos = [archive.read(name) for name in archive.namelist() if name.startswith("photos/")]
        assert json.loads(archive.read("data.json"))["nip"] == nip
    assert photos == [astronaut_png]


def test_a_withdrawal_erases_the_face_and_keeps_the_employee(
    person: tuple[str, Visitor], services: Services, admin: Visitor
) -> None:
    nip, visitor = person
    before = evidence_files(services)
    assert visitor.post("/api/me/consent/withdraw").json() == REMOVED
    assert len(before - evidence_files(services)) == 1
    assert visitor.get("/api/me").json()["enrolled"] is False
    assert visitor.get("/api/me/data").json()["consents"][0]["withdrawn_at"] is not None
    assert admin.get(f"/api/employees/{nip}").json()["active"]


def test_who_is_no_employee_has_no_such_data(admin: Visitor) -> None:
    assert admin.get("/api/me/data").json()["code"] == "not_an_employee"
    assert admin.post("/api/me/consent/withdraw").status_code == 404


def test_hr_erases_an_employee_who_is_signed_out_at_once(person: tuple[str, Visitor], hr: Visitor) -> None:
    nip, visitor = person
    answer = hr.post(f"/api/employees/{nip}/erase")
    assert answer.status_code == 200
    assert answer.json()["removed"] == REMOVED
    assert visitor.get("/api/me").status_code == 401
    assert hr.get(f"/api/employees/{nip}").status_code == 404
    assert hr.get("/api/employees", params={"query": "erased-"}).json()["employees"] == []


def test_hr_does_not_erase_an_account_of_more_rights(admin: Visitor, hr: Visitor) -> None:
    add_person(admin, "auditor-9", "Auditor", "auditor")
    assert hr.post("/api/employees/auditor-9/erase").json()["code"] == "not_allowed"


def test_nobody_erases_themselves(admin: Visitor) -> None:
    chief = add_person(admin, "admin-9", "Kepala", "admin")
    assert chief.post("/api/employees/admin-9/erase").json()["code"] == "own_record"
