"""A challenge asked for and answered over HTTP, judged by the networks on real head turns."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from service.db.tables import IssuedChallenge
from service.wiring import Services
from tests.service.web.conftest import Visitor, add_person

NIP = "198503302003121002"
# Pan of the head by step in the data set's terms, on the way there and at its end: to one's own left is minus.
TURNS = {"left": (-15, -30), "right": (15, 30)}


@pytest.fixture(scope="module")
def series(poses_dir: Path) -> tuple[Path, Path]:
    """Two sittings of one person."""
    first, second = sorted(poses_dir.glob("person05_series*"))
    return first, second


@pytest.fixture(scope="module")
def employee(admin: Visitor, series: tuple[Path, Path]) -> Visitor:
    visitor = add_person(admin, NIP, "Siti Rahmawati")
    enrolled = admin.post(
        f"/api/employees/{NIP}/photos",
        files=[("photos", ("a.jpg", pose(series[0])))],
        data={"consent": "true"},
    )
    assert enrolled.status_code == 201, enrolled.text
    return visitor


def pose(folder: Path, pan: int = 0, tilt: int = 0) -> bytes:
    return (folder / f"tilt{tilt:+03d}_pan{pan:+03d}.jpg").read_bytes()


def asked(employee: Visitor, services: Services, steps: list[str]) -> str:
    """A challenge of these steps: which ones chance would have asked is not what is tested here."""
    answer = employee.post("/api/challenges")
    assert answer.status_code == 201
    challenge_id: str = answer.json()["id"]
    with services.db.write() as session:
        session.execute(update(IssuedChallenge).where(IssuedChallenge.id == challenge_id).values(steps=steps))
    return challenge_id


def check_in(
    visitor: Visitor, selfie: bytes, challenge_id: str | None, frames: list[tuple[int, bytes]]
) -> dict[str, Any]:
    meta = {
        "id": str(uuid.uuid4()),
        "kind": "in",
        "captured_at": datetime.now(UTC).isoformat(),
        "challenge": challenge_id,
        "frames": [{"step": step, "at_ms": 1200 * (number + 1)} for number, (step, _) in enumerate(frames)],
    }
    files = [("selfie", ("s.jpg", selfie)), *(("frames", ("f.jpg", image)) for _, image in frames)]
    answer = visitor.post("/api/checkins", files=files, data={"meta": json.dumps(meta)})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def turns(folder: Path, steps: list[str]) -> list[tuple[int, bytes]]:
    return [(number, pose(folder, pan)) for number, step in enumerate(steps) for pan in TURNS[step]]


def test_whoever_turns_as_asked_is_accepted(
    employee: Visitor, services: Services, series: tuple[Path, Path]
) -> None:
    steps = ["left", "right", "up"]
    frames = [*turns(series[1], steps[:2]), (2, pose(series[1], tilt=30))]
    answer = check_in(employee, pose(series[1]), asked(employee, services, steps), frames)
    assert (answer["status"], answer["reasons"]) == ("accepted", [])
    assert not answer["day"]["provisional"]


def test_whoever_turns_the_other_way_is_reviewed(
    employee: Visitor, services: Services, series: tuple[Path, Path]
) -> None:
    frames = [*turns(series[1], ["right", "left"]), (2, pose(series[1], tilt=30))]
    challenge_id = asked(employee, services, ["left", "right", "up"])
    answer = check_in(employee, pose(series[1]), challenge_id, frames)
    assert answer["status"] == "review"
    assert "wrong_order" in answer["reasons"]


def test_a_photo_that_is_only_shown_is_reviewed(
    employee: Visitor, services: Services, series: tuple[Path, Path]
) -> None:
    frames = [(number, pose(series[1])) for number in range(3) for _ in range(2)]
    answer = check_in(employee, pose(series[1]), asked(employee, services, ["left", "right", "left"]), frames)
    assert answer["status"] == "review"
    assert "turn_too_small" in answer["reasons"]


def test_without_frames_a_person_looks(employee: Visitor, series: tuple[Path, Path]) -> None:
    answer = check_in(employee, pose(series[1]), None, [])
    assert (answer["status"], "no_liveness" in answer["reasons"]) == ("review", True)


def test_an_account_that_is_no_employees_is_asked_nothing(admin: Visitor) -> None:
    answer = admin.post("/api/challenges")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_an_employee")
