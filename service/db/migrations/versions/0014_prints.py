"""fingerprints of check-ins' pictures

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "checkin_prints",
        sa.Column("checkin_id", sa.String(length=36), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("picture", sa.String(length=16), nullable=False),
        sa.Column("prints", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkin_id"], ["checkins.id"], name=op.f("fk_checkin_prints_checkin_id_checkins")
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.id"], name=op.f("fk_checkin_prints_employee_id_employees")
        ),
        sa.PrimaryKeyConstraint("checkin_id", name=op.f("pk_checkin_prints")),
    )
    with op.batch_alter_table("checkin_prints", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_checkin_prints_employee_id_received_at"),
            ["employee_id", "received_at"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_checkin_prints_picture"), ["picture"], unique=False)
