"""The pictures of the liveness benchmark, each read once as a frame: data sets, and re-rendered prints."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.liveness_prints import Print, PrintPose, mirrored, print_of, render
from models.engine import LONGEST_SIDE_PX, FaceEngine, FaceReading, ManyFaces, NoFace
from models.image import decode, encode_jpeg
from models.liveness.frame import FRAME_PX, FrameReading, FrameWithoutFace

Rgb: TypeAlias = NDArray[np.uint8]
Turned: TypeAlias = dict[tuple[int, int], "Shot"]  # by tilt and pan in degrees

FRAME_QUALITY = 70
BATCH = 16
POSE = re.compile(r"tilt([+-]\d+)_pan([+-]\d+)")


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A frame as a phone would send it, and what is read of it."""

    jpeg: bytes
    reading: FrameReading | FrameWithoutFace


@dataclass(slots=True)
class Reader:
    """Reads each picture once. A shot has its descriptor from the start: it is judged in many attempts."""

    engine: FaceEngine = field(default_factory=lambda: FaceEngine(("dlib",)))

    def shots(self, pictures: Iterable[Rgb]) -> list[Shot]:
        shots = []
        for batch in _batches([encode_jpeg(as_frame(rgb), FRAME_QUALITY) for rgb in pictures]):
            readings = self._described(self.engine.read_frames(batch))
            shots += [Shot(jpeg, reading) for jpeg, reading in zip(batch, readings, strict=True)]
        return shots

    def _described(
        self, readings: Sequence[FrameReading | FrameWithoutFace]
    ) -> Iterator[FrameReading | FrameWithoutFace]:
        faces = [reading for reading in readings if isinstance(reading, FrameReading)]
        descriptors = iter(self.engine.describe_frames(faces) if faces else ())
        for reading in readings:
            yield (
                replace(reading, descriptor=next(descriptors))
                if isinstance(reading, FrameReading)
                else reading
            )

    def selfie(self, shot: Shot) -> tuple[FaceReading, FrameReading] | None:
        """The shot read as a selfie, and that as a frame; None when it can't be."""
        try:
            return self.engine.read_sitting(shot.jpeg, [])[:2]
        except (NoFace, ManyFaces):
            return None

    def print_of(self, path: Path) -> Print | None:
        """A photo to be held before the camera; None when it shows no face."""
        data = path.read_bytes()
        try:
            box = self.engine.read(data).box
        except (NoFace, ManyFaces):
            return None
        return print_of(decode(data, longest_side_px=LONGEST_SIDE_PX), box)


def as_frame(rgb: Rgb) -> Rgb:
    factor = min(1.0, FRAME_PX / max(rgb.shape))
    size = round(rgb.shape[1] * factor), round(rgb.shape[0] * factor)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8) if factor < 1 else rgb


def _batches(jpegs: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(jpegs), BATCH):
        yield jpegs[start : start + BATCH]


def head_turns(reader: Reader, folder: Path) -> dict[str, Turned]:
    """Pointing'04: of each person's series ("person01_series1") the shots by tilt and pan."""
    series = {}
    for each in sorted(path for path in folder.iterdir() if path.is_dir()):
        paths = sorted(each.glob("*.jpg"))
        poses = [POSE.search(path.name) for path in paths]
        shots = reader.shots(decode(path.read_bytes()) for path in paths)
        series[each.name] = {
            (int(pose[1]), int(pose[2])): shot for pose, shot in zip(poses, shots, strict=True) if pose
        }
    return series


def moved_prints(reader: Reader, folder: Path) -> dict[str, list[Shot]]:
    """NUAA's printed photos: the frames of each sequence in their order."""
    paths = defaultdict(list)
    for path in folder.glob("*/*.jpg"):
        sequence, _, frame = path.stem.rpartition("_")
        paths[sequence].append((int(frame), path))
    return {
        sequence: reader.shots(decode(path.read_bytes()) for _, path in sorted(frames))
        for sequence, frames in sorted(paths.items())
    }


@dataclass(frozen=True, slots=True)
class Pool:
    """What one attacker, or one living person, has to show.

    selfies : any of them may be the selfie.
    ends : by step, the shots that may show that step's end; on_the_way : by side, those that may come before.
    """

    person: str
    selfies: Sequence[Shot]
    ends: dict[str, Sequence[Shot]]
    on_the_way: dict[str, Sequence[Shot]]


@dataclass(frozen=True, slots=True)
class HeldPrint:
    """A print turned for each step as a head would be, in random poses."""

    bend_deg: float
    rng: np.random.Generator
    tries: int

    def pool(self, reader: Reader, person: str, photo: Print) -> Pool:
        selfies = [self._pose(0, 0, bent) for bent in {0.0, self.bend_deg}]
        ends = {
            "left": [self._pose(self.rng.uniform(20, 60), 0, self.bend_deg) for _ in range(self.tries)],
            "right": [self._pose(-self.rng.uniform(20, 60), 0, self.bend_deg) for _ in range(self.tries)],
            "up": [self._pose(0, self.rng.uniform(20, 50), self.bend_deg, 90) for _ in range(self.tries)],
        }
        on_the_way = {
            "left": [self._pose(self.rng.uniform(8, 25), 0, self.bend_deg) for _ in range(2)],
            "right": [self._pose(-self.rng.uniform(8, 25), 0, self.bend_deg) for _ in range(2)],
        }
        return Pool(
            person,
            self._shots(reader, photo, selfies),
            {step: self._shots(reader, photo, poses) for step, poses in ends.items()},
            {side: self._shots(reader, photo, poses) for side, poses in on_the_way.items()},
        )

    def _pose(self, yaw_deg: float, pitch_deg: float, bend_deg: float, axis_deg: float = 0) -> PrintPose:
        return PrintPose(
            bend_deg=bend_deg,
            axis_deg=axis_deg + self.rng.uniform(-15, 15),
            yaw_deg=yaw_deg + self.rng.uniform(-5, 5),
            pitch_deg=pitch_deg + self.rng.uniform(-12, 12),
            roll_deg=self.rng.uniform(-10, 10),
            nearness=self.rng.uniform(0.85, 1.15),
        )

    def _shots(self, reader: Reader, photo: Print, poses: Iterable[PrintPose]) -> list[Shot]:
        return reader.shots(render(photo, pose) for pose in poses)


def photos_in_turn(
    reader: Reader, rng: np.random.Generator, person: str, frontal: Print, turned: Print
) -> Pool:
    """Two photos of one person, the turned one mirrored for the other side; tilted to look like movement."""
    held = HeldPrint(0.0, rng, 3)
    still = held.pool(reader, person, frontal)
    sides = {
        "left": held.pool(reader, person, turned),
        "right": held.pool(reader, person, mirrored(turned)),
    }
    ends = {side: [*pool.selfies, *pool.ends[side]] for side, pool in sides.items()}
    return Pool(
        person,
        still.selfies,
        {**ends, "up": still.ends["up"]},
        {side: [*still.ends[side], *sides[side].on_the_way[side]] for side in ends},
    )
