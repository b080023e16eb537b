"""How surely a picture that is sent again is known, and how often another one is taken for it.

    python -m benchmarks.repeats

Data sets: HADIR_POSES, HADIR_SPOOF (its living people), HADIR_FACES. Not repeats are pictures of one person in two
sittings: consecutive frames of one video are not compared.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path

import click
import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.liveness import RESULTS, folder_of
from benchmarks.liveness_frames import as_frame
from models.image import Rgb, decode, encode_jpeg
from models.repeats import REPEAT_BITS, bits_apart, fingerprint

PACKAGES = ("numpy", "opencv-python-headless")
QUALITY = 70
PEOPLE = 500  # of the faces; of the other sets all
EVERY = 4  # of the frames of a video
PROBES = 150


@dataclass(frozen=True, slots=True)
class Row:
    """known : pairs within `REPEAT_BITS`; lowest, median : bits apart."""

    name: str
    pairs: int
    known: int
    lowest: int
    median: float


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    person: str
    sitting: str
    path: Path


def cut(rgb: Rgb, share: float) -> Rgb:
    rows, columns = (round(share * side) for side in rgb.shape[:2])
    return np.ascontiguousarray(rgb[rows : rgb.shape[0] - rows, columns : rgb.shape[1] - columns])


def resized(rgb: Rgb, factor: float) -> Rgb:
    size = round(rgb.shape[1] * factor), round(rgb.shape[0] * factor)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def lighter(rgb: Rgb, factor: float) -> Rgb:
    return np.asarray(np.clip(rgb * factor, 0, 255), np.uint8)


CHANGES: dict[str, Callable[[Rgb], bytes]] = {
    "compressed again, quality 40": lambda rgb: encode_jpeg(rgb, 40),
    "half the size": lambda rgb: encode_jpeg(resized(rgb, 0.5), QUALITY),
    "a quarter darker": lambda rgb: encode_jpeg(lighter(rgb, 0.75), QUALITY),
    "a fifth lighter": lambda rgb: encode_jpeg(lighter(rgb, 1.2), QUALITY),
    "2 % cut off each edge": lambda rgb: encode_jpeg(cut(rgb, 0.02), QUALITY),
    "5 % cut off each edge": lambda rgb: encode_jpeg(cut(rgb, 0.05), QUALITY),
    "8 % cut off each edge": lambda rgb: encode_jpeg(cut(rgb, 0.08), QUALITY),
    "5 % cut off two edges": lambda rgb: encode_jpeg(
        np.ascontiguousarray(rgb[len(rgb) // 20 :, rgb.shape[1] // 20 :]), QUALITY
    ),
    "3 % cut, smaller, lighter": lambda rgb: encode_jpeg(
        lighter(resized(cut(rgb, 0.03), 0.7), 1.15), QUALITY
    ),
}


def pictures() -> dict[str, list[Picture]]:
    sets = {}
    if poses := folder_of("poses"):
        paths = sorted(poses.glob("*/*.jpg"))
        sets["turned heads, two sittings"] = [
            Picture(path.parent.name.split("_")[0], path.parent.name, path) for path in paths
        ]
    if spoof := folder_of("spoof"):
        paths = sorted((spoof / "genuine").glob("*/*.jpg"))[::EVERY]
        # A name's fields: person, two flags, session, frame.
        sets["webcam, across sessions"] = [
            Picture(path.parent.name, path.stem.split("_")[3], path) for path in paths
        ]
    if faces := folder_of("faces"):
        people = [person for person in sorted(faces.iterdir()) if len(list(person.glob("*.jpg"))) > 1]
        paths = [path for person in people[:PEOPLE] for path in sorted(person.glob("*.jpg"))]
        sets["press photos"] = [Picture(path.parent.name, path.stem, path) for path in paths]
    return sets


def row_of(name: str, bits: list[int]) -> Row:
    known = sum(each <= REPEAT_BITS for each in bits)
    return Row(name, len(bits), known, min(bits), float(np.median(bits)))


def measure(console: Console) -> tuple[list[Row], list[Row]]:
    """Pairs that are no repeats, by data set; repeats, by what was done to the picture."""
    apart, probes = [], []
    for name, shown in pictures().items():
        with console.status(name):
            frames = [as_frame(decode(picture.path.read_bytes())) for picture in shown]
            prints = np.stack([fingerprint(frame) for frame in frames])
            distances = bits_apart(prints, prints)
            bits = [
                int(min(distances[i, j], distances[j, i]))
                for i, j in combinations(range(len(shown)), 2)
                if shown[i].person == shown[j].person and shown[i].sitting != shown[j].sitting
            ]
        apart.append(row_of(name, bits))
        probes += frames[:: max(1, len(frames) * 3 // PROBES)]
    originals = np.stack([fingerprint(decode(encode_jpeg(rgb, QUALITY))) for rgb in probes])
    again = []
    for name, change in CHANGES.items():
        changed = np.stack([fingerprint(decode(change(rgb))) for rgb in probes])
        again.append(row_of(name, [int(each) for each in np.diag(bits_apart(changed, originals))]))
    return apart, again


def print_table(title: str, rows: list[Row], console: Console) -> None:
    table = Table("pictures", "pairs", "taken for repeats", "share", "lowest, bits", "median", title=title)
    for row in rows:
        share = f"{row.known / row.pairs:.2%}"
        table.add_row(row.name, f"{row.pairs:,}", str(row.known), share, str(row.lowest), f"{row.median:.0f}")
    console.print(table)


@click.command()
@click.option("--json", "json_path", type=click.Path(path_type=Path), default=RESULTS / "repeats.json")
def main(json_path: Path) -> None:
    """Measure how repeated pictures are known."""
    console = Console()
    apart, again = measure(console)
    if not apart:
        raise click.UsageError("set HADIR_POSES, HADIR_SPOOF or HADIR_FACES")
    print_table("One person in two sittings: false alarms", apart, console)
    print_table("The same picture again: detection", again, console)
    found = {
        "machine": machine.describe(*PACKAGES),
        "repeat_bits": REPEAT_BITS,
        "two_sittings": [asdict(row) for row in apart],
        "sent_again": [asdict(row) for row in again],
    }
    json_path.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
