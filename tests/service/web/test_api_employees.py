from pathlib import Path

import pytest
from httpx2 import Response

from models.image import encode_jpeg
from service.wiring import Services
from tests.service.web.conftest import Visitor, add_person, evidence_files


@pytest.fixture(scope="module")
def astronaut(admin: Visitor, astronaut_png: bytes) -> str:
    """The NIP of an employee enrolled with the packaged portrait."""
    admin.post("/api/employees", json={"nip": "1985 0330 2003", "name": "Siti  Rahmawati"})
    enrolled = _enrol(admin, "198503302003", astronaut_png)
    assert enrolled.status_code == 201
    return "198503302003"


def _enrol(visitor: Visitor, nip: str, *photos: bytes, consent: str = "true", **fields: str) -> Response:
    files = [("photos", (f"{number}.jpg", photo)) for number, photo in enumerate(photos)]
    return visitor.post(f"/api/employees/{nip}/photos", files=files, data={"consent": consent, **fields})


def test_an_employee_is_added_with_a_tidy_nip_and_name(admin: Visitor, astronaut: str) -> None:
    person = admin.get(f"/api/employees/{astronaut}").json()
    assert person == {
        "nip": astronaut,
        "name": "Siti Rahmawati",
        "active": True,
        "enrolled": True,
        "photos": 1,
        "unit": None,
        "unit_name": None,
        "position": None,
        "employment": None,
        "works_from": None,
        "works_until": None,
    }


def test_a_nip_is_given_once(admin: Visitor, astronaut: str) -> None:
    answer = admin.post("/api/employees", json={"nip": astronaut, "name": "Orang Lain"})
    assert answer.status_code == 409
    assert answer.json()["code"] == "nip_taken"


def test_the_roster_is_searched_by_name_and_nip(admin: Visitor, astronaut: str) -> None:
    by_name = admin.get("/api/employees", params={"query": "rahma"}).json()
    by_nip = admin.get("/api/employees", params={"query": "1985"}).json()
    assert [person["nip"] for person in by_name["employees"]] == [astronaut]
    assert [person["nip"] for person in by_nip["employees"]] == [astronaut]
    assert admin.get("/api/employees", params={"query": "nobody"}).json()["employees"] == []


def test_an_unknown_nip_is_not_found(admin: Visitor) -> None:
    assert admin.get("/api/employees/404").status_code == 404


def test_without_consent_nothing_is_enrolled(admin: Visitor, astronaut_png: bytes) -> None:
    admin.post("/api/employees", json={"nip": "no-consent", "name": "Belum Setuju"})
    answer = _enrol(admin, "no-consent", astronaut_png, consent="false")
    assert answer.status_code == 422
    assert answer.json()["code"] == "consent_missing"
    assert not admin.get("/api/employees/no-consent").json()["enrolled"]


def test_the_same_face_under_another_nip_is_shown_and_needs_a_confirmation(
    admin: Visitor, astronaut: str, astronaut_png: bytes
) -> None:
    admin.post("/api/employees", json={"nip": "twin", "name": "Kembar"})
    answer = _enrol(admin, "twin", astronaut_png)
    assert answer.status_code == 409
    assert answer.json()["lookalikes"][0]["nip"] == astronaut
    assert not admin.get("/api/employees/twin").json()["enrolled"]


def _preview(visitor: Visitor, nip: str, *photos: bytes, **fields: str) -> Response:
    files = [("photos", (f"{number}.jpg", photo)) for number, photo in enumerate(photos)]
    return visitor.post(f"/api/employees/{nip}/photos/preview", files=files, data=fields)


def test_each_lookalike_has_to_be_named_as_looked_at(
    admin: Visitor, astronaut: str, astronaut_png: bytes
) -> None:
    admin.post("/api/employees", json={"nip": "sister", "name": "Saudari"})
    assert _enrol(admin, "sister", astronaut_png, looked_at="somebody-else").status_code == 409
    answer = _enrol(admin, "sister", astronaut_png, looked_at=astronaut)
    assert answer.status_code == 201
    (named,) = answer.json()["lookalikes"]
    assert (named["nip"], named["likeness"]) == (astronaut, "usual")
    trail = admin.get("/api/audit", params={"action": "enrolled"}).json()["entries"]
    assert len(trail[0]["facts"]["confirmed_unlike"]) == 1
    assert admin.post("/api/employees/sister/erase").status_code == 200


def test_a_preview_says_what_photos_would_make_and_stores_nothing(
    admin: Visitor, services: Services, astronaut: str, portraits_dir: Path
) -> None:
    before = evidence_files(services)
    photos = [path.read_bytes() for path in sorted(next(portraits_dir.iterdir()).glob("*.jpg"))[:2]]
    found = _preview(admin, astronaut, *photos).json()
    assert [photo["accepted"] for photo in found["photos"]] == [True, True]
    assert (found["template_photos"], found["set_problems"], found["may_be_saved"]) == (2, [], True)
    assert found["among"]["likeness"] == "usual"
    assert found["enrolled"]["likeness"] == "different"
    assert found["lookalikes"] == []
    assert evidence_files(services) == before
    assert admin.get(f"/api/employees/{astronaut}").json()["photos"] == 1


