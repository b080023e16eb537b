"""A whole check-in over a village's link: 64 kbit/s and 600 ms there and back, with a real face before the camera.

`python -m benchmarks.weak_link` starts the service and Chromium, narrows its network, opens the check-in page with
nothing in the cache, checks in with all movements, and then once more with what is in the cache by now. Prints
bytes and seconds, and writes benchmarks/results/weak_link.json.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, CDPSession, Request, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.machine import describe
from service.demo import astronaut
from tests.browser.camera_clip import write_clip
from tests.browser.conftest import CHROMIUM_NAMES, FLAGS
from tests.browser.office import Office
from tests.browser.running_server import RunningServer

RESULTS: Final = Path(__file__).parent / "results" / "weak_link.json"
PORTRAITS: Final = "HADIR_PORTRAITS"
UPLOAD: Final = "/api/checkins"
NIP: Final = "198503122010000001"

LINK_BIT_PER_S: Final = 64_000
ROUND_TRIP_MS: Final = 600
BARS: Final = {"page_bytes": 60_000, "upload_bytes": 150_000, "check_in_s": 30.0}
PATIENCE_MS: Final = 120_000


class Traffic:
    """What comes over the link, headers included, as Chromium counts it."""

    def __init__(self, network: CDPSession) -> None:
        self._addresses: dict[str, str] = {}
        self._bytes: dict[str, int] = {}
        network.on("Network.requestWillBeSent", self._asked)
        network.on("Network.loadingFinished", self._came)
        network.send("Network.enable")

    def _asked(self, event: dict[str, Any]) -> None:
        self._addresses[event["requestId"]] = event["request"]["url"]

    def _came(self, event: dict[str, Any]) -> None:
        self._bytes[event["requestId"]] = int(event["encodedDataLength"])

    def of_the_page(self) -> list[int]:
        """Bytes of every request that went over the link, but for the check-in itself."""
        return [
            size
            for request, size in self._bytes.items()
            if size > 0 and UPLOAD not in self._addresses.get(request, "")
        ]


@dataclass(frozen=True, slots=True)
class Visit:
    """`check_in_s`: from the opening of the address to the result, the button pressed as soon as it is there.

    ready_s : until then. movements_s : from the press to the beginning of the upload, the person's own time.
    """

    cache: str
    page_bytes: int
    page_requests: int
    upload_bytes: int
    ready_s: float
    movements_s: float
    upload_and_answer_s: float
    check_in_s: float
    result: str


def is_upload(request: Request) -> bool:
    return request.method == "POST" and UPLOAD in request.url


def narrow(network: CDPSession) -> None:
    """The link of a village."""
    byte_per_s = LINK_BIT_PER_S / 8
    network.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": ROUND_TRIP_MS,
            "downloadThroughput": byte_per_s,
            "uploadThroughput": byte_per_s,
        },
    )


def visit(context: BrowserContext, cache: str) -> Visit:
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    network = context.new_cdp_session(page)
    traffic = Traffic(network)
    narrow(network)
    began = time.perf_counter()
    page.goto("/checkin", wait_until="commit")
    page.locator("#shoot:enabled").wait_for()
    ready = time.perf_counter()
    with page.expect_request(is_upload) as uploading:
        page.locator("#shoot").click()
    uploads = time.perf_counter()
    page.locator("#result").wait_for()
    done = time.perf_counter()
    sizes = traffic.of_the_page()
    made = Visit(
        cache=cache,
        page_bytes=sum(sizes),
        page_requests=len(sizes),
        upload_bytes=int(uploading.value.all_headers()["content-length"]),
        ready_s=round(ready - began, 2),
        movements_s=round(uploads - ready, 2),
        upload_and_answer_s=round(done - uploads, 2),
        check_in_s=round(done - began, 2),
        result=str(page.locator("#result").get_attribute("data-status")),
    )
    page.close()
    return made


def visits(browser: Browser, server: RunningServer, enrolled: bytes) -> list[Visit]:
    """With an empty cache, and with what the first visit has left in it."""
    office = Office(browser, server)
    context = office.context(office.employee(NIP, "Siti Rahmawati", enrolled))
    made = [visit(context, "empty"), visit(context, "filled")]
    context.close()
    return made


def failures(made: list[Visit]) -> list[str]:
    """The bars that were missed."""
    return [
        f"{name}, cache {one.cache}: {getattr(one, name)} > {bar}"
        for one in made
        for name, bar in BARS.items()
        if getattr(one, name) > bar
    ]


def show(made: list[Visit]) -> None:
    table = Table(
        "cache", "page, bytes", "requests", "upload, bytes", "button, s", "movements, s", "sent, s", "all, s"
    )
    for one in made:
        cells = (
            one.cache,
            one.page_bytes,
            one.page_requests,
            one.upload_bytes,
            one.ready_s,
            one.movements_s,
            one.upload_and_answer_s,
            one.check_in_s,
        )
        table.add_row(*map(str, cells))
    Console().print(table)


def photos() -> tuple[bytes, bytes]:
    """To enrol, and for the camera: two photos of one person where there are such."""
    folder = os.environ.get(PORTRAITS)
    if folder is None:
        (portrait,) = astronaut()
        assert portrait.probe is not None
        return portrait.enrolled_by[0].read(), portrait.probe.read()
    person = min(Path(folder).iterdir())
    return (person / "smiling.jpg").read_bytes(), (person / "neutral.jpg").read_bytes()


def main() -> int:
    """Exit code 1 when a bar was missed."""
    enrolled, before_the_camera = photos()
    executable = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if executable is None:
        sys.exit("needs Chromium; on Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        clip = Path(folder) / "person.y4m"
        write_clip(before_the_camera, clip)
        with (
            RunningServer(Path(folder)).ready() as server,
            playwright.chromium.launch(
                executable_path=executable, args=[*FLAGS, f"--use-file-for-fake-video-capture={clip}"]
            ) as browser,
        ):
            made = visits(browser, server, enrolled)
    show(made)
    missed = failures(made)
    report = {
        "machine": describe("playwright"),
        "link": {"bit_per_s": LINK_BIT_PER_S, "round_trip_ms": ROUND_TRIP_MS},
        "bars": BARS,
        "visits": [asdict(one) for one in made],
        "missed": missed,
    }
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")
    print("\n".join(missed) or "all within the bars")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
