import pytest

from models.calibration import fmr_for_fpir, shipped_threshold
from models.identification import WANTED_FPIR, Candidate, named, search_margin, search_threshold

MARGIN = 0.08
ENCODERS = ("sface", "dlib")

# (similarity, threshold) of each candidate, and who is named: their number, or None.
SEARCHES = [
    ("nobody resembles the face", [], None),
    ("one is similar enough", [(0.75, 0.7)], 0),
    ("one is just as similar as wanted", [(0.7, 0.7)], 0),
    ("one is not similar enough", [(0.69, 0.7)], None),
    ("the runner-up is far behind", [(0.85, 0.7), (0.75, 0.7)], 0),
    ("the runner-up is too near", [(0.85, 0.7), (0.78, 0.7)], None),
    ("the runner-up is too near, though not similar enough", [(0.72, 0.7), (0.66, 0.7)], None),
    ("the order does not matter", [(0.6, 0.7), (0.9, 0.7)], 1),
    ("somebody from elsewhere reaches the stricter threshold", [(0.8, 0.76), (0.5, 0.7)], 0),
    ("somebody from elsewhere is more similar, and not enough", [(0.75, 0.76), (0.72, 0.7)], None),
    ("two are equally similar", [(0.9, 0.7), (0.9, 0.7)], None),
]


@pytest.mark.parametrize(
    ("candidates", "expected"), [row[1:] for row in SEARCHES], ids=[row[0] for row in SEARCHES]
)
def test_a_search_names_who_is_similar_enough_and_leads(
    candidates: list[tuple[float, float]], expected: int | None
) -> None:
    people = [Candidate(key, similarity, threshold) for key, (similarity, threshold) in enumerate(candidates)]

    found = named(people, MARGIN)

    assert (found.key if found else None) == expected


@pytest.mark.parametrize("encoders", [("sface", "dlib"), ("sface",), ("dlib",)])
def test_the_threshold_rises_with_the_number_of_people(encoders: tuple[str, ...]) -> None:
    one = shipped_threshold(encoders, 1)

    thresholds = [search_threshold(one, encoders, people) for people in (30, 100, 871, 5000)]

    assert one < thresholds[0] < thresholds[1] < thresholds[2] < thresholds[3] < 1


def test_ten_times_the_people_raise_the_threshold_as_a_tenth_of_the_fmr_does() -> None:
    rise = search_threshold(0.66, ENCODERS, 1000) - search_threshold(0.66, ENCODERS, 100)

    assert rise == pytest.approx(0.035, rel=1e-3)
    assert fmr_for_fpir(WANTED_FPIR, 100) == pytest.approx(10 * fmr_for_fpir(WANTED_FPIR, 1000), rel=1e-2)


def test_among_few_people_the_threshold_is_no_lower_than_for_one() -> None:
    assert search_threshold(0.66, ENCODERS, 0) == search_threshold(0.66, ENCODERS, 1) == 0.66


def test_every_choice_of_encoders_has_a_margin() -> None:
    assert all(0 < search_margin(encoders) < 0.2 for encoders in (ENCODERS, ("sface",), ("dlib",)))
