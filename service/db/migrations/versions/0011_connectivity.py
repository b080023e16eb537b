"""how sites are served, and devices that people use

Revision: 0011
Follows: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=True),
        sa.Column("time_ms", sa.Integer(), nullable=True),
        sa.Column("effective_type", sa.String(length=16), nullable=True),
        sa.Column("retries", sa.Integer(), nullable=True),
        sa.Column("offline_s", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_link_reports_site_id_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_reports")),
    )
    with op.batch_alter_table("link_reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_reports_site_id_hour"), ["site_id", "hour"], unique=False)
    op.create_table(
        "device_uses",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.id"], name=op.f("fk_device_uses_employee_id_employees")
        ),
        sa.PrimaryKeyConstraint("device", "employee_id", name=op.f("pk_device_uses")),
    )
    with op.batch_alter_table("device_uses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_uses_employee_id"), ["employee_id"], unique=False)
