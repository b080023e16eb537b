import io
import zipfile
from pathlib import Path

import pytest

from models.engine import FaceEngine
from service.consent import TEXTS, Consented
from service.crypto import KeyRing
from service.db.session import Database
from service.db.tables import Checkin
from service.enrolment import Enrolment
from service.evidence import EvidenceStore
from service.gallery_sync import GallerySync
from service.own_data import OwnDevice, as_zip, own_data, own_images
from service.position_evidence import note_device
from service.sites import add_site
from service.workplaces import assign
from tests.service.album import Album
from tests.service.conftest import FakeClock
from tests.service.made_up import ENCODERS, add_employee, faultless_reading, unit_vector
from tests.service.org_tree import plant
from tests.service.sent import PHONE, received


@pytest.fixture
def siti(
    db: Database,
    ring: KeyRing,
    evidence: EvidenceStore,
    clock: FakeClock,
    engine: FaceEngine,
    astronaut_png: bytes,
) -> int:
    """Enrolled by two photos, and checked in once."""
    reading = engine.read(astronaut_png)
    album = Album(faultless_reading(reading.quality, reading.liveness))
    employee_id = add_employee(db, "1", clock())
    photos = [album.photo(letter, unit_vector(1)) for letter in "ab"]
    enrolment = Enrolment(db, ring, evidence, album, GallerySync(db, ring, ENCODERS))
    enrolment.enrol("1", photos, by=None, consent=Consented("en"), now=clock())
    evidence.put("checkins/1/selfie", astronaut_png)
    with db.write() as session:
        session.add(
            Checkin(
                id="one",
                employee_id=employee_id,
                kind="in",
                captured_at=clock(),
                received_at=clock(),
                counted_at=clock(),
                status="review",
                reasons=["no_liveness"],
                selfie_key="checkins/1/selfie",
                selfie_sha256="0" * 64,
                frame_keys=[],
                meta={"position": {"lat": -6.5, "lon": 106.7, "accuracy_m": 18.0}},
                findings={"similarity": 0.8},
            )
        )
    return employee_id


def zip_of(db: Database, evidence: EvidenceStore, employee_id: int) -> dict[str, bytes]:
    content = b"".join(as_zip({"nip": "1"}, own_images(db, employee_id), evidence))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_is_everything_that_is_stored(db: Database, siti: int, clock: FakeClock) -> None:
    data = own_data(db, siti)
    assert (data.nip, data.name, data.photos) == ("1", "Pegawai 1", 2)
    assert [(one.encoders.split(",")[0], one.photos) for one in data.templates] == [("sface", 2)]
    (consent,) = data.consents
    assert (consent.text, consent.given_at, consent.withdrawn_at) == (TEXTS["1"], clock(), None)
    (checkin,) = data.checkins
    assert (checkin.status, checkin.position) == ("review", {"lat": -6.5, "lon": 106.7, "accuracy_m": 18.0})


def test_it_is_where_one_works_and_with_which_phones_one_checked_in(
    db: Database, siti: int, clock: FakeClock
) -> None:
    plant(db, {"DESA": None}, clock())
    add_site(db, code="BALAI", name="Balai Desa", unit="DESA", now=clock())
    assign(db, code="BALAI", nip="1", now=clock())
    with db.write() as session:
        note_device(session, received(siti, clock(), device=PHONE))
    data = own_data(db, siti)
    assert (data.sites, data.devices) == (("Balai Desa",), (OwnDevice(PHONE, clock(), clock()),))


def test_it_shows_no_score(db: Database, siti: int) -> None:
    assert "similarity" not in repr(own_data(db, siti))


def test_the_zip_has_the_data_and_every_image(
    db: Database, evidence: EvidenceStore, siti: int, astronaut_png: bytes
) -> None:
    files = zip_of(db, evidence, siti)
    assert sorted(files) == [
        "check-ins/2026-11-24 00.30.00 one.png",
        "data.json",
        "photos/01 2026-11-24.bin",
        "photos/02 2026-11-24.bin",
    ]
    assert files["check-ins/2026-11-24 00.30.00 one.png"] == astronaut_png
    assert b'"nip": "1"' in files["data.json"]


def test_an_image_that_can_not_be_opened_is_named_and_left_out(
    db: Database, evidence: EvidenceStore, siti: int, tmp_path: Path
) -> None:
    (_, key) = own_images(db, siti)[0]
    (tmp_path / "evidence" / key).write_bytes(b"changed")
    files = zip_of(db, evidence, siti)
    assert files["missing.txt"] == b"photos/01 2026-11-24"
    assert "photos/01 2026-11-24.bin" not in files


def test_nobody_elses_data_is_in_it(
    db: Database, evidence: EvidenceStore, siti: int, clock: FakeClock
) -> None:
    other = add_employee(db, "2", clock())
    assert own_data(db, other).checkins == ()
    assert own_images(db, other) == []
