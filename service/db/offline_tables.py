"""What came from phones that had stored it: the passes they held, and how one item follows the other."""

from datetime import datetime
from typing import Literal

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.db.base import Base, one_of

Chain = Literal["whole", "waiting", "broken"]

Base.registry.update_type_annotation_map({Chain: String(8)})


class OfflinePass(Base):
    """A contact of a phone with the service: what it may say about the time later begins at `issued_at`."""

    __tablename__ = "offline_passes"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"), index=True)
    issued_at: Mapped[datetime]


class StoredItem(Base):
    """A check-in that was stored on the phone before it was sent.

    `item_hash`: what the next item names as `previous`; null where it was not sealed. `pass_id`, `sequence`,
    `previous` and `chain` are null for one that was sent at once; the pass may be gone (no foreign key).
    `reasons`: why its time can't be confirmed.
    """

    __tablename__ = "stored_items"
    __table_args__ = (
        one_of("chain", Chain),
        Index(None, "employee_id", "item_hash"),
        Index(None, "employee_id", "previous"),
        Index(None, "pass_id", "sequence"),
    )

    checkin_id: Mapped[str] = mapped_column(ForeignKey("checkins.id"), primary_key=True)
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"))
    item_hash: Mapped[str | None] = mapped_column(String(64))
    pass_id: Mapped[str | None] = mapped_column(String(64))
    sequence: Mapped[int | None]
    previous: Mapped[str | None] = mapped_column(String(64))
    chain: Mapped[Chain | None]
    reasons: Mapped[list[str]]
