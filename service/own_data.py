"""What is stored about an employee, as they may see it and take it with them."""

import json
import logging
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, Final, cast

from sqlalchemy import select

from models.image import BadImage, sniff
from service import consent
from service.audit_notes import note
from service.closed_months import OwnClosedMonth, own_closed_months
from service.db.connectivity_tables import DeviceUse
from service.db.session import Database
from service.db.tables import Account, Checkin, Consent, Employee, Photo, Template
from service.evidence import EvidenceStore
from service.i18n import Language, known_language
from service.kiosk_images import shows_its_employee
from service.letters import PDF_BEGINS
from service.machine_numbers import numbers_of
from service.machine_times import OwnPunch, own_punches
from service.own_requests import OwnRequests, own_letters, own_requests
from service.stays import OwnMove, own_moves
from service.storage_errors import EvidenceMissing, SealBroken
from service.working_time_of import OwnWorkingDay, own_working_days
from service.workplaces import sites_of

log = logging.getLogger(__name__)

ENDINGS: Final = {"jpeg": "jpg", "png": "png", "webp": "webp", "heic": "heic"}


@dataclass(frozen=True, slots=True)
class OwnAccount:
    login: str
    role: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OwnConsent:
    """`text`: what was agreed to, in the language in which it was read."""

    text_version: str
    language: str
    text: str
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnTemplate:
    encoders: str
    photos: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OwnCheckin:
    """`position`, `link`, `device`: as the phone said. Numbers of the comparison are for those who judge it."""

    id: str
    kind: str
    captured_at: datetime
    received_at: datetime
    counted_at: datetime | None
    status: str
    reasons: tuple[str, ...]
    position: dict[str, Any] | None
    link: dict[str, Any] | None
    device: str | None
    image_kept: bool


@dataclass(frozen=True, slots=True)
class OwnDevice:
    """What was checked in with, by the random name that its browser has made for itself."""

    device: str
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """What the employee's number is in a fingerprint machine, where it is not the NIP. `machine`: its name."""

    machine: str
    number: str


@dataclass(frozen=True, slots=True)
class OwnData:
    nip: str
    name: str
    active: bool
    created_at: datetime
    account: OwnAccount | None
    consents: tuple[OwnConsent, ...]
    photos: int
    templates: tuple[OwnTemplate, ...]
    checkins: tuple[OwnCheckin, ...]
    unit: str | None
    position: str | None
    employment: str | None
    works_from: date | None
    works_until: date | None
    sites: tuple[str, ...]
    devices: tuple[OwnDevice, ...]
    machine_numbers: tuple[OwnNumber, ...]
    machine_punches: tuple[OwnPunch, ...]
    working_days: tuple[OwnWorkingDay, ...]
    requests: OwnRequests
    moves: tuple[OwnMove, ...]
    closed_months: tuple[OwnClosedMonth, ...]


def own_data(db: Database, employee_id: int) -> OwnData:
    """The newest first."""
    with db.read() as session:
        employee = session.get_one(Employee, employee_id)
        account = session.scalar(select(Account).where(Account.employee_id == employee_id))
        consents = session.scalars(
            select(Consent).where(Consent.employee_id == employee_id).order_by(Consent.id.desc())
        )
        templates = session.scalars(
            select(Template).where(Template.employee_id == employee_id).order_by(Template.id.desc())
        )
        photos = session.scalars(select(Photo.id).where(Photo.employee_id == employee_id)).all()
        checkins = session.scalars(
            select(Checkin)
            .where(Checkin.employee_id == employee_id)
            .order_by(Checkin.received_at.desc(), Checkin.id)
        )
        devices = session.scalars(
            select(DeviceUse).where(DeviceUse.employee_id == employee_id).order_by(DeviceUse.last_at.desc())
        )
        return OwnData(
            nip=employee.nip,
            name=employee.name,
            active=employee.active,
            created_at=employee.created_at,
            account=OwnAccount(account.login, account.role, account.created_at) if account else None,
            consents=tuple(_consent(row) for row in consents),
            photos=len(photos),
            templates=tuple(OwnTemplate(row.encoders, row.photos, row.created_at) for row in templates),
            checkins=tuple(_checkin(row) for row in checkins),
            unit=employee.unit.name if employee.unit else None,
            position=employee.position,
            employment=employee.employment,
            works_from=employee.works_from,
            works_until=employee.works_until,
            sites=tuple(site.name for site in sites_of(session, employee_id)),
            devices=tuple(OwnDevice(row.device, row.first_at, row.last_at) for row in devices),
            machine_numbers=tuple(OwnNumber(*one) for one in numbers_of(session, employee_id)),
            machine_punches=own_punches(session, employee_id),
            working_days=own_working_days(session, employee_id),
            requests=own_requests(session, employee_id),
            moves=own_moves(session, employee_id),
            closed_months=own_closed_months(session, employee_id),
        )


