"""Erasure: what has to be gone, from every byte that is stored, and what has to stay."""

import logging
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select, update

from models.engine import FaceEngine, FaceReading
from service.auth import Auth
from service.consent import Consented
from service.crypto import KeyRing
from service.db.connectivity_tables import DeviceUse
from service.db.session import Database
from service.db.site_tables import SiteOfEmployee
from service.db.tables import (
    Account,
    Checkin,
    Consent,
    Employee,
    LoginAttempts,
    LoginSession,
    Photo,
    SetupLink,
    Template,
)
from service.enrolment import Enrolment
from service.erasure import Erasure
from service.errors import UnknownEmployee
from service.evidence import EvidenceStore
from service.gallery_sync import GallerySync
from service.login_attempts import Delays, Origin
from service.people import add_employee as add_person
from service.people_search import find_people, get_person
from service.position_evidence import note_device
from service.settings import Settings
from service.sites import add_site
from service.workplaces import assign
from tests.service.album import Album
from tests.service.conftest import FakeClock
from tests.service.made_up import ENCODERS, faultless_reading, unit_vector
from tests.service.org_tree import plant
from tests.service.sent import PHONE, received

NIP, NAME = "198503302003121002", "Siti Rahmawati Kusumawardhani"
OTHER_NIP, OTHER_NAME = "199001012015042001", "Bambang Pamungkas"


@pytest.fixture
def album(engine: FaceEngine, astronaut_png: bytes) -> Album:
    reading = engine.read(astronaut_png)
    return Album(faultless_reading(reading.quality, reading.liveness))


@pytest.fixture
def sync(db: Database, ring: KeyRing) -> GallerySync:
    return GallerySync(db, ring, ENCODERS)


@pytest.fixture
def erasure(db: Database, evidence: EvidenceStore, delays: Delays) -> Erasure:
    return Erasure(db, evidence, delays)


@pytest.fixture
def office(
    db: Database,
    ring: KeyRing,
    evidence: EvidenceStore,
    album: Album,
    sync: GallerySync,
    clock: FakeClock,
    tmp_path: Path,
) -> dict[str, int]:
    """Two people, enrolled, signed in, who have checked in twice each; by NIP, their employee ids."""
    auth = Auth(Settings(data_dir=tmp_path))
    enrolment = Enrolment(db, ring, evidence, album, sync)
    ids = {}
    for seed, (nip, name) in enumerate([(NIP, NAME), (OTHER_NIP, OTHER_NAME)], start=1):
        add_person(db, auth, nip=nip, name=name, role="employee", now=clock())
        photos = [album.photo(f"photo {nip} {letter}", unit_vector(seed)) for letter in "ab"]
        enrolment.enrol(nip, photos, by=None, consent=Consented("id"), now=clock())
        with db.write() as session:
            employee = session.scalars(select(Employee).where(Employee.nip == nip)).one()
            account = session.scalars(select(Account).where(Account.employee_id == employee.id)).one()
            account.password_hash = f"hash of {nip}"
            auth.open_session(session, account, "cookie", clock())
            ids[nip] = employee.id
    for nip, employee_id in ids.items():
        (rival,) = set(ids.values()) - {employee_id}
        for number in range(2):
            add_checkin(db, evidence, employee_id, f"selfie {nip} {number}".encode(), clock(), rival)
    return ids


