"""Photos of many people, compared: genuine comparisons, the most similar impostors, searches.

Comparisons are made template by probe in blocks, and of the impostors only the most similar are kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from models.bootstrap import Genuine, Impostors
from models.calibration import as_norm
from models.encoder import fuse_parts, parts_of, unit
from models.gallery import Gallery

Descriptors = NDArray[np.float32]
Similarities = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Similarities of this share of the impostor comparisons are kept: several times the greatest FMR asked for, so
# that resampled people do not run out of them.
KEPT_SHARE = 0.05
TEMPLATES_PER_BLOCK = 256
SAMPLED_BLOCKS = 8
COHORT_SIZE = 200
HALVES_SEED = 20


@dataclass(frozen=True, slots=True)
class Photos:
    """person : (n,) int, 0..people-1, ascending; found : (n,) bool, whether the photo has a descriptor."""

    person: Ints
    found: Mask
    people: int


class Method(Protocol):
    """A way to compare photos, known by their numbers 0..n-1."""

    name: str
    group_of: Ints | None  # (people,); people of different groups are not compared

    def similarity(self, templates: Ints, probes: Ints) -> Similarities:
        """(t, p) similarities of templates made of the photos in each row of (t, k) to photos (p,)."""


class EuclideanDistance:
    """`face_recognition` as it is used: the distance to the nearest of the known photos, here negated."""

    group_of: Ints | None = None

    def __init__(self, name: str, descriptors: Descriptors) -> None:
        self.name = name
        self._descriptors = descriptors.astype(np.float64)

    def similarity(self, templates: Ints, probes: Ints) -> Similarities:
        probe = self._descriptors[probes]
        nearest = np.full((len(templates), len(probes)), np.inf)
        for photo in templates.T:
            known = self._descriptors[photo]
            squared = (known**2).sum(1)[:, None] + (probe**2).sum(1) - 2 * known @ probe.T
            np.minimum(nearest, squared, out=nearest)
        distance: Similarities = np.sqrt(np.maximum(nearest, 0))
        return -distance


class Cosine:
    """Unit descriptors; a template is the mean of its photos, encoder by encoder, as enrolment makes it."""

    group_of: Ints | None = None

    def __init__(self, name: str, descriptors: Descriptors, encoders: tuple[str, ...]) -> None:
        self.name = name
        self.dim = descriptors.shape[1]
        self._descriptors = descriptors
        self._encoders = encoders

    def template(self, templates: Ints) -> Descriptors:
        """(t, dim) of the photos in each row of (t, k)."""
        if templates.shape[1] == 1:
            return self._descriptors[templates[:, 0]]
        parts = [unit(part.mean(axis=1)) for part in parts_of(self._descriptors[templates], self._encoders)]
        return np.stack([fuse_parts(list(of_one), self._encoders) for of_one in zip(*parts, strict=True)])

    def similarity(self, templates: Ints, probes: Ints) -> Similarities:
        return self.template(templates) @ self._descriptors[probes].T


@dataclass(frozen=True, slots=True)
class _Cohorts:
    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]


class AsNormalised:
    """Cosine similarity after AS-norm. People are halved: each half is normalised by the people of the other,
    so that nobody compared is in a cohort, and people of different halves are not compared."""

    def __init__(self, name: str, cosine: Cosine, photos: Photos, enrolled: Ints) -> None:
        """enrolled : (people, k) the photos of everyone's template in the cohorts, -1 for who has none."""
        self.name = name
        self._cosine = cosine
        self.group_of: Ints | None = half_of(photos.people, HALVES_SEED)
        self._half = self.group_of
        self._person = photos.person
        self._cohorts = []
        for half in (0, 1):
            members = np.flatnonzero((self._half != half) & (enrolled[:, 0] >= 0))
            gallery: Gallery[int] = Gallery(cosine.dim)
            gallery.add_many(members.tolist(), cosine.template(enrolled[members]))
            self._cohorts.append(gallery)
        of_found = self._cohort_of(np.flatnonzero(photos.found)[:, None])
        self._of_probes = _Cohorts(*(np.full(len(photos.person), np.nan) for _ in range(2)))
        self._of_probes.mean[photos.found] = of_found.mean
        self._of_probes.deviation[photos.found] = of_found.deviation

    def similarity(self, templates: Ints, probes: Ints) -> Similarities:
        of_templates = self._cohort_of(templates)
        return as_norm(
            self._cosine.similarity(templates, probes),
            _Cohorts(self._of_probes.mean[probes], self._of_probes.deviation[probes]),
            _Cohorts(of_templates.mean[:, None], of_templates.deviation[:, None]),
        )

    def _cohort_of(self, templates: Ints) -> _Cohorts:
        vectors = self._cosine.template(templates)
        found = _Cohorts(np.empty(len(vectors)), np.empty(len(vectors)))
        halves = self._half[self._person[templates[:, 0]]]
        for half, gallery in enumerate(self._cohorts):
            own = np.flatnonzero(halves == half)
            cohorts = gallery.cohort(vectors[own], size=COHORT_SIZE)
            found.mean[own] = [cohort.mean for cohort in cohorts]
            found.deviation[own] = [cohort.deviation for cohort in cohorts]
        return found


