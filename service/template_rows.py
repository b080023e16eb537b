"""The rows of templates, and of the photos they are made of."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from enrollment import template
from models.engine import FaceReading
from service.crypto import KeyRing
from service.db.tables import GalleryChange, Photo, Template
from service.sealed_templates import seal_vectors


def has_template(session: Session, employee_id: int, encoders: str) -> bool:
    found = exists().where(Template.employee_id == employee_id, Template.encoders == encoders)
    return bool(session.scalar(select(found)))


def latest_photos(session: Session, employee_id: int) -> list[Photo]:
    """The accepted photos of the latest enrolment, in the order given: those that lie in the newest's folder."""
    photos = select(Photo).where(Photo.employee_id == employee_id)
    newest = session.scalar(photos.order_by(Photo.id.desc()).limit(1))
    if newest is None:
        return []
    folder = newest.evidence_key.rpartition("/")[0]
    in_folder = Photo.evidence_key.startswith(f"{folder}/", autoescape=True)
    return list(session.scalars(photos.where(in_folder).order_by(Photo.id)))


def lock_gallery_changes(session: Session) -> None:
    """To be called first in a transaction that changes templates.

    A process that has seen version 6 never asks for 5 again, so versions must be committed in their order.
    Writers of SQLite come one by one anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE gallery_changes IN EXCLUSIVE MODE"))


def write_template(
    session: Session, ring: KeyRing, employee_id: int, made: template.Template, now: datetime
) -> None:
    """Put a template beside the employee's others, of other encoders, and let every process's gallery know."""
    session.add(
        Template(
            employee_id=employee_id,
            encoders=made.encoders,
            vectors=seal_vectors(ring, employee_id, made.encoders, made.vectors),
            photos=made.photos,
            created_at=now,
        )
    )
    session.add(GalleryChange(employee_id=employee_id, changed_at=now))


def photo_row(employee_id: int, key: str, reading: FaceReading, *, by: int | None, now: datetime) -> Photo:
    return Photo(
        employee_id=employee_id,
        sha256=reading.sha256,
        phash=f"{reading.phash:016x}",
        evidence_key=key,
        quality={name: round(value, 4) for name, value in asdict(reading.quality).items()},
        created_at=now,
        created_by=by,
    )
