"""Descriptors of a folder of photos, computed once and cached outside the repository."""

import hashlib
import io
import multiprocessing
import os
import tempfile
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from models.engine import DEFAULT_ENCODERS, FaceEngine, ManyFaces, NoFace, version_of

Descriptor = NDArray[np.float32]  # (dim,)
Descriptors = NDArray[np.float32]  # (n, dim)
# Few enough that an interrupted run loses a minute or two, many enough that both processes stay busy.
PHOTOS_PER_SAVE = 256
# What stands in a descriptor's place.
NO_FACE, MANY_FACES = np.nan, np.inf


@cache
def _engine() -> FaceEngine:
    return FaceEngine()


def read_with_hadir(photo: bytes) -> Descriptor:
    """(256,) fused unit descriptor, or `NO_FACE` or `MANY_FACES` throughout."""
    try:
        return _engine().read(photo).descriptor
    except NoFace:
        return np.full(HADIR.dim, NO_FACE, np.float32)
    except ManyFaces:
        return np.full(HADIR.dim, MANY_FACES, np.float32)


def read_with_face_recognition(photo: bytes) -> Descriptor:
    """(128,) of the package used as its documentation shows: HOG, the first face found; or `NO_FACE`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # face_recognition_models imports the deprecated pkg_resources
        import face_recognition
    encodings = face_recognition.face_encodings(face_recognition.load_image_file(io.BytesIO(photo)))
    return np.asarray(encodings[0] if encodings else np.full(FACE_RECOGNITION.dim, NO_FACE), np.float32)


@dataclass(frozen=True, slots=True)
class Reader:
    """A way from a photo to a descriptor; `version` is a part of the cache's key."""

    name: str
    version: str
    dim: int
    read: Callable[[bytes], Descriptor]


HADIR = Reader("hadir", version_of(DEFAULT_ENCODERS), 256, read_with_hadir)
FACE_RECOGNITION = Reader("face_recognition", "1.3.0", 128, read_with_face_recognition)


def default_cache() -> Path:
    return Path(tempfile.gettempdir()) / "hadir-benchmarks"


def describe(photos: Sequence[Path], reader: Reader, cache_dir: Path, workers: int) -> Descriptors:
    """(n, dim) float32, a row of `NO_FACE` or `MANY_FACES` where there is no descriptor."""
    cache_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = cache_dir / f"{reader.name}-{reader.version.replace('/', '-')}.npz"
    known = _load(store)
    hashes = [hashlib.sha256(photo.read_bytes()).hexdigest() for photo in photos]
    missing = [(h, photo) for h, photo in dict(zip(hashes, photos, strict=True)).items() if h not in known]
    if missing:
        # Spawned, because the networks' thread pools do not survive a fork.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, context) as pool:
            jobs = pool.map(_Job(reader), [photo for _, photo in missing], chunksize=4)
            steps = track(zip(missing, jobs, strict=True), f"Reading with {reader.name}", len(missing))
            for done, ((photo_hash, _), descriptor) in enumerate(steps, 1):
                known[photo_hash] = descriptor
                if done % PHOTOS_PER_SAVE == 0 or done == len(missing):
                    _save(store, known)
    return np.stack([known[h] for h in hashes])


@dataclass(frozen=True, slots=True)
class _Job:
    reader: Reader

    def __call__(self, photo: Path) -> Descriptor:
        return self.reader.read(photo.read_bytes())


def _load(store: Path) -> dict[str, Descriptor]:
    if not store.exists():
        return {}
    with np.load(store) as saved:
        return dict(zip(saved["hashes"].tolist(), saved["descriptors"], strict=True))


def _save(store: Path, known: dict[str, Descriptor]) -> None:
    unfinished = store.with_suffix(f".{os.getpid()}.tmp")
    with unfinished.open("wb") as file:
        np.savez(file, hashes=np.array(list(known)), descriptors=np.stack(list(known.values())))
    unfinished.replace(store)
