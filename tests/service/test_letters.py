import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from service.absences import one_absence, withdraw_absence
from service.crypto import KeyRing
from service.db.request_tables import Absence
from service.db.session import Database
from service.db.tables import Account, AuditEntry, Employee
from service.erasure import Erasure
from service.evidence import EvidenceStore
from service.key_rotation import KeyRotation
from service.letters import LETTER_BYTES, Letter, format_of, open_letter
from service.login_attempts import Delays
from service.own_data import as_zip, own_data, own_images
from service.request_decisions import decide
from service.request_errors import LetterRefused, RequestOverlaps, UnknownRequest
from service.retention import Retention
from service.storage_errors import EvidenceMissing
from tests.service.conftest import FakeClock
from tests.service.request_desk import JPEG, PDF, TODAY, Desk, open_desk

DAYS = 90
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.fixture
def desk(db: Database, evidence: EvidenceStore, clock: FakeClock) -> Desk:
    return open_desk(db, evidence, clock())


@pytest.fixture
def absence(desk: Desk, clock: FakeClock) -> int:
    return desk.ask(TODAY, letter=PDF, now=clock()).request.id


def views(db: Database) -> list[tuple[str, int | None]]:
    with db.read() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "evidence_viewed"))
        return [(row.subject, row.actor) for row in rows]


@pytest.mark.parametrize(
    ("data", "expected", "media_type", "shown"),
    [
        (JPEG, "jpeg", "image/jpeg", True),
        (b"\x89PNG\r\n\x1a\n...", "png", "image/png", True),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp", "image/webp", True),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic", "image/heic", False),
        (PDF, "pdf", "application/pdf", False),
    ],
)
def test_a_letter_is_what_its_first_bytes_say(
    data: bytes, expected: str, media_type: str, shown: bool
) -> None:
    letter = Letter(data, format_of(data))
    assert (letter.format, letter.media_type, letter.shown) == (expected, media_type, shown)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (HTML, "unknown_format"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "unknown_format"),
        (b"\n" + PDF, "unknown_format"),
        (b"GIF89a", "unknown_format"),
        (b"PK\3\4 a document", "unknown_format"),
        (b"\xff\xd8", "unknown_format"),
        (JPEG + bytes(LETTER_BYTES), "too_many_bytes"),
    ],
)
def test_anything_else_is_refused_and_nothing_is_stored(
    desk: Desk, clock: FakeClock, data: bytes, reason: str
) -> None:
    with pytest.raises(LetterRefused) as refused:
        desk.ask(TODAY, letter=data, now=clock())
    assert refused.value.extras["reason"] == reason
    assert list(desk.evidence.stored_keys()) == []


def test_a_letter_lies_sealed(desk: Desk, absence: int, tmp_path: Path) -> None:
    stored = [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]
    assert len(stored) == 1
    assert PDF not in stored[0].read_bytes()


def test_nothing_is_left_of_a_letter_whose_request_is_refused(
    desk: Desk, clock: FakeClock, absence: int
) -> None:
    with pytest.raises(RequestOverlaps):
        desk.ask(TODAY, letter=JPEG, now=clock())
    assert len(list(desk.evidence.stored_keys())) == 1


def opened(desk: Desk, reader: Account, absence: int, clock: FakeClock) -> bytes:
    return open_letter(desk.db, desk.evidence, reader, absence, clock()).data


def test_its_owner_and_hr_within_reach_open_it_and_the_view_of_hr_goes_on_record(
    desk: Desk, clock: FakeClock, absence: int
) -> None:
    assert opened(desk, desk.siti, absence, clock) == PDF
    assert views(desk.db) == []
    assert opened(desk, desk.dewi, absence, clock) == PDF
    assert views(desk.db) == [(f"absence:{absence}", desk.dewi.id)]
    with pytest.raises(UnknownRequest):
        opened(desk, desk.lain, absence, clock)


def test_an_auditor_does_not_read_letters(desk: Desk, clock: FakeClock, absence: int) -> None:
    with desk.db.write() as session:
        auditor = session.get_one(Account, desk.rahmat.id)
        auditor.role = "auditor"
    with pytest.raises(UnknownRequest):
        opened(desk, auditor, absence, clock)


def test_a_request_without_a_letter_has_none(desk: Desk, clock: FakeClock) -> None:
    asked = desk.ask(TODAY, now=clock()).request.id
    with pytest.raises(EvidenceMissing):
        opened(desk, desk.siti, asked, clock)


