"""Machines and their files over HTTP."""

import io
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from service.wiring import Services
from tests.service.org_tree import plant
from tests.service.web.conftest import Visitor, add_person

FORMAT = {"number": 1, "date_time": 2, "delimiter": "tab"}


@pytest.fixture(scope="module")
def machine(admin: Visitor, services: Services) -> str:
    plant(services.db, {"KEC": None}, services.clock())
    wanted = {"code": "FP-1", "name": "Lobi", "unit": "KEC", "file_format": FORMAT}
    added = admin.post("/api/machines", json=wanted)
    assert (added.status_code, added.json()["time_zone"]) == (201, "Asia/Jakarta")
    return "/api/machines/FP-1"


@pytest.fixture(scope="module")
def siti(admin: Visitor) -> Visitor:
    return add_person(admin, "1985", "Siti")


def imported(who: Visitor, machine: str, file: str, mode: str = "all") -> dict[str, Any]:
    sent = {"files": {"file": ("attlog.dat", file.encode())}, "data": {"mode": mode}}
    asked = who.post(f"{machine}/imports", **sent)
    assert asked.status_code == 202
    until = time.monotonic() + 60
    while time.monotonic() < until:
        job = who.get(f"/api/jobs/{asked.json()['id']}").json()
        if job["ended_at"]:
            assert job["state"] == "done"
            report: dict[str, Any] = job["report"]
            return report
        time.sleep(0.1)
    raise AssertionError("the work did not end")


def test_a_file_is_imported_shown_and_taken_back(hr: Visitor, siti: Visitor, machine: str) -> None:
    # A quarter of an hour ago by the machine's clock, which is that of Jakarta.
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=15)
    file = f"1985\t{at + timedelta(hours=7):%Y-%m-%d %H:%M:%S}\n"
    assert imported(hr, machine, file)["added"] == 1
    (kept,) = hr.get(f"{machine}/imports").json()["imports"]
    assert (kept["file_name"], kept["added"], kept["imported_by"]) == ("attlog.dat", 1, "Dewi")

    day = next(one for one in siti.get("/api/me/attendance").json()["days"] if one["status"] != "outside")
    shown = {day["first_in_source"], day["last_out_source"], *(["outside"] if day["outside"] else [])}
    assert {"Lobi", "outside"} & shown
    assert siti.get("/api/me/data").json()["machine_punches"][0]["machine"] == "Lobi"

    path = f"{machine}/imports/{kept['id']}"
    assert hr.get(path).json()["report"]["added"] == 1
    assert hr.post(f"{path}/taking-back", json={"note": "keliru"}).json() == {"import_again": []}
    assert hr.get(path).json()["record"]["taken_back_reason"] == "keliru"
    assert siti.get("/api/me/data").json()["machine_punches"][0]["taken_back_at"]


def test_a_number_that_is_nobodys_is_listed_and_assigned(hr: Visitor, siti: Visitor, machine: str) -> None:
    report = imported(hr, machine, "77\t2026-01-05 07:00:00\n", "good_rows")
    assert report["unmatched"] == [{"number": "77", "rows": 1}]
    assert hr.get("/api/machines").json()["machines"][0]["unmatched"] == 1
    headers = hr.headers
    assigned = hr.client.put(f"{machine}/numbers", json={"number": "77", "nip": "1985"}, headers=headers)
    assert assigned.status_code == 204
    assert hr.get(f"{machine}/numbers").json()["numbers"][0]["name"] == "Siti"


def test_the_first_rows_are_shown_as_they_are_read(hr: Visitor, machine: str) -> None:
    sent = {
        "files": {"file": ("a.dat", b"42\t2026-11-24 07:28:10\n43\tkemarin\n")},
        "data": {"file_format": json.dumps(FORMAT)},
    }
    rows = hr.post("/api/machine-files/preview", **sent).json()["rows"]
    assert rows == [
        {
            "row": 1,
            "cells": ["42", "2026-11-24 07:28:10"],
            "number": "42",
            "at": "2026-11-24T07:28:10",
            "kind": "any",
            "problem": None,
        },
        {
            "row": 2,
            "cells": ["43", "kemarin"],
            "number": None,
            "at": None,
            "kind": None,
            "problem": "date_not_read",
        },
    ]


@pytest.mark.parametrize(
    ("file", "file_format", "code"),
    [
        (b"1\t2026-11-24 07:28:10\n", "{", "invalid_request"),
        (b"1\t2026-11-24 07:28:10\n", '{"number": "1"}', "invalid_request"),
        (b"1\t2026-11-24 07:28:10\n", "{}", "invalid_request"),
        (b"\x00", json.dumps(FORMAT), "punch_file_refused"),
        (b"\n", json.dumps(FORMAT), "punch_file_refused"),
    ],
)
def test_what_can_not_be_shown_is_refused(hr: Visitor, file: bytes, file_format: str, code: str) -> None:
    sent: dict[str, Any] = {"files": {"file": ("a", file)}, "data": {"file_format": file_format}}
    refused = hr.post("/api/machine-files/preview", **sent)
    assert (refused.status_code, refused.json()["code"]) == (422, code)


def test_the_empty_file_has_the_headings(hr: Visitor) -> None:
    csv = hr.get("/api/machine-files/template?format=csv").content.decode("utf-8-sig")
    assert csv == "Number;Date;Time;In or out\r\n"
    book = CalamineWorkbook.from_filelike(io.BytesIO(hr.get("/api/machine-files/template").content))
    assert book.get_sheet_by_index(0).to_python() == [["Number", "Date", "Time", "In or out"]]


def test_a_file_for_a_machine_out_of_use_is_refused_at_once(admin: Visitor, services: Services) -> None:
    plant(services.db, {"TUTUP": None}, services.clock())
    wanted = {"code": "FP-2", "name": "Lama", "unit": "TUTUP", "file_format": FORMAT}
    admin.post("/api/machines", json=wanted)
    path = "/api/machines/FP-2"
    admin.client.patch(path, json={"closed": True}, headers=admin.headers)
    refused = admin.post(f"{path}/imports", files={"file": ("a", b"x")})
    assert (refused.status_code, refused.json()["code"]) == (409, "machine_closed")
