"""Similarities in a word."""

import pytest

from enrollment.acceptance import SAME_PERSON_SIMILARITY
from enrollment.duplicates import DUPLICATE_SIMILARITY
from enrollment.likeness import USUAL_OF_PHOTOS, USUAL_OF_TEMPLATES, Likeness, of_photos, of_templates

BOTH = "sface,dlib/1"


@pytest.mark.parametrize(
    ("similarity", "photos", "templates"),
    [
        (-1.0, "different", "different"),
        (0.619, "different", "different"),
        (0.62, "doubtful", "different"),
        (0.70, "doubtful", "doubtful"),
        (0.71, "usual", "doubtful"),
        (0.799, "usual", "doubtful"),
        (0.80, "usual", "usual"),
        (1.0, "usual", "usual"),
    ],
)
def test_words(similarity: float, photos: Likeness, templates: Likeness) -> None:
    assert (of_photos(similarity, BOTH), of_templates(similarity, BOTH)) == (photos, templates)


@pytest.mark.parametrize("names", list(SAME_PERSON_SIMILARITY))
def test_every_set_of_encoders_has_its_words(names: frozenset[str]) -> None:
    assert SAME_PERSON_SIMILARITY[names] < USUAL_OF_PHOTOS[names]
    assert DUPLICATE_SIMILARITY[names] < USUAL_OF_TEMPLATES[names]
