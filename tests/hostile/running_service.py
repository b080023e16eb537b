"""The service as it is run, in processes of its own, to be killed and started again on the same data."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path

START_WITHIN_S = 60.0
STOP_WITHIN_S = 20.0
ROOT = Path(__file__).resolve().parents[2]
# Every check-in of these tests comes from here.
HOST = "127.0.0.1"
MIB = 1024 * 1024
IDLE_S = 0.5


class RunningService:
    """`python -m service serve` on a free port. What it says goes to `log`."""

    def __init__(self, data_dir: Path, *, program: str = "service", **settings: object) -> None:
        self.data_dir = data_dir
        self.log = data_dir.with_name(f"{data_dir.name}.log")
        self.port = _free_port()
        self._program = program
        self._settings = {f"HADIR_{name.upper()}": str(value) for name, value in settings.items()}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._program, "serve"],
                cwd=ROOT,
                env=self._environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                # Signals of the terminal are for the tests.
                start_new_session=True,
            )

    def start_until_ready(self) -> float:
        """Start, and the seconds it took until check-ins are decided."""
        begun = time.monotonic()
        self.start()
        self.wait_until(lambda: self.health("ready") == 200)
        return time.monotonic() - begun

    def wait_until_all_workers_are_loaded(self, workers: int) -> None:
        """They load one after the other; the service is ready with the first. Loading is all computing."""
        self.wait_until(lambda: len(self.worker_pids()) == workers and self._workers_compute_nothing())

    def _workers_compute_nothing(self) -> bool:
        before = [_cpu_ticks(pid) for pid in self.worker_pids()]
        time.sleep(IDLE_S)
        return before == [_cpu_ticks(pid) for pid in self.worker_pids()]

    def wait_until(self, condition: Callable[[], bool], within_s: float = START_WITHIN_S) -> None:
        until = time.monotonic() + within_s
        while not condition():
            assert self.alive, f"the service ended:\n{self.log.read_text()}"
            assert time.monotonic() < until, f"not within {within_s} s:\n{self.log.read_text()[-4000:]}"
            time.sleep(0.02)

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill_9(self) -> None:
        """The web process dies at once; its workers notice and end."""
        assert self._process is not None
        workers = self.worker_pids()
        self._process.kill()
        self._process.wait()
        until = time.monotonic() + STOP_WITHIN_S
        while any(map(_runs, workers)):
            assert time.monotonic() < until, "workers outlive the service"
            time.sleep(0.02)

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def worker_pids(self) -> list[int]:
        """Of the processes that read faces, those that are loading included."""
        children = Path(f"/proc/{self.pid}/task").glob("*/children")
        found = {int(pid) for file in children for pid in file.read_text().split()}
        return sorted(pid for pid in found if b"spawn_main" in _command_line(pid))

    def signal_worker(self, pid: int, number: signal.Signals) -> None:
        assert pid in self.worker_pids()
        os.kill(pid, number)

    def memory_mib(self) -> float:
        """What the web process holds."""
        return memory_mib(self.pid)

    def health(self, which: str) -> int | None:
        """The status of /health/`which`; None when there is no answer."""
        connection = HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", f"/health/{which}")
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()

    def _environment(self) -> dict[str, str]:
        return plain_environment() | {
            "HADIR_DATA_DIR": str(self.data_dir),
            "HADIR_HOST": HOST,
            "HADIR_PORT": str(self.port),
            **self._settings,
        }


def plain_environment() -> dict[str, str]:
    """Without the variables of the tests, which the service would refuse as unknown settings.

    Bytecode is kept, as in every installation: without it each start compiles the program anew.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("HADIR_") and name != "PYTHONDONTWRITEBYTECODE"
    }


def memory_mib(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/statm").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / MIB


def _cpu_ticks(pid: int) -> int:
    """Of user and system, since its beginning: proc(5), fields 14 and 15."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
