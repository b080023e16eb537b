"""The roster as a file over HTTP."""

import io
import time
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from service.wiring import Services
from tests.service.org_tree import plant
from tests.service.web.conftest import Visitor, add_person, sign_in

WITHIN_S = 30


@pytest.fixture(scope="module", autouse=True)
def units(services: Services) -> dict[str, int]:
    return plant(services.db, {"KEC": None, "DINAS": None}, services.clock())


def run(who: Visitor, data: bytes, mode: str = "check") -> dict[str, Any]:
    asked = who.post("/api/roster", files={"file": ("roster.csv", data)}, data={"mode": mode})
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
