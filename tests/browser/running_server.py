"""The real service in its own process, on a free port, with an empty data directory."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

START_WITHIN_S = 60
STOP_WITHIN_S = 20
ROOT = Path(__file__).resolve().parents[2]


class RunningServer:
    def __init__(self, data_dir: Path) -> None:
        self.url = f"http://127.0.0.1:{_free_port()}"
        self.lines: list[str] = []
        self._link = threading.Event()
        port = self.url.rpartition(":")[2]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HADIR_")}
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "service", "serve", "--port", port],
            cwd=ROOT,
            env=environment | {"HADIR_DATA_DIR": str(data_dir), "HADIR_WORKERS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def setup_link(self) -> str:
        """The administrator's one-time link, printed at the first start."""
        if not self._link.wait(START_WITHIN_S):
            raise TimeoutError("no set-up link was printed:\n" + "".join(self.lines))
        found = re.search(r"https?://\S+(/setup/\S+)", "".join(self.lines))
        assert found is not None
        return self.url + found.group(1)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_WITHIN_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/health/ready", timeout=5):
                    return
            except (URLError, ConnectionError, TimeoutError):
                time.sleep(0.2)
        raise TimeoutError("the service is not ready:\n" + "".join(self.lines))

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line)
            if "/setup/" in line:
                self._link.set()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