def add_checkin(
    db: Database, evidence: EvidenceStore, employee_id: int, selfie: bytes, now: datetime, rival: int
) -> None:
    checkin_id = str(uuid.uuid4())
    folder = f"checkins/{now:%Y/%m/%d}/{checkin_id}"
    evidence.put(f"{folder}/selfie", selfie)
    evidence.put(f"{folder}/frame-0", b"frame of " + selfie)
    findings = {
        "similarity": 0.8123,
        "threshold": 0.66,
        "box": [100, 100, 200, 260],
        "rivals": [{"employee_id": rival, "similarity": 0.3217}],
    }
    with db.write() as session:
        session.add(
            Checkin(
                id=checkin_id,
                employee_id=employee_id,
                kind="in",
                captured_at=now,
                received_at=now,
                counted_at=now,
                status="accepted",
                reasons=[],
                selfie_key=f"{folder}/selfie",
                selfie_sha256=f"{selfie.hex():0>64}"[-64:],
                frame_keys=[f"{folder}/frame-0"],
                meta={"position": {"lat": -6.5944, "lon": 106.7892, "accuracy_m": 18}},
                findings=findings,
            )
        )


def checkins_of(db: Database, employee_id: int) -> list[Checkin]:
    with db.read() as session:
        return list(session.scalars(select(Checkin).where(Checkin.employee_id == employee_id)))


def stored_bytes(folder: Path) -> bytes:
    """Of every file: database, write-ahead log, images."""
    return b"\n".join(
        str(path).encode() + path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    )


def needles_of(db: Database, album: Album, folder: Path, employee_id: int) -> dict[str, bytes]:
    """What of a person lies in the files before the erasure, or could have, as bytes."""
    with db.read() as session:
        template = session.scalars(select(Template).where(Template.employee_id == employee_id)).one()
        photos = session.scalars(select(Photo).where(Photo.employee_id == employee_id)).all()
    checkins = checkins_of(db, employee_id)
    keys = [photo.evidence_key for photo in photos] + [row.selfie_key for row in checkins if row.selfie_key]
    reading = album.outcomes[f"photo {NIP} a".encode()]
    assert isinstance(reading, FaceReading)
    return {
        "name": NAME.encode(),
        "nip": NIP.encode(),
        "sealed template": template.vectors[:64],
        "end of the sealed template": template.vectors[-64:],
        "plain template": unit_vector(1).tobytes()[:32],
        "descriptor": np.asarray(reading.descriptor, np.float32).tobytes()[:32],
        "password": f"hash of {NIP}".encode(),
        **{f"hash {photo.id}": photo.sha256.encode() for photo in photos},
        **{f"hash of selfie {row.id}": row.selfie_sha256.encode() for row in checkins},
        **{f"image {key}": (folder / "evidence" / key).read_bytes()[:64] for key in keys},
        **{f"key {key}": key.encode() for key in keys},
    }


