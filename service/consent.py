"""Consent to the keeping of a face: its texts by version, and who gave it when.

A text is never changed: what somebody has agreed to must be there to be read again. Another text is another
version, and the last one is what is read to people now.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from service.audit_notes import note
from service.db.tables import Consent
from service.i18n import N_, Language, translate

TEXTS: Final = {
    "1": N_(
        "Hadir keeps your photos and a numeric description of your face, sealed, to recognise you when you check "
        "in. It is used for attendance only, is not given to anybody else, and is erased when you leave or ask "
        "for it. You may refuse; HR will then record your attendance in another way."
    ),
}
CURRENT_VERSION: Final = max(TEXTS, key=int)


@dataclass(frozen=True, slots=True)
class Consented:
    """Somebody says that the employee has agreed to the present text, in this language."""

    language: Language


def text_of(version: str, language: Language) -> str:
    """What is read to people; empty for a version that there never was."""
    return translate(language, TEXTS[version]) if version in TEXTS else ""


def record(session: Session, employee_id: int, given: Consented, *, by: int | None, now: datetime) -> None:
    """To be called in the transaction that stores what was agreed to. `by`: an account id."""
    session.add(
        Consent(
            employee_id=employee_id,
            text_version=CURRENT_VERSION,
            language=given.language,
            given_at=now,
            given_by=by,
        )
    )
    subject = f"employee:{employee_id}"
    note(session, "consent_given", subject, by=by, at=now, text=CURRENT_VERSION, language=given.language)


def in_force(session: Session, employee_id: int) -> bool:
    found = exists().where(Consent.employee_id == employee_id, Consent.withdrawn_at.is_(None))
    return bool(session.scalar(select(found)))


def given_at(session: Session, employee_id: int) -> datetime | None:
    """When the employee agreed to the present text; None where they have not, or have withdrawn it."""
    return session.scalar(
        select(Consent.given_at)
        .where(
            Consent.employee_id == employee_id,
            Consent.text_version == CURRENT_VERSION,
            Consent.withdrawn_at.is_(None),
        )
        .order_by(Consent.given_at.desc())
        .limit(1)
    )


def withdraw(session: Session, employee_id: int, now: datetime, *, by: int | None) -> None:
    """Harmless when there is none in force. `by`: an account id."""
    withdrawn = session.scalars(
        update(Consent)
        .where(Consent.employee_id == employee_id, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
        .returning(Consent.id)
        .execution_options(synchronize_session=False)
    ).all()
    if withdrawn:
        note(session, "consent_withdrawn", f"employee:{employee_id}", by=by, at=now)
