"""Units, placements, roles and limits over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Response

from service.db.tables import Checkin, CheckinStatus
from service.employee_rows import employee_row
from service.wiring import Services
from tests.service.org_tree import plant, put
from tests.service.web.conftest import Visitor, add_person, sign_in

TREE = {"KEC": None, "DESA": "KEC", "DINAS": None}


@pytest.fixture(scope="module", autouse=True)
def units(services: Services) -> dict[str, int]:
    return plant(services.db, TREE, services.clock())


@pytest.fixture(scope="module")
def desk(admin: Visitor, hr: Visitor) -> Visitor:
    """HR of the sub-district, who works in one of its villages."""
    add_person(admin, "hr-kec", "Petugas", "hr")
    assert send(admin, "PUT", "/api/employees/hr-kec/unit", {"unit": "DESA"}).status_code == 200
    assert send(admin, "PUT", "/api/employees/hr-kec/role", {"role": "hr", "unit": "KEC"}).status_code == 200
    return sign_in(admin.client, "hr-kec")


@pytest.fixture
def village(admin: Visitor) -> Iterator[str]:
    """The code of a unit of this test alone."""
    code = "NEW"
    assert send(admin, "POST", "/api/units", {"code": code, "name": "Desa Baru"}).status_code == 201
    yield code
    send(admin, "DELETE", f"/api/units/{code}")


def send(visitor: Visitor, method: str, path: str, body: object = None) -> Response:
    return visitor.client.request(method, path, json=body, headers=visitor.headers)


def listed(visitor: Visitor) -> dict[str, dict[str, Any]]:
    return {unit["code"]: unit for unit in visitor.get("/api/units").json()["units"]}


# --- the tree


def test_a_unit_is_added_and_answered_as_it_is_listed(admin: Visitor) -> None:
    answer = send(admin, "POST", "/api/units", {"code": "RW", "name": " RW  01", "parent": "DESA"})
    assert answer.status_code == 201
    assert answer.json() == {
        "code": "RW",
        "name": "RW 01",
        "parent": "DESA",
        "depth": 2,
        "employees": 0,
        "employees_below": 0,
    }
    assert listed(admin)["RW"] == answer.json()
    assert send(admin, "DELETE", "/api/units/RW").status_code == 204


def test_a_unit_is_renamed_and_moved(admin: Visitor, village: str) -> None:
    assert send(admin, "PATCH", f"/api/units/{village}", {"name": "Desa Lama"}).json()["name"] == "Desa Lama"
    assert send(admin, "PATCH", f"/api/units/{village}", {"parent": "KEC"}).json()["depth"] == 1
    assert send(admin, "PATCH", f"/api/units/{village}", {"parent": None}).json()["parent"] is None


@pytest.mark.parametrize("body", [{}, {"name": None}, {"name": "Desa", "parent": None}])
def test_a_change_is_one_at_a_time(admin: Visitor, village: str, body: dict[str, object]) -> None:
    assert send(admin, "PATCH", f"/api/units/{village}", body).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "/api/units", {"code": "KEC", "name": "Another"}, "unit_code_taken"),
        ("POST", "/api/units", {"code": "A", "name": "A", "parent": "NOTHING"}, "unknown_unit"),
        ("POST", "/api/units", {"code": "..", "name": "A"}, "invalid_request"),
        ("PATCH", "/api/units/KEC", {"parent": "DESA"}, "unit_in_itself"),
        ("PATCH", "/api/units/NOTHING", {"parent": "DESA"}, "unknown_unit"),
        ("DELETE", "/api/units/KEC", None, "unit_not_empty"),
        ("DELETE", "/api/units/NOTHING", None, "unknown_unit"),
    ],
)
def test_what_can_not_be_is_refused(
    admin: Visitor, method: str, path: str, body: dict[str, object] | None, code: str
) -> None:
    assert send(admin, method, path, body).json()["code"] == code


def test_a_limited_account_sees_its_part_of_the_tree(desk: Visitor) -> None:
    seen = listed(desk)
    assert {code: unit["parent"] for code, unit in seen.items()} == {"KEC": None, "DESA": "KEC"}
    assert seen["KEC"]["employees_below"] == 1


# --- within a limit


def test_hr_with_a_limit_adds_people_only_into_its_units(desk: Visitor) -> None:
    def add(nip: str, unit: str | None) -> Response:
        return desk.post("/api/employees", json={"nip": nip, "name": "Siti", "unit": unit})

    assert add("new-1", None).json()["code"] == "unit_needed"
    assert add("new-1", "DINAS").json()["code"] == "unknown_unit"
    assert add("new-1", "DESA").json()["unit"] == "DESA"


def test_the_roster_and_the_record_hold_only_people_within_reach(
    admin: Visitor, desk: Visitor, services: Services
) -> None:
    for nip, unit in [("in-desa", "DESA"), ("in-dinas", "DINAS"), ("in-none", None)]:
        record(services, put(services.db, nip, unit, services.clock()), nip)
    people = {person["nip"] for person in desk.get("/api/employees?query=in-").json()["employees"]}
    everybody = {person["nip"] for person in admin.get("/api/employees?query=in-").json()["employees"]}
    assert (people, everybody) == ({"in-desa"}, {"in-desa", "in-dinas", "in-none"})
    listed = desk.get("/api/checkins").json()
    assert ({one["nip"] for one in listed["checkins"]}, listed["total"]) == ({"in-desa"}, 1)


def test_the_roster_is_narrowed_to_a_unit(admin: Visitor, desk: Visitor, services: Services) -> None:
    put(services.db, "narrow-1", "DESA", services.clock())
    put(services.db, "narrow-2", None, services.clock())

    def found(visitor: Visitor, unit: str) -> list[str]:
        answer = visitor.get("/api/employees", params={"query": "narrow", "unit": unit}).json()
        return [person["nip"] for person in answer["employees"]]

    assert found(admin, "KEC") == ["narrow-1"]
    assert found(admin, "-") == ["narrow-2"]
    assert found(admin, "") == ["narrow-1", "narrow-2"]
    assert found(desk, "-") == []
    assert desk.get("/api/employees?unit=DINAS").json()["code"] == "unknown_unit"


def test_rivals_outside_the_reach_have_no_name(admin: Visitor, desk: Visitor, services: Services) -> None:
    now = services.clock()
    inside, outside = put(services.db, "rival-1", "DESA", now), put(services.db, "rival-2", "DINAS", now)
    findings = {
        "rivals": [
            {"employee_id": inside, "similarity": 0.5},
            {"employee_id": outside, "similarity": 0.4},
        ]
    }
    owner = put(services.db, "probe", "DESA", now)
    record(services, owner, "probe", findings=findings)
    seen = desk.get(f"/api/checkins/{checkin_of('probe')}").json()["findings"]["rivals"]
    assert seen[0]["nip"] == "rival-1"
    assert seen[1] == {"who": "outside_your_units", "similarity": 0.4}
    named = admin.get(f"/api/checkins/{checkin_of('probe')}").json()["findings"]["rivals"]
    assert [rival["nip"] for rival in named] == ["rival-1", "rival-2"]


def test_a_limited_account_still_sees_its_own_check_in(admin: Visitor, services: Services) -> None:
    add_person(admin, "far-hr", "Petugas", "hr")
    send(admin, "PUT", "/api/employees/far-hr/unit", {"unit": "DINAS"})
    send(admin, "PUT", "/api/employees/far-hr/role", {"role": "hr", "unit": "KEC"})
    far = sign_in(admin.client, "far-hr")
    with services.db.read() as session:
        employee_id = employee_row(session, "far-hr").id
    record(services, employee_id, "far-hr", status="received")
    answer = far.get(f"/api/checkins/{checkin_of('far-hr')}")
    assert (answer.status_code, "findings" in answer.json()) == (200, False)


def test_a_face_like_that_of_somebody_outside_stops_without_a_name_until_who_sees_both_confirms(
    admin: Visitor, desk: Visitor, services: Services, astronaut_png: bytes
) -> None:
    for nip, unit in [("seen", "DESA"), ("unseen", "DINAS")]:
        put(services.db, nip, unit, services.clock())
    assert enrol(admin, "unseen", astronaut_png).status_code == 201
    refused = enrol(desk, "seen", astronaut_png, looked_at="unseen")
    assert (refused.status_code, refused.json()["code"]) == (409, "looks_like_someone_outside")
    assert [(one["nip"], one["name"]) for one in refused.json()["lookalikes"]] == [(None, None)]
    assert "unseen" not in refused.text
    assert not desk.get("/api/employees/seen").json()["enrolled"]
    assert enrol(admin, "seen", astronaut_png, looked_at="unseen").status_code == 201


# --- nobody manages their own


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/employees/{nip}/setup-link", None),
        ("POST", "/api/employees/{nip}/erase", None),
        ("PUT", "/api/employees/{nip}/unit", {"unit": "KEC"}),
        ("PUT", "/api/employees/{nip}/role", {"role": "employee", "unit": None}),
    ],
)
def test_nobody_manages_their_own_record(
    admin: Visitor, desk: Visitor, method: str, path: str, body: object
) -> None:
    if admin.get("/api/employees/chief").status_code == 404:
        add_person(admin, "chief", "Kepala", "admin")
    for nip in ("chief", "hr-kec"):
        itself = sign_in(admin.client, nip)
        answer = send(itself, method, path.format(nip=nip), body)
        assert answer.status_code == 403
        assert answer.json()["code"] in {"own_record", "not_allowed"}
    assert admin.get("/api/employees/hr-kec/role").json() == {"role": "hr", "unit": "KEC"}


def test_nobody_enrols_themselves(desk: Visitor) -> None:
    assert enrol(desk, "hr-kec", b"no photo").json()["code"] == "own_record"


def test_a_new_limit_signs_the_account_out(admin: Visitor) -> None:
    officer = add_person(admin, "moved-hr", "Petugas", "hr")
    send(admin, "PUT", "/api/employees/moved-hr/role", {"role": "hr", "unit": "DESA"})
    assert officer.get("/api/me").status_code == 401


def test_a_programs_token_reaches_everybody_but_gives_no_role(admin: Visitor, services: Services) -> None:
    put(services.db, "by-program", None, services.clock())
    made = admin.post("/api/tokens", json={"name": "SIMPEG", "scopes": ["employees:read", "employees:write"]})
    program = Visitor(admin.client, made.json()["token"])
    assert send(program, "PUT", "/api/employees/by-program/unit", {"unit": "DINAS"}).json()["unit"] == "DINAS"
    refused = send(program, "PUT", "/api/employees/by-program/role", {"role": "admin", "unit": None})
    assert refused.json()["code"] == "scope_missing"


def test_employees_see_their_unit_among_their_data(desk: Visitor) -> None:
    assert desk.get("/api/me/data").json()["unit"] == "Unit DESA"


def enrol(visitor: Visitor, nip: str, photo: bytes, **fields: str) -> Response:
    return visitor.post(
        f"/api/employees/{nip}/photos",
        files=[("photos", ("a.png", photo))],
        data={"consent": "true", **fields},
    )


def checkin_of(nip: str) -> str:
    return f"6f7f0d3e-3f43-4a2f-9a53-{int.from_bytes(nip.encode()) % 10**12:012d}"


def record(
    services: Services,
    employee_id: int,
    nip: str,
    *,
    status: CheckinStatus = "review",
    findings: dict[str, Any] | None = None,
) -> None:
    now = services.clock()
    with services.db.write() as session:
        session.add(
            Checkin(
                id=checkin_of(nip),
                employee_id=employee_id,
                kind="in",
                captured_at=now,
                received_at=now,
                counted_at=now,
                status=status,
                reasons=["no_liveness"],
                selfie_sha256="",
                frame_keys=[],
                meta={},
                findings=findings,
            )
        )
