"""Stored check-ins over HTTP, sealed by a phone in Python to the key of its offline pass."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx2 import Response

from service.db.kiosk_tables import KioskAttempt
from service.db.tables import Checkin
from service.item_keys import PublicKey
from service.wiring import Services
from tests.service.stored_items import StoringPhone, seal
from tests.service.web.conftest import Visitor, add_person
from tests.service.web.kiosk_tablet import paired_tablet


@pytest.fixture(scope="module")
def employee(admin: Visitor) -> Visitor:
    return add_person(admin, "198503302003121002", "Siti Rahmawati")


@pytest.fixture(scope="module")
def colleague(admin: Visitor) -> Visitor:
    return add_person(admin, "198503302003121003", "Budi")


def pass_of(visitor: Visitor) -> dict[str, Any]:
    answer = visitor.get("/api/offline-pass")
    assert answer.status_code == 200
    given: dict[str, Any] = answer.json()
    return given


def key_of(given: dict[str, Any]) -> PublicKey:
    return PublicKey(bytes.fromhex(given["key"]["id"]), base64.b64decode(given["key"]["point"]))


def phone_of(visitor: Visitor) -> StoringPhone:
    given = pass_of(visitor)
    return StoringPhone(key_of(given), given["id"], datetime.fromisoformat(given["server_time"]))


def send(visitor: Visitor, item: bytes, **headers: str) -> Response:
    return visitor.client.post(
        "/api/checkins/sealed",
        content=item,
        headers={**visitor.headers, "Content-Type": "application/octet-stream", **headers},
    )


def test_a_stored_item_is_answered_as_a_check_in_with_both_times(
    employee: Visitor, astronaut_png: bytes
) -> None:
    phone = phone_of(employee)
    taken = datetime.now(UTC)
    one, sealed = phone.item(astronaut_png, taken, send_anyway=True)

    answer = send(employee, sealed.later)

    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert said["id"] == str(one)
    assert said["captured_at"] == said["counted_at"] == taken.isoformat().replace("+00:00", "Z")
    assert datetime.fromisoformat(said["received_at"]) > taken
    assert answer.headers["location"] == f"/api/checkins/{one}"
    assert employee.get(f"/api/checkins/{one}").json() == said
    assert send(employee, sealed.later).json() == said


def test_an_offline_check_in_answers_a_challenge_of_its_pass(employee: Visitor, astronaut_png: bytes) -> None:
    given = pass_of(employee)
    phone = StoringPhone(key_of(given), given["id"], datetime.fromisoformat(given["server_time"]))
    asked = given["challenges"][0]["id"]
    _, sealed = phone.item(astronaut_png, datetime.now(UTC), challenge=asked)

    assert send(employee, sealed.later).status_code == 201

    assert asked not in {one["id"] for one in pass_of(employee)["challenges"]}


@pytest.mark.parametrize("reason", ["malformed", "key_unknown", "damaged"])
def test_what_can_not_be_opened_is_a_problem_that_says_what_to_do(employee: Visitor, reason: str) -> None:
    _, sealed = phone_of(employee).item(b"picture", datetime.now(UTC))
    item = {
        "malformed": b"",
        "key_unknown": sealed.later[:1] + bytes(8) + sealed.later[9:],
        "damaged": sealed.later[:-1] + bytes([sealed.later[-1] ^ 1]),
    }[reason]

    answer = send(employee, item or b"\x07 no item")

    assert answer.status_code == 422
    assert answer.json()["code"] == "sealed_item_refused"
    assert answer.json()["reason"] == reason
    assert "Show it to HR" in answer.json()["detail"]


def test_what_is_wrong_inside_is_named_by_its_field(employee: Visitor) -> None:
    phone = phone_of(employee)
    meta = {"id": "6f7f0d3e-3f43-4a2f-9a53-0d6a4b9f6a01", "kind": "sideways", "captured_at": "yesterday"}

    answer = send(employee, seal(phone.key, meta, [b"x"], {"pass": "p"}).at_once)

    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["fields"]} == {"meta.kind", "meta.captured_at"}


def test_more_frames_than_a_check_in_may_have_are_refused(employee: Visitor) -> None:
    phone = phone_of(employee)
    meta = {
        "id": "6f7f0d3e-3f43-4a2f-9a53-0d6a4b9f6a01",
        "kind": "in",
        "captured_at": datetime.now(UTC).isoformat(),
    }

    assert send(employee, seal(phone.key, meta, [b"x"] * 14, {}).at_once).status_code == 422
    assert send(employee, seal(phone.key, meta, [b"x", bytes(600_000)], {}).at_once).status_code == 413


def test_what_one_account_stored_is_not_sent_by_another(employee: Visitor, colleague: Visitor) -> None:
    owner = pass_of(employee)["account"]
    assert owner != pass_of(colleague)["account"]
    _, sealed = phone_of(employee).item(b"picture", datetime.now(UTC))

    refused = send(colleague, sealed.later, **{"Hadir-Account": owner})

    assert (refused.status_code, refused.json()["code"]) == (409, "other_account")
    assert send(employee, sealed.later, **{"Hadir-Account": owner}).status_code == 201


def test_each_pass_marks_a_new_contact(employee: Visitor) -> None:
    first, second = pass_of(employee), pass_of(employee)

    assert first["id"] != second["id"]
    assert datetime.fromisoformat(first["server_time"]) < datetime.fromisoformat(second["server_time"])
    assert [one["id"] for one in first["challenges"]] == [one["id"] for one in second["challenges"]]


def test_an_item_that_is_taken_before_its_pass_counts_when_it_arrives(
    employee: Visitor, astronaut_png: bytes
) -> None:
    _, sealed = phone_of(employee).item(
        astronaut_png, datetime.now(UTC) - timedelta(days=1), steady=False, send_anyway=True
    )

    said = send(employee, sealed.later).json()

    assert "offline_impossible_time" in said["reasons"]
    assert said["counted_at"] == said["received_at"] != said["captured_at"]


# --- at a kiosk


@pytest.fixture(scope="module")
def tablet(admin: Visitor, services: Services) -> Visitor:
    return paired_tablet(admin, services, "SEALED")[0]


def send_at_kiosk(tablet: Visitor, item: bytes, **headers: str) -> Response:
    return tablet.client.post(
        "/api/kiosk/checkins/sealed",
        content=item,
        headers={**tablet.headers, "Content-Type": "application/octet-stream", **headers},
    )


def kiosk_phone(tablet: Visitor) -> StoringPhone:
    given = tablet.get("/api/kiosk/offline-pass").json()
    return StoringPhone(key_of(given), given["id"], datetime.fromisoformat(given["server_time"]))


def test_a_nip_that_was_typed_at_a_kiosk_comes_sealed_and_is_kept_nowhere(
    tablet: Visitor, employee: Visitor, astronaut_png: bytes, services: Services
) -> None:
    attempt_id, sealed = kiosk_phone(tablet).item(
        astronaut_png, datetime.now(UTC), more={"nip": "198503302003121002"}
    )

    answer = send_at_kiosk(tablet, sealed.later)

    assert answer.status_code == 201, answer.text
    assert (answer.json()["status"], answer.json()["name"]) == ("review", None)
    assert send_at_kiosk(tablet, sealed.later).json() == answer.json()
    with services.db.read() as session:
        attempt = session.get_one(KioskAttempt, str(attempt_id))
        row = session.get_one(Checkin, attempt.checkin_id)
        assert row.employee.nip == "198503302003121002"
    assert row.counted_at == row.captured_at < row.received_at
    assert "nip" not in attempt.meta["offline"]


def test_a_kiosks_pass_has_challenges_of_its_own(tablet: Visitor, astronaut_png: bytes) -> None:
    asked = tablet.get("/api/kiosk/offline-pass").json()["challenges"]
    _, sealed = kiosk_phone(tablet).item(astronaut_png, datetime.now(UTC), challenge=asked[0]["id"])

    assert send_at_kiosk(tablet, sealed.later).status_code == 201

    again = tablet.get("/api/kiosk/offline-pass").json()["challenges"]
    assert {one["id"] for one in asked} - {one["id"] for one in again} == {asked[0]["id"]}


def test_what_one_kiosk_stored_is_not_sent_by_another(tablet: Visitor) -> None:
    answer = send_at_kiosk(tablet, b"item", **{"Hadir-Account": "kiosk:999999"})

    assert (answer.status_code, answer.json()["code"]) == (409, "other_account")


def test_a_large_sealed_item_is_taken_from_tablets_alone(tablet: Visitor, employee: Visitor) -> None:
    large = bytes(200_000)

    assert [send_at_kiosk(who, large).status_code for who in (tablet, employee)] == [422, 401]
