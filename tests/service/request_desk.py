"""People who ask and who decide, for tests of requests."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from service.absences import AbsenceInfo, NewAbsence, ask_for_absence
from service.corrections import CorrectionInfo, NewCorrection, ask_for_correction
from service.db.request_tables import AbsenceKind
from service.db.session import Database
from service.db.tables import Account, Role
from service.evidence import EvidenceStore
from tests.service.org_tree import account, plant, put

ZONE = ZoneInfo("Asia/Jakarta")
# By the clock of ZONE, as the fake clock begins.
TODAY = date(2026, 11, 24)
JPEG = b"\xff\xd8\xff\xe0 a photo of a letter"
PDF = b"%PDF-1.7 a letter"


@dataclass(frozen=True, slots=True)
class Desk:
    """Siti works in DESA below KEC; Dewi is HR of KEC and works there, Rahmat HR of all, Lain HR of DINAS."""

    db: Database
    evidence: EvidenceStore
    siti: Account
    dewi: Account
    rahmat: Account
    lain: Account

    def ask(
        self,
        first: date,
        last: date | None = None,
        kind: AbsenceKind = "sakit",
        note: str = "Demam sejak semalam",
        letter: bytes | None = None,
        *,
        now: datetime,
        owner: Account | None = None,
    ) -> AbsenceInfo:
        wanted = NewAbsence(kind, first, last or first, note, letter)
        return ask_for_absence(self.db, self.evidence, ZONE, owner or self.siti, wanted, now)

    def correct(self, wanted: NewCorrection, *, now: datetime) -> CorrectionInfo:
        return ask_for_correction(self.db, ZONE, self.siti, wanted, now)


def open_desk(db: Database, evidence: EvidenceStore, now: datetime) -> Desk:
    plant(db, {"KEC": None, "DESA": "KEC", "DINAS": None}, now)
    return Desk(
        db,
        evidence,
        siti=employee(db, "1", "employee", "DESA", now),
        dewi=employee(db, "2", "hr", "KEC", now, limit="KEC"),
        rahmat=account(db, "rahmat", "hr", now),
        lain=account(db, "lain", "hr", now, limit="DINAS"),
    )


def employee(
    db: Database, nip: str, role: Role, unit: str | None, now: datetime, limit: str | None = None
) -> Account:
    """Somebody new with an account."""
    employee_id = put(db, nip, unit, now)
    made = account(db, nip, role, now, limit=limit)
    with db.write() as session:
        row = session.get_one(Account, made.id)
        row.employee_id = employee_id
    return row
