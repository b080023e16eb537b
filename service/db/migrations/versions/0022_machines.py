"""fingerprint machines and what is imported from their files

Revision: 0022
Follows: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

COUNTS = sa.text("taken_back_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "machines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("file_format", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(site_id IS NULL) <> (unit_id IS NULL)", name=op.f("ck_machines_one_place")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_machines_site_id_sites")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_machines_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machines")),
        sa.UniqueConstraint("code", name=op.f("uq_machines_code")),
    )
    op.create_index(op.f("ix_machines_site_id"), "machines", ["site_id"])
    op.create_index(op.f("ix_machines_unit_id"), "machines", ["unit_id"])
    op.create_table(
        "machine_numbers",
        sa.Column("machine_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["machine_id"], ["machines.id"], name=op.f("fk_machine_numbers_machine_id_machines")
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.id"], name=op.f("fk_machine_numbers_employee_id_employees")
        ),
        sa.PrimaryKeyConstraint("machine_id", "number", name=op.f("pk_machine_numbers")),
    )
    op.create_index(op.f("ix_machine_numbers_employee_id"), "machine_numbers", ["employee_id"])
    op.create_table(
        "punch_imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("machine_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("there", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_by", sa.Integer(), nullable=True),
        sa.Column("taken_back_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["machine_id"], ["machines.id"], name=op.f("fk_punch_imports_machine_id_machines")
        ),
        sa.ForeignKeyConstraint(
            ["imported_by"], ["accounts.id"], name=op.f("fk_punch_imports_imported_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["taken_back_by"], ["accounts.id"], name=op.f("fk_punch_imports_taken_back_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_punch_imports")),
    )
    op.create_index(op.f("ix_punch_imports_machine_id_sha256"), "punch_imports", ["machine_id", "sha256"])
    op.create_table(
        "machine_punches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("machine_id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('in', 'out', 'any')", name=op.f("ck_machine_punches_kind")),
        sa.ForeignKeyConstraint(
            ["machine_id"], ["machines.id"], name=op.f("fk_machine_punches_machine_id_machines")
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.id"], name=op.f("fk_machine_punches_employee_id_employees")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["punch_imports.id"], name=op.f("fk_machine_punches_import_id_punch_imports")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_punches")),
        sa.UniqueConstraint(
            "import_id", "employee_id", "at", name=op.f("uq_machine_punches_import_id_employee_id_at")
        ),
    )
    op.create_index(
        "uq_machine_punches_counting",
        "machine_punches",
        ["employee_id", "at", "machine_id"],
        unique=True,
        sqlite_where=COUNTS,
        postgresql_where=COUNTS,
    )
    op.create_index(
        "ix_machine_punches_counting",
        "machine_punches",
        ["at", "employee_id", "machine_id", "kind"],
        sqlite_where=COUNTS,
        postgresql_where=COUNTS,
    )
