"""Real photos for every test: the shared data sets where they exist, one packaged portrait everywhere."""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.workermanage import WorkerController

from models.engine import FaceEngine

BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[2] / "shared"

# Of each property; the customary hundred otherwise.
SOAK_EXAMPLES = 2_000

Report = Callable[[str], None]
_figures: list[str] = []
FIGURES = "figures"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", metavar="DIR", help="save what the pages look like to this folder")
    parser.addoption("--soak", action="store_true", help="try every bar at its full length, for hours")


def pytest_configure(config: pytest.Config) -> None:
    # Of a machine that does other things too no single example says how long it takes.
    settings.register_profile("suite", deadline=None)
    settings.register_profile("soak", deadline=None, max_examples=SOAK_EXAMPLES)
    settings.load_profile("soak" if config.getoption("--soak") else "suite")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process that runs a part of the tests hands its figures to the one that prints the summary."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[FIGURES] = _figures


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    _figures.extend(getattr(node, "workeroutput", {}).get(FIGURES, ()))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Tests run in several processes at once; one marked `alone` waits for the others, and they for it.

    With what is set up for them: a server that starts would spoil a measurement as much as a test does.
    """
    run = getattr(item.config, "workerinput", {}).get("testrunuid")
    if run is None:
        return (yield)
    how = fcntl.LOCK_SH if item.get_closest_marker("alone") is None else fcntl.LOCK_EX
    locks = Path(tempfile.gettempdir()) / f"hadir-tests-{run}"
    with _held(locks.with_suffix(".door"), fcntl.LOCK_EX) as door, _held(locks.with_suffix(".room"), how):
        # Whoever waits for the room alone keeps the door, so that nobody enters before.
        fcntl.flock(door, fcntl.LOCK_UN)
        return (yield)


@contextmanager
def _held(path: Path, how: int) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield descriptor
    finally:
        os.close(descriptor)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _figures:
        terminalreporter.section("figures")
        for line in _figures:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def report() -> Report:
    """Takes a line with what was reached, for the end of the run."""
    return _figures.append


@pytest.fixture(scope="session")
def soak(request: pytest.FixtureRequest) -> bool:
    """Whether every bar is to be tried at its full length."""
    return bool(request.config.getoption("--soak"))


def _data_set(variable: str, name: str) -> Path:
    folder = Path(os.environ.get(variable, BESIDE_THE_CHECKOUT / name))
    if not folder.is_dir():
        pytest.skip(f"needs real photos: set {variable} to a folder laid out like the {name} data set")
    return folder


@pytest.fixture(scope="session")
def faces_dir() -> Path:
    return _data_set("HADIR_FACES", "faces")


@pytest.fixture(scope="session")
def spoof_dir() -> Path:
    return _data_set("HADIR_SPOOF", "spoof")


@pytest.fixture(scope="session")
def portraits_dir() -> Path:
    return _data_set("HADIR_PORTRAITS", "portraits")


@pytest.fixture(scope="session")
def poses_dir() -> Path:
    return _data_set("HADIR_POSES", "poses")


@pytest.fixture(scope="session")
def astronaut_png() -> bytes:
    """A 512x512 portrait that scikit-image ships: one frontal face."""
    package = find_spec("skimage")
    assert package is not None
    assert package.origin is not None
    return (Path(package.origin).parent / "data" / "astronaut.png").read_bytes()


@pytest.fixture(scope="session")
def engine() -> FaceEngine:
    return FaceEngine()
