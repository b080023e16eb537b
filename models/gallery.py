"""The matching core: every template of every person in one matrix, compared exactly.

A person is known inside by their *home row*, the row of their first template. A query is one product of
the matrix with the probes, a maximum of each further template into its person's home row, and a bar of minus
infinity on every row that is not a home. What follows (the best k, those above a threshold, the cohort)
sees one similarity a person.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Key = TypeVar("Key", bound=Hashable)
Floats = NDArray[np.float32]
Rows = NDArray[np.intp]

# A descriptor normalised in float32 or stored as float16 is within this of length 1; a forgotten or doubled
# normalisation is not.
UNIT_TOLERANCE = 1e-3
FIRST_CAPACITY = 64
# Similarities of one block of probes: small beside the matrix, large enough for BLAS to run at full speed.
BLOCK_BYTES = 16 * 2**20
# Rows of one side of a block of pairs: two sides of 512 x 256 float32 and their product make 2 MiB.
PAIR_ROWS = 512
LOWEST = np.finfo(np.float32).min


@dataclass(frozen=True, slots=True)
class Cohort:
    """How a probe compares with the people most similar to it: what AS-norm subtracts and divides by.

    With nobody to compare with, size, mean and deviation are 0; `calibration.as_norm` refuses that.
    """

    mean: float
    deviation: float
    size: int


class Gallery(Generic[Key]):
    """Descriptors by person, with verification, identification and the search for look-alikes.

    Similarity is the dot product of unit vectors (the cosine), in float32, from -1 to 1 up to rounding: the
    same pair may differ by a few 1e-7 between a query alone and the same query in a batch. A person with
    several templates has the similarity of the best one. People of equal similarity come in the order in
    which they were added; who is removed and added again comes last.

    Vectors are float64, float32 or float16, finite, of length 1 within `UNIT_TOLERANCE`, and of shape
    (k, dim), or (dim,) where one probe is asked for. Anything else is refused with ValueError and changes
    nothing, as does a key of None, which stands for "nobody" in answers. An unknown key is a KeyError.

    Threads: queries change nothing, so any number of them may run at once. `add`, `add_many` and `remove`
    need the gallery for themselves: the caller holds a lock around them and around queries.

    Cost: adding a person writes their own rows only (and copies the matrix when its capacity doubles). A
    removed person's rows are zeroed at once and used again by the next ones added.
    """

    def __init__(self, dim: int) -> None:
        if dim < 1:
            raise ValueError(f"dim must be at least 1, not {dim}")
        self.dim = dim
        self._matrix: Floats = np.empty((FIRST_CAPACITY, dim), np.float32)
        self._used = 0  # rows below this have been handed out at least once
        self._free: list[int] = []
        self._rows_of: dict[Key, list[int]] = {}
        # Beside each row: 0 for a home row, -inf for any other; on home rows the key and the turn of adding.
        self._bar: Floats = np.empty(FIRST_CAPACITY, np.float32)
        self._key_at: NDArray[np.object_] = np.empty(FIRST_CAPACITY, np.object_)
        self._turn_at: NDArray[np.int64] = np.empty(FIRST_CAPACITY, np.int64)
        self._turns = 0
        # Row and home row of every template after a person's first, in any order.
        self._further: Rows = np.empty((2, FIRST_CAPACITY), np.intp)
        self._further_used = 0

    def __len__(self) -> int:
        return len(self._rows_of)

    def __contains__(self, key: object) -> bool:
        return key in self._rows_of

    def __repr__(self) -> str:
        return f"Gallery(dim={self.dim}, people={len(self)})"

    def keys(self) -> list[Key]:
        """Everyone, in the order of adding."""
        return list(self._rows_of)

    def vectors(self, key: Key) -> Floats:
        """A copy of the person's templates, (k, dim) float32, in the order of adding."""
        return self._matrix[self._rows_of[key]]

    def add(self, key: Key, vectors: ArrayLike) -> None:
        """Add templates, (k, dim) with k of at least 1, to a new person or to the templates they have."""
        checked = self._checked(vectors)
        if not len(checked):
            raise ValueError("a person needs at least one template")
        self._store([key] * len(checked), checked)

    def add_many(self, keys: Sequence[Key], vectors: ArrayLike) -> None:
        """Add vectors[i], of (n, dim), to the person keys[i]; a key may come several times."""
        checked = self._checked(vectors)
        if len(keys) != len(checked):
            raise ValueError(f"{len(keys)} keys for {len(checked)} vectors")
        self._store(keys, checked)

    def remove(self, key: Key) -> None:
        """Forget a person; their vectors are overwritten."""
        rows = self._rows_of.pop(key)
        home = rows[0]
        self._matrix[rows] = 0
        self._key_at[home] = None
        self._bar[home] = -np.inf
        if len(rows) > 1:
            further = self._further[:, : self._further_used]
            kept = further[:, further[1] != home]
            self._further_used = kept.shape[1]
            self._further[:, : self._further_used] = kept
        self._free.extend(reversed(rows))

    def verify(self, key: Key, probe: ArrayLike) -> float:
        """Similarity of the probe, (dim,), to the person's best template."""
        rows = self._rows_of[key]
        return float((self._matrix[rows] @ self._checked_probe(probe)[0]).max())

    def identify(self, probes: ArrayLike, k: int = 5) -> tuple[NDArray[np.object_], Floats]:
        """The k most similar people to each of the probes, (q, dim), best first.

        Returns keys (q, k) and similarities (q, k) float32; where the gallery has fewer than k people, None
        and -inf fill the rest.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, not {k}")
        checked = self._checked(probes)
        keys: NDArray[np.object_] = np.full((len(checked), k), None)
        similarities: Floats = np.full((len(checked), k), -np.inf, np.float32)
        for start, best in self._blocks(checked):
            probe, home, rank = self._first(best, k)
            keys[start + probe, rank] = self._key_at[home]
            similarities[start + probe, rank] = best[probe, home]
        return keys, similarities

    def above(self, probe: ArrayLike, threshold: float) -> list[tuple[Key, float]]:
        """Everyone whose similarity to the probe, (dim,), is at least the threshold; best first."""
        best = self._best(self._checked_probe(probe))[0]
        homes = np.flatnonzero(best >= max(_float32_not_below(threshold), LOWEST))
        homes = homes[np.lexsort((self._turn_at[homes], -best[homes]))]
        return list(zip(self._key_at[homes].tolist(), best[homes].tolist(), strict=True))

    def cohort(self, probes: ArrayLike, *, excluding: Key | None = None, size: int = 200) -> list[Cohort]:
        """Each probe's, (q, dim), mean and deviation over the `size` people most similar to it.

        `excluding` is the person whom the probe claims to be, or whose template it is; they must be known.
        """
        if size < 1:
            raise ValueError(f"size must be at least 1, not {size}")
        checked = self._checked(probes)
        excluded = None if excluding is None else self._rows_of[excluding][0]
        count = min(size, len(self) - (excluded is not None))
        if count == 0:
            return [Cohort(0.0, 0.0, 0) for _ in checked]
        cohorts = []
        for _, best in self._blocks(checked):
            if excluded is not None:
                best[:, excluded] = -np.inf
            nearest = np.partition(best, best.shape[1] - count, axis=1)[:, -count:].astype(np.float64)
            means, deviations = nearest.mean(axis=1).tolist(), nearest.std(axis=1).tolist()
            cohorts += [Cohort(m, d, count) for m, d in zip(means, deviations, strict=True)]
        return cohorts

    def closest_pairs(self, *, count: int = 100, threshold: float = -np.inf) -> list[tuple[Key, Key, float]]:
        """The `count` most similar pairs of different people with at least the threshold, best first.

        A pair of people comes once, the one added first in front, with the similarity of their two closest
        templates. Reads the gallery in blocks: no more than `count` pairs and one block are held.
        """
        if count < 1:
            raise ValueError(f"count must be at least 1, not {count}")
        floor = max(_float32_not_below(threshold), LOWEST)
        homes, sides = self._in_order()
        a, b, similarity = np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.float32)
        for i, (first_a, rows_a, starts_a) in enumerate(sides):
            for first_b, rows_b, starts_b in sides[i:]:
                block = self._matrix[rows_a] @ self._matrix[rows_b].T
                block = np.maximum.reduceat(np.maximum.reduceat(block, starts_b, axis=1), starts_a, axis=0)
                if first_a == first_b:
                    block[np.tril_indices(len(block))] = -np.inf
                met_a, met_b = np.nonzero(block >= floor)
                if not len(met_a):
                    continue
                a, b = np.concatenate([a, first_a + met_a]), np.concatenate([b, first_b + met_b])
                similarity = np.concatenate([similarity, block[met_a, met_b]])
                first = np.lexsort((b, a, -similarity))[:count]
                a, b, similarity = a[first], b[first], similarity[first]
                if len(first) == count:
                    floor = similarity[-1]
        key_a, key_b = self._key_at[homes[a]].tolist(), self._key_at[homes[b]].tolist()
        return list(zip(key_a, key_b, similarity.tolist(), strict=True))

    def _store(self, keys: Sequence[Key], vectors: Floats) -> None:
        if any(key is None for key in keys):
            raise ValueError("None cannot be a key: it means nobody")
        for key in keys:
            hash(key)  # an unhashable key must fail before anything has changed
        rows = self._take_rows(len(keys))
        self._matrix[rows] = vectors
        for key, row in zip(keys, rows, strict=True):
            if key in self._rows_of:
                self._rows_of[key].append(row)
                self._append_further(row, home=self._rows_of[key][0])
            else:
                self._rows_of[key] = [row]
                self._key_at[row] = key
                self._bar[row] = 0
                self._turn_at[row] = self._turns
                self._turns += 1

    def _take_rows(self, count: int) -> list[int]:
        fresh = max(0, count - len(self._free))
        self._make_room(self._used + fresh)
        rows = [self._free.pop() for _ in range(count - fresh)]
        rows += range(self._used, self._used + fresh)
        self._used += fresh
        return rows

    def _make_room(self, needed: int) -> None:
        capacity = len(self._matrix)
        if needed <= capacity:
            return
        while capacity < needed:
            capacity *= 2
        self._matrix, self._key_at, self._bar, self._turn_at = (
            _grown(self._matrix, capacity),
            _grown(self._key_at, capacity),
            _grown(self._bar, capacity),
            _grown(self._turn_at, capacity),
        )

    def _append_further(self, row: int, home: int) -> None:
        if self._further_used == self._further.shape[1]:
            self._further = np.concatenate([self._further, np.empty_like(self._further)], axis=1)
        self._further[:, self._further_used] = row, home
        self._bar[row] = -np.inf
        self._further_used += 1

    def _best(self, probes: Floats) -> Floats:
        """(q, used): each person's best similarity in their home row, else -inf. Probes already checked."""
        best = probes @ self._matrix[: self._used].T
        if self._further_used:
            rows, homes = self._further[:, : self._further_used]
            for of_probe in best:
                np.maximum.at(of_probe, homes, of_probe[rows])
        best += self._bar[: self._used]
        return best

    def _blocks(self, probes: Floats) -> Iterator[tuple[int, Floats]]:
        """`_best` of so many probes at a time that a block stays within `BLOCK_BYTES`."""
        step = max(1, BLOCK_BYTES // (4 * max(1, self._used)))
        for start in range(0, len(probes), step):
            yield start, self._best(probes[start : start + step])

    def _first(self, best: Floats, k: int) -> tuple[Rows, Rows, Rows]:
        """The k best of each probe, as parallel arrays of probe, home row and rank, with ties in order."""
        count, used = best.shape
        # Everyone at least as good as the k-th is a candidate: a tie across the end must be seen whole.
        kth = np.partition(best, used - k, axis=1)[:, used - k, None] if k < used else LOWEST
        candidates = np.flatnonzero(best >= np.maximum(kth, LOWEST))
        probe, home = np.divmod(candidates, max(1, used))
        order = np.lexsort((self._turn_at[home], -best[probe, home], probe))
        probe, home = probe[order], home[order]
        rank = np.arange(len(probe)) - np.searchsorted(probe, np.arange(count))[probe]
        within = rank < k
        return probe[within], home[within], rank[within]

    def _in_order(self) -> tuple[Rows, list[tuple[int, Rows, Rows]]]:
        """Home rows in the order of adding, and all rows in that order, cut between people.

        Each cut: its first person's number, its rows (about `PAIR_ROWS`), where in them each person starts.
        """
        homes = np.flatnonzero(self._bar[: self._used] == 0)
        homes = homes[np.argsort(self._turn_at[homes])]
        further = self._further[:, : self._further_used]
        rows, home_of = np.concatenate([homes, further[0]]), np.concatenate([homes, further[1]])
        order = np.argsort(self._turn_at[home_of], kind="stable")
        rows = rows[order]
        starts = np.flatnonzero(np.diff(home_of[order], prepend=-1))
        sides: list[tuple[int, Rows, Rows]] = []
        first = 0
        while first < len(homes):
            last = int(np.searchsorted(starts, starts[first] + PAIR_ROWS))
            end = starts[last] if last < len(homes) else len(rows)
            sides.append((first, rows[starts[first] : end], starts[first:last] - starts[first]))
            first = last
        return homes, sides

    def _checked_probe(self, probe: ArrayLike) -> Floats:
        array = np.asarray(probe)
        if array.ndim != 1:
            raise ValueError(f"expected one vector ({self.dim},), got shape {array.shape}")
        return self._checked(array[None])

    def _checked(self, vectors: ArrayLike) -> Floats:
        array: NDArray[Any] = np.asarray(vectors)
        if not np.issubdtype(array.dtype, np.floating):
            raise ValueError(f"expected floating point vectors, got {array.dtype}")
        if array.ndim != 2 or array.shape[1] != self.dim:
            raise ValueError(f"expected vectors of shape (k, {self.dim}), got {array.shape}")
        with np.errstate(over="ignore"):  # what overflows here is refused in the next line
            checked = np.ascontiguousarray(array, np.float32)
        if not np.isfinite(checked).all():
            raise ValueError("a vector has a value that is not finite")
        lengths = np.sqrt(np.einsum("ij,ij->i", checked, checked, dtype=np.float64))
        if (np.abs(lengths - 1) > UNIT_TOLERANCE).any():
            raise ValueError("a vector is not of length 1")
        return checked


def _float32_not_below(threshold: float) -> np.float32:
    """The bound that admits just the float32 similarities s with float(s) >= threshold."""
    if np.isnan(threshold):
        raise ValueError("the threshold is not a number")
    with np.errstate(over="ignore"):
        rounded = np.float32(threshold)
    return rounded if float(rounded) >= threshold else np.nextafter(rounded, np.float32(np.inf))


def _grown(array: NDArray[Any], capacity: int) -> NDArray[Any]:
    grown = np.empty((capacity, *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown
