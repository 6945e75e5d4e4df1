"""Kiosks from afar"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "release",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="kiosks take only a higher one than they had"),
        sa.Column("board", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False, comment="exactly what is signed"),
        sa.Column("signature", sa.Text(), nullable=False, comment="base64"),
        sa.Column("published_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="release_pkey"),
        sa.UniqueConstraint("board", "number", name="release_board_number_key"),
    )
    op.create_table(
        "release_file",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column(
            "file",
            sa.SmallInteger(),
            autoincrement=False,
            nullable=False,
            comment="its place in the manifest, from 0",
        ),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.id"], name="release_file_release_id_fkey"),
        sa.PrimaryKeyConstraint("release_id", "file", name="release_file_pkey"),
    )
    # Not compressed: a piece is then read without its whole file.
    op.execute("ALTER TABLE release_file ALTER COLUMN data SET STORAGE EXTERNAL")
    op.add_column("kiosk", sa.Column("release_id", sa.Integer(), nullable=True, comment="offered to it"))
    op.create_foreign_key("kiosk_release_id_fkey", "kiosk", "release", ["release_id"], ["id"])
    op.add_column(
        "kiosk_settings",
        sa.Column(
            "questions",
            postgresql.ARRAY(sa.Integer()),
            server_default="{}",
            nullable=False,
            comment="further ones, for some weekdays",
        ),
    )
    op.add_column(
        "kiosk_status",
        sa.Column(
            "secret",
            sa.Integer(),
            nullable=True,
            comment="number of the secret that it signed in with; null: it does not say",
        ),
    )
    op.create_table(
        "kiosk_preferences",
        sa.Column("kiosk_id", sa.Text(), nullable=False),
        sa.Column("preferences", postgresql.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosk.id"], name="kiosk_preferences_kiosk_id_fkey"),
        sa.PrimaryKeyConstraint("kiosk_id", name="kiosk_preferences_pkey"),
    )
    op.create_table(
        "kiosk_command",
        sa.Column("kiosk_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("do", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("number", sa.Integer(), nullable=True, comment="of the new secret"),
        sa.Column(
            "salt",
            sa.LargeBinary(),
            nullable=True,
            comment="of the new secret, until the command has come to its end",
        ),
        sa.Column("outcome", sa.Text(), nullable=True, comment="what the kiosk said of it"),
        sa.Column("author", sa.Text(), nullable=False, comment="who asked for it"),
        sa.Column("key", sa.Text(), nullable=True, comment="idempotency key of the request"),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "\"do\" IN ('identify', 'self-test', 'reboot', 'log', 'secret')", name="kiosk_command_do_check"
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'sent', 'done', 'failed', 'expired')", name="kiosk_command_state_check"
        ),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosk.id"], name="kiosk_command_kiosk_id_fkey"),
        sa.PrimaryKeyConstraint("kiosk_id", "id", name="kiosk_command_pkey"),
        sa.UniqueConstraint("key", name="kiosk_command_key_key"),
    )
    op.create_index(
        "kiosk_command_open",
        "kiosk_command",
        ["kiosk_id", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'sent')"),
    )


def downgrade() -> None:
    op.drop_table("kiosk_command")
    op.drop_table("kiosk_preferences")
    op.drop_column("kiosk_status", "secret")
    op.drop_column("kiosk_settings", "questions")
    op.drop_constraint("kiosk_release_id_fkey", "kiosk")
    op.drop_column("kiosk", "release_id")
    op.drop_table("release_file")
    op.drop_table("release")