def half_of(people: int, seed: int) -> Ints:
    """(people,) 0 or 1, at random."""
    return np.random.default_rng(seed).permutation(people) % 2


def all_templates(photos: Photos, size: int) -> Ints:
    """(t, size): every choice of `size` photos of one person, of those with a face."""
    chosen = [
        choice
        for numbers in _photos_of_each(photos)
        for choice in combinations(numbers[photos.found[numbers]].tolist(), size)
    ]
    return np.array(chosen, np.int64).reshape(-1, size)


def enrolled_photos(photos: Photos, size: int) -> Ints:
    """(people, size): everyone's first photos with a face, the first again for who has fewer, or -1."""
    enrolled = np.full((photos.people, size), -1, np.int64)
    for person, numbers in enumerate(_photos_of_each(photos)):
        usable = numbers[photos.found[numbers]][:size]
        if len(usable):
            enrolled[person] = usable[0]
            enrolled[person, : len(usable)] = usable
    return enrolled


def compare_all(method: Method, photos: Photos, templates: Ints) -> tuple[Genuine, Impostors]:
    """Every template with every photo that is not in it; where templates are single photos, each pair once.

    A genuine comparison that a photo without a face prevents is a failure of its person.
    """
    probes = np.flatnonzero(photos.found)
    floor = _floor(method, photos, templates, probes)
    genuine, genuine_person, kept, kept_template, kept_probe = [], [], [], [], []
    comparisons = 0
    for block in _blocks(templates):
        template_person, probe_person = photos.person[block[:, 0]], photos.person[probes]
        similarity = method.similarity(block, probes)
        same = np.equal.outer(template_person, probe_person)
        once = probes > block[:, :1] if templates.shape[1] == 1 else np.ones_like(same)
        apart = ~(block[:, :, None] == probes).any(axis=1)
        t, p = np.nonzero(same & apart & once)
        genuine.append(similarity[t, p])
        genuine_person.append(template_person[t])
        impostor = ~same & once & _comparable(method, template_person, probe_person)
        comparisons += int(impostor.sum())
        t, p = np.nonzero(impostor & (similarity >= floor))
        kept.append(similarity[t, p])
        kept_template.append(template_person[t])
        kept_probe.append(probe_person[p])
    order = np.argsort(-np.concatenate(kept), kind="stable")
    return (
        Genuine(np.concatenate(genuine), np.concatenate(genuine_person), _failures(photos, templates)),
        Impostors(
            np.concatenate(kept)[order],
            np.concatenate(kept_template)[order],
            np.concatenate(kept_probe)[order],
            np.bincount(photos.person[templates[:, 0]], minlength=photos.people),
            np.bincount(photos.person[probes], minlength=photos.people),
            comparisons,
        ),
    )


def _comparable(method: Method, template_person: Ints, probe_person: Ints) -> Mask:
    if method.group_of is None:
        return np.ones((len(template_person), len(probe_person)), bool)
    return np.equal.outer(method.group_of[template_person], method.group_of[probe_person])


def _failures(photos: Photos, templates: Ints) -> Ints:
    """(people,) genuine comparisons that photos without a face prevent."""
    all_of = np.bincount(photos.person, minlength=photos.people)
    found = np.bincount(photos.person[photos.found], minlength=photos.people)
    if templates.shape[1] == 1:
        return all_of * (all_of - 1) // 2 - found * (found - 1) // 2
    return np.bincount(photos.person[templates[:, 0]], minlength=photos.people) * (all_of - found)


def _floor(method: Method, photos: Photos, templates: Ints, probes: Ints) -> float:
    """A similarity that about `KEPT_SHARE` of the impostor comparisons reach, from a sample of templates."""
    sample = templates[:: max(1, len(templates) // (SAMPLED_BLOCKS * TEMPLATES_PER_BLOCK))]
    sampled = []
    for block in _blocks(sample):
        template_person, probe_person = photos.person[block[:, 0]], photos.person[probes]
        impostor = np.not_equal.outer(template_person, probe_person)
        impostor &= _comparable(method, template_person, probe_person)
        similarity = method.similarity(block, probes)[impostor]
        place = int(len(similarity) * (1 - KEPT_SHARE))
        sampled.append(np.partition(similarity, place)[place])
    return float(np.median(sampled))


def _blocks(templates: Ints) -> Iterator[Ints]:
    for start in range(0, len(templates), TEMPLATES_PER_BLOCK):
        yield templates[start : start + TEMPLATES_PER_BLOCK]


def _photos_of_each(photos: Photos) -> list[Ints]:
    return np.split(
        np.arange(len(photos.person)), np.searchsorted(photos.person, np.arange(1, photos.people))
    )
