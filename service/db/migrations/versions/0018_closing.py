"""closed months, their figures, and what came afterwards

Revision: 0018
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closed_months",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("unit_code", sa.String(length=32), nullable=False),
        sa.Column("unit_name", sa.String(length=200), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("checklist", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("unlocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unlocked_by", sa.Integer(), nullable=True),
        sa.Column("unlock_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["accounts.id"], name=op.f("fk_closed_months_closed_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_closed_months_unit_id_units"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["unlocked_by"], ["accounts.id"], name=op.f("fk_closed_months_unlocked_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_months")),
    )
    with op.batch_alter_table("closed_months", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_closed_months_month_unit_id"), ["month", "unit_id"], unique=False
        )
        batch_op.create_index(
            "uq_closed_months_in_force",
            ["unit_id", "month"],
            unique=True,
            sqlite_where=sa.text("unlocked_at IS NULL"),
            postgresql_where=sa.text("unlocked_at IS NULL"),
        )

    op.create_table(
        "closed_figures",
        sa.Column("closed_id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["closed_id"], ["closed_months.id"], name=op.f("fk_closed_figures_closed_id_closed_months")
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.id"], name=op.f("fk_closed_figures_employee_id_employees")
        ),
        sa.PrimaryKeyConstraint("closed_id", "employee_id", name=op.f("pk_closed_figures")),
    )
    with op.batch_alter_table("closed_figures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_closed_figures_employee_id"), ["employee_id"], unique=False)

    op.create_table(
        "after_closing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("closed_id", sa.Integer(), nullable=False),
        sa.Column("checkin_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('arrival', 'verdict')", name=op.f("ck_after_closing_kind")),
        sa.ForeignKeyConstraint(
            ["checkin_id"], ["checkins.id"], name=op.f("fk_after_closing_checkin_id_checkins")
        ),
        sa.ForeignKeyConstraint(
            ["closed_id"], ["closed_months.id"], name=op.f("fk_after_closing_closed_id_closed_months")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_after_closing")),
    )
    with op.batch_alter_table("after_closing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_after_closing_closed_id"), ["closed_id"], unique=False)
