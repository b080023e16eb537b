"""Readings of real photos, and made-up ones that differ from a real one only in what a test is about."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import ArrayLike

from enrollment.template import encoder_names
from models.encoder import fuse_parts, unit
from models.engine import FaceEngine, FaceReading

Vary = Callable[[ArrayLike, int], FaceReading]


@pytest.fixture(scope="session")
def portrait(engine: FaceEngine, astronaut_png: bytes) -> FaceReading:
    """A reading that is fit to enrol, whatever today's limits say of the photo."""
    reading = engine.read(astronaut_png)
    return replace(reading, quality=replace(reading.quality, roll_deg=0.0))


@pytest.fixture(scope="session")
def vary(portrait: FaceReading) -> Vary:
    """A reading of another photo (by number), whose descriptor has the direction of a short vector."""

    def make(direction: ArrayLike, number: int) -> FaceReading:
        names = encoder_names(portrait.encoders)
        part = np.zeros(128, np.float32)
        part[: len(np.atleast_1d(direction))] = direction
        return replace(
            portrait,
            descriptor=fuse_parts([unit(part)] * len(names), names),
            sha256=f"{number:064x}",
            phash=(number * 0x9E3779B97F4A7C15) % 2**64,
        )

    return make
