"""Fingerprint machines, whom their numbers mean, and what was imported from their files."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, column
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.attendance.machine_file import PunchKind
from service.db.base import Base, one_of
from service.db.site_tables import Site
from service.db.tables import Account, Employee, Unit

Base.registry.update_type_annotation_map({PunchKind: String(16)})


class Machine(Base):
    """At a site, or only known to be somewhere in a unit.

    file_format : how its files are read, as `service.attendance.machine_file.FileFormat`.
    closed_at : since then nothing is imported from it.
    """

    __tablename__ = "machines"
    __table_args__ = (CheckConstraint("(site_id IS NULL) <> (unit_id IS NULL)", name="one_place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    file_format: Mapped[dict[str, Any]]
    added_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    site: Mapped[Site | None] = relationship()
    unit: Mapped[Unit | None] = relationship()


class MachineNumber(Base):
    """Whom a number in the machine means, where it is not their NIP.

    number : without zeros before it.
    employee_id : null for a number that came in a file and is nobody's yet. `rows` and `last_at` are then how
        often it came, and when last.
    """

    __tablename__ = "machine_numbers"

    machine_id: Mapped[int] = mapped_column(ForeignKey("machines.id"), primary_key=True)
    number: Mapped[str] = mapped_column(String(64), primary_key=True)
    employee_id: Mapped[int | None] = mapped_column(ForeignKey("employees.id"), index=True)
    rows: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime | None]

    employee: Mapped[Employee | None] = relationship()


class PunchImport(Base):
    """One file of a machine. `finished_at`: null while it is imported, or when that was broken off.

    report : numbers of rows by what became of them, and the first rows with a problem; it names nobody.
    """

    __tablename__ = "punch_imports"
    __table_args__ = (Index(None, "machine_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    machine_id: Mapped[int] = mapped_column(ForeignKey("machines.id"))
    file_name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[datetime]
    imported_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    finished_at: Mapped[datetime | None]
    added: Mapped[int] = mapped_column(default=0)
    there: Mapped[int] = mapped_column(default=0)
    wrong: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[datetime | None]
    last_at: Mapped[datetime | None]
    report: Mapped[dict[str, Any] | None]
    taken_back_at: Mapped[datetime | None]
    taken_back_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    taken_back_reason: Mapped[str | None]

    machine: Mapped[Machine] = relationship()
    author: Mapped[Account] = relationship(foreign_keys=[imported_by])
    taker_back: Mapped[Account | None] = relationship(foreign_keys=[taken_back_by])


_COUNTS = column("taken_back_at").is_(None)


class MachinePunch(Base):
    """A finger on a machine, never changed. `taken_back_at`: of its import; since then it does not count."""

    __tablename__ = "machine_punches"
    __table_args__ = (
        one_of("kind", PunchKind),
        # The same file, or another with the same time in it, adds nothing.
        Index(
            "uq_machine_punches_counting",
            "employee_id",
            "at",
            "machine_id",
            unique=True,
            sqlite_where=_COUNTS,
            postgresql_where=_COUNTS,
        ),
        # All that a month of the whole staff is made of, so that no row has to be read for it.
        Index(
            "ix_machine_punches_counting",
            "at",
            "employee_id",
            "machine_id",
            "kind",
            sqlite_where=_COUNTS,
            postgresql_where=_COUNTS,
        ),
        UniqueConstraint("import_id", "employee_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    machine_id: Mapped[int] = mapped_column(ForeignKey("machines.id"))
    employee_id: Mapped[int] = mapped_column(ForeignKey("employees.id"))
    at: Mapped[datetime]
    kind: Mapped[PunchKind]
    import_id: Mapped[int] = mapped_column(ForeignKey("punch_imports.id"))
    taken_back_at: Mapped[datetime | None]
