"""One process that reads faces: what it does, and the handle by which its parent holds it."""

import faulthandler
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.engine import FaceReading, ManyFaces, NoFace
from models.image import BadImage, Reason
from models.liveness.active import ActiveLiveness, judge
from models.liveness.challenge import Challenge
from models.liveness.frame import FrameReading, FrameWithoutFace, TimedFrame
from models.repeats import Fingerprint

# A loading worker may have to convert the networks first.
START_DEADLINE_S = 120.0
STOP_GRACE_S = 1.0
# Of a loaded worker (setpriority(2)): what receives, answers and is asked for its health comes first.
NICENESS = 10
# Read by the numeric libraries when they are loaded. Workers are as many as processors: one thread each.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

_SPAWN = multiprocessing.get_context("spawn")
_starting = threading.Lock()


class Engine(Protocol):
    def read(self, data: bytes, /) -> FaceReading: ...

    def read_sitting(
        self, selfie: bytes, frames: Sequence[bytes], /
    ) -> tuple[FaceReading, FrameReading, list[FrameReading | FrameWithoutFace]]: ...

    def describe_frames(self, frames: Sequence[FrameReading], /) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class SentFrame:
    """A frame of a challenge as it was sent; `step` and `at_ms` as in `models.liveness.frame.TimedFrame`."""

    step: int
    at_ms: int
    image: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sitting:
    """A selfie, and the frames that came with it in answer to a challenge of these steps."""

    selfie: bytes = field(repr=False)
    steps: tuple[str, ...]
    frames: tuple[SentFrame, ...]


@dataclass(frozen=True, slots=True)
class SeenFrame:
    """`phash` and `fingerprint` as in `models.liveness.frame.FrameReading`."""

    phash: int
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class SittingReading:
    """The selfie's reading, what its frames say, and what those with a face look like."""

    selfie: FaceReading
    liveness: ActiveLiveness
    frames: tuple[SeenFrame, ...] = ()


EngineFactory: TypeAlias = Callable[[], Engine]


@dataclass(frozen=True, slots=True)
class Ready:
    """The engine is loaded."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The picture is no readable picture of one face."""

    reason: Reason | Literal["no_face", "many_faces"]


@dataclass(frozen=True, slots=True)
class Failed:
    """Anything else was raised. What it says is told of a failed start only: later it may speak of a photo."""

    kind: str
    place: str
    text: str = ""


Asked: TypeAlias = bytes | Sitting
Answer: TypeAlias = FaceReading | SittingReading | Refused | Failed


class WorkerLost(Exception):  # noqa: N818 - says what happened
    """The process ended, or was ended because its time was up."""

    def __init__(self, reason: Literal["crashed", "deadline"]) -> None:
        super().__init__(reason)
        self.reason = reason


class Worker:
    """A started process. One thread uses it; `kill` and the properties are for any."""

    def __init__(self, factory: EngineFactory) -> None:
        self.ready = False
        self._late = False
        self._connection, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=work, args=(theirs, factory), name="hadir-worker", daemon=True)
        try:
            with _starting, _environment(ONE_THREAD):
                self._process.start()
        except BaseException:
            self._connection.close()
            raise
        finally:
            # With it open here too, the end of the process would not be seen.
            theirs.close()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def wait_until_ready(self) -> Failed | None:
        """None when the engine is loaded. Raises WorkerLost."""
        with self._within(START_DEADLINE_S):
            answer = self._connection.recv()
        if isinstance(answer, Failed):
            return answer
        self.ready = True
        return None

    def read(self, asked: Asked, deadline_s: float) -> Answer:
        """A picture gives a FaceReading, a sitting a SittingReading, or else why not.

        Raises WorkerLost; the worker is of no more use then.
        """
        with self._within(deadline_s):
            self._connection.send(asked)
            answer: Answer = self._connection.recv()
        return answer

    def stop(self) -> None:
        """End it: in order when it is idle, else by force."""
        self.ready = False
        self._connection.close()
        self._process.join(STOP_GRACE_S)
        self.kill()
        self._process.join()

    def kill(self) -> None:
        self._process.kill()

    @contextmanager
    def _within(self, deadline_s: float) -> Iterator[None]:
        """Kill the process when time is up: sending and receiving then end, wherever they hang."""
        watchdog = threading.Timer(deadline_s, self._kill_late)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield
        except Exception:
            # The pipe ended, or brought what is no answer.
            self.kill()
            raise WorkerLost("deadline" if self._late else "crashed") from None
        finally:
            watchdog.cancel()

    def _kill_late(self) -> None:
        self._late = True
        self.kill()


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """A child that is started inside has these; this process has what it had afterwards."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def work(connection: Connection, factory: EngineFactory) -> None:
    """The process: images in, answers out, until the pipe or the parent ends."""
    # Ctrl-C reaches every process of the terminal; the parent ends its workers in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    try:
        engine = factory()
    except Exception as error:
        connection.send(_failed(error, str(error)))
        return
    # Whoever asks the service for something must not wait for a photo that can.
    os.nice(NICENESS)
    with suppress(EOFError, OSError):
        connection.send(Ready())
        while True:
            connection.send(_answer(engine, connection.recv()))


def _end_with_the_parent() -> None:
    """Also when the parent is killed while an image is being read, which the pipe would show too late."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _answer(engine: Engine, asked: Asked) -> Answer:
    try:
        return engine.read(asked) if isinstance(asked, bytes) else _read_sitting(engine, asked)
    except BadImage as bad:
        return Refused(bad.reason)
    except NoFace:
        return Refused("no_face")
    except ManyFaces:
        return Refused("many_faces")
    except Exception as error:
        return _failed(error)


def _read_sitting(engine: Engine, sitting: Sitting) -> SittingReading:
    selfie, selfie_frame, readings = engine.read_sitting(
        sitting.selfie, [sent.image for sent in sitting.frames]
    )
    frames = [
        TimedFrame(sent.step, sent.at_ms, reading)
        for sent, reading in zip(sitting.frames, readings, strict=True)
    ]
    challenge = Challenge.of(sitting.steps)
    liveness = judge(challenge, selfie, selfie_frame, frames, engine.describe_frames)
    seen = [SeenFrame(one.phash, one.fingerprint) for one in readings if isinstance(one, FrameReading)]
    return SittingReading(selfie, liveness, tuple(seen))


def _failed(error: Exception, text: str = "") -> Failed:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return Failed(type(error).__qualname__, f"{Path(frame.filename).name}:{frame.lineno}", text)
