"""working time: patterns, the calendar, deductions, and what was expected on each day

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deduction_rates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("percent", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deduction_rates")),
        sa.UniqueConstraint("valid_from", name=op.f("uq_deduction_rates_valid_from")),
    )
    op.create_table(
        "ramadan_periods",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ramadan_periods")),
        sa.UniqueConstraint("first_day", name=op.f("uq_ramadan_periods_first_day")),
    )
    op.create_table(
        "work_patterns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_patterns")),
        sa.UniqueConstraint("code", name=op.f("uq_work_patterns_code")),
    )
    op.create_table(
        "calendar_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("starts", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('national', 'collective_leave', 'local', 'ceremony')",
            name=op.f("ck_calendar_entries_kind"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_calendar_entries_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_entries")),
    )
    with op.batch_alter_table("calendar_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_entries_day"), ["day"], unique=False)
        batch_op.create_index(batch_op.f("ix_calendar_entries_unit_id"), ["unit_id"], unique=False)
    op.create_table(
        "work_pattern_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pattern_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("anchor", sa.Date(), nullable=False),
        sa.Column("hours", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("tolerance_min", sa.Integer(), nullable=False),
        sa.Column("works_on_holidays", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pattern_id"],
            ["work_patterns.id"],
            name=op.f("fk_work_pattern_versions_pattern_id_work_patterns"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_pattern_versions")),
        sa.UniqueConstraint(
            "pattern_id", "valid_from", name=op.f("uq_work_pattern_versions_pattern_id_valid_from")
        ),
    )
    op.create_table(
        "day_plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deductions_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('work', 'off', 'national', 'collective_leave', 'local', 'outside')",
            name=op.f("ck_day_plans_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["deductions_id"], ["deduction_rates.id"], name=op.f("fk_day_plans_deductions_id_deduction_rates")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["work_pattern_versions.id"],
            name=op.f("fk_day_plans_version_id_work_pattern_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_plans")),
    )
    with op.batch_alter_table("day_plans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_day_plans_day"), ["day"], unique=False)
        batch_op.create_index(batch_op.f("ix_day_plans_version_id"), ["version_id"], unique=False)
    op.create_table(
        "work_pattern_assignments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pattern_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("employee_id", sa.Integer(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(unit_id IS NULL) <> (employee_id IS NULL)",
            name=op.f("ck_work_pattern_assignments_one_of_the_two"),
        ),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.id"], name=op.f("fk_work_pattern_assignments_employee_id_employees")
        ),
        sa.ForeignKeyConstraint(
            ["pattern_id"],
            ["work_patterns.id"],
            name=op.f("fk_work_pattern_assignments_pattern_id_work_patterns"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_work_pattern_assignments_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_pattern_assignments")),
    )
    with op.batch_alter_table("work_pattern_assignments", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_work_pattern_assignments_employee_id"), ["employee_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_work_pattern_assignments_pattern_id"), ["pattern_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_work_pattern_assignments_unit_id"), ["unit_id"], unique=False)
    op.create_table(
        "attendance_days",
        sa.Column("employee_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employee_id"], ["employees.id"], name=op.f("fk_attendance_days_employee_id_employees")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["day_plans.id"], name=op.f("fk_attendance_days_plan_id_day_plans")
        ),
        sa.PrimaryKeyConstraint("employee_id", "day", name=op.f("pk_attendance_days")),
    )
    with op.batch_alter_table("attendance_days", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attendance_days_day_employee_id_plan_id"),
            ["day", "employee_id", "plan_id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_attendance_days_plan_id"), ["plan_id"], unique=False)
    op.create_table(
        "recomputations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_recomputations_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recomputations")),
    )
    with op.batch_alter_table("checkins", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_checkins_counted_at_employee_id_kind_status"),
            ["counted_at", "employee_id", "kind", "status"],
            unique=False,
        )
