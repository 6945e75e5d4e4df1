"""The spine"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="batch_pkey"),
        sa.UniqueConstraint("position", name="batch_position_key"),
    )
    op.create_index(
        "batch_without_position", "batch", ["id"], unique=False, postgresql_where=sa.text("position IS NULL")
    )
    op.create_table(
        "kiosk",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="kiosk_pkey"),
        sa.CheckConstraint("id ~ '^[a-z0-9-]{1,32}$'", name="kiosk_id_check"),
        sa.CheckConstraint("state IN ('enrolled', 'retired')", name="kiosk_state_check"),
    )
    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False, comment="IANA name"),
        sa.Column(
            "opening_hours",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
            comment='{"mon": [["09:00", "21:00"]], …}; a day that is not there is closed',
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["place.id"], name="place_parent_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="place_pkey"),
        sa.CheckConstraint("kind IN ('organisation', 'region', 'store')", name="place_kind_check"),
    )
    op.create_index("place_path_idx", "place", ["path"], unique=False, postgresql_using="gin")
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "text", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='by language: {"uk": …, "en": …}'
        ),
        sa.Column("buttons", sa.SmallInteger(), nullable=False, comment="size of the scale; button 1 is the best"),
        sa.PrimaryKeyConstraint("id", name="question_pkey"),
    )
    op.create_table(
        "rating",
        sa.Column("cursor_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("earliest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("time_quality", sa.SmallInteger(), nullable=False, comment="0 exact, 1 reconstructed, 2 unknown"),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("touchpoint_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("button", sa.SmallInteger(), nullable=False),
        sa.Column("score", sa.REAL(), nullable=False, comment="0 … 100"),
        sa.Column(
            "mark", sa.SmallInteger(), nullable=False, comment="0 counted; else why not: 1 test, 2 perhaps repeated"
        ),
        sa.Column("boot", sa.Integer(), nullable=False),
        sa.Column("uptime", sa.BigInteger(), nullable=False, comment="ms since boot"),
        sa.Column("settings_version", sa.Integer(), nullable=False),
        postgresql_partition_by="RANGE (received_at)",
    )
    op.create_index("rating_batch", "rating", ["batch_id"], unique=False)
    op.create_index("rating_store", "rating", ["store_id", "received_at"], unique=False)
    op.create_table(
        "rating_hour",
        sa.Column("store_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touchpoint_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("question_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("button", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("timed", sa.Boolean(), nullable=False, comment="false: time unknown, not for hourly charts"),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("marked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "store_id", "hour", "touchpoint_id", "question_id", "button", "timed", name="rating_hour_pkey"
        ),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="signs in by it"),
        sa.Column("password", sa.Text(), nullable=True, comment="argon2id; none until its owner has chosen one"),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="account_place_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="account_pkey"),
        sa.UniqueConstraint("name", name="account_name_key"),
    )
    op.create_table(
        "api_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="api_token_place_id_fkey"),
        sa.PrimaryKeyConstraint("digest", name="api_token_pkey"),
    )
    op.create_table(
        "cursor",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("kiosk_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column(
            "seq", sa.Integer(), server_default="0", nullable=False, comment="everything up to here is committed"
        ),
        sa.Column(
            "recorded", sa.Integer(), server_default="0", nullable=False, comment="the kiosk has recorded up to here"
        ),
        sa.Column("latest_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosk.id"], name="cursor_kiosk_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="cursor_pkey"),
        sa.UniqueConstraint("kiosk_id", "epoch", name="cursor_kiosk_id_epoch_key"),
    )
    op.create_table(
        "kiosk_secret",
        sa.Column("kiosk_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="counts rotations"),
        sa.Column("bcrypt", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosk.id"], name="kiosk_secret_kiosk_id_fkey"),
        sa.PrimaryKeyConstraint("kiosk_id", "number", name="kiosk_secret_pkey"),
    )
    op.create_table(
        "kiosk_settings",
        sa.Column("kiosk_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="as sent in `config`"),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosk.id"], name="kiosk_settings_kiosk_id_fkey"),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name="kiosk_settings_question_id_fkey"),
        sa.PrimaryKeyConstraint("kiosk_id", "version", name="kiosk_settings_pkey"),
    )
    op.create_table(
        "touchpoint",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False, comment="the order in which a customer meets them"),
        sa.ForeignKeyConstraint(["store_id"], ["place.id"], name="touchpoint_store_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="touchpoint_pkey"),
        sa.UniqueConstraint("store_id", "name", name="touchpoint_store_id_name_key"),
    )
    op.create_table(
        "completeness_day",
        sa.Column("cursor_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("recorded", sa.Integer(), nullable=False, comment="highest seq known to be recorded"),
        sa.Column("received", sa.Integer(), nullable=False, comment="the cursor"),
        sa.Column("stored", sa.Integer(), server_default="0", nullable=False, comment="of this day, like the next two"),
        sa.Column("put_aside", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lost", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["cursor_id"], ["cursor.id"], name="completeness_day_cursor_id_fkey"),
        sa.PrimaryKeyConstraint("cursor_id", "day", name="completeness_day_pkey"),
    )
    op.create_table(
        "gap",
        sa.Column("cursor_id", sa.Integer(), nullable=False),
        sa.Column("first_seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cursor_id"], ["cursor.id"], name="gap_cursor_id_fkey"),
        sa.PrimaryKeyConstraint("cursor_id", "first_seq", name="gap_pkey"),
    )
    op.create_table(
        "kiosk_placement",
        sa.Column("kiosk_id", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("touchpoint_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosk.id"], name="kiosk_placement_kiosk_id_fkey"),
        sa.ForeignKeyConstraint(["touchpoint_id"], ["touchpoint.id"], name="kiosk_placement_touchpoint_id_fkey"),
        sa.PrimaryKeyConstraint("kiosk_id", "since", name="kiosk_placement_pkey"),
    )
    op.create_index(
        "kiosk_placement_now", "kiosk_placement", ["kiosk_id"], unique=True, postgresql_where=sa.text("until IS NULL")
    )
    op.create_table(
        "kiosk_record",
        sa.Column("cursor_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("value", sa.SmallInteger(), nullable=False),
        sa.Column("extra", sa.Integer(), nullable=False),
        sa.Column("flags", sa.SmallInteger(), nullable=False),
        sa.Column("boot", sa.Integer(), nullable=False),
        sa.Column("uptime", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_quality", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["cursor_id"], ["cursor.id"], name="kiosk_record_cursor_id_fkey"),
        sa.PrimaryKeyConstraint("cursor_id", "seq", name="kiosk_record_pkey"),
    )
    op.create_table(
        "kiosk_status",
        sa.Column("kiosk_id", sa.Text(), nullable=False),
        sa.Column("cursor_id", sa.Integer(), nullable=False),
        sa.Column("boot", sa.Integer(), nullable=False),
        sa.Column("connection", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asleep_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False, comment="last recorded"),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("settings_version", sa.Integer(), nullable=False),
        sa.Column("health", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cursor_id"], ["cursor.id"], name="kiosk_status_cursor_id_fkey"),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosk.id"], name="kiosk_status_kiosk_id_fkey"),
        sa.PrimaryKeyConstraint("kiosk_id", name="kiosk_status_pkey"),
    )
    op.create_table(
        "put_aside",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("kiosk_id", sa.Text(), nullable=False),
        sa.Column("cursor_id", sa.Integer(), nullable=True, comment="with seq: one record; without: a whole message"),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column(
            "digest",
            sa.LargeBinary(),
            nullable=False,
            comment="of kiosk, identity and payload: a repeat only counts up",
        ),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cursor_id"], ["cursor.id"], name="put_aside_cursor_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="put_aside_pkey"),
        sa.UniqueConstraint("digest", name="put_aside_digest_key"),
    )
    op.create_table(
        "session",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="session_account_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name="session_pkey"),
    )
    op.create_table(
        "sign_in_link",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="sign_in_link_account_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name="sign_in_link_pkey"),
    )


def downgrade() -> None:
    op.drop_table("sign_in_link")
    op.drop_table("session")
    op.drop_table("put_aside")
    op.drop_table("kiosk_status")
    op.drop_table("kiosk_record")
    op.drop_index("kiosk_placement_now", table_name="kiosk_placement", postgresql_where=sa.text("until IS NULL"))
    op.drop_table("kiosk_placement")
    op.drop_table("gap")
    op.drop_table("completeness_day")
    op.drop_table("touchpoint")
    op.drop_table("kiosk_settings")
    op.drop_table("kiosk_secret")
    op.drop_table("cursor")
    op.drop_table("api_token")
    op.drop_table("account")
    op.drop_table("rating_hour")
    op.drop_index("rating_store", table_name="rating")
    op.drop_index("rating_batch", table_name="rating")
    op.drop_table("rating")
    op.drop_table("question")
    op.drop_index("place_path_idx", table_name="place", postgresql_using="gin")
    op.drop_table("place")
    op.drop_table("kiosk")
    op.drop_index("batch_without_position", table_name="batch", postgresql_where=sa.text("position IS NULL"))
    op.drop_table("batch")
