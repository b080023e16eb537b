"""Which photos of a set are enrolled, and why others or the whole set are not."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random

import cv2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.acceptance import SAME_PHOTO_BITS, PhotoProblem, judge, problem_of
from models.engine import FaceEngine, FaceReading, ManyFaces, NoFace
from models.image import BadImage, decode
from tests.enrollment.conftest import Vary

ANA, BUDI = (1.0, 0.0), (0.0, 1.0)


def test_photos_of_one_person_are_all_accepted(vary: Vary) -> None:
    acceptance = judge([vary(ANA, 1), vary((1, 0.1), 2), vary((1, -0.1), 3)])
    assert acceptance.accepted == (0, 1, 2)
    assert acceptance.problems == ((), (), ())
    assert acceptance.set_problems == ()


def test_one_good_photo_is_enough(vary: Vary) -> None:
    acceptance = judge([vary(ANA, 1)])
    assert acceptance.accepted == (0,)
    assert acceptance.similarity is None


def test_the_similarity_of_a_set_is_its_least_alike_pair(vary: Vary) -> None:
    photos = [vary(ANA, 1), vary((1, 0.1), 2), vary((1, -0.1), 3)]
    least = min(float(a.descriptor @ b.descriptor) for a in photos for b in photos)
    assert judge(photos).similarity == pytest.approx(least)


def test_no_photo_at_all_is_no_usable_photo() -> None:
    assert judge([]).set_problems == ("no_usable_photo",)


def test_a_photo_without_a_face_keeps_its_problem_and_the_others_are_accepted(vary: Vary) -> None:
    acceptance = judge([PhotoProblem(("no_face",)), vary(ANA, 1)])
    assert acceptance.accepted == (1,)
    assert acceptance.problems == (("no_face",), ())


def test_a_photo_of_bad_quality_is_left_out_with_its_reasons(vary: Vary) -> None:
    tilted = replace(vary(ANA, 1), quality=replace(vary(ANA, 1).quality, roll_deg=80.0))
    acceptance = judge([tilted, vary(ANA, 2)])
    assert acceptance.accepted == (1,)
    assert acceptance.problems[0] == ("tilted",)


def test_when_every_photo_is_unfit_the_set_has_no_usable_photo() -> None:
    acceptance = judge([PhotoProblem(("no_face",)), PhotoProblem(("image_damaged",))])
    assert acceptance.accepted == ()
    assert acceptance.set_problems == ("no_usable_photo",)


def test_the_same_bytes_twice_count_once(vary: Vary) -> None:
    again = replace(vary(ANA, 2), sha256=vary(ANA, 1).sha256)
    acceptance = judge([vary(ANA, 1), again])
    assert acceptance.accepted == (0,)
    assert acceptance.problems == ((), ("same_photo",))


def test_the_same_picture_saved_anew_counts_once(vary: Vary) -> None:
    first = vary(ANA, 1)
    again = replace(vary(ANA, 2), phash=first.phash ^ (2**SAME_PHOTO_BITS - 1))
    assert judge([first, again]).problems == ((), ("same_photo",))


def test_two_shots_of_one_scene_are_two_photos(vary: Vary) -> None:
    first = vary(ANA, 1)
    second = replace(vary(ANA, 2), phash=first.phash ^ (2 ** (SAME_PHOTO_BITS + 1) - 1))
    assert judge([first, second]).accepted == (0, 1)


def test_photos_of_two_people_are_refused_without_saying_whose_is_wrong(vary: Vary) -> None:
    acceptance = judge([vary(ANA, 1), vary(BUDI, 2)])
    assert acceptance.accepted == ()
    assert acceptance.set_problems == ("not_one_person",)
    assert acceptance.problems == ((), ())


def test_of_three_photos_the_odd_one_out_is_named(vary: Vary) -> None:
    acceptance = judge([vary(ANA, 1), vary(BUDI, 2), vary((1, 0.1), 3)])
    assert acceptance.accepted == ()
    assert acceptance.set_problems == ("not_one_person",)
    assert acceptance.problems == ((), ("not_one_person",), ())


def test_two_odd_ones_out_of_five_are_named(vary: Vary) -> None:
    photos = [vary(ANA, 1), vary(BUDI, 2), vary((1, 0.1), 3), vary((0.1, 1), 4), vary((1, 0.05), 5)]
    assert [index for index, codes in enumerate(judge(photos).problems) if codes] == [1, 3]


def test_without_a_majority_nobody_is_named(vary: Vary) -> None:
    photos = [vary(ANA, 1), vary(BUDI, 2), vary((1, 0.1), 3), vary((0.1, 1), 4)]
    acceptance = judge(photos)
    assert acceptance.set_problems == ("not_one_person",)
    assert not any(acceptance.problems)


def test_an_unfit_photo_of_someone_else_does_not_spoil_the_set(vary: Vary) -> None:
    unfit = replace(vary(BUDI, 2), quality=replace(vary(BUDI, 2).quality, roll_deg=80.0))
    assert judge([vary(ANA, 1), unfit]).accepted == (0,)


@pytest.mark.parametrize(
    ("error", "code"),
    [(BadImage("damaged"), "image_damaged"), (NoFace(), "no_face"), (ManyFaces(), "many_faces")],
)
def test_every_refusal_of_the_engine_has_a_code(error: BadImage | NoFace | ManyFaces, code: str) -> None:
    assert problem_of(error) == PhotoProblem((code,))


_photos = st.lists(
    st.one_of(st.none(), st.tuples(st.sampled_from([ANA, BUDI, (1.0, 0.1), (0.7, 0.7)]), st.integers(1, 9))),
    max_size=6,
)


@given(_photos)
def test_a_photo_is_accepted_or_has_a_reason_or_its_set_has_one(
    vary: Vary, photos: list[tuple[tuple[float, float], int] | None]
) -> None:
    readings = [PhotoProblem(("no_face",)) if photo is None else vary(*photo) for photo in photos]
    acceptance = judge(readings)
    assert len(acceptance.problems) == len(readings)
    assert bool(acceptance.accepted) != bool(acceptance.set_problems)
    for index, codes in enumerate(acceptance.problems):
        assert bool(codes) != (index in acceptance.accepted) or acceptance.set_problems


@given(_photos, st.randoms(use_true_random=False))
def test_whether_a_set_is_refused_does_not_depend_on_the_order(
    vary: Vary, photos: list[tuple[tuple[float, float], int] | None], random: Random
) -> None:
    readings = [PhotoProblem(("no_face",)) if photo is None else vary(*photo) for photo in photos]
    shuffled = random.sample(readings, len(readings))
    # Copies of one number are left out by order, and their vectors may differ: each number once.
    numbers = [photo[1] for photo in photos if photo is not None]
    if len(set(numbers)) == len(numbers):
        assert judge(readings).set_problems == judge(shuffled).set_problems


def test_a_real_photo_and_its_copy_at_low_quality_are_one_photo(
    engine: FaceEngine, astronaut_png: bytes
) -> None:
    bgr = cv2.cvtColor(decode(astronaut_png), cv2.COLOR_RGB2BGR)
    copy = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 30])[1].tobytes()
    assert judge([engine.read(astronaut_png), engine.read(copy)]).problems[1] == ("same_photo",)


@pytest.fixture(scope="module")
def portraits(engine: FaceEngine, portraits_dir: Path) -> list[list[FaceReading]]:
    people = sorted(portraits_dir.iterdir())[:12]
    return [[engine.read(photo.read_bytes()) for photo in sorted(person.glob("*.jpg"))] for person in people]


def test_both_portraits_of_a_person_are_accepted(portraits: list[list[FaceReading]]) -> None:
    assert [judge(photos).accepted for photos in portraits] == [(0, 1)] * len(portraits)


def test_portraits_of_two_people_are_refused(portraits: list[list[FaceReading]]) -> None:
    for (mine, _), (yours, _) in pairwise(portraits):
        assert judge([mine, yours]).set_problems == ("not_one_person",)


def test_the_portrait_of_someone_else_is_the_odd_one_out(portraits: list[list[FaceReading]]) -> None:
    for mine, (yours, _) in pairwise(portraits):
        assert judge([yours, *mine]).problems == (("not_one_person",), (), ())
