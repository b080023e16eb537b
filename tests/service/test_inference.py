import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import fields
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.engine import FaceEngine, FaceReading, ManyFaces, NoFace
from models.image import BadImage
from models.liveness.frame import FrameReading, FrameWithoutFace
from models.liveness.passive import PassiveLiveness
from models.quality import Quality
from service.inference import InferencePool
from service.inference_worker import SentFrame, Sitting
from service.storage_errors import EngineFailed, PoolFull
from tests.models.liveness.made_up_heads import HEAD, frame_of, seen

SOON_S = 30
CHECKOUT = Path(__file__).resolve().parents[2]


class ObedientEngine:
    """Does what its images say."""

    def read_sitting(
        self, selfie: bytes, frames: Sequence[bytes], /
    ) -> tuple[FaceReading, FrameReading, list[FrameReading | FrameWithoutFace]]:
        return self.read(selfie), frame_of(seen(HEAD)), [FrameWithoutFace("no_face") for _ in frames]

    def describe_frames(self, frames: Sequence[FrameReading], /) -> NDArray[np.float32]:
        return np.zeros((len(frames), 128), np.float32)

    def read(self, data: bytes, /) -> FaceReading:
        order, _, path = data.decode().partition(" ")
        match order:
            case "crash":
                os.kill(os.getpid(), signal.SIGKILL)
            case "crash-once" if not Path(path).exists():
                Path(path).touch()
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                Path(path).touch()
                time.sleep(3600)
            case "hang-once" if not Path(path).exists():
                Path(path).touch()
                time.sleep(3600)
            case "damaged":
                raise BadImage("damaged")
            case "nobody":
                raise NoFace
            case "crowd":
                raise ManyFaces
            case "bug":
                raise LookupError("197001011990031001")
        return FaceReading(
            box=np.zeros(4, np.int32),
            points=np.zeros((68, 2), np.float32),
            descriptor=np.arange(256, dtype=np.float32),
            quality=Quality(**{field.name: 0.0 for field in fields(Quality)}),
            liveness=PassiveLiveness(**{field.name: 0.0 for field in fields(PassiveLiveness)}),
            encoders=os.environ.get("OMP_NUM_THREADS", ""),
            sha256=str(os.getpid()),
            phash=0,
            fingerprint=np.zeros((6, 4), np.uint64),
        )


def broken_engine(beyond_repair: Path) -> ObedientEngine:
    if beyond_repair.exists():
        raise RuntimeError("a weight file is missing")
    return ObedientEngine()


def crashing_start() -> ObedientEngine:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def make_pool(
    *,
    factory: Callable[[], ObedientEngine] = ObedientEngine,
    workers: int = 1,
    queue_limit: int = 8,
    deadline_s: float = SOON_S,
    recycle_after: int = 1000,
) -> InferencePool:
    return InferencePool(
        ("sface", "dlib"),
        workers=workers,
        queue_limit=queue_limit,
        deadline_s=deadline_s,
        engine_factory=factory,
        recycle_after=recycle_after,
    )


@contextmanager
def running(pool: InferencePool) -> Iterator[InferencePool]:
    pool.start()
    try:
        yield pool
    finally:
        pool.close()


