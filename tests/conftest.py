"""Real photos for every test: the shared data sets where they exist, one packaged portrait everywhere."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from models.engine import FaceEngine

BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[2] / "shared"


def _data_set(variable: str, name: str) -> Path:
    folder = Path(os.environ.get(variable, BESIDE_THE_CHECKOUT / name))
    if not folder.is_dir():
        pytest.skip(f"needs real photos: set {variable} to a folder laid out like the {name} data set")
    return folder


@pytest.fixture(scope="session")
def faces_dir() -> Path:
    return _data_set("HADIR_FACES", "faces")


@pytest.fixture(scope="session")
def spoof_dir() -> Path:
    return _data_set("HADIR_SPOOF", "spoof")


@pytest.fixture(scope="session")
def portraits_dir() -> Path:
    return _data_set("HADIR_PORTRAITS", "portraits")


@pytest.fixture(scope="session")
def poses_dir() -> Path:
    return _data_set("HADIR_POSES", "poses")


@pytest.fixture(scope="session")
def astronaut_png() -> bytes:
    """A 512x512 portrait that scikit-image ships: one frontal face."""
    package = find_spec("skimage")
    assert package is not None
    assert package.origin is not None
    return (Path(package.origin).parent / "data" / "astronaut.png").read_bytes()


@pytest.fixture(scope="session")
def engine() -> FaceEngine:
    return FaceEngine()
