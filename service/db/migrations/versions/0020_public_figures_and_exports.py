"""public figures, and exports to other applications

Revision: 0020
Follows: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "published_months",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["published_by"], ["accounts.id"], name=op.f("fk_published_months_published_by_accounts")
        ),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_published_months")),
    )
    op.create_table(
        "published_figures",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit_code", sa.String(length=32), nullable=True),
        sa.Column("unit_name", sa.String(length=200), nullable=True),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("working_days", sa.Integer(), nullable=True),
        sa.Column("attended_days", sa.Integer(), nullable=True),
        sa.Column("present_days", sa.Integer(), nullable=True),
        sa.Column("on_time_days", sa.Integer(), nullable=True),
        sa.Column("median_upload_ms", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["month"], ["published_months.month"], name=op.f("fk_published_figures_month_published_months")
        ),
        sa.PrimaryKeyConstraint("month", "place", name=op.f("pk_published_figures")),
    )
    op.create_table(
        "export_profiles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("definition", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["accounts.id"], name=op.f("fk_export_profiles_changed_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_profiles")),
        sa.UniqueConstraint("name", name=op.f("uq_export_profiles_name")),
    )
    op.create_table(
        "export_files",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("evidence_key", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_export_files_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_files")),
        sa.UniqueConstraint("evidence_key", name=op.f("uq_export_files_evidence_key")),
    )
    with op.batch_alter_table("export_files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_export_files_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_export_files_made_at"), ["made_at"], unique=False)
