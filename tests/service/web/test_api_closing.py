"""Closing over HTTP: whom each role reaches, what is answered, and long work where there are many people."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service import closing_views
from service.db.tables import Checkin
from service.employee_rows import employee_row
from service.wiring import Services
from tests.service.org_tree import plant, put
from tests.service.web.conftest import Visitor, add_person, sign_in

MONTH = "2026-01"
DONE_WITHIN_S = 30


@pytest.fixture(scope="module")
def hr_of_own(admin: Visitor, services: Services) -> Visitor:
    """HR of OWN; one person in BELOW, who was there all January."""
    since = datetime(2025, 12, 1, tzinfo=UTC)
    plant(services.db, {"OWN": None, "BELOW": "OWN", "OTHER": None}, since)
    put(services.db, "worker", "BELOW", since)
    add_person(admin, "hr-own", "Pejabat", "hr")
    duty = {"role": "hr", "unit": "OWN"}
    assert admin.client.put("/api/employees/hr-own/role", json=duty, headers=admin.headers).is_success
    return sign_in(admin.client, "hr-own")


def states(visitor: Visitor) -> dict[str, str]:
    answer = visitor.get("/api/closing", params={"month": MONTH}).json()
    return {one["code"]: one["state"] for one in answer["units"]}


def test_a_month_is_closed_and_unlocked(hr_of_own: Visitor, admin: Visitor) -> None:
    assert states(hr_of_own) == {"OWN": "ready", "BELOW": "ready"}
    closed = hr_of_own.post(f"/api/closing/OWN/{MONTH}", json={"below": True})
    report: dict[str, Any] = {"closed": ["OWN", "BELOW"], "before": [], "open": {}}
    assert (closed.status_code, closed.json()) == (200, {"job": None, "report": report})
    assert states(hr_of_own) == {"OWN": "closed", "BELOW": "closed"}

    again = hr_of_own.post(f"/api/closing/BELOW/{MONTH}", json={})
    assert (again.status_code, again.json()["code"]) == (409, "already_closed")
    mine = hr_of_own.get(f"/api/closing/BELOW/{MONTH}").json()
    assert (mine["closed"], mine["may_unlock"], mine["may_close_anyway"], mine["since"]) == (
        True,
        True,
        False,
        0,
    )
    (closing,) = mine["closings"]
    assert (closing["closed_by"], closing["people"]) == ("Pejabat", 1)
    assert closing["over"] == {"missing": 22}

    refused = hr_of_own.post(f"/api/closing/OWN/{MONTH}/unlock", json={"reason": "Keliru"})
    assert (refused.status_code, refused.json()["code"]) == (403, "unlock_not_allowed")
    unlocked = admin.post(f"/api/closing/OWN/{MONTH}/unlock", json={"reason": "Keliru", "below": True})
    assert unlocked.json() == {"unlocked": ["OWN", "BELOW"]}
    assert states(hr_of_own) == {"OWN": "ready", "BELOW": "ready"}


def test_units_outside_the_reach_look_like_none(hr_of_own: Visitor) -> None:
    for answer in (
        hr_of_own.get(f"/api/closing/OTHER/{MONTH}"),
        hr_of_own.post(f"/api/closing/OTHER/{MONTH}", json={}),
        hr_of_own.post(f"/api/closing/OTHER/{MONTH}/checklist", json={}),
        hr_of_own.post(f"/api/closing/OTHER/{MONTH}/unlock", json={"reason": "Keliru"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_unit")
    assert hr_of_own.get(f"/closing/OTHER/{MONTH}").status_code == 404


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "January", "0001-01"])
def test_what_is_no_month_is_refused(hr_of_own: Visitor, month: str) -> None:
    assert hr_of_own.get(f"/api/closing/OWN/{month}").status_code == 422
    assert hr_of_own.get(f"/closing/OWN/{month}").status_code == 404


def test_of_many_people_it_is_long_work(
    hr_of_own: Visitor, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing_views, "QUICK_PEOPLE", 0)
    seen = admin.get(f"/api/closing/BELOW/{MONTH}").json()["checklist"]
    assert (seen["with_days"], [one["kind"] for one in seen["lines"]]) == (
        False,
        ["reviews", "requests", "devices"],
    )

    asked = admin.post(f"/api/closing/BELOW/{MONTH}/checklist", json={}).json()
    lines = {one["kind"]: one["count"] for one in ended(admin, asked["job"])["report"]["lines"]}
    assert lines["missing"] == 22

    closing = admin.post(f"/api/closing/BELOW/{MONTH}", json={"below": True})
    assert (closing.status_code, closing.json()["report"]) == (202, None)
    done = ended(admin, closing.json()["job"])
    assert done["report"] == {"closed": ["BELOW"], "before": [], "open": {}}
    admin.post(f"/api/closing/BELOW/{MONTH}/unlock", json={"reason": "Keliru"})


def test_the_checklist_leads_to_what_is_open(hr_of_own: Visitor, services: Services) -> None:
    at = datetime(2026, 1, 5, 1, tzinfo=UTC)
    with services.db.write() as session:
        employee_id = employee_row(session, "worker").id
        session.add(
            Checkin(
                id="6f7f0d3e-3f43-4a2f-9a53-0d6a4b9f6a77",
                employee_id=employee_id,
                kind="in",
                captured_at=at,
                received_at=at + timedelta(seconds=1),
                counted_at=at,
                status="review",
                reasons=["no_liveness"],
                selfie_sha256="",
                frame_keys=[],
                meta={},
            )
        )
    assert states(hr_of_own)["BELOW"] == "open"
    lines = {
        one["kind"]: one
        for one in hr_of_own.get(f"/api/closing/OWN/{MONTH}?below=true").json()["checklist"]["lines"]
    }
    (first,) = lines["reviews"]["first"]
    assert first == {
        "what": "review",
        "day": "2026-01-05",
        "nip": "worker",
        "name": "Pegawai worker",
        "kiosk": None,
        "checkin_id": "6f7f0d3e-3f43-4a2f-9a53-0d6a4b9f6a77",
    }
    assert (lines["reviews"]["blocks"], lines["missing"]["blocks"]) == (True, False)
    refused = hr_of_own.post(f"/api/closing/BELOW/{MONTH}", json={})
    assert (refused.status_code, refused.json()["code"], refused.json()["reviews"]) == (
        409,
        "month_not_ready",
        1,
    )


def ended(visitor: Visitor, job: str) -> Any:
    until = time.monotonic() + DONE_WITHIN_S
    while time.monotonic() < until:
        status = visitor.get(f"/api/jobs/{job}").json()
        if status["ended_at"]:
            return status
        time.sleep(0.1)
    raise AssertionError("the work did not end")
