import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select, update

from service import wiring
from service.cli import main
from service.db.tables import Template
from service.settings import Settings
from service.wiring import Services
from tests.service.made_up import add_employee, enrol, unit_vector


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """A service that runs while the commands do: it has read its keys, and nobody tells it anything."""
    monkeypatch.setenv("HADIR_DATA_DIR", str(tmp_path / "data"))
    with closing(wiring.build(Settings(data_dir=tmp_path / "data", workers=1))) as services:
        now = services.clock()
        employee_id = add_employee(services.db, "1", now)
        enrol(services.db, services.ring, employee_id, unit_vector(1), now)
        services.evidence.put("photos/2026/11/24/one/0", b"a face")
        yield services


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=typed)


def test_keys_are_rotated_under_a_service_that_runs(services: Services) -> None:
    before = services.ring.current
    done = run("keys", "rotate", "--json")
    assert done.exit_code == 0
    report = json.loads(done.stdout)
    assert report["resealed"] == {"template": 1, "evidence": 1}
    assert report["dropped"] == [before.hex()]
    assert services.ring.current.hex() == report["current"]
    assert services.evidence.get("photos/2026/11/24/one/0") == b"a face"
    with services.gallery.reading() as gallery:
        assert gallery.verify(1, unit_vector(1)) == pytest.approx(1)


def test_what_can_not_be_opened_is_named_and_fails_the_command(services: Services) -> None:
    with services.db.write() as session:
        sealed = session.scalars(select(Template.vectors)).one()
        session.execute(update(Template).values(vectors=sealed[:-1]))
    done = run("keys", "rotate")
    assert done.exit_code == 1
    assert "template" in done.stdout
    assert "Sealed anew" in done.stdout


def test_an_erasure_asks_first(services: Services) -> None:
    done = run("erase", "1", typed="n\n")
    assert done.exit_code == 1
    assert "Pegawai 1, NIP 1" in done.stderr
    with services.gallery.reading() as gallery:
        assert 1 in gallery


def test_an_erasure_that_is_confirmed_is_done(services: Services) -> None:
    done = run("erase", "1", "--yes", "--json")
    assert done.exit_code == 0
    erased = json.loads(done.stdout)
    assert erased["removed"]["templates"] == 1
    assert erased["purged"]
    with services.gallery.reading() as gallery:
        assert 1 not in gallery


def test_nobody_unknown_is_erased(services: Services) -> None:
    done = run("erase", "404", "--yes")
    assert done.exit_code == 1
    assert done.stderr == "Error: There is no employee with this NIP.\n"


def test_retention_says_what_it_removed(services: Services) -> None:
    done = run("retention", "run", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["orphans"] == 0
    assert "Removed: 0 images of 0 check-ins" in run("retention", "run", "--rebuild").stdout


def test_a_lost_key_file_stops_every_command_with_one_line(services: Services) -> None:
    (services.settings.keys_dir / "keys.json").unlink()
    done = run("gallery", "stats")
    assert done.exit_code == 1
    assert "keys.json is missing" in done.stderr
    assert done.stderr.count("\n") == 1