def test_a_preview_names_who_looks_alike(admin: Visitor, astronaut: str, astronaut_png: bytes) -> None:
    admin.post("/api/employees", json={"nip": "preview", "name": "Pratinjau"})
    (named,) = _preview(admin, "preview", astronaut_png, consent="true").json()["lookalikes"]
    assert (named["nip"], named["name"], named["unit"]) == (astronaut, "Siti Rahmawati", None)


def test_a_preview_says_why_photos_do_not_go_together(admin: Visitor, portraits_dir: Path) -> None:
    admin.post("/api/employees", json={"nip": "mixed-preview", "name": "Tercampur"})
    first, second = sorted(portraits_dir.glob("*/neutral.jpg"))[:2]
    found = _preview(admin, "mixed-preview", first.read_bytes(), second.read_bytes(), consent="true").json()
    assert (found["set_problems"], found["may_be_saved"]) == (["not_one_person"], False)
    assert found["among"]["likeness"] == "different"


def test_no_photo_is_looked_at_without_consent(admin: Visitor, astronaut: str, astronaut_png: bytes) -> None:
    admin.post("/api/employees", json={"nip": "unasked", "name": "Belum Ditanya"})
    assert _preview(admin, "unasked", astronaut_png).json()["code"] == "consent_missing"
    assert _preview(admin, astronaut, astronaut_png).status_code == 200  # recorded with the enrolment


def test_bad_photos_are_named_one_by_one_and_leave_nothing_behind(admin: Visitor, services: Services) -> None:
    import numpy as np

    admin.post("/api/employees", json={"nip": "bad", "name": "Foto Buruk"})
    before = evidence_files(services)
    wall = encode_jpeg(np.full((480, 360, 3), 170, np.uint8))
    answer = _enrol(admin, "bad", wall, b"a text", b"", wall[:200], b"GIF89a..............")
    assert answer.status_code == 422
    body = answer.json()
    assert body["code"] == "photos_refused"
    assert body["set_problems"] == ["no_usable_photo"]
    assert [photo["problems"] for photo in body["photos"]] == [
        ["no_face"],
        ["image_unknown_format"],
        ["image_empty"],
        ["image_damaged"],
        ["image_unsupported_format"],
    ]
    assert evidence_files(services) == before


def test_two_people_in_one_set_are_refused(admin: Visitor, portraits_dir: Path) -> None:
    admin.post("/api/employees", json={"nip": "mixed", "name": "Tercampur"})
    first, second = sorted(portraits_dir.glob("*/neutral.jpg"))[:2]
    answer = _enrol(admin, "mixed", first.read_bytes(), second.read_bytes())
    assert answer.status_code == 422
    assert answer.json()["set_problems"] == ["not_one_person"]


def test_more_than_five_photos_are_refused(admin: Visitor, astronaut: str) -> None:
    answer = _enrol(admin, astronaut, *[b"x"] * 6)
    assert answer.status_code == 422


def test_a_photo_is_checked_without_being_stored(
    admin: Visitor, services: Services, astronaut_png: bytes
) -> None:
    before = evidence_files(services)
    answer = admin.post("/api/photos/check", files={"photo": ("a.png", astronaut_png)})
    assert answer.json()["problems"] == []
    assert answer.json()["quality"]["eye_distance_px"] > 30
    assert evidence_files(services) == before


@pytest.mark.parametrize("role", ["hr", "auditor", "admin"])
def test_hr_cannot_add_accounts_of_more_rights(hr: Visitor, role: str) -> None:
    answer = hr.post("/api/employees", json={"nip": f"by-hr-{role}", "name": "X", "role": role})
    assert answer.status_code == 403


def test_hr_cannot_take_over_an_account_of_more_rights(hr: Visitor, auditor: Visitor) -> None:
    assert hr.post("/api/employees/auditor-1/setup-link").status_code == 403


def test_hr_renews_the_link_of_an_employee(hr: Visitor, admin: Visitor) -> None:
    admin.post("/api/employees", json={"nip": "forgot", "name": "Lupa"})
    assert hr.post("/api/employees/forgot/setup-link").status_code == 201


def test_an_employee_sees_no_roster(admin: Visitor) -> None:
    employee = add_person(admin, "plain", "Biasa")
    assert employee.get("/api/employees").status_code == 403
    assert employee.post("/api/employees", json={"nip": "x", "name": "X"}).status_code == 403


def test_an_auditor_enrols_nobody(auditor: Visitor, astronaut: str, astronaut_png: bytes) -> None:
    assert _enrol(auditor, astronaut, astronaut_png).status_code == 403
