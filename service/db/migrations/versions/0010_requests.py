"""requests, decisions on them, and manual periods

Revision: 0010
Follows: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("letter_key", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('izin', 'sakit', 'cuti_tahunan', 'cuti_besar', 'cuti_sakit', 'cuti_melahirkan', "
            "'cuti_alasan_penting', 'cuti_di_luar_tanggungan', 'dinas_luar', 'tugas_belajar', 'wfh', "
            "'alasan_teknis')",
            name=op.f("ck_absences_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'approved', 'refused', 'withdrawn', 'revoked')",
            name=op.f("ck_absences_state"),
        ),
        sa.CheckConstraint("first <= last", name=op.f("ck_absences_in_order")),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.id"], name=op.f("fk_absences_employee_id_employees")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    with op.batch_alter_table("absences", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_absences_employee_id_first"), ["employee_id", "first"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_absences_state_asked_at"), ["state", "asked_at"], unique=False)

    op.create_table(
        "corrections",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("arrival", sa.Time(), nullable=True),
        sa.Column("departure", sa.Time(), nullable=True),
        sa.Column("departs_next_day", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'approved', 'refused', 'withdrawn', 'revoked')",
            name=op.f("ck_corrections_state"),
        ),
        sa.CheckConstraint(
            "arrival IS NOT NULL OR departure IS NOT NULL", name=op.f("ck_corrections_some_time")
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.id"], name=op.f("fk_corrections_employee_id_employees")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    with op.batch_alter_table("corrections", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_corrections_employee_id_day"), ["employee_id", "day"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_corrections_state_asked_at"), ["state", "asked_at"], unique=False
        )

    op.create_table(
        "manual_periods",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("begins", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Integer(), nullable=True),
        sa.Column("revoke_reason", sa.String(), nullable=True),
        sa.CheckConstraint("first <= last", name=op.f("ck_manual_periods_in_order")),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["accounts.id"], name=op.f("fk_manual_periods_entered_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by"], ["accounts.id"], name=op.f("fk_manual_periods_revoked_by_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_manual_periods_unit_id_units"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_periods")),
    )
    with op.batch_alter_table("manual_periods", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_manual_periods_first_last"), ["first", "last"], unique=False)
        batch_op.create_index(batch_op.f("ix_manual_periods_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "request_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("absence_id", sa.Integer(), nullable=True),
        sa.Column("correction_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'approved', 'refused', 'withdrawn', 'revoked')",
            name=op.f("ck_request_decisions_state"),
        ),
        sa.CheckConstraint(
            "(absence_id IS NULL) <> (correction_id IS NULL)",
            name=op.f("ck_request_decisions_of_one_request"),
        ),
        sa.ForeignKeyConstraint(
            ["absence_id"], ["absences.id"], name=op.f("fk_request_decisions_absence_id_absences")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_request_decisions_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["correction_id"], ["corrections.id"], name=op.f("fk_request_decisions_correction_id_corrections")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_decisions")),
    )
    with op.batch_alter_table("request_decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_request_decisions_absence_id"), ["absence_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_request_decisions_correction_id"), ["correction_id"], unique=False
        )

    op.create_table(
        "manual_period_people",
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.id"], name=op.f("fk_manual_period_people_employee_id_employees")
        ),
        sa.ForeignKeyConstraint(
            ["period_id"],
            ["manual_periods.id"],
            name=op.f("fk_manual_period_people_period_id_manual_periods"),
        ),
        sa.PrimaryKeyConstraint("period_id", "employee_id", name=op.f("pk_manual_period_people")),
    )
    with op.batch_alter_table("manual_period_people", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_manual_period_people_employee_id"), ["employee_id"], unique=False
        )
