"""One process that writes as the service does, for as long as it is told: `python -m tests.hostile.writer`.

Prints what it did, and which errors it met, as one JSON object.
"""

import json
import logging
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from models.engine import FaceReading
from models.liveness.frame import FrameReading, FrameWithoutFace
from models.liveness.passive import PassiveLiveness
from models.quality import Quality
from service import people, wiring
from service.checkins import Submission
from service.db.tables import Account, Employee
from service.settings import Settings
from service.wiring import Services
from tests.models.liveness.made_up_heads import HEAD, frame_of, seen
from tests.service.made_up import enrol, faultless_reading, unit_vector

THREADS = 4
ENROL_EVERY, SIGN_IN_EVERY, ADD_EVERY = 10, 5, 7


class SeesOneFace:
    """An engine that costs nothing: the processors are the database's."""

    def read_sitting(
        self, selfie: bytes, frames: Sequence[bytes], /
    ) -> tuple[FaceReading, FrameReading, list[FrameReading | FrameWithoutFace]]:
        return self.read(selfie), frame_of(seen(HEAD)), [FrameWithoutFace("no_face") for _ in frames]

    def describe_frames(self, frames: Sequence[FrameReading], /) -> NDArray[np.float32]:
        return np.zeros((len(frames), 128), np.float32)

    def read(self, data: bytes, /) -> FaceReading:
        quality = Quality(**{one.name: 0.5 for one in fields(Quality)})
        liveness = PassiveLiveness(**{one.name: 0.5 for one in fields(PassiveLiveness)})
        return faultless_reading(quality, liveness)


@dataclass
class Done:
    """Of one thread, or of several together."""

    done: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0

    def add(self, other: "Done") -> None:
        self.done += other.done
        self.errors += other.errors
        self.slowest_s = max(self.slowest_s, other.slowest_s)


@dataclass
class Writer:
    number: int
    services: Services
    employee_id: int
    rounds: int = 0

    def check_in(self) -> None:
        now = self.services.clock()
        selfie = uuid.uuid4().bytes
        submission = Submission(uuid.uuid4(), "in", now, selfie, (), {"n": self.number}, send_anyway=True)
        self.services.checkins.submit(self.employee_id, submission, now)

    def sign_in(self) -> None:
        with self.services.db.write() as session:
            account = session.scalar(select(Account).where(Account.employee_id == self.employee_id))
            assert account is not None
            token = self.services.auth.open_session(session, account, "bearer", self.services.clock()).token
        with self.services.db.write() as session:
            self.services.auth.close_session(session, token, self.services.clock())

    def add_an_employee(self) -> None:
        people.add_employee(
            self.services.db,
            self.services.auth,
            nip=uuid.uuid4().hex,
            name="Pegawai",
            role="employee",
            now=self.services.clock(),
        )

    def enrol(self) -> None:
        enrol(
            self.services.db,
            self.services.ring,
            self.employee_id,
            unit_vector(self.number),
            self.services.clock(),
        )

    def due(self) -> list[Callable[[], None]]:
        """What is to be written in the next round."""
        self.rounds += 1
        due = [self.check_in]
        for every, write in (
            (SIGN_IN_EVERY, self.sign_in),
            (ADD_EVERY, self.add_an_employee),
            (ENROL_EVERY, self.enrol),
        ):
            if self.rounds % every == 0:
                due.append(write)
        return due

    def keep_on(self, until: float) -> Done:
        result = Done()
        while time.monotonic() < until:
            for write in self.due():
                begun = time.monotonic()
                try:
                    write()
                    result.done[write.__name__] += 1
                except Exception as failed:
                    result.errors[f"{write.__name__}: {type(failed).__name__}: {failed}"] += 1
                result.slowest_s = max(result.slowest_s, time.monotonic() - begun)
        return result


def run(data_dir: Path, number: int, seconds: float) -> Done:
    total = Done()
    settings = Settings(data_dir=data_dir, workers=1)
    with closing(wiring.build(settings, engine_factory=SeesOneFace)) as services:
        services.pool.start()
        while not services.pool.ready():
            time.sleep(0.05)
        with services.db.read() as session:
            employee_id = session.scalars(select(Employee.id).order_by(Employee.id)).all()[number]
        until = time.monotonic() + seconds
        with ThreadPoolExecutor(THREADS) as threads:
            writers = [Writer(number, services, employee_id) for _ in range(THREADS)]
            for done in [threads.submit(writer.keep_on, until) for writer in writers]:
                total.add(done.result())
    return total


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    folder, number, seconds = sys.argv[1:]
    json.dump(vars(run(Path(folder), int(number), float(seconds))), sys.stdout)
