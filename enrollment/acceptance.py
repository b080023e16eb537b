"""Is a set of photos fit to enrol one person, and why not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from enrollment.template import encoder_names
from models.engine import FaceReading, ManyFaces, NoFace
from models.image import BadImage, hash_distance
from models.quality import ENROLMENT_LIMITS

# Similarity from which two photos are taken to show one person, by encoders. Photos handed over together nearly
# always do, so this is where few genuine pairs are lost: FMR 0.2 % on single photos of Labeled Faces in the
# Wild, FNMR 1.5 % (both encoders), 1.7 % and 4.2 % (one); of 457 sets of two or three photos 8 are refused, of
# 51 pairs of studio portraits none (the least similarity there is 0.90).
SAME_PERSON_SIMILARITY = {
    frozenset({"sface", "dlib"}): 0.62,
    frozenset({"sface"}): 0.341,
    frozenset({"dlib"}): 0.925,
}
# Bits of the perceptual hash. Measured: copies at JPEG quality 30 or at 60 % of the size differ in at most 2
# bits; two shots of one person in front of a studio's camera, the most alike of 1,673 pairs, in 4.
SAME_PHOTO_BITS = 2


@dataclass(frozen=True, slots=True)
class PhotoProblem:
    """A photo in which no face could be read, with the codes that say why."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What can be enrolled of a set of photos.

    accepted : positions of the photos to make the template of; none if the set is refused.
    problems : codes of each photo, in the order given; none for an accepted one.
    set_problems : codes of the set: "no_usable_photo", "not_one_person".
    similarity : the least fused similarity among the usable photos; None with fewer than two.
    """

    accepted: tuple[int, ...]
    problems: tuple[tuple[str, ...], ...]
    set_problems: tuple[str, ...]
    similarity: float | None


def problem_of(error: BadImage | NoFace | ManyFaces) -> PhotoProblem:
    """What the engine's refusal of a photo means for its enrolment."""
    if isinstance(error, BadImage):
        return PhotoProblem((f"image_{error.reason}",))
    return PhotoProblem(("many_faces",) if isinstance(error, ManyFaces) else ("no_face",))


def judge(readings: Sequence[FaceReading | PhotoProblem]) -> Acceptance:
    """The photos that can be enrolled together.

    A photo that is unfit alone (no face, bad quality, a copy of an earlier one) is left out. When the others
    are not all of one person the whole set is refused: somebody mixed up photos, and only a person knows whose
    they should be. Of three or more, those that don't belong carry the code "not_one_person" themselves.
    """
    problems = [_own_problems(reading) for reading in readings]
    kept: list[tuple[int, FaceReading]] = []
    for index, reading in enumerate(readings):
        if isinstance(reading, PhotoProblem) or problems[index]:
            continue
        if any(_same_photo(reading, earlier) for _, earlier in kept):
            problems[index] = ("same_photo",)
        else:
            kept.append((index, reading))

    if not kept:
        return Acceptance((), tuple(problems), ("no_usable_photo",), None)
    similarities = _similarities([reading for _, reading in kept])
    threshold = SAME_PERSON_SIMILARITY[frozenset(encoder_names(kept[0][1].encoders))]
    least = float(similarities.min()) if len(kept) > 1 else None
    if least is not None and least < threshold:
        for position in _odd_ones(similarities, threshold):
            problems[kept[position][0]] = ("not_one_person",)
        return Acceptance((), tuple(problems), ("not_one_person",), least)
    return Acceptance(tuple(index for index, _ in kept), tuple(problems), (), least)


def _own_problems(reading: FaceReading | PhotoProblem) -> tuple[str, ...]:
    return reading.codes if isinstance(reading, PhotoProblem) else reading.quality.problems(ENROLMENT_LIMITS)


def _same_photo(reading: FaceReading, other: FaceReading) -> bool:
    return reading.sha256 == other.sha256 or hash_distance(reading.phash, other.phash) <= SAME_PHOTO_BITS


def _similarities(readings: Sequence[FaceReading]) -> NDArray[np.float32]:
    """(n, n) fused similarity of each pair; 1 where a photo meets itself."""
    descriptors = np.stack([reading.descriptor for reading in readings])
    similarities = np.asarray(descriptors @ descriptors.T, np.float32)
    np.fill_diagonal(similarities, 1)
    return similarities


def _odd_ones(similarities: NDArray[np.float32], threshold: float) -> list[int]:
    """The photos that agree with the fewest, dropped one by one until the rest agree; none without a majority."""
    rest = list(range(len(similarities)))
    while (among_rest := similarities[np.ix_(rest, rest)]).min() < threshold:
        agreeing = (among_rest >= threshold).sum(axis=1)
        rest.pop(int(np.lexsort((among_rest.sum(axis=1), agreeing))[0]))
    odd = [index for index in range(len(similarities)) if index not in rest]
    return odd if len(rest) > len(odd) else []