def eventually(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + SOON_S
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def result(future: Future[FaceReading]) -> FaceReading:
    return future.result(SOON_S)


def failure(future: Future[FaceReading]) -> BaseException | None:
    return future.exception(SOON_S)


@pytest.fixture(scope="module")
def calm() -> Iterator[InferencePool]:
    """For tests that leave the workers as they were."""
    with running(make_pool(workers=2)) as pool:
        eventually(lambda: pool.alive_workers() == 2)
        yield pool


# --- answers


def test_a_reading_comes_back_whole(calm: InferencePool) -> None:
    reading = result(calm.submit(b"ok"))
    assert reading.descriptor.dtype == np.float32
    assert reading.descriptor.tolist() == list(range(256))


def test_a_sitting_gives_the_selfies_reading_and_what_its_frames_say(calm: InferencePool) -> None:
    frames = (SentFrame(0, 900, b"a frame"),)
    reading = calm.submit_sitting(Sitting(b"fine", ("left", "right", "left"), frames)).result(SOON_S)
    assert reading.selfie.descriptor[1] == 1
    assert (reading.liveness.verdict, reading.liveness.reasons) == ("missing", ("frames_missing",))


def test_a_sitting_whose_selfie_shows_nobody_is_refused_like_it(calm: InferencePool) -> None:
    future = calm.submit_sitting(Sitting(b"nobody", ("left", "right", "left"), ()))
    assert isinstance(future.exception(SOON_S), NoFace)


def test_a_worker_is_another_process_with_one_thread_a_library(calm: InferencePool) -> None:
    reading = result(calm.submit(b"ok"))
    assert int(reading.sha256) in calm.pids()
    assert os.getpid() not in calm.pids()
    assert reading.encoders == "1"


def test_starting_workers_leaves_this_process_its_environment() -> None:
    before = dict(os.environ)
    with running(make_pool()) as pool:
        eventually(pool.ready)
        assert dict(os.environ) == before


@pytest.mark.parametrize(("image", "kind"), [(b"nobody", NoFace), (b"crowd", ManyFaces)])
def test_a_picture_of_none_or_many_is_told_as_such(
    calm: InferencePool, image: bytes, kind: type[Exception]
) -> None:
    assert type(failure(calm.submit(image))) is kind


def test_a_bad_image_keeps_its_reason(calm: InferencePool) -> None:
    bad = failure(calm.submit(b"damaged"))
    assert isinstance(bad, BadImage)
    assert bad.reason == "damaged"


def test_another_error_is_told_by_kind_and_place_only(
    calm: InferencePool, caplog: pytest.LogCaptureFixture
) -> None:
    failed = failure(calm.submit(b"bug"))
    assert isinstance(failed, EngineFailed)
    assert failed.reason == "error"
    assert "LookupError at test_inference.py:" in caplog.text
    assert "1970" not in caplog.text


def test_images_are_read_by_all_workers(calm: InferencePool) -> None:
    readings: set[str] = set()

    def both_were_seen() -> bool:
        readings.update(result(future).sha256 for future in [calm.submit(b"ok") for _ in range(4)])
        return len(readings) == 2

    eventually(both_were_seen)


# --- crashes and hangs


def test_a_worker_that_crashes_is_replaced_and_its_image_read(tmp_path: Path) -> None:
    with running(make_pool()) as pool:
        first = result(pool.submit(b"ok")).sha256
        assert result(pool.submit(f"crash-once {tmp_path / 'crashed'}".encode())).sha256 != first


def test_an_image_that_crashes_two_workers_fails_and_the_next_is_read() -> None:
    with running(make_pool()) as pool:
        crashed, after = pool.submit(b"crash"), pool.submit(b"ok")
        failed = failure(crashed)
        assert isinstance(failed, EngineFailed)
        assert failed.reason == "crashed"
        result(after)


def test_a_worker_that_hangs_is_replaced_and_its_image_read(tmp_path: Path) -> None:
    with running(make_pool(deadline_s=2)) as pool:
        first = result(pool.submit(b"ok")).sha256
        assert result(pool.submit(f"hang-once {tmp_path / 'hung'}".encode())).sha256 != first
        assert gone(int(first))


def test_an_image_that_hangs_two_workers_fails(tmp_path: Path) -> None:
    with running(make_pool(deadline_s=0.5)) as pool:
        failed = failure(pool.submit(f"hang {tmp_path / 'hung'}".encode()))
        assert isinstance(failed, EngineFailed)
        assert failed.reason == "deadline"


def test_an_image_in_work_survives_the_killing_of_its_worker(tmp_path: Path) -> None:
    started = tmp_path / "started"
    with running(make_pool()) as pool:
        future = pool.submit(f"hang-once {started}".encode())
        eventually(started.exists)
        os.kill(pool.pids()[0], signal.SIGKILL)
        result(future)


def test_a_worker_stopped_by_a_signal_is_replaced_even_while_a_large_image_is_sent() -> None:
    with running(make_pool(deadline_s=2)) as pool:
        stopped = int(result(pool.submit(b"ok")).sha256)
        os.kill(stopped, signal.SIGSTOP)
        result(pool.submit(b"ok " + b"x" * 5_000_000))
        assert gone(stopped)


def test_an_idle_worker_that_is_killed_is_replaced_without_being_asked() -> None:
    with running(make_pool()) as pool:
        eventually(pool.ready)
        killed = pool.pids()[0]
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: pool.ready() and killed not in pool.pids())


def test_images_sent_to_killed_idle_workers_lose_no_try(caplog: pytest.LogCaptureFixture) -> None:
    with running(make_pool()) as pool:
        for _ in range(3):
            eventually(pool.ready)
            os.kill(pool.pids()[0], signal.SIGKILL)
            eventually(lambda: not pool.ready())
            result(pool.submit(b"ok"))
    assert "was lost while it read" not in caplog.text


def test_a_worker_that_has_served_long_is_replaced() -> None:
    with running(make_pool(recycle_after=2)) as pool:
        pids = [result(pool.submit(b"ok")).sha256 for _ in range(5)]
        assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]


def test_ctrl_c_does_not_reach_a_worker() -> None:
    with running(make_pool()) as pool:
        pid = int(result(pool.submit(b"ok")).sha256)
        os.kill(pid, signal.SIGINT)
        assert int(result(pool.submit(b"ok")).sha256) == pid


# --- the queue


def test_a_full_queue_refuses_at_once(tmp_path: Path) -> None:
    started = tmp_path / "started"
    with running(make_pool(queue_limit=2)) as pool:
        pool.submit(f"hang {started}".encode())
        eventually(started.exists)
        pool.submit(b"ok")
        pool.submit(b"ok")
        with pytest.raises(PoolFull):
            pool.submit(b"ok")


def test_an_image_that_is_no_longer_wanted_is_not_read(tmp_path: Path) -> None:
    started, unwanted = tmp_path / "started", tmp_path / "unwanted"
    with running(make_pool(deadline_s=2)) as pool:
        pool.submit(f"hang-once {started}".encode())
        eventually(started.exists)
        future = pool.submit(f"hang {unwanted}".encode())
        assert future.cancel()
        result(pool.submit(b"ok"))
        assert not unwanted.exists()


