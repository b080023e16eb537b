"""The demonstration: everybody as themselves, nobody as somebody else."""

import json
from pathlib import Path

import numpy as np
import pytest

from enrollment.bulk import PersonPhotos, PhotoSource
from models.engine import FaceEngine
from models.image import decode
from service.bulk_enrolment import BulkReport, Enrolled, RefusedPerson
from service.demo import astronaut, choose, participant, relit, run_demo
from service.demo_report import Attempt, DemoReport


def _person(nip: str, photos: int) -> PersonPhotos:
    return PersonPhotos(nip, tuple(PhotoSource(f"{nip}/{number}.jpg", bytes) for number in range(photos)))


def _attempt(kind: str = "genuine", verdict: str | None = "match", **changes: object) -> Attempt:
    plain: dict[str, object] = {
        "kind": kind,
        "probe_of": "1",
        "status": "review",
        "reasons": ("no_liveness",),
        "verdict": verdict,
        "similarity": 0.5,
        "nearest_other": 2,
        "nearest_similarity": 0.4,
    }
    return Attempt(**(plain | changes))  # type: ignore[arg-type]


def _report(*attempts: Attempt) -> DemoReport:
    enrolments = BulkReport(
        enrolled=[Enrolled("1", 2, ())], refused=[RefusedPerson("2", ("no_usable_photo",))]
    )
    return DemoReport(people=2, enrolments=enrolments, attempts=attempts, threshold=0.6, seconds=1.0)


def test_all_photos_but_the_last_are_for_the_enrolment() -> None:
    person = _person("1", 3)
    chosen = participant(person)
    assert (chosen.enrolled_by, chosen.probe) == (person.photos[:2], person.photos[2])


def test_a_single_photo_is_for_the_enrolment() -> None:
    person = _person("1", 1)
    assert (participant(person).enrolled_by, participant(person).probe) == (person.photos, None)


def test_a_limit_takes_people_with_several_photos_first_and_by_name() -> None:
    found = [_person("a", 1), _person("b", 2), _person("c", 1), _person("d", 4)]
    chosen, strangers = choose(found, 3)
    assert [person.nip for person in chosen] == ["b", "d", "a"]
    assert [person.nip for person in strangers] == ["c"]


def test_without_a_limit_there_are_no_strangers() -> None:
    chosen, strangers = choose([_person("a", 1), _person("b", 2)], None)
    assert len(chosen) == 2
    assert strangers == []


def test_the_relit_portrait_is_another_picture_of_the_same_person(
    engine: FaceEngine, astronaut_png: bytes
) -> None:
    first, second = engine.read(astronaut_png), engine.read(relit(astronaut_png))
    assert first.sha256 != second.sha256
    assert np.abs(decode(relit(astronaut_png)).mean() - decode(astronaut_png).mean()) > 5
    assert 0.8 < float(first.descriptor @ second.descriptor) < 0.999


def test_the_rates_are_over_comparisons() -> None:
    report = _report(
        _attempt(),
        _attempt(verdict="no_match"),
        _attempt(verdict=None, status="retake", reasons=("no_face",)),
    )
    told = report.as_json()
    assert (told["genuine"]["n"], told["genuine"]["compared"], told["genuine"]["matched"]) == (3, 2, 1)
    assert told["fnmr"] == 0.5
    assert told["genuine"]["reasons"] == {"no_liveness": 2, "no_face": 1}


def test_impostors_of_all_kinds_count_together_and_apart() -> None:
    report = _report(
        _attempt("nearest", "other_person"), _attempt("random", "no_match"), _attempt("stranger", "match")
    )
    told = report.as_json()
    assert told["fmr"] == pytest.approx(1 / 3, abs=1e-4)
    assert told["impostor"]["kinds"] == {
        "nearest": {"n": 1, "matched": 0},
        "random": {"n": 1, "matched": 0},
        "stranger": {"n": 1, "matched": 1},
    }


def test_a_search_for_a_stranger_that_finds_anybody_is_a_false_positive() -> None:
    below = _attempt("stranger", "no_match", similarity=0.1, nearest_similarity=0.59)
    above = _attempt("stranger", "other_person", similarity=0.1, nearest_similarity=0.6)
    assert _report(below, above).as_json()["fpir"] == 0.5


def test_rates_of_nothing_are_none() -> None:
    told = _report().as_json()
    assert (told["fnmr"], told["fmr"], told["fpir"]) == (None, None, None)
    assert json.loads(json.dumps(told, allow_nan=False))["intervals"]["fmr"] == [0.0, 1.0]


def test_the_summary_says_who_was_refused_and_why() -> None:
    assert "1 of 2 people enrolled, 1 refused (1 no_usable_photo)" in _report(_attempt()).summary()


def test_the_tables_leave_out_what_was_not_tried() -> None:
    ((_, _, rows), _) = _report(_attempt(), _attempt("nearest", "no_match")).tables()
    assert [row[0] for row in rows] == ["as themselves", "as the most similar other"]


def test_the_astronaut_is_matched_wherever_the_package_is_installed() -> None:
    steps: list[tuple[int, int]] = []
    report = run_demo(None, people=None, progress=lambda done, total: steps.append((done, total)))
    assert [person.nip for person in astronaut()] == ["astronaut"]
    assert (len(report.enrolments.enrolled), [one.verdict for one in report.attempts]) == (1, ["match"])
    assert all(done <= total for done, total in steps)


def test_portraits_match_themselves_and_nobody_else(portraits_dir: Path) -> None:
    report = run_demo(portraits_dir, people=4)
    told = report.as_json()
    assert (told["enrolled"], told["refused"]) == (5, [])
    assert (told["genuine"]["n"], told["genuine"]["matched"]) == (5, 5)
    assert told["impostor"]["kinds"]["nearest"] == {"n": 5, "matched": 0}
    assert told["impostor"]["kinds"]["stranger"]["n"] == 5
    assert told["impostor"]["matched"] == 0
