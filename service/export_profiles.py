"""Export profiles: how files for other applications look, as HR keeps them for the whole organisation."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.access_errors import NotAllowed
from service.audit_notes import note
from service.db.export_tables import ExportProfile
from service.db.session import Database
from service.export_definitions import Definition, from_json, problems_of
from service.export_errors import (
    ExportProfileChanged,
    ExportProfileNameTaken,
    ExportProfileRefused,
    UnknownExportProfile,
)
from service.reach import EVERYBODY, Reach


@dataclass(frozen=True, slots=True)
class Profile:
    """`version`: that which whoever changes it has to have seen."""

    id: int
    version: int
    changed_at: datetime
    definition: Definition


def list_profiles(db: Database) -> tuple[Profile, ...]:
    """By name."""
    with db.read() as session:
        rows = session.scalars(
            select(ExportProfile).order_by(func.lower(ExportProfile.name), ExportProfile.id)
        )
        return tuple(map(_profile, rows))


def one_profile(db: Database, profile_id: int) -> Profile:
    """Raises UnknownExportProfile."""
    with db.read() as session:
        return _profile(_row(session, profile_id))


def add_profile(
    db: Database, definition: Definition, now: datetime, *, reach: Reach = EVERYBODY, by: int | None = None
) -> Profile:
    """Raises NotAllowed for whom only some units are open, ExportProfileRefused, ExportProfileNameTaken."""
    tidy = _tidy(definition, reach)
    try:
        with db.write() as session:
            row = ExportProfile(
                name=tidy.name, definition=tidy.as_json(), version=1, changed_at=now, changed_by=by
            )
            session.add(row)
            session.flush()
            _note(session, row, "added", now, by)
            return _profile(row)
    except IntegrityError:
        raise ExportProfileNameTaken from None


def change_profile(
    db: Database,
    profile_id: int,
    definition: Definition,
    now: datetime,
    *,
    version: int,
    reach: Reach = EVERYBODY,
    by: int | None = None,
) -> Profile:
    """Put the definition in place of the one with this version.

    Raises as `add_profile`, UnknownExportProfile, and ExportProfileChanged where somebody was quicker.
    """
    tidy = _tidy(definition, reach)
    try:
        with db.write() as session:
            row = _held(session, profile_id, version)
            row.name, row.definition, row.version = tidy.name, tidy.as_json(), version + 1
            row.changed_at, row.changed_by = now, by
            session.flush()
            _note(session, row, "changed", now, by)
            return _profile(row)
    except IntegrityError:
        raise ExportProfileNameTaken from None


def remove_profile(
    db: Database,
    profile_id: int,
    now: datetime,
    *,
    version: int,
    reach: Reach = EVERYBODY,
    by: int | None = None,
) -> None:
    """Raises NotAllowed, UnknownExportProfile, and ExportProfileChanged where somebody has changed it since."""
    if not reach.everybody:
        raise NotAllowed
    with db.write() as session:
        row = _held(session, profile_id, version)
        _note(session, row, "removed", now, by)
        session.delete(row)


def checked(definition: Definition) -> Definition:
    """Raises ExportProfileRefused that names every entry that is wrong."""
    if problems := problems_of(definition):
        raise ExportProfileRefused(problems)
    return definition


def _tidy(definition: Definition, reach: Reach) -> Definition:
    if not reach.everybody:
        raise NotAllowed
    return checked(from_json({**definition.as_json(), "name": definition.name.strip()}))


def _row(session: Session, profile_id: int) -> ExportProfile:
    row = session.get(ExportProfile, profile_id)
    if row is None:
        raise UnknownExportProfile
    return row


def _held(session: Session, profile_id: int, version: int) -> ExportProfile:
    row = session.get(ExportProfile, profile_id, with_for_update=True)
    if row is None:
        raise UnknownExportProfile
    if row.version != version:
        raise ExportProfileChanged(version=row.version)
    return row


def _profile(row: ExportProfile) -> Profile:
    return Profile(row.id, row.version, row.changed_at, from_json(row.definition))


def _note(session: Session, row: ExportProfile, what: str, now: datetime, by: int | None) -> None:
    subject = f"export_profile:{row.id}"
    note(session, "export_profile_changed", subject, by=by, at=now, what=what, version=row.version)