# --- starting


def test_a_pool_that_is_not_started_reads_nothing() -> None:
    with pytest.raises(EngineFailed):
        make_pool().submit(b"ok")


def test_a_pool_is_ready_once_a_worker_is_loaded() -> None:
    pool = make_pool()
    assert not pool.ready()
    with running(pool):
        eventually(pool.ready)
        assert pool.alive_workers() == 1
    assert not pool.ready()
    assert pool.pids() == []


def test_engines_that_do_not_load_fail_what_waits_until_they_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    beyond_repair = tmp_path / "beyond-repair"
    beyond_repair.touch()
    with running(make_pool(factory=partial(broken_engine, beyond_repair))) as pool:
        failed = failure(pool.submit(b"ok"))
        assert isinstance(failed, EngineFailed)
        assert failed.reason == "start_failed"
        assert "RuntimeError at test_inference.py" in caplog.text
        assert "a weight file is missing" in caplog.text
        beyond_repair.unlink()
        eventually(pool.ready)
        result(pool.submit(b"ok"))


def test_failing_starts_are_tried_again_at_growing_intervals(caplog: pytest.LogCaptureFixture) -> None:
    with running(make_pool(factory=crashing_start)):
        eventually(lambda: caplog.text.count("did not start") == 2)
        moments = [record.created for record in caplog.records if "did not start" in record.message]
        time.sleep(1)
        assert moments[1] - moments[0] > 1
        assert caplog.text.count("did not start") == 2


# --- closing


def test_closing_fails_what_waits_and_what_does_not_end_within_seconds(tmp_path: Path) -> None:
    started = tmp_path / "started"
    with running(make_pool()) as pool:
        futures = [pool.submit(f"hang {started}".encode()), *(pool.submit(b"ok") for _ in range(3))]
        eventually(started.exists)
        pids = pool.pids()
        begun = time.monotonic()
        pool.close()
        assert time.monotonic() - begun < 6
        wait(futures, 0)
        for future in futures:
            failed = failure(future)
            assert isinstance(failed, EngineFailed)
            assert failed.reason == "closed"
    assert all(gone(pid) for pid in pids)


def test_closing_lets_an_image_in_work_be_finished() -> None:
    with running(make_pool(factory=SlowEngine)) as pool:
        eventually(pool.ready)
        future = pool.submit(b"ok")
        eventually(future.running)
        pool.close()
        assert future.exception(0) is None


class SlowEngine(ObedientEngine):
    def read(self, data: bytes, /) -> FaceReading:
        time.sleep(0.5)
        return super().read(data)


def test_a_pool_may_be_closed_twice_before_it_has_loaded_and_without_a_start() -> None:
    pool = make_pool(workers=2)
    pool.close()
    pool = make_pool(workers=2)
    pool.start()
    pool.close()
    pool.close()
    with pytest.raises(EngineFailed):
        pool.submit(b"ok")


ABANDON = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from tests.service.test_inference import make_pool
if __name__ == "__main__":
    pool = make_pool(workers=2)
    pool.start()
    while pool.alive_workers() < 2:
        time.sleep(0.01)
    pool.submit(f"hang {sys.argv[2]}".encode())
    while not os.path.exists(sys.argv[2]):
        time.sleep(0.01)
    print(*pool.pids(), flush=True)
    if sys.argv[3] == "wait":
        time.sleep(3600)
"""


@contextmanager
def program_with_a_pool(folder: Path, then: str) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    script = folder / "program.py"
    script.write_text(ABANDON)
    command = [sys.executable, str(script), str(CHECKOUT), str(folder / "hung"), then]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        try:
            yield program, [int(pid) for pid in program.stdout.readline().split()]
        finally:
            program.kill()


def test_no_worker_outlives_a_killed_parent_not_even_one_at_work(tmp_path: Path) -> None:
    with program_with_a_pool(tmp_path, "wait") as (program, pids):
        assert len(pids) == 2
        assert not any(gone(pid) for pid in pids)
        program.kill()
        eventually(lambda: all(gone(pid) for pid in pids))


def test_a_program_that_ends_without_closing_its_pool_ends_quietly(tmp_path: Path) -> None:
    with program_with_a_pool(tmp_path, "end") as (program, pids):
        assert program.wait(SOON_S) == 0
        assert program.stderr is not None
        assert program.stderr.read() == ""
        eventually(lambda: all(gone(pid) for pid in pids))


# --- the real engine


def test_the_face_engine_reads_the_same_in_a_worker(astronaut_png: bytes, engine: FaceEngine) -> None:
    pool = InferencePool(("sface", "dlib"), workers=1, queue_limit=1, deadline_s=SOON_S)
    with running(pool):
        reading = result(pool.submit(astronaut_png))
    assert reading.encoders == engine.version
    assert np.allclose(reading.descriptor, engine.read(astronaut_png).descriptor, atol=1e-5)
