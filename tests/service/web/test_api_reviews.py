import json
import uuid
from datetime import UTC, datetime

import pytest

from tests.service.web.conftest import Visitor, add_person, enrol_anyway

SITI = "198503302003121002"


@pytest.fixture(scope="module")
def siti(admin: Visitor, astronaut_png: bytes) -> Visitor:
    visitor = add_person(admin, SITI, "Siti Rahmawati")
    photos = [("photos", ("a.png", astronaut_png))]
    assert (
        admin.post(f"/api/employees/{SITI}/photos", files=photos, data={"consent": "true"}).status_code == 201
    )
    return visitor


def check_in(visitor: Visitor, selfie: bytes) -> str:
    checkin_id = str(uuid.uuid4())
    meta = {"id": checkin_id, "kind": "in", "captured_at": datetime.now(UTC).isoformat()}
    answer = visitor.post(
        "/api/checkins", files={"selfie": ("s.png", selfie)}, data={"meta": json.dumps(meta)}
    )
    assert answer.json()["status"] == "review"
    return checkin_id


def test_a_check_in_is_looked_at_and_judged(siti: Visitor, auditor: Visitor, astronaut_png: bytes) -> None:
    checkin_id = check_in(siti, astronaut_png)
    assert checkin_id in [one["id"] for one in auditor.get("/api/reviews").json()["checkins"]]
    review = auditor.get(f"/api/reviews/{checkin_id}").json()
    assert review["may_judge"]
    assert review["images"] == ["selfie", "enrolment-1"]
    assert review["checkin"]["findings"]["similarity"] > 0.9
    given = auditor.post(f"/api/reviews/{checkin_id}/verdict", json={"kind": "genuine"})
    assert (given.status_code, given.json()) == (201, {"status": "accepted"})
    assert siti.get(f"/api/checkins/{checkin_id}").json()["status"] == "accepted"
    assert checkin_id not in [one["id"] for one in auditor.get("/api/reviews").json()["checkins"]]
    again = auditor.post(f"/api/reviews/{checkin_id}/verdict", json={"kind": "impostor", "note": "no"})
    assert (again.status_code, again.json()["code"]) == (409, "not_in_review")


def test_a_rejected_check_in_is_out_of_the_day(siti: Visitor, auditor: Visitor, astronaut_png: bytes) -> None:
    checkin_id = check_in(siti, astronaut_png)
    verdict = {"kind": "impostor", "note": "a photo of a photo"}
    assert auditor.post(f"/api/reviews/{checkin_id}/verdict", json=verdict).json() == {"status": "rejected"}
    answer = siti.get(f"/api/checkins/{checkin_id}").json()
    assert (answer["status"], answer["counted_at"]) == ("rejected", None)


def test_an_image_is_shown_as_what_it_is_and_kept_by_no_cache(
    siti: Visitor, auditor: Visitor, astronaut_png: bytes
) -> None:
    image = auditor.get(f"/api/reviews/{check_in(siti, astronaut_png)}/images/selfie")
    assert image.content == astronaut_png
    assert image.headers["content-type"] == "image/png"
    assert image.headers["cache-control"] == "no-store"
    assert image.headers["x-content-type-options"] == "nosniff"


def test_hr_does_not_judge_their_own(admin: Visitor, hr: Visitor, astronaut_png: bytes) -> None:
    enrol_anyway(admin, "hr-1", astronaut_png)
    checkin_id = check_in(hr, astronaut_png)
    refused = hr.post(f"/api/reviews/{checkin_id}/verdict", json={"kind": "genuine"})
    assert (refused.status_code, refused.json()["code"]) == (403, "own_checkin")
    assert checkin_id not in [one["id"] for one in hr.get("/api/reviews").json()["checkins"]]
    assert admin.post(f"/api/reviews/{checkin_id}/verdict", json={"kind": "genuine"}).status_code == 201
