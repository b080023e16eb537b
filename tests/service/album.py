"""Made-up enrolment photos, and the pool that reads them: each shows the face it is said to show."""

import hashlib
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from models.engine import FaceReading
from models.image import content_hash
from tests.service.made_up import near

Face = NDArray[np.float32]


@dataclass
class Album:
    """`refusals`: raised, first one first, instead of taking a photo. `submitted`: the photos taken, in order."""

    faultless: FaceReading
    outcomes: dict[bytes, FaceReading | Exception] = field(default_factory=dict)
    refusals: list[Exception] = field(default_factory=list)
    submitted: list[bytes] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    on_submit: Callable[[], None] = lambda: None

    def photo(self, name: str, face: Face | Exception, *, roll_deg: float = 0.0, alike: float = 0.9) -> bytes:
        """A new photo of a face; two photos of one face have a similarity of about `alike` squared."""
        data = name.encode()
        if isinstance(face, Exception):
            self.outcomes[data] = face
            return data
        digest = hashlib.sha256(data).digest()
        self.outcomes[data] = replace(
            self.faultless,
            descriptor=near(face, alike, seed=int.from_bytes(digest[8:12], "big")),
            quality=replace(self.faultless.quality, roll_deg=roll_deg),
            sha256=content_hash(data),
            phash=int.from_bytes(digest[:8], "big"),
        )
        return data

    def submit(self, image: bytes) -> Future[FaceReading]:
        if self.refusals:
            raise self.refusals.pop(0)
        self.on_submit()
        self.submitted.append(image)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        return _Reading(self, self.outcomes[image])


class _Reading(Future[FaceReading]):
    """In flight until somebody asks for it."""

    def __init__(self, album: Album, outcome: FaceReading | Exception) -> None:
        super().__init__()
        self._album = album
        self._read = outcome

    def result(self, timeout: float | None = None) -> FaceReading:
        self._album.in_flight -= 1
        if isinstance(self._read, Exception):
            raise self._read
        return self._read

    def cancel(self) -> bool:
        self._album.in_flight -= 1
        return super().cancel()
