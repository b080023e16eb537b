"""The pool of processes that read faces. Networks are slow, hold memory, and may crash on a hostile image."""

import atexit
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from models.engine import FaceEngine, FaceReading, ManyFaces, NoFace
from models.image import BadImage
from service.inference_worker import (
    Answer,
    Asked,
    EngineFactory,
    Failed,
    Sitting,
    SittingReading,
    Worker,
    WorkerLost,
)
from service.storage_errors import EngineFailed, PoolFull

log = logging.getLogger(__name__)

IDLE_CHECK_S = 1.0
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
CLOSE_GRACE_S = 2.0
# Native libraries may lose a little memory on each image. Slots differ, so that not all restart at once.
RECYCLE_AFTER = 5000
RECYCLE_STAGGER = 250


@dataclass(eq=False, slots=True)
class _Job:
    asked: Asked
    future: Future[Any] = field(default_factory=Future)
    begun: bool = False
    lost_a_worker: bool = False


class InferencePool:
    """Images in, readings out. Safe for use by many threads.

    Each worker process has a thread here that feeds it, waits for it, and replaces it when it ends, hangs, or
    has served long enough. An image during which a worker ended is tried once more.
    """

    def __init__(
        self,
        encoders: Sequence[str],
        *,
        weights_dir: Path | None = None,
        pad_model: Path | None = None,
        workers: int,
        queue_limit: int,
        deadline_s: float,
        engine_factory: EngineFactory | None = None,
        recycle_after: int = RECYCLE_AFTER,
    ) -> None:
        """`queue_limit`: images that may wait. `engine_factory`: called in each worker, so it must pickle."""
        self._factory = engine_factory or partial(
            FaceEngine, tuple(encoders), weights_dir=weights_dir, minifasnet=pad_model
        )
        self._queue_limit = queue_limit
        self._deadline_s = deadline_s
        self._recycle_after = recycle_after
        self._waiting: deque[_Job] = deque()
        self._workers: dict[int, Worker] = {}
        self._open = False
        # Guards the three above.
        self._changed = threading.Condition()
        self._closing = threading.Event()
        # Loading is all computing: the first worker is ready sooner when not all of them load at once.
        self._loading = threading.BoundedSemaphore(max(1, workers // 2))
        self._threads = [
            threading.Thread(target=self._keep_a_worker, args=(slot,), name=f"worker-{slot}", daemon=True)
            for slot in range(workers)
        ]

    def start(self) -> None:
        """Start the workers, unless they have been; returns before they are loaded."""
        if self._open:
            return
        self._open = True
        # Before multiprocessing ends the processes itself, which would look like crashes.
        atexit.register(self.close)
        for thread in self._threads:
            thread.start()

    def submit(self, image: bytes) -> Future[FaceReading]:
        """The reading to come, or models.image.BadImage, models.engine.NoFace, ManyFaces, or EngineFailed.

        Raises
        ------
        PoolFull : as many images as may wait are waiting.
        EngineFailed : "closed": the pool is not started, or closed.
        """
        return self._submit(image)

    def submit_sitting(self, sitting: Sitting) -> Future[SittingReading]:
        """As `submit`, of a selfie with the frames of a challenge. They count as one image."""
        return self._submit(sitting)

    def _submit(self, asked: Asked) -> Future[Any]:
        job = _Job(asked)
        with self._changed:
            if not self._open:
                raise EngineFailed("closed")
            if len(self._waiting) >= self._queue_limit:
                raise PoolFull
            self._waiting.append(job)
            self._changed.notify()
        return job.future

    def ready(self) -> bool:
        """Whether a worker is loaded."""
        return self.alive_workers() > 0

    def alive_workers(self) -> int:
        return sum(worker.ready and worker.alive for worker in self._current())

    def pids(self) -> list[int]:
        """Of the processes that run, loaded or not."""
        return [worker.pid for worker in self._current() if worker.alive and worker.pid is not None]

    def close(self) -> None:
        """End the workers within seconds. What has no reading by then fails with EngineFailed "closed"."""
        atexit.unregister(self.close)
        with self._changed:
            self._open = False
            self._closing.set()
            self._changed.notify_all()
        self._fail_waiting("closed")
        running = [thread for thread in self._threads if thread.is_alive()]
        until = time.monotonic() + CLOSE_GRACE_S
        for thread in running:
            thread.join(max(0.0, until - time.monotonic()))
        for worker in self._current():
            worker.kill()
        for thread in running:
            thread.join()
        self._fail_waiting("closed")

    def _current(self) -> list[Worker]:
        with self._changed:
            return list(self._workers.values())

    # --- one thread a worker

    def _keep_a_worker(self, slot: int) -> None:
        failed_starts = 0
        images_left = self._recycle_after + slot * RECYCLE_STAGGER
        while not self._closing.is_set():
            worker = self._started(slot)
            if worker is None:
                if not self.ready():
                    self._fail_waiting("start_failed")
                self._closing.wait(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**failed_starts))
                failed_starts += 1
                continue
            failed_starts = 0
            self._serve(worker, images_left)
            self._remove(slot)
            images_left = self._recycle_after

    def _started(self, slot: int) -> Worker | None:
        with self._loading:
            return None if self._closing.is_set() else self._load(slot)

    def _load(self, slot: int) -> Worker | None:
        try:
            worker = Worker(self._factory)
        except Exception:
            log.exception("a worker process can't be started")
            return None
        with self._changed:
            self._workers[slot] = worker
            if self._closing.is_set():
                worker.kill()
        try:
            failed = worker.wait_until_ready()
        except WorkerLost as lost:
            failed = Failed("WorkerLost", "start", lost.reason)
        if failed is None:
            return worker
        if not self._closing.is_set():
            log.error("a worker did not start: %s at %s: %s", failed.kind, failed.place, failed.text)
        self._remove(slot)
        return None

    def _remove(self, slot: int) -> None:
        with self._changed:
            worker = self._workers[slot]
        worker.stop()
        with self._changed:
            del self._workers[slot]

    def _serve(self, worker: Worker, images: int) -> None:
        """Until the worker ends, has read so many images, or the pool closes."""
        while images > 0 and worker.alive and not self._closing.is_set():
            job = self._next_job()
            if job is None:
                continue
            if not worker.alive:
                # It ended while it was idle: not for this image.
                self._put_first(job)
                return
            images -= 1
            try:
                answer = worker.read(job.asked, self._deadline_s)
            except WorkerLost as lost:
                self._try_again(job, lost)
                return
            _settle(job, answer)

    def _next_job(self) -> _Job | None:
        """The next one that is still wanted; None when there was none for a while."""
        with self._changed:
            if not self._waiting:
                self._changed.wait(IDLE_CHECK_S)
            if not self._waiting or self._closing.is_set():
                return None
            job = self._waiting.popleft()
        if not job.begun and not job.future.set_running_or_notify_cancel():
            return None
        job.begun = True
        return job

    def _put_first(self, job: _Job) -> None:
        with self._changed:
            self._waiting.appendleft(job)
            self._changed.notify()

    def _try_again(self, job: _Job, lost: WorkerLost) -> None:
        if self._closing.is_set():
            _fail(job, "closed")
            return
        log.warning("a worker was lost while it read an image (%s) and is replaced", lost.reason)
        if job.lost_a_worker:
            _fail(job, lost.reason)
            return
        job.lost_a_worker = True
        self._put_first(job)

    def _fail_waiting(self, reason: str) -> None:
        with self._changed:
            jobs = list(self._waiting)
            self._waiting.clear()
        for job in jobs:
            _fail(job, reason)


def _settle(job: _Job, answer: Answer) -> None:
    if isinstance(answer, FaceReading | SittingReading):
        job.future.set_result(answer)
    elif isinstance(answer, Failed):
        log.error("the engine failed on an image: %s at %s", answer.kind, answer.place)
        job.future.set_exception(EngineFailed("error"))
    elif answer.reason == "no_face":
        job.future.set_exception(NoFace())
    elif answer.reason == "many_faces":
        job.future.set_exception(ManyFaces())
    else:
        job.future.set_exception(BadImage(answer.reason))


def _fail(job: _Job, reason: str) -> None:
    if job.begun or job.future.set_running_or_notify_cancel():
        job.future.set_exception(EngineFailed(reason))
