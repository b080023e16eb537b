"""A running service for the tests that treat it badly, and how much of it they do."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.hostile.office import Office, make_office
from tests.hostile.running_service import RunningService
from tests.hostile.scale import SOAK, SUITE, Scale

EMPLOYEES = 40
WORKERS = 2
HERE = Path(__file__).parent

Report = Callable[[str], None]
_figures: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="try every bar of tests/hostile at full length")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    limit = pytest.mark.timeout(_scale(config).test_timeout_s)
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(limit)


def _scale(config: pytest.Config) -> Scale:
    # The option is known only when pytest was called for this folder.
    return SOAK if config.getoption("--soak", default=False) else SUITE


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What was reached, when these tests were asked for by themselves."""
    if config.getoption("--soak", default=None) is not None and _figures:
        terminalreporter.section("hostile input and faults")
        for line in _figures:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def report() -> Report:
    return _figures.append


@pytest.fixture(scope="session")
def scale(request: pytest.FixtureRequest) -> Scale:
    return _scale(request.config)


@pytest.fixture(scope="session")
def selfie(astronaut_png: bytes) -> bytes:
    """A real face as a phone sends it, about 20 kB."""
    with Image.open(io.BytesIO(astronaut_png)) as portrait:
        out = io.BytesIO()
        portrait.convert("RGB").resize((320, 320)).save(out, "JPEG", quality=80)
        return out.getvalue()


@pytest.fixture
def new_office(tmp_path: Path) -> Office:
    """Where nothing has happened yet."""
    return make_office(tmp_path / "data", EMPLOYEES)


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return make_office(tmp_path_factory.mktemp("office") / "data", EMPLOYEES)


@pytest.fixture(scope="session")
def service(office: Office) -> Iterator[RunningService]:
    """One for all tests that leave it running."""
    running = RunningService(office.data_dir, workers=WORKERS)
    try:
        running.start_until_ready()
        running.wait_until_all_workers_are_loaded(WORKERS)
        yield running
    finally:
        running.stop()
