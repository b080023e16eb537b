"""Kiosks over HTTP: paired by HR, revoked at once, and of no other use than checking people in."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select, update

from models.image import decode, encode_jpeg
from service.db.kiosk_tables import Kiosk
from service.db.tables import AuditEntry
from service.web.access import COOKIE as SESSION_COOKIE
from service.web.kiosk_device import COOKIE
from service.wiring import Services
from tests.service.web.conftest import Visitor, add_person, sign_in
from tests.service.web.kiosk_tablet import make_kiosk, open_site, paired_tablet


def check_in(tablet: Visitor, selfie: bytes, **meta: object) -> Response:
    said = {
        "id": str(uuid.uuid4()),
        "kind": "auto",
        "captured_at": datetime.now(UTC).isoformat(),
        "frames": [],
        **meta,
    }
    return tablet.post(
        "/api/kiosk/checkins", files={"selfie": ("a.jpg", selfie)}, data={"meta": json.dumps(said)}
    )


@pytest.fixture(scope="module")
def selfie(astronaut_png: bytes) -> bytes:
    """Of the person enrolled, in other bytes."""
    return encode_jpeg(decode(astronaut_png))


@pytest.fixture(scope="module")
def tablet(admin: Visitor, services: Services, astronaut_png: bytes) -> Visitor:
    """At a site where Siti works, who is enrolled."""
    paired, _ = paired_tablet(admin, services, "KEC-01")
    add_person(admin, "siti", "Siti Rahmawati")
    admin.client.put("/api/employees/siti/unit", json={"unit": "KEC-01"}, headers=admin.headers)
    enrolled = admin.post(
        "/api/employees/siti/photos", files=[("photos", ("a.png", astronaut_png))], data={"consent": "true"}
    )
    assert enrolled.status_code == 201
    return paired


def test_a_face_is_named_and_checked_in(tablet: Visitor, selfie: bytes, admin: Visitor) -> None:
    challenge = tablet.post("/api/kiosk/challenges").json()

    answer = check_in(tablet, selfie, challenge=challenge["id"])

    assert answer.status_code == 201
    assert answer.json()["name"] == "Siti Rahmawati"
    [checkin] = [one for one in admin.get("/api/checkins").json()["checkins"] if one["nip"] == "siti"]
    record = admin.get(f"/api/checkins/{checkin['id']}").json()
    # A still picture turns no head.
    assert checkin["status"] == "review"
    assert record["findings"]["identification"]["by"] == "face"


def test_a_challenge_of_a_kiosk_serves_once(tablet: Visitor, selfie: bytes, admin: Visitor) -> None:
    challenge = tablet.post("/api/kiosk/challenges").json()["id"]

    for _ in range(2):
        check_in(tablet, selfie, challenge=challenge)

    newest = admin.get("/api/checkins").json()["checkins"][0]
    assert "challenge_reused" in newest["reasons"]


def test_an_employees_challenge_is_none_of_a_kiosks(tablet: Visitor, selfie: bytes, admin: Visitor) -> None:
    challenge = add_person(admin, "budi", "Budi").post("/api/challenges").json()["id"]

    check_in(tablet, selfie, challenge=challenge)

    assert "challenge_unknown" in admin.get("/api/checkins").json()["checkins"][0]["reasons"]


def test_who_was_not_recognised_is_seen_by_hr_and_the_view_goes_on_record(
    tablet: Visitor, admin: Visitor, services: Services
) -> None:
    attempt_id = check_in(tablet, b"no picture").json()["id"]

    [listed] = [one for one in admin.get("/api/kiosk-attempts").json()["attempts"] if one["id"] == attempt_id]
    image = admin.get(f"/api/kiosk-attempts/{attempt_id}/image")

    assert (listed["status"], listed["site_name"]) == ("retake", "Kantor KEC-01")
    assert image.content == b"no picture"
    with services.db.read() as session:
        seen = select(AuditEntry.action).where(AuditEntry.subject == f"kiosk_attempt:{attempt_id}")
        assert "evidence_viewed" in session.scalars(seen).all()


def test_a_large_picture_is_taken_from_tablets_alone(
    tablet: Visitor, visitor: Visitor, admin: Visitor
) -> None:
    large = b"x" * 200_000

    codes = [check_in(who, large).status_code for who in (tablet, visitor, admin)]

    assert codes == [201, 401, 401]


# --- pairing


def test_a_code_pairs_one_tablet_and_a_browser_keeps_the_token_from_scripts(
    admin: Visitor, client: TestClient, services: Services
) -> None:
    open_site(services, "KEC-02")
    kiosk_id, code = make_kiosk(admin, "KEC-02")

    paired = client.post("/api/kiosk/pair", json={"code": code.lower().replace("-", " ")})
    again = client.post("/api/kiosk/pair", json={"code": code})

    assert (paired.status_code, paired.json()) == (201, {"token": None})
    kept, dropped = paired.headers.get_list("set-cookie")
    assert kept.startswith(f"{COOKIE}=kiosk_")
    assert "HttpOnly" in kept
    assert "SameSite=strict" in kept
    assert dropped.startswith(f'{SESSION_COOKIE}="";')
    assert (again.status_code, again.json()["code"]) == (410, "pairing_code_wrong")
    client.cookies.clear()
    with services.db.read() as session:
        token = kept.partition("=")[2].partition(";")[0]
        assert token not in str(session.get_one(Kiosk, kiosk_id).token_hash)


def test_a_code_is_of_use_for_half_an_hour(admin: Visitor, client: TestClient, services: Services) -> None:
    open_site(services, "KEC-03")
    kiosk_id, code = make_kiosk(admin, "KEC-03")
    with services.db.write() as session:
        past = services.clock() - timedelta(seconds=1)
        session.execute(update(Kiosk).where(Kiosk.id == kiosk_id).values(pairing_expires_at=past))

    assert client.post("/api/kiosk/pair", json={"code": code}).status_code == 410


def test_a_revoked_tablet_is_refused_at_once(admin: Visitor, services: Services, selfie: bytes) -> None:
    tablet, kiosk_id = paired_tablet(admin, services, "KEC-04")
    assert tablet.get("/api/kiosk").json()["site"] == "Kantor KEC-04"

    revoked = admin.client.delete(f"/api/kiosks/{kiosk_id}", headers=admin.headers)

    assert revoked.status_code == 204
    assert tablet.get("/api/kiosk").status_code == 401
    assert check_in(tablet, selfie).status_code == 401
    assert admin.post(f"/api/kiosks/{kiosk_id}/link").status_code == 409


def test_another_tablet_takes_the_place_of_the_one_that_was_paired(
    admin: Visitor, services: Services
) -> None:
    first, kiosk_id = paired_tablet(admin, services, "KEC-05")
    code = admin.post(f"/api/kiosks/{kiosk_id}/link").json()["code"]
    assert first.get("/api/kiosk").status_code == 200

    second = admin.client.post("/api/kiosk/pair", json={"code": code, "kind": "bearer"}).json()["token"]

    assert first.get("/api/kiosk").status_code == 401
    assert Visitor(admin.client, second).get("/api/kiosk").status_code == 200


def test_a_kiosk_without_a_name_or_at_no_site_is_refused(admin: Visitor) -> None:
    assert admin.post("/api/kiosks", json={"name": " ", "site": "KEC-01"}).status_code == 422
    assert admin.post("/api/kiosks", json={"name": "Pintu", "site": "NOWHERE"}).status_code == 404


# --- reach


@pytest.fixture(scope="module")
def limited(admin: Visitor, services: Services) -> Visitor:
    """HR of another unit than that of the kiosks."""
    open_site(services, "LAIN")
    add_person(admin, "hr-lain", "Kepegawaian", "hr")
    admin.client.put(
        "/api/employees/hr-lain/role", json={"role": "hr", "unit": "LAIN"}, headers=admin.headers
    )
    return sign_in(admin.client, "hr-lain")


def test_hr_of_a_unit_sees_and_keeps_kiosks_of_its_sites_alone(
    tablet: Visitor, limited: Visitor, admin: Visitor
) -> None:
    attempt_id = check_in(tablet, b"no picture").json()["id"]
    kiosk_id = next(one["id"] for one in admin.get("/api/kiosks").json()["kiosks"] if one["site"] == "KEC-01")

    listed = limited.get("/api/kiosks").json()

    assert (listed["kiosks"], listed["sites"]) == ([], [{"code": "LAIN", "name": "Kantor LAIN"}])
    assert limited.post("/api/kiosks", json={"name": "Pintu", "site": "KEC-01"}).status_code == 404
    assert limited.post(f"/api/kiosks/{kiosk_id}/link").status_code == 404
    assert limited.client.delete(f"/api/kiosks/{kiosk_id}", headers=limited.headers).status_code == 404
    assert limited.get("/api/kiosk-attempts").json()["total"] == 0
    assert limited.get(f"/api/kiosk-attempts/{attempt_id}/image").status_code == 404
    assert limited.post("/api/kiosks", json={"name": "Pintu", "site": "LAIN"}).status_code == 201
