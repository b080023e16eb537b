"""What the liveness judgement of a check-in costs: a selfie alone beside the same with five frames.

    python -m benchmarks.liveness_cost

Data set: HADIR_POSES (genuine head turns). Pictures are as the phone sends them: a selfie of 600x800, five frames
of 240x320. Counted is the processor time of one process on one thread. Both are measured in turn in one run, since
what else the machine does weighs on both alike; the lowest tenth is what an idle machine would take.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import cv2
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import machine
from benchmarks.liveness import PACKAGES, RESULTS, folder_of
from models.engine import FaceEngine
from models.image import decode, encode_jpeg
from models.liveness.active import judge
from models.liveness.challenge import Challenge
from models.liveness.frame import TimedFrame

CHALLENGE = Challenge(("left", "right", "up"))
# Tilt and pan of each frame in degrees, and the step it is sent for.
FRAMES = (((0, -15), 0), ((0, -30), 0), ((0, 15), 1), ((0, 30), 1), ((30, 0), 2))
SELFIE_SIZE, FRAME_SIZE = (600, 800), (240, 320)
QUALITY = 80
BETWEEN_FRAMES_MS = 800
WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Sitting:
    selfie: bytes
    frames: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of one core."""

    name: str
    median_ms: float
    lowest_tenth_ms: float


def sitting_of(series: Path) -> Sitting:
    def picture(tilt: int, pan: int, size: tuple[int, int]) -> bytes:
        rgb = decode((series / f"tilt{tilt:+03d}_pan{pan:+03d}.jpg").read_bytes())
        height, width = rgb.shape[:2]
        aside = max(0, width - height * 3 // 4) // 2
        upright = np.ascontiguousarray(rgb[:, aside : width - aside])
        resized = cv2.resize(upright, size, interpolation=cv2.INTER_AREA)
        return encode_jpeg(np.asarray(resized, np.uint8), QUALITY)

    return Sitting(
        picture(0, 0, SELFIE_SIZE), tuple(picture(tilt, pan, FRAME_SIZE) for (tilt, pan), _ in FRAMES)
    )


def judge_sitting(engine: FaceEngine, sitting: Sitting) -> None:
    """What a worker does with a selfie and its frames."""
    selfie, selfie_frame, readings = engine.read_sitting(sitting.selfie, sitting.frames)
    frames = [
        TimedFrame(step, (at + 1) * BETWEEN_FRAMES_MS, reading)
        for at, ((_, step), reading) in enumerate(zip(FRAMES, readings, strict=True))
    ]
    judge(CHALLENGE, selfie, selfie_frame, frames, engine.describe_frames)


def milliseconds(work: Callable[[], object]) -> float:
    began = time.process_time_ns()
    work()
    return (time.process_time_ns() - began) / 1e6


def measure(engine: FaceEngine, sittings: list[Sitting], rounds: int, console: Console) -> list[Cost]:
    alone, together = [], []
    for number in track(range(-WARM_UP, rounds), "Sittings", console=console):
        sitting = sittings[number % len(sittings)]
        costs = (
            milliseconds(lambda: engine.read(sitting.selfie)),  # noqa: B023 - called at once
            milliseconds(lambda: judge_sitting(engine, sitting)),  # noqa: B023 - called at once
        )
        if number >= 0:
            alone.append(costs[0])
            together.append(costs[1])
    added = np.subtract(together, alone)
    named = {"selfie alone": alone, "selfie with five frames": together, "added by the frames": added}
    return [
        Cost(name, float(np.median(values)), float(np.quantile(values, 0.1)))
        for name, values in named.items()
    ]


def print_table(costs: list[Cost], console: Console) -> None:
    table = Table("check-in", "median, ms", "lowest tenth, ms")
    for cost in costs:
        table.add_row(cost.name, f"{cost.median_ms:.1f}", f"{cost.lowest_tenth_ms:.1f}")
    console.print(table)


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=200, show_default=True, help="Sittings.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), default=RESULTS / "liveness_cost.json")
def main(rounds: int, json_path: Path) -> None:
    """Measure what the frames of a check-in cost."""
    folder = folder_of("poses")
    if folder is None:
        raise click.UsageError("set HADIR_POSES to a folder laid out like the Pointing'04 data set")
    console = Console()
    sittings = [sitting_of(series) for series in sorted(folder.iterdir()) if series.is_dir()]
    costs = measure(FaceEngine(), sittings, rounds, console)
    print_table(costs, console)
    found = {"machine": machine.describe(*PACKAGES), "costs": [asdict(cost) for cost in costs]}
    json_path.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