def test_no_byte_of_the_person_is_left(
    office: dict[str, int],
    erasure: Erasure,
    db: Database,
    album: Album,
    clock: FakeClock,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    needles = needles_of(db, album, tmp_path, office[NIP])
    in_use = {"plain template", "descriptor"}
    before = stored_bytes(tmp_path)
    assert {name for name, needle in needles.items() if needle not in before} == in_use
    assert erasure.erase(NIP, clock()).purged
    after = stored_bytes(tmp_path) + caplog.text.encode()
    assert {name for name, needle in needles.items() if needle in after} == set()


def test_no_byte_is_left_where_many_rows_have_moved_between_pages(
    erasure: Erasure, db: Database, clock: FakeClock, tmp_path: Path
) -> None:
    people = {f"{number * 7919 % 100_003:018d}": f"Pegawai Nomor {number:05d}" for number in range(1, 1501)}
    with db.write() as session:
        session.add_all(Employee(nip=nip, name=name, created_at=clock()) for nip, name in people.items())
    chosen = list(people.items())[::150]
    for nip, _ in chosen:
        assert erasure.erase(nip, clock()).purged
    after = stored_bytes(tmp_path)
    assert [nip for nip, name in chosen if nip.encode() in after or name.encode() in after] == []


def test_everybody_else_is_left_alone(
    office: dict[str, int],
    erasure: Erasure,
    db: Database,
    evidence: EvidenceStore,
    sync: GallerySync,
    clock: FakeClock,
) -> None:
    erasure.erase(NIP, clock())
    assert get_person(db, OTHER_NIP).photos == 2
    assert all(evidence.exists(row.selfie_key or "") for row in checkins_of(db, office[OTHER_NIP]))
    with sync.reading() as gallery:
        assert list(gallery.keys()) == [office[OTHER_NIP]]


def test_the_record_stays_without_face_and_place(
    office: dict[str, int], erasure: Erasure, db: Database, clock: FakeClock
) -> None:
    times = [row.counted_at for row in checkins_of(db, office[NIP])]
    erased = erasure.erase(NIP, clock())
    rows = checkins_of(db, office[NIP])
    assert [row.counted_at for row in rows] == times
    assert {row.status for row in rows} == {"accepted"}
    assert all((row.selfie_key, row.frame_keys, row.meta) == (None, [], {}) for row in rows)
    assert all(row.findings == {"threshold": 0.66} for row in rows)
    assert erased.checkins == 2


def test_where_they_worked_besides_and_their_phones_are_forgotten(
    office: dict[str, int], erasure: Erasure, db: Database, clock: FakeClock, tmp_path: Path
) -> None:
    plant(db, {"DESA": None}, clock())
    add_site(db, code="BALAI", name="Balai Desa", unit="DESA", now=clock())
    for nip, device in ((NIP, PHONE), (OTHER_NIP, "0" * 32)):
        assign(db, code="BALAI", nip=nip, now=clock())
        with db.write() as session:
            note_device(session, received(office[nip], clock(), device=device))
    assert PHONE.encode() in stored_bytes(tmp_path)
    erasure.erase(NIP, clock())
    assert PHONE.encode() not in stored_bytes(tmp_path)
    with db.read() as session:
        assert session.scalars(select(SiteOfEmployee.employee_id)).all() == [office[OTHER_NIP]]
        assert session.scalars(select(DeviceUse.employee_id)).all() == [office[OTHER_NIP]]


def test_how_much_others_resembled_the_face_goes_too(
    office: dict[str, int], erasure: Erasure, db: Database, clock: FakeClock
) -> None:
    erasure.erase(NIP, clock())
    findings: list[Any] = [row.findings for row in checkins_of(db, office[OTHER_NIP])]
    assert all(one["rivals"] == [] and one["similarity"] == 0.8123 for one in findings)


def test_it_tells_what_was_removed(office: dict[str, int], erasure: Erasure, clock: FakeClock) -> None:
    erased = erasure.erase(NIP, clock())
    assert (erased.removed.photos, erased.removed.templates, erased.removed.evidence) == (2, 1, 4)
    assert erased.pseudonym.startswith("erased-")


def test_every_processs_gallery_forgets_the_face(
    office: dict[str, int], erasure: Erasure, db: Database, ring: KeyRing, clock: FakeClock
) -> None:
    other = GallerySync(db, ring, ENCODERS)
    with other.reading() as gallery:
        assert office[NIP] in gallery
    erasure.erase(NIP, clock())
    with other.reading() as gallery:
        assert office[NIP] not in gallery


def test_the_account_is_closed(
    office: dict[str, int], erasure: Erasure, db: Database, clock: FakeClock
) -> None:
    erasure.erase(NIP, clock())
    with db.read() as session:
        account = session.scalars(select(Account).where(Account.employee_id == office[NIP])).one()
        assert account.disabled
        assert account.password_hash is None
        for table in (LoginSession, SetupLink):
            assert session.scalars(select(table).where(table.account_id == account.id)).all() == []


def test_nobody_finds_the_person_any_more(
    office: dict[str, int], erasure: Erasure, db: Database, clock: FakeClock
) -> None:
    pseudonym = erasure.erase(NIP, clock()).pseudonym
    assert [person.nip for person in find_people(db).people] == [OTHER_NIP]
    for nip in (NIP, pseudonym):
        with pytest.raises(UnknownEmployee):
            get_person(db, nip)
        with pytest.raises(UnknownEmployee):
            erasure.erase(nip, clock())


def test_the_nip_may_be_given_again(
    office: dict[str, int], erasure: Erasure, db: Database, clock: FakeClock, tmp_path: Path
) -> None:
    erasure.erase(NIP, clock())
    add_person(db, Auth(Settings(data_dir=tmp_path)), nip=NIP, name=NAME, role="employee", now=clock())
    assert not get_person(db, NIP).enrolled


def test_an_erasure_that_was_interrupted_is_finished_by_another(
    office: dict[str, int],
    db: Database,
    evidence: EvidenceStore,
    clock: FakeClock,
    tmp_path: Path,
    ring: KeyRing,
    delays: Delays,
) -> None:
    class Dies(EvidenceStore):
        def delete(self, key: str) -> None:
            super().delete(key)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Erasure(db, Dies(tmp_path / "evidence", ring), delays).erase(NIP, clock())
    erased = Erasure(db, evidence, delays).erase(NIP, clock())
    assert (erased.removed.photos, erased.removed.evidence) == (2, 4)
    assert NIP.encode() not in stored_bytes(tmp_path)


def test_the_failed_sign_ins_of_an_erased_person_are_forgotten_under_every_name(
    office: dict[str, int], erasure: Erasure, db: Database, delays: Delays, clock: FakeClock
) -> None:
    with db.write() as session:
        session.execute(update(Account).where(Account.login == NIP).values(login="siti"))
        for login in (NIP, "siti", OTHER_NIP):
            delays.begin(session, Origin(login, None), clock())
    erasure.erase(NIP, clock())
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(LoginAttempts)) == 1


