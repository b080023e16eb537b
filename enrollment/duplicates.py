"""The same face under two NIPs, and people who look alike."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from enrollment.template import Template
from models.gallery import Gallery

Key = TypeVar("Key", bound=Hashable)

# Similarity from which two templates are taken for one person's, by encoders: FMR 1e-5 between the templates of
# 2,071 people of Labeled Faces in the Wild. Lower, the staff of a large organisation would be asked about at
# every second enrolment; of the 21 pairs that reach it there, six are one person under two names.
DUPLICATE_SIMILARITY = {
    frozenset({"sface", "dlib"}): 0.70,
    frozenset({"sface"}): 0.475,
    frozenset({"dlib"}): 0.957,
}


@dataclass(frozen=True, slots=True)
class Lookalike(Generic[Key]):
    key: Key
    similarity: float


def find(
    gallery: Gallery[Key], template: Template, *, excluding: Key | None, threshold: float
) -> list[Lookalike[Key]]:
    """Everyone but `excluding` (None: everyone) whose similarity to the template is at least the threshold.

    Similarities are fused ones, of the two most alike vectors; best first.
    """
    best: dict[Key, float] = {}
    for vector in template.vectors:
        for key, similarity in gallery.above(vector, threshold):
            best[key] = max(similarity, best.get(key, similarity))
    if excluding is not None:
        best.pop(excluding, None)
    ranked = sorted(best.items(), key=lambda item: -item[1])
    return [Lookalike(key, similarity) for key, similarity in ranked]
