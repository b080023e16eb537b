"""units, and accounts limited to one

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "units",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_units_not_its_own_parent")),
        sa.ForeignKeyConstraint(["parent_id"], ["units.id"], name=op.f("fk_units_parent_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
        sa.UniqueConstraint("code", name=op.f("uq_units_code")),
    )
    with op.batch_alter_table("units", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_units_parent_id"), ["parent_id"], unique=False)

    # In the column's own definition SQLite takes a foreign key without copying the table. Alembic would leave out
    # its name there.
    for table in ("employees", "accounts"):
        reference = f"CONSTRAINT fk_{table}_unit_id_units REFERENCES units (id)"
        op.execute(f"ALTER TABLE {table} ADD COLUMN unit_id INTEGER {reference}")
    op.create_index(op.f("ix_employees_unit_id"), "employees", ["unit_id"], unique=False)
