"""items stored on phones

Revision: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "offline_passes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.id"], name=op.f("fk_offline_passes_employee_id_employees")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offline_passes")),
    )
    with op.batch_alter_table("offline_passes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_offline_passes_employee_id"), ["employee_id"], unique=False)

    op.create_table(
        "stored_items",
        sa.Column("checkin_id", sa.String(length=36), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("item_hash", sa.String(length=64), nullable=True),
        sa.Column("pass_id", sa.String(length=64), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("previous", sa.String(length=64), nullable=True),
        sa.Column("chain", sa.String(length=8), nullable=True),
        sa.Column("reasons", sa.JSON(none_as_null=True), nullable=False),
        sa.CheckConstraint("chain IN ('whole', 'waiting', 'broken')", name=op.f("ck_stored_items_chain")),
        sa.ForeignKeyConstraint(
            ["checkin_id"], ["checkins.id"], name=op.f("fk_stored_items_checkin_id_checkins")
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.id"], name=op.f("fk_stored_items_employee_id_employees")
        ),
        sa.PrimaryKeyConstraint("checkin_id", name=op.f("pk_stored_items")),
    )
    with op.batch_alter_table("stored_items", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stored_items_employee_id_item_hash"), ["employee_id", "item_hash"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_stored_items_employee_id_previous"), ["employee_id", "previous"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_stored_items_pass_id_sequence"), ["pass_id", "sequence"], unique=False
        )
