"""A real browser with a fake camera, before the real service. Debian's Chromium: `apt-get install chromium`."""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect, sync_playwright

from tests.browser.camera_clip import write_clip
from tests.browser.looks import Looks
from tests.browser.office import Office
from tests.browser.running_server import RunningServer
from tests.conftest import BESIDE_THE_CHECKOUT

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 15_000
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)


@pytest.fixture(scope="session")
def camera_person(astronaut_png: bytes) -> tuple[bytes, bytes]:
    """A photo to enrol and the photo that the camera shows: two shots of one person where there are such."""
    portraits = Path(os.environ.get("HADIR_PORTRAITS", BESIDE_THE_CHECKOUT / "portraits"))
    people = sorted(portraits.iterdir()) if portraits.is_dir() else []
    if not people:
        return astronaut_png, astronaut_png
    return (people[0] / "smiling.jpg").read_bytes(), (people[0] / "neutral.jpg").read_bytes()


@pytest.fixture(scope="session")
def other_person(portraits_dir: Path) -> Path:
    return sorted(portraits_dir.iterdir())[1] / "neutral.jpg"


@pytest.fixture(scope="session")
def browser(
    camera_person: tuple[bytes, bytes], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    executable = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if executable is None:
        pytest.skip("needs Chromium; on Debian: apt-get install chromium")
    clip = tmp_path_factory.mktemp("camera") / "person.y4m"
    write_clip(camera_person[1], clip)
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        launched = playwright.chromium.launch(
            executable_path=executable, args=[*FLAGS, f"--use-file-for-fake-video-capture={clip}"]
        )
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def shared_server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("service")).ready() as running:
        yield running


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """One for all modules, since a start takes long; one of its own for a module marked `own_server`.

    That is for those to which other people matter: a face enrolled under another NIP would be a rival.
    """
    if request.node.get_closest_marker("own_server") is None:
        yield request.getfixturevalue("shared_server")
        return
    with RunningServer(tmp_path_factory.mktemp("service")).ready() as running:
        yield running


@pytest.fixture(scope="session")
def offices(browser: Browser) -> Callable[[RunningServer], Office]:
    """The administrator's first link of a server works once."""
    return cache(lambda server: Office(browser, server))


@pytest.fixture(scope="module")
def office(offices: Callable[[RunningServer], Office], server: RunningServer) -> Office:
    return offices(server)


@pytest.fixture
def new_page(browser: Browser, office: Office) -> Iterator[Callable[..., Page]]:
    """Opens a page on a phone, for nobody or for who is signed in; fails the test when its scripts failed."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(state: StorageState | None = None, locale: str = "id-ID", **options: object) -> Page:
        context = office.context(state, locale, **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Content Security" in said.text else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors


@pytest.fixture(scope="session")
def nips() -> Iterator[str]:
    """A new NIP whenever one is needed."""
    return (f"1985031220100{number:05d}" for number in itertools.count(1))


@pytest.fixture
def shoot(request: pytest.FixtureRequest) -> Looks:
    chosen = request.config.getoption("--screenshots")
    folder = Path(chosen) if chosen else None
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    return Looks(folder)
