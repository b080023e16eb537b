"""Long work that somebody has asked for, and how far it is."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, one_of

JobState = Literal["waiting", "running", "done", "failed"]

Base.registry.update_type_annotation_map({JobState: String(16)})


class Job(Base):
    """`claimed_until`: until then one process works on it. `file_key`: what was given with it, sealed.

    `report` may name people by their NIP, for HR to know whose photos were not fit.
    """

    __tablename__ = "jobs"
    __table_args__ = (one_of("state", JobState), Index(None, "state", "claimed_until"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    state: Mapped[JobState]
    options: Mapped[dict[str, Any]]
    file_key: Mapped[str | None] = mapped_column(String(200))
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    report: Mapped[dict[str, Any] | None]
    tries: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