def note_export(db: Database, employee_id: int, *, by: int, now: datetime) -> None:
    """Put on record that all of it was taken along."""
    with db.write() as session:
        note(session, "exported", f"employee:{employee_id}", by=by, at=now, what="own_data")


def own_images(db: Database, employee_id: int) -> list[tuple[str, str]]:
    """(name without ending, evidence key) of every image and letter that is stored of the employee.

    Not of what they disowned at a kiosk: that is somebody else's picture, until a person has found otherwise.
    """
    with db.read() as session:
        photos = session.scalars(
            select(Photo).where(Photo.employee_id == employee_id).order_by(Photo.id)
        ).all()
        checkins = session.scalars(
            select(Checkin)
            .where(Checkin.employee_id == employee_id, Checkin.selfie_key.is_not(None), shows_its_employee())
            .order_by(Checkin.received_at, Checkin.id)
        ).all()
        letters = own_letters(session, employee_id)
    named = [
        (f"photos/{number:02d} {row.created_at:%Y-%m-%d}", row.evidence_key)
        for number, row in enumerate(photos, start=1)
    ]
    for row in checkins:
        name = f"check-ins/{row.received_at:%Y-%m-%d %H.%M.%S} {row.id}"
        named += [(name, row.selfie_key)] if row.selfie_key else []
        named += [(f"{name} {number}", key) for number, key in enumerate(row.frame_keys, start=1)]
    return named + letters


def as_zip(data: dict[str, Any], images: list[tuple[str, str]], evidence: EvidenceStore) -> Iterator[bytes]:
    """The pieces of a ZIP with `data.json` and the images; one image at a time is held, and none lies open.

    An image that can't be opened is left out, and `missing.txt` names it.
    """
    sink = _Sink()
    missing = []
    with zipfile.ZipFile(cast("IO[bytes]", sink), "w") as archive:
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=2))
        yield sink.take()
        for name, key in images:
            try:
                image = evidence.get(key)
            except (EvidenceMissing, SealBroken) as lost:
                log.error("an image of somebody's own data can't be opened: %s", lost)
                missing.append(name)
                continue
            archive.writestr(f"{name}.{_ending(image)}", image)
            yield sink.take()
        if missing:
            archive.writestr("missing.txt", "\n".join(missing))
    yield sink.take()


class _Sink:
    """A file that can only be written to, and that gives away what it holds."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits elsewhere."""

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


def _ending(image: bytes) -> str:
    if image.startswith(PDF_BEGINS):
        return "pdf"
    try:
        return ENDINGS[sniff(image)]
    except BadImage:
        return "bin"


def _consent(row: Consent) -> OwnConsent:
    language: Language = known_language(row.language) or "id"
    text = consent.text_of(row.text_version, language)
    return OwnConsent(row.text_version, row.language, text, row.given_at, row.withdrawn_at)


def _checkin(row: Checkin) -> OwnCheckin:
    return OwnCheckin(
        id=row.id,
        kind=row.kind,
        captured_at=row.captured_at,
        received_at=row.received_at,
        counted_at=row.counted_at,
        status=row.status,
        reasons=tuple(row.reasons),
        position=row.meta.get("position"),
        link=row.meta.get("link"),
        device=row.meta.get("device"),
        image_kept=row.selfie_key is not None,
    )
