"""A running service for the tests that treat it badly, and how much of it they do."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.hostile.office import Office, make_office
from tests.hostile.running_service import RunningService
from tests.hostile.scale import SOAK, SUITE, Scale

EMPLOYEES = 40
WORKERS = 2
HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    limit = pytest.mark.timeout((SOAK if config.getoption("--soak") else SUITE).test_timeout_s)
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(limit)


@pytest.fixture(scope="session")
def scale(soak: bool) -> Scale:
    return SOAK if soak else SUITE


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