def test_a_withdrawal_removes_the_letter(desk: Desk, clock: FakeClock, absence: int) -> None:
    withdraw_absence(desk.db, desk.evidence, desk.siti, absence, clock())
    assert list(desk.evidence.stored_keys()) == []
    assert not one_absence(desk.db, desk.siti, absence).letter


def test_a_letter_is_kept_for_just_so_long_after_the_last_day(
    desk: Desk, clock: FakeClock, absence: int
) -> None:
    decide(desk.db, Absence, absence, desk.dewi, approve=True, words="", now=clock())
    retention = Retention(desk.db, desk.evidence, days=DAYS, clock=clock)
    clock.advance(days=DAYS)
    assert retention.run().letters == 0
    clock.advance(days=1)
    assert retention.run().letters == 1
    assert list(desk.evidence.stored_keys()) == []
    with pytest.raises(EvidenceMissing):
        opened(desk, desk.dewi, absence, clock)


def test_the_letter_of_an_open_request_stays(desk: Desk, clock: FakeClock, absence: int) -> None:
    clock.advance(days=DAYS * 2)
    assert Retention(desk.db, desk.evidence, days=DAYS, clock=clock).run().letters == 0
    assert opened(desk, desk.dewi, absence, clock) == PDF


def test_a_letter_that_no_request_names_is_swept(
    desk: Desk, clock: FakeClock, absence: int, evidence: EvidenceStore
) -> None:
    evidence.put("letters/2026/11/lost", PDF)
    clock.advance(days=800)  # files are as old as the system's clock says
    assert Retention(desk.db, evidence, days=DAYS, clock=clock).run().orphans == 1
    assert opened(desk, desk.siti, absence, clock) == PDF


def test_a_rotation_of_keys_seals_letters_anew(
    desk: Desk, clock: FakeClock, absence: int, ring: KeyRing, tmp_path: Path
) -> None:
    report = KeyRotation(desk.db, desk.evidence, ring, tmp_path / "keys").run()
    assert report.resealed["evidence"] == 1
    assert not report.broken
    (key,) = desk.evidence.stored_keys()
    assert desk.evidence.key_id(key) == ring.current
    assert opened(desk, desk.siti, absence, clock) == PDF


def test_employees_take_their_requests_and_letters_along(desk: Desk, clock: FakeClock, absence: int) -> None:
    assert desk.siti.employee_id is not None
    decide(desk.db, Absence, absence, desk.dewi, approve=False, words="tanpa cap", now=clock())
    (told,) = own_data(desk.db, desk.siti.employee_id).requests.absences
    assert (told.kind, told.first, told.state, told.letter_kept) == ("sakit", TODAY, "refused", True)
    assert [(one.by, one.note) for one in told.decisions] == [("Pegawai 2", "tanpa cap")]
    pieces = as_zip({}, own_images(desk.db, desk.siti.employee_id), desk.evidence)
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.read(f"letters/2026-11-24 sakit {absence}.pdf") == PDF


def stored_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_an_erasure_leaves_the_days_and_neither_letter_nor_words(
    desk: Desk, clock: FakeClock, absence: int, delays: Delays, tmp_path: Path
) -> None:
    words = "Dirawat di RS Sanglah karena tifus"
    refused = desk.ask(TODAY + timedelta(days=9), note=words, now=clock()).request.id
    decide(desk.db, Absence, refused, desk.dewi, approve=False, words=f"{words} lagi", now=clock())
    assert words.encode() in stored_bytes(tmp_path)
    erased = Erasure(desk.db, desk.evidence, delays).erase("1", clock())
    assert erased.removed.letters == 1
    assert words.encode() not in stored_bytes(tmp_path)
    assert list(desk.evidence.stored_keys()) == []
    with desk.db.read() as session:
        rows = session.scalars(select(Absence).order_by(Absence.id)).all()
        kept = [(row.first, row.kind, row.state, row.note, row.letter_key) for row in rows]
        assert [one.note for row in rows for one in row.decisions] == [""]
    assert kept == [
        (TODAY, "sakit", "withdrawn", "", None),
        (TODAY + timedelta(days=9), "sakit", "refused", "", None),
    ]


def test_a_letter_that_came_while_its_owner_was_erased_is_removed_by_the_retention(
    desk: Desk, clock: FakeClock, absence: int
) -> None:
    with desk.db.write() as session:
        session.get_one(Employee, desk.siti.employee_id).erased_at = clock()
    assert Retention(desk.db, desk.evidence, days=DAYS, clock=clock).run().letters == 1
