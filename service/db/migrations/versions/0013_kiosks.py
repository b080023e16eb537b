"""kiosks at office doors

Revision: 0013
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kiosks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("pairing_hash", sa.String(length=64), nullable=True),
        sa.Column("pairing_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("paired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_attempt_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name=op.f("fk_kiosks_created_by_accounts")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_kiosks_site_id_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosks")),
        sa.UniqueConstraint("pairing_hash", name=op.f("uq_kiosks_pairing_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_kiosks_token_hash")),
    )
    with op.batch_alter_table("kiosks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kiosks_site_id"), ["site_id"], unique=False)

    op.create_table(
        "kiosk_attempts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kiosk_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reasons", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_nip_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("selfie_key", sa.String(length=200), nullable=True),
        sa.Column("selfie_sha256", sa.String(length=64), nullable=False),
        sa.Column("frame_keys", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("meta", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("challenge", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("findings", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("checkin_id", sa.String(length=36), nullable=True),
        sa.Column("disowned_id", sa.String(length=36), nullable=True),
        sa.CheckConstraint("kind IN ('in', 'out', 'auto')", name=op.f("ck_kiosk_attempts_kind")),
        sa.CheckConstraint(
            "status IN ('received', 'retake', 'unidentified', 'identified')",
            name=op.f("ck_kiosk_attempts_status"),
        ),
        sa.ForeignKeyConstraint(
            ["checkin_id"], ["checkins.id"], name=op.f("fk_kiosk_attempts_checkin_id_checkins")
        ),
        sa.ForeignKeyConstraint(
            ["disowned_id"], ["checkins.id"], name=op.f("fk_kiosk_attempts_disowned_id_checkins")
        ),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosks.id"], name=op.f("fk_kiosk_attempts_kiosk_id_kiosks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosk_attempts")),
    )
    with op.batch_alter_table("kiosk_attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_kiosk_attempts_checkin_id"), ["checkin_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_kiosk_attempts_disowned_id"), ["disowned_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_kiosk_attempts_kiosk_id"), ["kiosk_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_kiosk_attempts_status_received_at"), ["status", "received_at"], unique=False
        )

    with op.batch_alter_table("challenges", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kiosk_id", sa.Integer(), nullable=True))
        batch_op.alter_column("employee_id", existing_type=sa.INTEGER(), nullable=True)
        batch_op.create_index(batch_op.f("ix_challenges_kiosk_id"), ["kiosk_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_challenges_kiosk_id_kiosks"), "kiosks", ["kiosk_id"], ["id"]
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_challenges_one_holder"), "(employee_id IS NULL) <> (kiosk_id IS NULL)"
        )
