"""The real service in its own process, on a free port, with an empty data folder."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar
from urllib.error import URLError

START_WITHIN_S = 60
STOP_WITHIN_S = 20
ROOT = Path(__file__).resolve().parents[2]


class RunningServer:
    """`by_url`: all that were started, for what is read from a page's requests."""

    by_url: ClassVar[dict[str, "RunningServer"]] = {}

    def __init__(self, folder: Path, **settings: str) -> None:
        """`settings`: further environment variables."""
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.by_url[self.url] = self
        self.keys_dir = folder / "data" / "keys"
        self.database = folder / "data" / "hadir.db"
        self._log = folder / "log"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HADIR_")}
        chosen = {"HADIR_DATA_DIR": str(folder / "data"), "HADIR_PORT": str(port), "HADIR_WORKERS": "1"}
        self._environment = inherited | chosen | settings
        self.start()

    def start(self) -> None:
        """Also again, after it was killed: on the same port, with what it had."""
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-u", "-m", "service", "serve"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def setup_link(self) -> str:
        """The administrator's one-time link; the first start prints it before the service is ready."""
        printed = re.search(rf"{self.url}/setup/\S+", self._log.read_text())
        assert printed is not None, self._log.read_text()
        return printed.group()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_WITHIN_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/health/ready", timeout=5):
                    return
            except (URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
        raise TimeoutError(f"the service is not ready:\n{self._log.read_text()}")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    @contextmanager
    def ready(self) -> Iterator["RunningServer"]:
        """Itself, once it serves; stopped at the end."""
        try:
            self.wait_until_ready()
            yield self
        finally:
            self.stop()

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
