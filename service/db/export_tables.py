"""Exports of attendance to other applications: how their files look, and files that wait to be fetched."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base


class ExportProfile(Base):
    """`definition`: as `service.export_definitions` writes and reads it. `version`: one more with every change."""

    __tablename__ = "export_profiles"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    definition: Mapped[dict[str, Any]]
    version: Mapped[int]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))


class ExportFile(Base):
    """A file that was made, sealed in the evidence store, for the account that asked for it alone.

    `unit_id`: of the unit and all below it; null is everybody. Removed after a day, and whenever somebody is
    erased.
    """

    __tablename__ = "export_files"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    unit_id: Mapped[int | None]
    file_name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    evidence_key: Mapped[str] = mapped_column(String(200), unique=True)
    made_at: Mapped[datetime] = mapped_column(index=True)
