"""A site with a kiosk and people of it and of elsewhere, on a real database, for tests."""

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, timedelta

from sqlalchemy.orm import joinedload

from service.audit import SECRET_BYTES, AuditKeys
from service.checkins import Submission
from service.crypto import KeyRing
from service.db.kiosk_tables import Kiosk, KioskAttempt
from service.db.session import Database
from service.db.site_tables import Site
from service.db.tables import Checkin
from service.evidence import EvidenceStore
from service.examination import Examiner
from service.gallery_sync import GallerySync
from service.kiosk_checkins import KioskCheckins
from service.kiosk_items import KioskItems
from service.kiosk_search import KioskSearch
from tests.service.conftest import FakeClock
from tests.service.made_up import ENCODERS, FakeReader, enrol, unit_vector
from tests.service.org_tree import plant, put

THRESHOLD = 0.66
LOOK_BACK = timedelta(hours=72)
# So many that a search among everybody is stricter than one among the two of the site.
OTHERS = 20
SITI, BUDI, DEWI = unit_vector(1), unit_vector(2), unit_vector(3)


@dataclass
class KioskOffice:
    """Siti and Budi work at the site of the kiosk, Dewi elsewhere; all are enrolled."""

    db: Database
    evidence: EvidenceStore
    reader: FakeReader
    clock: FakeClock
    kiosks: KioskCheckins
    items: KioskItems
    kiosk: Kiosk
    siti: int
    budi: int
    dewi: int

    def submission(self, selfie: bytes = b"siti", **changes: object) -> Submission:
        plain = Submission(
            id=uuid.uuid4(), kind="auto", captured_at=self.clock(), selfie=selfie, frames=(), meta={}
        )
        return replace(plain, **changes)  # type: ignore[arg-type]

    def attempt(self, attempt_id: object) -> KioskAttempt:
        with self.db.read() as session:
            return session.get_one(KioskAttempt, str(attempt_id))

    def checkins(self) -> list[Checkin]:
        with self.db.read() as session:
            return list(session.query(Checkin).order_by(Checkin.decided_at, Checkin.id))


def open_office(
    db: Database, evidence: EvidenceStore, ring: KeyRing, reader: FakeReader, clock: FakeClock
) -> KioskOffice:
    """Liveness rests on the selfie, whose readings are faultless. Others of the organisation are enrolled too."""
    units = plant(db, {"KEC": None, "DESA": "KEC", "DINAS": None}, clock())
    siti = put(db, "siti", "KEC", clock())
    budi = put(db, "budi", "DESA", clock())
    dewi = put(db, "dewi", "DINAS", clock())
    for employee_id, face in ((siti, SITI), (budi, BUDI), (dewi, DEWI)):
        enrol(db, ring, employee_id, face, clock())
    for number in range(OTHERS):
        enrol(db, ring, put(db, f"other-{number}", "DINAS", clock()), unit_vector(100 + number), clock())
    with db.write() as session:
        site = Site(
            code="KEC",
            name="Kantor",
            unit_id=units["KEC"],
            latitude=-6.6,
            longitude=106.8,
            radius_m=100.0,
            created_at=clock(),
        )
        session.add(site)
        session.flush()
        session.add(Kiosk(name="Pintu", site_id=site.id, created_at=clock()))
    with db.read() as session:
        kiosk = session.query(Kiosk).options(joinedload(Kiosk.site)).one()
    gallery = GallerySync(db, ring, ENCODERS)
    examiner = Examiner(
        db, evidence, reader, gallery, threshold=lambda _photos: THRESHOLD, clock=clock, challenges=False
    )
    search = KioskSearch(db, gallery, ENCODERS, threshold=lambda _photos: THRESHOLD)
    items = KioskItems(AuditKeys(b"k" * SECRET_BYTES).mac, LOOK_BACK)
    kiosks = KioskCheckins(
        db, evidence, reader, examiner, search, items, zone=UTC, clock=clock, keypad_answer_s=0.0
    )
    return KioskOffice(db, evidence, reader, clock, kiosks, items, kiosk, siti, budi, dewi)
