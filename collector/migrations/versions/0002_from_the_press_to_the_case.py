"""From the press to the case"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("question", "text", type_=postgresql.JSON(), postgresql_using="text::json")
    op.create_index("put_aside_kiosk_id_first_at_idx", "put_aside", ["kiosk_id", "first_at"])
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False, comment="one printer or receiver; its jobs go one by one"),
        sa.Column("key", sa.Text(), nullable=False, comment="idempotency key"),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True, comment="why it failed or is unsure, a sentence"),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="job_pkey"),
        sa.CheckConstraint(
            "state IN ('queued', 'claimed', 'sending', 'done', 'failed', 'unknown')", name="job_state_check"
        ),
        sa.CheckConstraint("kind IN ('print', 'webhook')", name="job_kind_check"),
        sa.UniqueConstraint("key", name="job_key_key"),
    )
    op.create_index(
        "job_due", "job", ["kind", "target", "id"], unique=False, postgresql_where=sa.text("state = 'queued'")
    )
    op.create_index("job_target_id_idx", "job", ["target", "id"], unique=False)
    op.create_index(
        "job_open",
        "job",
        ["target", "state"],
        unique=False,
        postgresql_where=sa.text("state NOT IN ('done', 'failed')"),
    )
    op.create_index(
        "job_in_hand",
        "job",
        ["kind", "target"],
        unique=True,
        postgresql_where=sa.text("state IN ('claimed', 'sending')"),
    )
    op.create_table(
        "link_key",
        sa.Column("signer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False, comment="0 … 63"),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("signer_id", "number", name="link_key_pkey"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=False, comment="the same wherever it is told"),
        sa.Column("type", sa.Text(), nullable=False, comment="CloudEvents type"),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False, comment="the store: who may see it"),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="outbox_place_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="outbox_pkey"),
        sa.UniqueConstraint("event_id", name="outbox_event_id_key"),
        sa.UniqueConstraint("position", name="outbox_position_key"),
    )
    op.create_index(
        "outbox_without_position", "outbox", ["id"], unique=False, postgresql_where=sa.text("position IS NULL")
    )
    op.create_table(
        "printer",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False, comment="tcp://host:port"),
        sa.Column("profile", sa.Text(), nullable=False, comment="a key of printer.escpos.PROFILES"),
        sa.Column("state", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["store_id"], ["place.id"], name="printer_store_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="printer_pkey"),
        sa.UniqueConstraint("store_id", "name", name="printer_store_id_name_key"),
    )
    op.create_table(
        "signer",
        sa.Column("id", sa.Integer(), sa.Identity(always=True, maxvalue=16777215), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["place.id"], name="signer_store_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="signer_pkey"),
        sa.CheckConstraint("kind IN ('collector', 'pi', 'proxy')", name="signer_kind_check"),
    )
    op.create_table(
        "survey",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False, comment="asked where the rating is not known yet"),
        sa.Column(
            "definition",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="reasons and words by language, see surveys.definition",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="survey_place_id_fkey"),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name="survey_question_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="survey_pkey"),
        sa.UniqueConstraint("place_id", "version", name="survey_place_id_version_key"),
    )
    op.create_table(
        "webhook",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False, comment="hears of this place and all below it"),
        sa.Column("secret_number", sa.Integer(), server_default="1", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("rotation_key", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="webhook_place_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="webhook_pkey"),
        sa.UniqueConstraint("key", name="webhook_key_key"),
    )
    op.create_table(
        "receipt",
        sa.Column("signer_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "serial", sa.Integer(), autoincrement=False, nullable=False, comment="counts the signer's receipts of a day"
        ),
        sa.Column("touchpoint_id", sa.Integer(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True, comment="receipt number of the till"),
        sa.Column("key", sa.Text(), nullable=True, comment="idempotency key of whoever had it issued here"),
        sa.Column("issued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["signer_id"], ["signer.id"], name="receipt_signer_id_fkey"),
        sa.ForeignKeyConstraint(["touchpoint_id"], ["touchpoint.id"], name="receipt_touchpoint_id_fkey"),
        sa.PrimaryKeyConstraint("signer_id", "day", "serial", name="receipt_pkey"),
        sa.UniqueConstraint("key", name="receipt_key_key"),
    )
    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.SmallInteger(), nullable=False, comment="ratings.kinds.Channel"),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("touchpoint_id", sa.Integer(), nullable=True),
        sa.Column("cursor_id", sa.Integer(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("question_id", sa.Integer(), nullable=True, comment="that the button answers"),
        sa.Column("button", sa.SmallInteger(), nullable=True),
        sa.Column("score", sa.REAL(), nullable=True, comment="0 … 100"),
        sa.Column("signer_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("serial", sa.Integer(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True, comment="its number in the system that it came from"),
        sa.Column("reasons", postgresql.ARRAY(sa.SmallInteger()), server_default="{}", nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["cursor_id"], ["cursor.id"], name="answer_cursor_id_fkey"),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name="answer_question_id_fkey"),
        sa.ForeignKeyConstraint(
            ["signer_id", "day", "serial"],
            ["receipt.signer_id", "receipt.day", "receipt.serial"],
            name="answer_signer_id_fkey",
        ),
        sa.ForeignKeyConstraint(["store_id"], ["place.id"], name="answer_store_id_fkey"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="answer_survey_id_fkey"),
        sa.ForeignKeyConstraint(["touchpoint_id"], ["touchpoint.id"], name="answer_touchpoint_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="answer_pkey"),
        sa.UniqueConstraint("identity", name="answer_identity_key"),
    )
    op.create_index("answer_store_id_submitted_at_idx", "answer", ["store_id", "submitted_at"], unique=False)
    op.create_table(
        "case",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False, comment="what opened it; never two for one"),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("step", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name="case_answer_id_fkey"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="case_place_id_fkey"),
        sa.ForeignKeyConstraint(["store_id"], ["place.id"], name="case_store_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="case_pkey"),
        sa.CheckConstraint("state IN ('open', 'taken', 'resolved')", name="case_state_check"),
        sa.UniqueConstraint("identity", name="case_identity_key"),
    )
    op.create_index("case_due", "case", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_index("case_place_id_state_idx", "case", ["place_id", "state"], unique=False)
    op.create_table(
        "contact",
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False, comment="e-mail or telephone, as typed"),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False, comment="the words that were agreed to"),
        sa.Column("consented_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("erase_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name="contact_answer_id_fkey", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("answer_id", name="contact_pkey"),
    )
    op.create_table(
        "case_event",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False, comment="name of the account, or 'Smilepost'"),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column(
            "key",
            sa.Text(),
            nullable=True,
            comment="of the request that asked for it; a repeat of it changes nothing",
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="case_event_case_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="case_event_pkey"),
        sa.UniqueConstraint("key", name="case_event_key_key"),
        sa.CheckConstraint(
            "kind IN ('opened', 'taken', 'commented', 'climbed', 'resolved')", name="case_event_kind_check"
        ),
    )
    op.create_index("case_event_case_id_idx", "case_event", ["case_id"], unique=False)
    op.add_column(
        "rating",
        sa.Column("channel", sa.SmallInteger(), server_default="0", nullable=False, comment="ratings.kinds.Channel"),
    )
    op.alter_column(
        "rating",
        "time_quality",
        existing_type=sa.SMALLINT(),
        comment="ratings.kinds.TimeQuality",
        existing_comment="0 exact, 1 reconstructed, 2 unknown",
        existing_nullable=False,
    )
    op.alter_column(
        "rating",
        "mark",
        existing_type=sa.SMALLINT(),
        comment="ratings.kinds.Mark",
        existing_comment="0 counted; else why not: 1 test, 2 perhaps repeated",
        existing_nullable=False,
    )
    op.add_column("rating_hour", sa.Column("channel", sa.SmallInteger(), server_default="0", nullable=False))
    op.drop_constraint("rating_hour_pkey", "rating_hour")
    op.create_primary_key(
        "rating_hour_pkey",
        "rating_hour",
        ["store_id", "hour", "touchpoint_id", "question_id", "button", "channel", "timed"],
    )
    op.drop_column("api_token", "last_used_at")


def downgrade() -> None:
    op.alter_column("question", "text", type_=postgresql.JSONB(), postgresql_using="text::jsonb")
    op.drop_index("put_aside_kiosk_id_first_at_idx", table_name="put_aside")
    op.add_column("api_token", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("DELETE FROM rating_hour WHERE channel > 0")
    op.drop_column("rating_hour", "channel")
    columns = ["store_id", "hour", "touchpoint_id", "question_id", "button", "timed"]
    op.create_primary_key("rating_hour_pkey", "rating_hour", columns)
    op.alter_column(
        "rating",
        "mark",
        existing_type=sa.SMALLINT(),
        comment="0 counted; else why not: 1 test, 2 perhaps repeated",
        existing_comment="ratings.kinds.Mark",
        existing_nullable=False,
    )
    op.alter_column(
        "rating",
        "time_quality",
        existing_type=sa.SMALLINT(),
        comment="0 exact, 1 reconstructed, 2 unknown",
        existing_comment="ratings.kinds.TimeQuality",
        existing_nullable=False,
    )
    op.drop_column("rating", "channel")
    op.drop_index("case_event_case_id_idx", table_name="case_event")
    op.drop_table("case_event")
    op.drop_table("contact")
    op.drop_index("case_place_id_state_idx", table_name="case")
    op.drop_index("case_due", table_name="case", postgresql_where=sa.text("due_at IS NOT NULL"))
    op.drop_table("case")
    op.drop_index("answer_store_id_submitted_at_idx", table_name="answer")
    op.drop_table("answer")
    op.drop_table("receipt")
    op.drop_table("webhook")
    op.drop_table("survey")
    op.drop_table("signer")
    op.drop_table("printer")
    op.drop_index("outbox_without_position", table_name="outbox", postgresql_where=sa.text("position IS NULL"))
    op.drop_table("outbox")
    op.drop_table("link_key")
    op.drop_index("job_in_hand", table_name="job", postgresql_where=sa.text("state IN ('claimed', 'sending')"))
    op.drop_index("job_due", table_name="job", postgresql_where=sa.text("state = 'queued'"))
    op.drop_table("job")
