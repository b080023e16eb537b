"""Searches of galleries of several sizes: for people who are enrolled, and for people who are not."""

from dataclasses import dataclass

import numpy as np

from benchmarks.face_pairs import Ints, Mask, Method, Photos, Similarities

# Small galleries are drawn several times, so that their people are not a matter of luck.
SEARCHES_WANTED = 20_000
DRAWS_SEED = 30


@dataclass(frozen=True, slots=True)
class Searches:
    """What came of the searches of galleries of one size.

    mated, best_other : (n,) similarity to the right person, and to the best other one.
    failures : searches for enrolled people that a photo without a face prevented.
    best_of_nonmated : (m,) similarity of the best candidate where the right person is not in the gallery.
    """

    gallery_size: int
    mated: Similarities
    best_other: Similarities
    failures: int
    best_of_nonmated: Similarities


class SearchableFaces:
    """All photos against everyone's template, compared once."""

    def __init__(self, method: Method, photos: Photos, enrolled: Ints) -> None:
        """enrolled : (people, k) photos of everyone's template; -1 for people who have none."""
        self._photos = photos
        self._people = np.flatnonzero(enrolled[:, 0] >= 0)
        self._probes = np.flatnonzero(photos.found)
        self._group_of = np.zeros(photos.people, np.int64) if method.group_of is None else method.group_of
        self._similarity = method.similarity(enrolled[self._people], self._probes)
        self._person = photos.person[self._probes]
        self._is_own = np.equal.outer(self._people, self._person)
        # A photo that is part of a template is not a probe for its own person, but it is one for strangers.
        self._unseen = ~np.isin(self._probes, enrolled)
        self._enough = np.array([len(set(row)) == enrolled.shape[1] for row in enrolled.tolist()])

    @property
    def largest(self) -> int:
        """How many people a gallery can have."""
        return int(np.bincount(self._group_of[self._people]).max())

    def search(self, gallery_size: int) -> Searches:
        """Searches of random galleries of this size. Mated: every photo that is not part of a template, of the
        people enrolled with the full number of photos. Nonmated: every photo, its own person left out."""
        draws = np.random.default_rng(DRAWS_SEED)
        rounds = max(1, min(20, SEARCHES_WANTED // gallery_size))
        mated, best_other, best_of_nonmated, failures = [], [], [], 0
        for i in range(rounds if gallery_size < self.largest else 1):
            group = i % (self._group_of.max() + 1)
            candidates = np.flatnonzero(self._group_of[self._people] == group)
            members = draws.choice(candidates, min(gallery_size, len(candidates)), replace=False)
            asked = self._group_of[self._person] == group
            similarity, own = self._similarity[members][:, asked], self._is_own[members][:, asked]
            others = np.where(own, -np.inf, similarity).max(axis=0)
            is_mated = own.any(axis=0) & self._unseen[asked]
            mated.append(np.where(own, similarity, -np.inf).max(axis=0)[is_mated])
            best_other.append(others[is_mated])
            best_of_nonmated.append(others)
            failures += self._failures(self._people[members])
        return Searches(
            gallery_size,
            np.concatenate(mated),
            np.concatenate(best_other),
            failures,
            np.concatenate(best_of_nonmated),
        )

    def _failures(self, enrolled_people: Ints) -> int:
        without_face: Mask = ~self._photos.found & self._enough[self._photos.person]
        return int(np.isin(self._photos.person[without_face], enrolled_people).sum())
