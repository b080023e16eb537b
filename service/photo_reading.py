"""Enrolment photos through the pool: what was read, or why nothing could be."""

import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from enrollment.acceptance import PhotoProblem, problem_of
from models.engine import FaceReading, ManyFaces, NoFace
from models.image import BadImage
from service.storage_errors import EngineFailed, PoolFull

# Failures of the engine that one photo may be the cause of. After any other no photo can be read.
OF_THE_PHOTO = frozenset({"crashed", "deadline", "error"})
FULL_POOL_PAUSE_S = 0.1


class Reader(Protocol):
    """What reads photos: service.inference.InferencePool."""

    def submit(self, image: bytes) -> Future[FaceReading]: ...


@dataclass(frozen=True, slots=True)
class ReadPhoto:
    """A photo's bytes, and what the engine made of them."""

    data: bytes
    outcome: FaceReading | PhotoProblem


def read_photos(pool: Reader, photos: Sequence[bytes]) -> list[ReadPhoto]:
    """All at the same time. Raises PoolFull, EngineFailed; then none goes on being read."""
    futures: list[Future[FaceReading]] = []
    try:
        for photo in photos:
            futures.append(pool.submit(photo))  # noqa: PERF401 - those before a refused one are cancelled
        return [ReadPhoto(photo, outcome_of(future)) for photo, future in zip(photos, futures, strict=True)]
    except BaseException:
        for future in futures:
            future.cancel()
        raise


def outcome_of(future: Future[FaceReading]) -> FaceReading | PhotoProblem:
    """Waits for a photo to be read. Raises EngineFailed when not the photo is the cause that it can't be."""
    try:
        return future.result()
    except (BadImage, NoFace, ManyFaces) as refused:
        return problem_of(refused)
    except EngineFailed as failed:
        if failed.reason not in OF_THE_PHOTO:
            raise
        return PhotoProblem(("engine_failed",))


def submit_when_free(pool: Reader, photo: bytes) -> Future[FaceReading]:
    """For work that nobody waits for: the workers may be shared with check-ins, which go first."""
    while True:
        try:
            return pool.submit(photo)
        except PoolFull:
            time.sleep(FULL_POOL_PAUSE_S)
