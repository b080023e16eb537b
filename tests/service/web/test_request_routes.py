"""Requests and manual periods over HTTP: whom each role reaches, what is refused, and how letters come back."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from httpx2 import Response

from service.attendance.day import local_date
from service.letters import LETTER_BYTES
from service.wiring import Services
from tests.service.org_tree import plant
from tests.service.request_desk import JPEG, PDF
from tests.service.web.conftest import Visitor, add_person, sign_in

UNITS = {"OWN": None, "BELOW": "OWN", "OTHER": None}
# Of whom an account of the role decides that is limited to OWN; an administrator has no limit.
REACHED = {
    "employee": frozenset[str](),
    "hr": frozenset({"OWN", "BELOW"}),
    "auditor": frozenset[str](),
    "admin": frozenset(UNITS),
}
# By what is asked for: path below the request, what is sent, and the answer of who may.
DECIDING: dict[str, tuple[str, dict[str, Any] | None, int]] = {
    "see": ("", None, 200),
    "decide": ("/decision", {"approve": True, "note": ""}, 200),
    "revoke": ("/revocation", {"note": "keliru"}, 409),
}
numbers = count(1)


@pytest.fixture(scope="module")
def reaching(admin: Visitor, services: Services) -> dict[str, Visitor]:
    """An employee, HR and an auditor, all in OWN and the latter two limited to it; and an administrator."""
    plant(services.db, UNITS, services.clock())

    def member(role: str) -> Visitor:
        add_person(admin, f"{role}-own", "Pejabat", role)
        move(admin, f"{role}-own", "OWN")
        if role != "employee":
            duty = {"role": role, "unit": "OWN"}
            admin.client.put(f"/api/employees/{role}-own/role", json=duty, headers=admin.headers)
        return sign_in(admin.client, f"{role}-own")

    return {role: member(role) for role in ("employee", "hr", "auditor")} | {"admin": admin}


def move(admin: Visitor, nip: str, unit: str) -> None:
    moved = admin.client.put(f"/api/employees/{nip}/unit", json={"unit": unit}, headers=admin.headers)
    assert moved.status_code == 200


@pytest.fixture
def employee(admin: Visitor, reaching: dict[str, Visitor]) -> Callable[[str], Visitor]:
    def added(unit: str) -> Visitor:
        nip = f"asking-{next(numbers)}"
        add_person(admin, nip, "Ketut Alit")
        move(admin, nip, unit)
        return sign_in(admin.client, nip)

    return added


@pytest.fixture
def today(services: Services) -> str:
    return local_date(services.clock(), services.settings.zone).isoformat()


def ask(who: Visitor, today: str, letter: bytes | None = None, **other: Any) -> Response:
    data = {"kind": "sakit", "first": today, "last": today, "note": "Demam"} | other
    files = None if letter is None else {"letter": ("surat.jpg", letter, "text/html")}
    return who.post("/api/absences", data=data, files=files)


def correct(who: Visitor, today: str, **other: Any) -> Response:
    wanted = {"day": today, "arrival": "00:01", "note": "Ponsel rusak"} | other
    return who.post("/api/corrections", json=wanted)


def asked_for(who: Visitor, today: str, resource: str) -> str:
    answer = (ask if resource == "absences" else correct)(who, today)
    assert answer.status_code == 201
    return f"/api/{resource}/{answer.json()['request']['id']}"


@pytest.mark.parametrize("resource", ["absences", "corrections"])
@pytest.mark.parametrize("action", DECIDING)
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("role", REACHED)
def test_an_account_decides_on_requests_of_its_units_alone(
    reaching: dict[str, Visitor],
    employee: Callable[[str], Visitor],
    today: str,
    role: str,
    unit: str,
    action: str,
    resource: str,
) -> None:
    path = asked_for(employee(unit), today, resource)
    below, sent, done = DECIDING[action]
    who = reaching[role]
    answer = who.get(path) if sent is None else who.post(path + below, json=sent)
    if action != "see" and role not in {"hr", "admin"}:
        assert answer.status_code == 403
    elif unit in REACHED[role]:
        assert answer.status_code == done
    else:
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_request")


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("role", REACHED)
def test_an_account_enters_sees_and_revokes_periods_of_its_units_alone(
    reaching: dict[str, Visitor],
    employee: Callable[[str], Visitor],
    today: str,
    role: str,
    unit: str,
) -> None:
    employee(unit)
    wanted = {"unit": unit, "first": today, "last": today, "reason": "Listrik padam"}
    path = f"/api/periods/{reaching['admin'].post('/api/periods', json=wanted).json()['period']['id']}"
    who = reaching[role]
    answers = [
        who.post("/api/periods", json=wanted),
        who.get(path),
        who.post(f"{path}/revocation", json={"note": "keliru"}),
    ]
    statuses = [answer.status_code for answer in answers]
    if role not in {"hr", "admin"}:
        assert statuses == [403, 403, 403]
    else:
        assert statuses == ([201, 200, 200] if unit in REACHED[role] else [404, 404, 404])


def test_an_employee_asks_hr_approves_and_revokes_and_the_employee_sees_it(
    reaching: dict[str, Visitor], employee: Callable[[str], Visitor], today: str
) -> None:
    siti = employee("BELOW")
    asked = ask(siti, today, PDF).json()
    path = f"/api/absences/{asked['request']['id']}"
    assert (asked["kind"], asked["letter"], asked["request"]["may_withdraw"]) == ("sakit", True, True)
    listed = reaching["hr"].get("/api/absences/staff?state=asked&unit=BELOW&kind=sakit").json()
    assert asked["request"]["id"] in [one["request"]["id"] for one in listed["absences"]]
    reaching["hr"].post(f"{path}/decision", json={"approve": True})
    reaching["hr"].post(f"{path}/revocation", json={"note": "surat palsu"})
    (seen,) = siti.get("/api/absences").json()["absences"]
    assert seen["request"]["state"] == "revoked"
    assert [one["state"] for one in seen["request"]["decisions"]] == ["approved", "revoked"]
    assert [one["by"] for one in seen["request"]["decisions"]] == ["Pejabat", "Pejabat"]


def test_hr_does_not_decide_on_its_own(reaching: dict[str, Visitor], today: str) -> None:
    hr = reaching["hr"]
    path = asked_for(hr, today, "corrections")
    answer = hr.post(f"{path}/decision", json={"approve": True})
    assert (answer.status_code, answer.json()["code"]) == (403, "own_request")
    assert hr.post(f"{path}/withdrawal").json()["request"]["state"] == "withdrawn"


def test_a_refusal_without_words_is_refused(
    reaching: dict[str, Visitor], employee: Callable[[str], Visitor], today: str
) -> None:
    path = asked_for(employee("OWN"), today, "absences")
    answer = reaching["hr"].post(f"{path}/decision", json={"approve": False})
    assert (answer.status_code, answer.json()["code"]) == (422, "words_refused")


@pytest.mark.parametrize(
    ("letter", "media_type", "disposition"),
    [
        (JPEG + b"<script>alert(1)</script>", "image/jpeg", "inline; filename=letter-"),
        (PDF, "application/pdf", "attachment; filename=letter-"),
    ],
)
def test_a_letter_comes_back_as_what_it_is_and_never_runs(
    employee: Callable[[str], Visitor], today: str, letter: bytes, media_type: str, disposition: str
) -> None:
    siti = employee("OWN")
    answer = siti.get(f"/api/absences/{ask(siti, today, letter).json()['request']['id']}/letter")
    assert answer.content == letter
    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-disposition"].startswith(disposition)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("letter", [b"<!doctype html><script>alert(1)</script>", b"", b"GIF89a;alert(1)"])
def test_a_page_that_is_called_a_photo_is_no_letter(
    employee: Callable[[str], Visitor], today: str, letter: bytes
) -> None:
    answer = ask(employee("OWN"), today, letter)
    assert (answer.status_code, answer.json()["code"]) == (422, "letter_refused")


def test_a_letter_beyond_the_limit_is_refused(employee: Callable[[str], Visitor], today: str) -> None:
    assert ask(employee("OWN"), today, JPEG + bytes(LETTER_BYTES)).status_code == 413


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"first": "9999-12-31", "last": "9999-12-31"}, "dates_refused"),
        ({"last": "0001-01-01"}, "dates_refused"),
        ({"first": "1764000000"}, "invalid_request"),
        ({"first": "2026-02-30"}, "invalid_request"),
        ({"kind": "liburan"}, "invalid_request"),
        ({"note": "a" * 501}, "words_refused"),
        ({"note": "a" * 10_000}, "invalid_request"),
        ({"note": " "}, "words_refused"),
    ],
)
def test_what_can_not_be_meant_is_refused(
    employee: Callable[[str], Visitor], today: str, other: dict[str, Any], code: str
) -> None:
    answer = ask(employee("OWN"), today, **other)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_days_that_are_taken_are_named(employee: Callable[[str], Visitor], today: str) -> None:
    siti = employee("OWN")
    ask(siti, today)
    answer = ask(siti, today)
    assert (answer.status_code, answer.json()["code"]) == (409, "request_overlaps")
    assert (answer.json()["first"], answer.json()["last"]) == (today, today)


@pytest.mark.parametrize("arrival", ["7:25", "25:00", 27000, "07:25:00Z", "07:25+07:00"])
def test_a_time_is_hours_and_minutes(employee: Callable[[str], Visitor], today: str, arrival: object) -> None:
    assert correct(employee("OWN"), today, arrival=arrival).json()["code"] == "invalid_request"


def test_a_correction_says_its_times_as_they_were_said(
    employee: Callable[[str], Visitor], services: Services
) -> None:
    yesterday = local_date(services.clock(), services.settings.zone) - timedelta(days=1)
    siti = employee("OWN")
    asked = correct(siti, yesterday.isoformat(), arrival="07:25", departure="16:02").json()
    assert (asked["arrival"], asked["departure"]) == ("07:25", "16:02")
    told = siti.get("/api/me/data").json()["requests"]["corrections"]
    assert [(one["arrival"], one["departure"]) for one in told] == [("07:25", "16:02")]


@pytest.mark.parametrize("month", ["2026-13", "0001-01", "2026", "november"])
def test_a_month_that_is_none_is_refused(reaching: dict[str, Visitor], month: str) -> None:
    assert reaching["hr"].get(f"/api/absences/staff?month={month}").status_code == 422


def test_a_month_narrows_the_list(
    reaching: dict[str, Visitor], employee: Callable[[str], Visitor], today: str
) -> None:
    request_id = ask(employee("OWN"), today).json()["request"]["id"]

    def listed(month: str) -> bool:
        found = reaching["admin"].get(f"/api/absences/staff?month={month}").json()["absences"]
        return request_id in [one["request"]["id"] for one in found]

    assert (listed(today[:7]), listed("2020-01")) == (True, False)
