"""How often a kiosk names the right person, nobody, or somebody else: searches of galleries of site sizes.

    python -m benchmarks.kiosk

The photos are HADIR_FACES: a folder a person. Everyone is enrolled with their first photos and searched for with
the others; for strangers everyone's photos are searched for in galleries that they are not in. The margin is also
set on one half of the people and applied to the other.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.accuracy import DEFAULT_FOLDER, PACKAGES, RESULTS, photos_of, with_faces
from benchmarks.face_descriptors import HADIR, MANY_FACES, default_cache, describe
from benchmarks.face_pairs import Cosine, Ints, Photos, all_templates, compare_all, enrolled_photos, half_of
from models.calibration import Proportion, proportion, shipped_threshold, threshold_at_fmr
from models.encoder import parts_of
from models.engine import DEFAULT_ENCODERS
from models.identification import search_margin, search_threshold

SIZES = (30, 100, 500, 871)
MARGINS = (0.0, 0.02, 0.03, 0.05, 0.08, 0.1)
# What a margin may cost: of a hundred people one more who has to type a NIP.
FNIR_FOR_MARGIN = 0.01
SEARCHES_WANTED = 60_000
MOST_DRAWS = 200
DRAWS_SEED = 40
HALVES_SEED = 41

Similarities = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Lists:
    """Of searches: the similarity to the right person (-inf for strangers), the best and the second best other."""

    right: Similarities
    other: Similarities
    third: Similarities


@dataclass(frozen=True, slots=True)
class Rates:
    """fnir : enrolled people whom the search does not name; confused : of those, others are named instead.
    fpir : strangers who are taken for somebody."""

    encoders: str
    enrolment_photos: int
    people: int
    threshold: float
    margin: float
    fnir: Proportion
    confused: Proportion
    fpir: Proportion


class Faces:
    """Everyone's template against all photos, compared once."""

    def __init__(self, cosine: Cosine, photos: Photos, enrolled: Ints) -> None:
        self._people = np.flatnonzero(enrolled[:, 0] >= 0)
        probes = np.flatnonzero(photos.found)
        self._person = photos.person[probes]
        self._unseen = ~np.isin(probes, enrolled)
        self._similarity = cosine.similarity(enrolled[self._people], probes)

    def searches(self, size: int, among: Ints | None = None) -> tuple[Lists, Lists]:
        """For people of random galleries, and for strangers. `among`: whom galleries are drawn of."""
        draws = np.random.default_rng(DRAWS_SEED)
        pool = np.arange(len(self._people)) if among is None else np.flatnonzero(np.isin(self._people, among))
        size = min(size, len(pool))
        asked = np.ones(len(self._person), bool) if among is None else np.isin(self._person, among)
        rounds = max(1, min(MOST_DRAWS, SEARCHES_WANTED // size))
        found = [self._of(draws.choice(pool, size, replace=False), asked) for _ in range(rounds)]
        return _joined([mated for mated, _ in found]), _joined([strange for _, strange in found])

    def _of(self, members: Ints, asked: NDArray[np.bool_]) -> tuple[Lists, Lists]:
        similarity = self._similarity[members][:, asked]
        own = np.equal.outer(self._people[members], self._person[asked])
        right = np.where(own, similarity, -np.inf).max(axis=0)
        others = np.partition(np.where(own, -np.inf, similarity), -2, axis=0)[-2:]
        mated = own.any(axis=0) & self._unseen[asked]
        strange = ~own.any(axis=0)
        nobody = np.full(int(strange.sum()), -np.inf)
        return (
            Lists(right[mated], others[1][mated], others[0][mated]),
            Lists(nobody, others[1][strange], others[0][strange]),
        )


def _joined(parts: list[Lists]) -> Lists:
    return Lists(
        np.concatenate([one.right for one in parts]),
        np.concatenate([one.other for one in parts]),
        np.concatenate([one.third for one in parts]),
    )


def rates(
    encoders: tuple[str, ...],
    count: int,
    size: int,
    lists: tuple[Lists, Lists],
    threshold: float,
    margin: float,
) -> Rates:
    mated, strange = lists
    named = (mated.right >= threshold) & (mated.right - mated.other >= margin)
    runner_up = np.maximum(mated.right, mated.third)
    confused = (mated.other >= threshold) & (mated.other - runner_up >= margin) & ~named
    taken = (strange.other >= threshold) & (strange.other - strange.third >= margin)
    return Rates(
        "+".join(encoders),
        count,
        size,
        round(threshold, 4),
        margin,
        proportion(int((~named).sum()), len(named)),
        proportion(int(confused.sum()), len(confused)),
        proportion(int(taken.sum()), len(taken)),
    )


def rise_per_decade(cosine: Cosine, photos: Photos, count: int) -> float:
    """By how much the threshold rises from an FMR of 1e-4 to one of 1e-5."""
    _, impostors = compare_all(cosine, photos, all_templates(photos, count))
    points = [
        threshold_at_fmr(impostors.similarity, rate, comparisons=impostors.comparisons).threshold
        for rate in (1e-4, 1e-5)
    ]
    return points[1] - points[0]


def margin_for(count: int, size: int, lists: tuple[Lists, Lists], threshold: float) -> float:
    """The greatest of `MARGINS` that costs at most `FNIR_FOR_MARGIN`."""
    fnir = [rates(DEFAULT_ENCODERS, count, size, lists, threshold, margin).fnir.value for margin in MARGINS]
    return max(
        margin for margin, rate in zip(MARGINS, fnir, strict=True) if rate - fnir[0] <= FNIR_FOR_MARGIN
    )


def measure(cosine: Cosine, photos: Photos, encoders: tuple[str, ...], count: int) -> list[Rates]:
    faces = Faces(cosine, photos, enrolled_photos(photos, count))
    verification = shipped_threshold(encoders, count)
    found = []
    for size in SIZES:
        lists = faces.searches(size)
        threshold = search_threshold(verification, encoders, size)
        tried = MARGINS if encoders == DEFAULT_ENCODERS else ()
        margins = sorted({0.0, *tried, search_margin(encoders)})
        found += [rates(encoders, count, size, lists, threshold, margin) for margin in margins]
    return found


def by_halves(cosine: Cosine, photos: Photos, count: int) -> list[dict[str, float]]:
    """The margin set on one half of the people and applied to the other half."""
    faces = Faces(cosine, photos, enrolled_photos(photos, count))
    half = half_of(photos.people, HALVES_SEED)
    verification = shipped_threshold(DEFAULT_ENCODERS, count)
    found = []
    for learn, apply in ((0, 1), (1, 0)):
        sides = [np.flatnonzero(half == side) for side in (learn, apply)]
        size = min(500, *(len(side) for side in sides))
        threshold = search_threshold(verification, DEFAULT_ENCODERS, size)
        margin = margin_for(count, size, faces.searches(size, sides[0]), threshold)
        lists = faces.searches(size, sides[1])
        without = rates(DEFAULT_ENCODERS, count, size, lists, threshold, 0.0)
        applied = rates(DEFAULT_ENCODERS, count, size, lists, threshold, margin)
        found.append(
            {
                "people": size,
                "margin": margin,
                "fnir": round(applied.fnir.value, 5),
                "fnir_without_margin": round(without.fnir.value, 5),
                "confused": round(applied.confused.value, 5),
                "confused_without_margin": round(without.confused.value, 5),
                "fpir": round(applied.fpir.value, 5),
            }
        )
    return found


def show(found: list[Rates], console: Console) -> None:
    table = Table(
        "encoders", "photos enrolled", "people", "threshold", "margin", "FNIR", "somebody else", "FPIR"
    )
    for one in found:
        table.add_row(
            one.encoders,
            str(one.enrolment_photos),
            str(one.people),
            f"{one.threshold:.3f}",
            f"{one.margin:.2f}",
            _words(one.fnir),
            _words(one.confused),
            _words(one.fpir),
        )
    console.print(table)


def _words(rate: Proportion) -> str:
    return f"{rate.value:.2%} ({rate.count} of {rate.trials})"


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=Path), default=RESULTS / "kiosk.json")
@click.option(
    "--cache", "cache_dir", type=click.Path(path_type=Path), default=default_cache, help="Of descriptors."
)
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True)
def main(json_path: Path, cache_dir: Path, workers: int) -> None:
    """Measure the searches of a kiosk, on the photos in HADIR_FACES."""
    folder = Path(os.environ.get("HADIR_FACES", DEFAULT_FOLDER))
    if not folder.is_dir():
        raise click.UsageError("set HADIR_FACES to a folder with a folder of photos for each person")
    console = Console()
    console.width = max(console.width, 120)
    paths = photos_of(folder, None)
    descriptors = describe(paths, HADIR, cache_dir, workers)
    alone = ~(descriptors == MANY_FACES).any(axis=1)
    names = [path.parent.name for path, kept in zip(paths, alone, strict=True) if kept]
    photos = with_faces(np.unique(names, return_inverse=True)[1], descriptors[alone])
    parts = dict(zip(DEFAULT_ENCODERS, parts_of(descriptors[alone], DEFAULT_ENCODERS), strict=True))
    methods: dict[tuple[str, ...], Cosine] = {
        DEFAULT_ENCODERS: Cosine("SFace + dlib", descriptors[alone], DEFAULT_ENCODERS)
    }
    methods |= {(name,): Cosine(name, parts[name], (name,)) for name in DEFAULT_ENCODERS}
    found: list[Rates] = []
    rises: dict[str, float] = {}
    for count in (1, 2):
        for encoders, cosine in methods.items():
            with console.status(f"Searching with {cosine.name}, {count} enrolment photos"):
                found += measure(cosine, photos, encoders, count)
                rises[f"{'+'.join(encoders)}, {count}"] = round(rise_per_decade(cosine, photos, count), 4)
    halves = {str(count): by_halves(methods[DEFAULT_ENCODERS], photos, count) for count in (1, 2)}
    show(found, console)
    console.print("Rise of the threshold for a tenth of the FMR:", rises)
    console.print("Margin set on one half of the people, applied to the other:", halves)
    result = {
        "machine": machine.describe(*PACKAGES),
        "photos": len(names),
        "people": photos.people,
        "rise_per_decade": rises,
        "margin_by_halves": halves,
        "rates": [asdict(one) for one in found],
    }
    json_path.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
