import io
import json

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import text

from service.audit_checkpoints import Checkpoint
from service.wiring import Services
from tests.service.web.conftest import Visitor, add_person

SITI = "198503302003121002"


@pytest.fixture(scope="module")
def siti(admin: Visitor) -> Visitor:
    return add_person(admin, SITI, "Siti Rahmawati")


@pytest.fixture(scope="module")
def checkin_id(siti: Visitor) -> str:
    out = io.BytesIO()
    Image.new("RGB", (360, 480), (170, 160, 150)).save(out, "JPEG")
    checkin_id = "6f7f0d3e-3f43-4a2f-9a53-0d6a4b9f6a01"
    meta = {"id": checkin_id, "kind": "in", "captured_at": "2026-11-24T07:30:00+07:00"}
    answer = siti.post(
        "/api/checkins", files={"selfie": ("s.jpg", out.getvalue())}, data={"meta": json.dumps(meta)}
    )
    assert answer.status_code == 201
    return checkin_id


def actions_of(reader: Visitor, **criteria: str) -> list[str]:
    answer = reader.get("/api/audit", params=criteria)
    assert answer.status_code == 200
    return [entry["action"] for entry in answer.json()["entries"]]


def test_a_decision_and_each_view_of_it_are_on_record(
    admin: Visitor, auditor: Visitor, checkin_id: str
) -> None:
    subject = f"checkin:{checkin_id}"
    assert actions_of(auditor, subject=subject) == ["decision"]
    assert auditor.get(f"/api/checkins/{checkin_id}").status_code == 200
    assert actions_of(auditor, subject=subject) == ["evidence_viewed", "decision"]
    (view, _) = auditor.get("/api/audit", params={"subject": subject}).json()["entries"]
    assert view["actor"] == "auditor-1"


def test_somebody_who_looks_at_their_own_answer_is_not_on_record(
    auditor: Visitor, siti: Visitor, checkin_id: str
) -> None:
    before = actions_of(auditor, subject=f"checkin:{checkin_id}")
    assert siti.get(f"/api/checkins/{checkin_id}").status_code == 200
    assert actions_of(auditor, subject=f"checkin:{checkin_id}") == before


def test_what_was_done_to_accounts_is_on_record(auditor: Visitor, siti: Visitor) -> None:
    found = set(actions_of(auditor))
    assert {"setting_changed", "account_added", "employee_added", "setup_link_made", "password_set"} <= found
    assert "signed_in" in found


def test_no_name_and_no_nip_is_in_the_trail(auditor: Visitor, siti: Visitor, checkin_id: str) -> None:
    entries = auditor.get("/api/audit").json()["entries"]
    told = json.dumps([{**entry, "actor": None} for entry in entries])
    assert SITI not in told
    assert "Siti" not in told


def test_an_unknown_action_is_refused(auditor: Visitor) -> None:
    assert auditor.get("/api/audit", params={"action": "anything"}).status_code == 422


def test_a_signed_checkpoint_can_be_taken_along(auditor: Visitor, services: Services) -> None:
    answer = auditor.get("/api/audit/checkpoint")
    taken = Checkpoint.from_line(answer.content)
    assert services.signing.signed(taken)
    assert auditor.get("/api/audit/public-key").text == services.signing.public_pem()


def test_a_changed_decision_shows(
    client: TestClient, services: Services, auditor: Visitor, checkin_id: str
) -> None:
    before = auditor.get("/api/audit/verify").json()
    assert before["intact"], before
    assert before["decisions"]["checked"] == 1
    with services.db.write() as session:
        session.execute(text("UPDATE checkins SET status = 'accepted' WHERE id = :id"), {"id": checkin_id})
    after = auditor.get("/api/audit/verify").json()
    assert not after["intact"]
    assert after["decisions"]["changed"] == [checkin_id]
