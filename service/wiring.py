"""Puts the parts of the service together, for the web application and for the command line alike."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from models.calibration import shipped_threshold
from service import closing_work, enrolment_work, export_files, punch_imports, roster_work
from service.approved_of_days import ApprovedOfDays
from service.audit import AuditKeys
from service.audit_checkpoints import SigningKey
from service.auth import Auth
from service.checkins import Checkins
from service.clock import utc_now
from service.crypto import KeyRing
from service.db.session import Database
from service.enrolment import Enrolment
from service.enrolment_preview import EnrolmentPreview
from service.erasure import Erasure
from service.evidence import EvidenceStore
from service.examination import Examiner
from service.export_files import ExportFiles
from service.gallery_sync import GallerySync
from service.inference import InferencePool
from service.inference_worker import EngineFactory
from service.issued_recaps import IssuedRecaps
from service.item_keys import ItemKeys
from service.jobs import Jobs
from service.kiosk_checkins import KioskCheckins
from service.kiosk_items import KioskItems
from service.kiosk_search import KioskSearch
from service.known_devices import KnownDevices
from service.login_attempts import Delays
from service.pulse import Pulse
from service.recaps import Recaps
from service.retention import Retention
from service.second_factor import SecondFactor
from service.settings import Settings
from service.sign_in import Entrance
from service.staff_today import StaffToday
from service.stored_keys import load_audit_keys, load_ring
from service.transparency import Transparency
from service.webhook_delivery import Deliveries
from service.webhooks import Webhooks
from service.working_time import WorkingTime
from service.workplaces import zones_of


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a use case may need. Built once a process."""

    settings: Settings
    clock: Callable[[], datetime]
    db: Database
    ring: KeyRing
    evidence: EvidenceStore
    pool: InferencePool
    gallery: GallerySync
    auth: Auth
    audit: AuditKeys
    item_keys: ItemKeys
    signing: SigningKey
    second_factor: SecondFactor
    entrance: Entrance
    enrolment: Enrolment
    enrolment_preview: EnrolmentPreview
    checkins: Checkins
    kiosk_checkins: KioskCheckins
    kiosk_items: KioskItems
    erasure: Erasure
    retention: Retention
    jobs: Jobs
    working_time: WorkingTime
    pulse: Pulse
    staff_today: StaffToday
    recaps: Recaps
    issued_recaps: IssuedRecaps
    transparency: Transparency
    export_files: ExportFiles
    webhooks: Webhooks
    deliveries: Deliveries

    def close(self) -> None:
        self.deliveries.close()
        self.jobs.close()
        self.checkins.close()
        self.pool.close()
        self.db.dispose()


def match_threshold(settings: Settings, photos: int) -> float:
    """The similarity from which a selfie is its employee's, whose template is made of so many photos."""
    if settings.match_threshold is not None:
        return settings.match_threshold
    return shipped_threshold(settings.encoders, photos)


def build(
    settings: Settings,
    clock: Callable[[], datetime] = utc_now,
    engine_factory: EngineFactory | None = None,
) -> Services:
    """Keys, database (migrated), evidence, workers (not started) and use cases.

    engine_factory : makes what reads faces in each worker; by default the face engine of the settings.

    Raises
    ------
    StartRefused : the keys or the database are not fit to start with.
    """
    db = Database(settings.resolved_database_url)
    db.upgrade()
    ring = load_ring(settings, db)
    audit = load_audit_keys(settings, db)
    db.keep_trail(audit)
    evidence = EvidenceStore(settings.evidence_dir, ring)
    pool = InferencePool(
        encoders=settings.encoders,
        weights_dir=settings.weights_dir,
        pad_model=settings.pad_model,
        workers=settings.workers,
        queue_limit=settings.queue_limit,
        deadline_s=settings.inference_deadline_s,
        engine_factory=engine_factory,
    )
    gallery = GallerySync(db, ring, settings.encoders)
    approved = ApprovedOfDays(settings.zone)
    examiner = Examiner(
        db,
        evidence,
        pool,
        gallery,
        threshold=partial(match_threshold, settings),
        clock=clock,
        challenges=settings.liveness == "challenge",
        away=approved.away,
    )
    checkins = Checkins(
        db,
        evidence,
        examiner,
        zone=settings.zone,
        workers=settings.workers,
        queue_limit=settings.queue_limit,
        answer_wait_s=settings.answer_wait_s,
        clock=clock,
        look_back=timedelta(hours=settings.offline_h),
    )
    kiosk_items = KioskItems(audit.mac, timedelta(hours=settings.offline_h))
    working_time = WorkingTime(db, zone=settings.zone, clock=clock, zones_of=zones_of, approved_of=approved)
    enrolment = Enrolment(db, ring, evidence, pool, gallery)
    auth = Auth(settings)
    second_factor = SecondFactor(ring, required=settings.totp_required)
    delays = Delays(audit)
    working_time = WorkingTime(db, zone=settings.zone, clock=clock, zones_of=zones_of, approved_of=approved)
    recaps = Recaps(working_time)
    exports = ExportFiles(db, evidence, working_time, clock=clock)
    return Services(
        settings=settings,
        clock=clock,
        db=db,
        ring=ring,
        evidence=evidence,
        pool=pool,
        gallery=gallery,
        auth=auth,
        audit=audit,
        item_keys=ItemKeys.load_or_create(settings.keys_dir),
        signing=SigningKey.load_or_create(settings.keys_dir),
        second_factor=second_factor,
        entrance=Entrance(db, auth, second_factor, delays, KnownDevices(audit)),
        enrolment=enrolment,
        enrolment_preview=EnrolmentPreview(db, pool, gallery),
        checkins=checkins,
        kiosk_checkins=KioskCheckins(
            db,
            evidence,
            pool,
            examiner,
            KioskSearch(db, gallery, settings.encoders, threshold=partial(match_threshold, settings)),
            kiosk_items,
            zone=settings.zone,
            clock=clock,
        ),
        kiosk_items=kiosk_items,
        erasure=Erasure(db, evidence, delays),
        retention=Retention(db, evidence, days=settings.evidence_days, clock=clock),
        jobs=Jobs(
            db,
            evidence,
            {
                roster_work.KIND: roster_work.roster_handler(db, clock, settings.zone),
                punch_imports.KIND: punch_imports.punches_handler(db, settings.zone, clock),
                enrolment_work.KIND: enrolment_work.enrolments_handler(
                    db, pool, enrolment, at_once=settings.workers, clock=clock
                ),
                closing_work.CLOSING: closing_work.closing_handler(working_time),
                closing_work.CHECKLIST: closing_work.checklist_handler(working_time),
                export_files.KIND: exports.handler(),
            },
            clock=clock,
        ),
        working_time=working_time,
        staff_today=StaffToday(working_time, approved),
        pulse=Pulse(db),
        recaps=recaps,
        issued_recaps=IssuedRecaps(db, recaps, clock),
        transparency=Transparency(db, working_time, clock=clock),
        export_files=exports,
        webhooks=Webhooks(db, ring, settings.webhook_private),
        deliveries=Deliveries(db, ring, working_time, private_hosts=settings.webhook_private, clock=clock),
    )


@contextmanager
def running(settings: Settings) -> Iterator[Services]:
    """The services with their workers started, for as long as a command needs them."""
    services = build(settings)
    try:
        services.gallery.check_encoders()
        services.pool.start()
        yield services
    finally:
        services.close()
