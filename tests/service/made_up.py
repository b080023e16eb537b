"""Made-up people and readings: what the use cases need of the face engine, without running it."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from models.engine import FaceReading, dimension_of, version_of
from models.image import content_hash
from models.liveness.active import ActiveLiveness
from models.liveness.passive import PassiveLiveness
from models.quality import Quality
from service.crypto import KeyRing
from service.db.session import Database
from service.db.tables import Employee, GalleryChange, Template
from service.inference_worker import Sitting, SittingReading
from service.sealed_templates import seal_vectors

ENCODERS = ("sface", "dlib")
VERSION = version_of(ENCODERS)
DIM = dimension_of(ENCODERS)


def unit_vector(seed: int) -> NDArray[np.float32]:
    vector = np.random.default_rng(seed).normal(size=DIM).astype(np.float32)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def near(vector: NDArray[np.float32], similarity: float, seed: int = 99) -> NDArray[np.float32]:
    """A unit vector at just that similarity to `vector`."""
    aside = unit_vector(seed)
    aside -= (aside @ vector) * vector
    aside /= np.linalg.norm(aside)
    return np.asarray(similarity * vector + np.sqrt(1 - similarity**2) * aside, np.float32)


@dataclass
class FakeReader:
    """Gives each picture the outcome it is told to; a picture it does not know waits forever."""

    faultless: FaceReading
    outcomes: dict[bytes, NDArray[np.float32] | Exception] = field(default_factory=dict)
    refusal: Exception | None = None
    read: list[bytes] = field(default_factory=list)
    pending: list[Future[FaceReading]] = field(default_factory=list)
    sittings: dict[bytes, ActiveLiveness] = field(default_factory=dict)
    sittings_read: list[Sitting] = field(default_factory=list)
    before_reading: Callable[[bytes], None] = lambda _: None

    def submit(self, image: bytes) -> Future[FaceReading]:
        if self.refusal is not None:
            raise self.refusal
        self.before_reading(image)
        self.read.append(image)
        future: Future[FaceReading] = Future()
        outcome = self.outcomes.get(image)
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        elif outcome is not None:
            future.set_result(replace(self.faultless, descriptor=outcome, sha256=content_hash(image)))
        else:
            self.pending.append(future)
        return future

    def submit_sitting(self, sitting: Sitting) -> Future[SittingReading]:
        """Its liveness is what `sittings` says of the selfie."""
        self.sittings_read.append(sitting)
        future: Future[SittingReading] = Future()
        try:
            reading = self.submit(sitting.selfie).result()
        except Exception as error:
            future.set_exception(error)
        else:
            future.set_result(SittingReading(reading, self.sittings[sitting.selfie]))
        return future


def faultless_reading(quality: Quality, liveness: PassiveLiveness) -> FaceReading:
    return FaceReading(
        box=np.array([100, 100, 200, 260], np.int32),
        points=np.zeros((68, 2), np.float32),
        descriptor=unit_vector(0),
        quality=quality,
        liveness=liveness,
        encoders=VERSION,
        sha256="0" * 64,
        phash=0,
        fingerprint=np.zeros((6, 4), np.uint64),
    )


def add_employee(db: Database, nip: str, now: datetime) -> int:
    with db.write() as session:
        employee = Employee(nip=nip, name=f"Pegawai {nip}", created_at=now)
        session.add(employee)
        session.flush()
        return employee.id


def enrol(db: Database, ring: KeyRing, employee_id: int, vector: NDArray[np.float32], now: datetime) -> None:
    """Replace the employee's template, as the enrolment does."""
    with db.write() as session:
        for old in session.query(Template).filter_by(employee_id=employee_id):
            session.delete(old)
        session.flush()
        sealed = seal_vectors(ring, employee_id, VERSION, vector[None])
        session.add(
            Template(employee_id=employee_id, encoders=VERSION, vectors=sealed, photos=1, created_at=now)
        )
        session.add(GalleryChange(employee_id=employee_id, changed_at=now))


def withdraw(db: Database, employee_id: int, now: datetime) -> None:
    with db.write() as session:
        for old in session.query(Template).filter_by(employee_id=employee_id):
            session.delete(old)
        session.add(GalleryChange(employee_id=employee_id, changed_at=now))