def test_who_withdraws_consent_stays_an_employee_without_a_face(
    office: dict[str, int], erasure: Erasure, db: Database, sync: GallerySync, clock: FakeClock
) -> None:
    removed = erasure.withdraw_consent(office[NIP], clock(), by=None)
    assert (removed.photos, removed.templates, removed.evidence) == (2, 1, 4)
    person = get_person(db, NIP)
    assert (person.name, person.active, person.enrolled) == (NAME, True, False)
    with sync.reading() as gallery:
        assert office[NIP] not in gallery
    with db.read() as session:
        (consent,) = session.scalars(select(Consent).where(Consent.employee_id == office[NIP]))
        assert consent.withdrawn_at == clock()


def test_no_byte_of_the_face_is_left_after_a_withdrawal(
    office: dict[str, int], erasure: Erasure, db: Database, album: Album, clock: FakeClock, tmp_path: Path
) -> None:
    needles = needles_of(db, album, tmp_path, office[NIP])
    erasure.withdraw_consent(office[NIP], clock(), by=None)
    after = stored_bytes(tmp_path)
    left = {name for name, needle in needles.items() if needle in after}
    assert left == {"name", "nip", "password"}


def test_a_withdrawal_may_be_repeated(office: dict[str, int], erasure: Erasure, clock: FakeClock) -> None:
    erasure.withdraw_consent(office[NIP], clock(), by=None)
    assert erasure.withdraw_consent(office[NIP], clock(), by=None).photos == 0


def test_who_withdrew_may_be_enrolled_again(
    office: dict[str, int],
    erasure: Erasure,
    db: Database,
    ring: KeyRing,
    evidence: EvidenceStore,
    album: Album,
    sync: GallerySync,
    clock: FakeClock,
) -> None:
    erasure.withdraw_consent(office[NIP], clock(), by=None)
    enrolment = Enrolment(db, ring, evidence, album, sync)
    result = enrolment.enrol(NIP, [f"photo {NIP} a".encode()], by=None, consent=Consented("en"), now=clock())
    assert result.status == "enrolled"
    with db.read() as session:
        rows = session.scalars(select(Consent).where(Consent.employee_id == office[NIP])).all()
    assert [(row.language, row.withdrawn_at is None) for row in rows] == [("id", False), ("en", True)]
