"""The roster as a file over HTTP."""

import io
import time
import zipfile
from typing import Any

import pytest
from httpx2 import Response
from python_calamine import CalamineWorkbook

from service.wiring import Services
from tests.service.org_tree import plant
from tests.service.web.conftest import Visitor, add_person, sign_in

WITHIN_S = 30


@pytest.fixture(scope="module", autouse=True)
def units(services: Services) -> dict[str, int]:
    return plant(services.db, {"KEC": None, "DINAS": None}, services.clock())


def run(who: Visitor, data: bytes, mode: str = "check") -> dict[str, Any]:
    return ended(who, who.post("/api/roster", files={"file": ("roster.csv", data)}, data={"mode": mode}))


def ended(who: Visitor, asked: Response) -> dict[str, Any]:
    assert asked.status_code == 202
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        job: dict[str, Any] = who.get(asked.headers["location"]).json()
        if job["ended_at"] is not None:
            return job
        time.sleep(0.05)
    raise AssertionError("the work has not ended")


def found(who: Visitor, nip: str) -> int:
    return who.get(f"/api/employees/{nip}").status_code


def test_a_file_is_checked_and_then_imported(hr: Visitor) -> None:
    data = b"nip,name,unit\n100,Siti,KEC\n"
    assert run(hr, data)["report"]["added"] == 1
    assert found(hr, "100") == 404
    report = run(hr, data, "all")["report"]
    assert (report["applied"], report["added"], found(hr, "100")) == (True, 1, 200)


def test_a_wrong_file_says_which_row_and_imports_nothing_unless_asked(hr: Visitor) -> None:
    data = b"nip,name,unit\n200,Budi,KEC\n201,Ani,NOWHERE\n"
    report = run(hr, data, "all")["report"]
    assert report["problems"] == [{"row": 3, "column": "unit", "code": "unknown"}]
    assert found(hr, "200") == 404
    assert run(hr, data, "good_rows")["report"]["applied"]
    assert (found(hr, "200"), found(hr, "201")) == (200, 404)


def test_a_file_that_is_no_roster_is_refused_with_the_reason(hr: Visitor) -> None:
    assert run(hr, b"alamat\nJl. A\n")["report"] == {"refused": "column_missing", "column": "nip"}


def test_hr_of_a_unit_imports_only_there(admin: Visitor) -> None:
    add_person(admin, "hr-kec", "Petugas", "hr")
    admin.client.put("/api/employees/hr-kec/role", json={"role": "hr", "unit": "KEC"}, headers=admin.headers)
    desk = sign_in(admin.client, "hr-kec")
    report = run(desk, b"nip,name,unit\n300,Ina,KEC\n301,Edi,DINAS\n", "good_rows")["report"]
    assert (report["added"], report["problems"]) == (1, [{"row": 3, "column": "unit", "code": "unknown"}])


def test_work_is_shown_to_whoever_asked_for_it_alone(hr: Visitor, admin: Visitor) -> None:
    job = run(hr, b"nip,name\n1,A\n")["id"]
    assert admin.get(f"/api/jobs/{job}").status_code == 404


def test_an_unknown_mode_is_refused(hr: Visitor) -> None:
    asked = hr.post("/api/roster", files={"file": ("a.csv", b"nip,name\n")}, data={"mode": "all!"})
    assert asked.status_code == 422


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_empty_file_is_a_roster_in_either_language(hr: Visitor, language: str) -> None:
    headers = {**hr.headers, "Accept-Language": language}
    got = hr.client.get("/api/roster/template", headers=headers)
    book = CalamineWorkbook.from_filelike(io.BytesIO(got.content))
    headings = book.get_sheet_by_index(0).to_python()[0]
    filled = ",".join(str(one) for one in headings) + "\n400,Dian,KEC,Staf,THL,2026-01-01,\n"
    assert run(hr, filled.encode())["report"]["problems"] == []
    assert ["KEC", "Unit KEC"] in book.get_sheet_by_index(1).to_python()


def test_the_empty_csv_opens_with_all_columns(hr: Visitor) -> None:
    got = hr.client.get("/api/roster/template?format=csv", headers=hr.headers)
    assert got.content.decode("utf-8-sig").strip().count(";") == 6


# --- faces from a ZIP


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return made.getvalue()


def enrol(who: Visitor, data: bytes, consent: str = "true") -> Response:
    return who.post("/api/enrolments", files={"photos": ("faces.zip", data)}, data={"consent": consent})


def test_the_faces_in_a_zip_are_enrolled_and_of_the_others_it_says_why_not(
    hr: Visitor, astronaut_png: bytes
) -> None:
    run(hr, b"nip,name\n500,Eka\n501,Gde\n", "all")
    data = zipped({"500/a.png": astronaut_png, "501/b.jpg": b"no photo", "nobody/c.png": astronaut_png})
    report = ended(hr, enrol(hr, data))["report"]
    assert (report["enrolled"], report["not_enrolled"]) == (1, 2)
    reasons = {one["nip"]: one["reasons"] for one in report["refused_people"]}
    assert reasons["nobody"] == ["unknown_employee"]
    without = hr.get("/api/employees?face=missing&query=50").json()["employees"]
    assert [one["nip"] for one in without] == ["501"]


def test_hr_of_a_unit_enrols_nobody_outside(admin: Visitor, astronaut_png: bytes) -> None:
    add_person(admin, "hr-dinas", "Petugas", "hr")
    admin.client.put(
        "/api/employees/hr-dinas/role", json={"role": "hr", "unit": "DINAS"}, headers=admin.headers
    )
    run(admin, b"nip,name,unit\n600,Luh,KEC\n", "all")
    desk = sign_in(admin.client, "hr-dinas")
    report = ended(desk, enrol(desk, zipped({"600/a.png": astronaut_png})))["report"]
    assert report["refused_people"][0]["reasons"] == ["unknown_employee"]


def test_without_consent_no_face_is_taken(hr: Visitor) -> None:
    assert enrol(hr, zipped({}), consent="false").json()["code"] == "consent_missing"


def test_what_is_no_zip_is_refused(hr: Visitor) -> None:
    assert ended(hr, enrol(hr, b"no ZIP"))["report"] == {"refused": "not_a_zip"}


def test_an_erased_person_is_in_no_report_any_more(hr: Visitor) -> None:
    run(hr, b"nip,name\n800,Tri\n", "all")
    job = ended(hr, enrol(hr, zipped({"800/b.jpg": b"no photo"})))["id"]
    assert hr.post("/api/employees/800/erase").status_code == 200
    assert hr.get(f"/api/jobs/{job}").status_code == 404
