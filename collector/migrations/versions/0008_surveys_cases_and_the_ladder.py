"""Surveys, cases and the ladder"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSON, JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SCALES = ("smileys", "faces", "nps", "ces", "stars", "expectation", "perception", "enps", "recovery")
_CASE_KINDS = ("complaint", "question", "praise", "alert")
_STATES_BEFORE = ("open", "taken", "resolved")
_STATES = ("open", "taken", "waiting", "review", "resolved", "merged")
_EVENTS_BEFORE = ("opened", "taken", "commented", "climbed", "resolved")
_EVENTS = (
    "opened",
    "taken",
    "assigned",
    "commented",
    "replied",
    "waiting",
    "resumed",
    "climbed",
    "reminded",
    "proposed",
    "accepted",
    "rejected",
    "resolved",
    "reopened",
    "moved",
    "merged",
    "linked",
    "attached",
    "added",
    "confirmed",
    "recovered",
    "external",
)
_JOBS_BEFORE = ("print", "fetch", "relay", "webhook")
_JOBS = (*_JOBS_BEFORE, "email", "sms")


def upgrade() -> None:
    # What was a survey is now one of its versions.
    op.rename_table("survey", "survey_version")
    op.execute("ALTER TABLE survey_version RENAME CONSTRAINT survey_pkey TO survey_version_pkey")
    op.execute("ALTER SEQUENCE survey_id_seq RENAME TO survey_version_id_seq")
    op.drop_constraint("survey_place_id_version_key", "survey_version")
    op.alter_column("answer", "survey_id", new_column_name="version_id")
    op.execute("ALTER TABLE answer RENAME CONSTRAINT answer_survey_id_fkey TO answer_version_id_fkey")
    _make_tables()
    _make_columns()
    op.create_check_constraint(op.f("question_kind_check"), "question", f"kind IN {_SCALES}")
    op.create_check_constraint(op.f("touchpoint_audience_check"), "touchpoint", "audience IN ('customers', 'staff')")
    op.create_check_constraint(op.f("case_kind_check"), "case", f"kind IN {_CASE_KINDS}")
    _check("case", "state", _STATES)
    _check("case_event", "kind", _EVENTS)
    _check("job", "kind", _JOBS)
    _versions_of_surveys()
    _positions_of_answers()
    op.execute("UPDATE answer SET completed_at = submitted_at, examined_at = submitted_at")
    op.execute("UPDATE answer SET comment_erase_on = submitted_at::date + 365 WHERE comment IS NOT NULL")
    op.execute("""
        UPDATE "case" SET touchpoint_id = answer.touchpoint_id FROM answer WHERE answer.id = "case".answer_id
    """)
    _steps_of_cases()


def _make_tables() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False, comment="that were agreed to"),
        sa.Column("source", sa.Text(), nullable=False, comment="answer/12, api/…: where it was given"),
        sa.Column("given_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("consent_pkey")),
    )
    op.create_index(op.f("consent_digest_idx"), "consent", ["digest"], unique=False)
    op.create_table(
        "refusal",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("refusal_pkey")),
    )
    op.create_index("refusal_once", "refusal", ["digest", "purpose"], unique=True, postgresql_nulls_not_distinct=True)
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("who", sa.Text(), nullable=False, comment="name of an account or a token"),
        sa.Column("action", sa.Text(), nullable=False, comment="saw-contact, exported, erased, …"),
        sa.Column("subject", sa.Text(), nullable=False, comment="cases/184, answers/12; never the contact itself"),
        sa.Column("place_id", sa.Integer(), nullable=False, comment="whose people see the entry"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("audit_place_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("audit_pkey")),
    )
    op.create_index(op.f("audit_place_id_id_idx"), "audit", ["place_id", "id"], unique=False)
    op.create_table(
        "policy",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False, comment="holds there and below"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", JSONB(), nullable=True, comment="null: from here on that of the place above again"),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("policy_place_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("policy_pkey")),
        sa.UniqueConstraint("place_id", "kind", "version", name=op.f("policy_place_id_kind_version_key")),
    )
    op.create_table(
        "reply_template",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False, comment="offered there and below"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", JSON(), nullable=False, comment='by language: {"uk": …, "en": …}'),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("reply_template_place_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("reply_template_pkey")),
    )
    op.create_index(op.f("reply_template_place_id_idx"), "reply_template", ["place_id"], unique=False)
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column(
            "subject",
            sa.Text(),
            nullable=False,
            comment="touchpoint/5, kiosk/exit-1, printer/2: one open alert of a rule each",
        ),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("touchpoint_id", sa.Integer(), nullable=True),
        sa.Column("data", JSONB(), nullable=False, comment="what was seen: counts, shares, thresholds"),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["store_id"], ["place.id"], name=op.f("alert_store_id_fkey")),
        sa.ForeignKeyConstraint(["touchpoint_id"], ["touchpoint.id"], name=op.f("alert_touchpoint_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("alert_pkey")),
    )
    op.create_index(
        "alert_open", "alert", ["rule", "subject"], unique=True, postgresql_where=sa.text("closed_at IS NULL")
    )
    op.create_index(op.f("alert_store_id_opened_at_idx"), "alert", ["store_id", "opened_at"], unique=False)
    op.create_table(
        "survey",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("touchpoint_id", sa.Integer(), nullable=True),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="for the people of the place"),
        sa.Column("schedule", JSONB(), server_default="{}", nullable=False, comment="see surveys.schedule; {}: always"),
        sa.Column("key", sa.Text(), nullable=True, comment="of the request that made it: a repeat makes no other"),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("survey_place_id_fkey")),
        sa.ForeignKeyConstraint(["touchpoint_id"], ["touchpoint.id"], name=op.f("survey_touchpoint_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("survey_pkey")),
        sa.UniqueConstraint("key", name=op.f("survey_key_key")),
    )
    op.create_index(op.f("survey_place_id_idx"), "survey", ["place_id"], unique=False)
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False, comment="media type, by its content"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("from_customer", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("erase_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("attachment_case_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("attachment_pkey")),
    )
    op.create_index(op.f("attachment_case_id_idx"), "attachment", ["case_id"], unique=False)
    op.create_table(
        "case_link",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("case_id < other_id", name=op.f("case_link_order_check")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("case_link_case_id_fkey")),
        sa.ForeignKeyConstraint(["other_id"], ["case.id"], name=op.f("case_link_other_id_fkey")),
        sa.PrimaryKeyConstraint("case_id", "other_id", name=op.f("case_link_pkey")),
    )
    op.create_table(
        "improvement",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("touchpoint_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("text", JSON(), nullable=False, comment='by language: {"uk": …, "en": …}'),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("improvement_case_id_fkey")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("improvement_place_id_fkey")),
        sa.ForeignKeyConstraint(["touchpoint_id"], ["touchpoint.id"], name=op.f("improvement_touchpoint_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("improvement_pkey")),
    )
    op.create_index(op.f("improvement_place_id_until_idx"), "improvement", ["place_id", "until"], unique=False)
    op.create_index(
        "improvement_due", "improvement", ["until"], unique=False, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="what makes it one"),
        sa.Column("purpose", sa.Text(), nullable=False, comment="one of PURPOSES, or 'staff'"),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True, comment="null once it is erased"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("signer_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("serial", sa.Integer(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("content", JSONB(), nullable=False, comment="what its words are made of, see contacts.messages"),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refused", sa.Text(), nullable=True, comment="why it is not sent, a sentence"),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("message_case_id_fkey"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("message_job_id_fkey"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["signer_id", "day", "serial"],
            ["receipt.signer_id", "receipt.day", "receipt.serial"],
            name=op.f("message_signer_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["store_id"], ["place.id"], name=op.f("message_store_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("message_pkey")),
        sa.UniqueConstraint("key", name=op.f("message_key_key")),
    )
    op.create_index(op.f("message_case_id_idx"), "message", ["case_id"], unique=False)
    op.create_index(op.f("message_digest_created_at_idx"), "message", ["digest", "created_at"], unique=False)
    op.create_index(
        "message_receipt",
        "message",
        ["signer_id", "day", "serial"],
        unique=False,
        postgresql_where=sa.text("signer_id IS NOT NULL"),
    )
    op.create_table(
        "answer_device",
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False, comment="a hash under a key of that day"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("answer_device_answer_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("answer_device_pkey")),
    )
    op.create_index(op.f("answer_device_device_at_idx"), "answer_device", ["device", "at"], unique=False)
    op.create_index(
        "message_held", "message", ["held_until"], unique=False, postgresql_where=sa.text("held_until IS NOT NULL")
    )


def _make_columns() -> None:
    op.add_column("account", sa.Column("email", sa.Text(), nullable=True))
    op.add_column("account", sa.Column("phone", sa.Text(), nullable=True))
    op.add_column("account", sa.Column("language", sa.Text(), server_default="en", nullable=False))
    op.add_column(
        "answer",
        sa.Column(
            "replies", JSONB(), server_default="{}", nullable=False, comment="by the keys of the version's scales"
        ),
    )
    op.add_column("answer", sa.Column("comment_erase_on", sa.Date(), nullable=True, comment="personal data has an end"))
    op.add_column(
        "answer",
        sa.Column(
            "author", sa.Text(), nullable=True, comment="who wrote it down for the customer: a name of an account"
        ),
    )
    op.add_column(
        "answer",
        sa.Column("mark", sa.SmallInteger(), server_default="0", nullable=False, comment="surveys.marks.AnswerMark"),
    )
    op.add_column("answer", sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("answer", sa.Column("examined_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "answer_receipt",
        "answer",
        ["signer_id", "day", "serial"],
        unique=False,
        postgresql_where=sa.text("signer_id IS NOT NULL"),
    )
    op.create_index(
        "answer_unexamined", "answer", ["submitted_at"], unique=False, postgresql_where=sa.text("examined_at IS NULL")
    )
    op.add_column("case", sa.Column("kind", sa.Text(), server_default="complaint", nullable=False))
    op.add_column("case", sa.Column("touchpoint_id", sa.Integer(), nullable=True))
    op.add_column("case", sa.Column("alert_id", sa.Integer(), nullable=True))
    op.add_column("case", sa.Column("subject", sa.Text(), nullable=True))
    op.add_column("case", sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("case", sa.Column("account_id", sa.Integer(), nullable=True, comment="who is responsible"))
    op.add_column("case", sa.Column("root_cause", sa.Text(), nullable=True))
    op.add_column(
        "case",
        sa.Column(
            "compensation",
            sa.Numeric(precision=10, scale=2),
            nullable=True,
            comment="given to the customer, in the currency of the policy",
        ),
    )
    op.add_column("case", sa.Column("merged_into", sa.Integer(), nullable=True))
    op.add_column(
        "case",
        sa.Column("external", sa.Text(), nullable=True, comment="its number in the system to which it was handed"),
    )
    op.add_column(
        "case",
        sa.Column(
            "has_written",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="its customer, and nobody since",
        ),
    )
    op.create_index(op.f("case_answer_id_idx"), "case", ["answer_id"], unique=False)
    op.create_index("case_has_written", "case", ["store_id"], unique=False, postgresql_where=sa.text("has_written"))
    op.create_index(
        "case_remind", "case", ["remind_at"], unique=False, postgresql_where=sa.text("remind_at IS NOT NULL")
    )
    op.create_index(op.f("case_store_id_opened_at_idx"), "case", ["store_id", "opened_at"], unique=False)
    op.create_foreign_key(op.f("case_account_id_fkey"), "case", "account", ["account_id"], ["id"], ondelete="SET NULL")
    op.create_foreign_key(op.f("case_touchpoint_id_fkey"), "case", "touchpoint", ["touchpoint_id"], ["id"])
    op.create_foreign_key(op.f("case_alert_id_fkey"), "case", "alert", ["alert_id"], ["id"])
    op.create_foreign_key(op.f("case_merged_into_fkey"), "case", "case", ["merged_into"], ["id"])
    op.add_column(
        "case_event",
        sa.Column("data", JSONB(), server_default="{}", nullable=False, comment="what else belongs to it, by its kind"),
    )
    op.alter_column(
        "case_event",
        "author",
        existing_type=sa.TEXT(),
        comment="name of the account, 'Smilepost', or '' for the customer",
        existing_comment="name of the account, or 'Smilepost'",
        existing_nullable=False,
    )
    op.add_column(
        "contact",
        sa.Column(
            "digest",
            sa.LargeBinary(),
            nullable=True,
            comment="addresses.digest: finds a person; null where it is no address",
        ),
    )
    op.create_index(op.f("contact_digest_idx"), "contact", ["digest"], unique=False)
    op.add_column(
        "question",
        sa.Column(
            "kind",
            sa.Text(),
            server_default="smileys",
            nullable=False,
            comment="of the scale; only smileys count in the index",
        ),
    )
    op.add_column(
        "touchpoint",
        sa.Column(
            "audience",
            sa.Text(),
            server_default="customers",
            nullable=False,
            comment="staff: the staff room's, outside the customers' figures",
        ),
    )
    op.create_index(
        "touchpoint_of_staff", "touchpoint", ["id"], unique=False, postgresql_where=sa.text("audience = 'staff'")
    )


def _steps_of_cases() -> None:
    """The store, the region right above it and the head office were steps 0, 1 and 2; now each place from the store up
    is one. The jobs look at once at what is not resolved, and reckon when it goes on by the rules of now."""
    op.execute("""
        UPDATE case_event SET step = cardinality(path) - 1
        FROM "case" JOIN place ON place.id = store_id WHERE "case".id = case_id AND case_event.step = 2
    """)
    op.execute("""
        UPDATE "case" SET step = cardinality(path) - array_position(path, "case".place_id)
        FROM place WHERE place.id = store_id AND "case".place_id = ANY (path)
    """)
    op.execute("""
        UPDATE "case" SET due_at = now(), remind_at = CASE WHEN state = 'open' THEN now() + interval '24 hours' END
        WHERE state <> 'resolved'
    """)


def _positions_of_answers() -> None:
    """Who has paged through the answers by their ids goes on where they were."""
    op.add_column("answer", sa.Column("position", sa.Integer(), nullable=True))
    op.execute("UPDATE answer SET position = id")
    op.alter_column("answer", "position", nullable=False)
    op.execute("ALTER TABLE answer ALTER COLUMN position ADD GENERATED ALWAYS AS IDENTITY")
    op.execute("SELECT setval(pg_get_serial_sequence('answer', 'position'), max(id)) FROM answer HAVING max(id) > 0")
    op.create_unique_constraint(op.f("answer_position_key"), "answer", ["position"])


def _check(table: str, column: str, values: tuple[str, ...]) -> None:
    for name in (f"{table}_{column}_check", f"{table}_{table}_{column}_check_check"):  # what some were named by mistake
        op.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS {name}')
    op.create_check_constraint(op.f(f"{table}_{column}_check"), table, f"{column} IN {values}")


def _versions_of_surveys() -> None:
    op.add_column("survey_version", sa.Column("survey_id", sa.Integer(), nullable=True))
    op.add_column("survey_version", sa.Column("questions", JSONB(), server_default="{}", nullable=False))
    op.add_column("survey_version", sa.Column("author", sa.Text(), nullable=True))
    op.add_column("survey_version", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column(
        "survey_version",
        "definition",
        type_=JSON(),
        postgresql_using="definition::json",
        comment="see surveys.definition; JSON keeps the order of languages",
        existing_comment="reasons and words by language, see surveys.definition",
    )
    op.execute("""
        INSERT INTO survey (place_id, audience, name)
        SELECT DISTINCT place_id, 'customers', 'After a visit' FROM survey_version ORDER BY place_id
    """)
    op.execute("""
        UPDATE survey_version SET survey_id = survey.id, published_at = survey_version.created_at,
            questions = jsonb_build_object('1', question_id)
        FROM survey WHERE survey.place_id = survey_version.place_id
    """)
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("""
            SELECT survey_version.id, definition, text, buttons
            FROM survey_version JOIN question ON question.id = question_id
        """)
    ).all()
    for row in rows:
        stored = sa.text("UPDATE survey_version SET definition = CAST(:definition AS json) WHERE id = :id")
        connection.execute(stored, {"id": row.id, "definition": json.dumps(_with_questions(row))})
    op.alter_column("survey_version", "survey_id", nullable=False)
    op.create_unique_constraint(
        op.f("survey_version_survey_id_version_key"), "survey_version", ["survey_id", "version"]
    )
    op.create_foreign_key(op.f("survey_version_survey_id_fkey"), "survey_version", "survey", ["survey_id"], ["id"])
    op.drop_constraint(op.f("survey_question_id_fkey"), "survey_version", type_="foreignkey")
    op.drop_constraint(op.f("survey_place_id_fkey"), "survey_version", type_="foreignkey")
    op.drop_column("survey_version", "place_id")
    op.drop_column("survey_version", "question_id")


def _with_questions(row: sa.Row[Any]) -> dict[str, Any]:
    """A definition of the shape that it had before, in the shape that it has now."""
    before = row.definition
    why = {name: before.get(name, {}) for name in ("why_good", "why_bad")}
    reasons = {"good": before.get("reasons_good", []), "bad": before.get("reasons_bad", [])}
    return {
        "questions": [
            {"type": "smileys", "number": 1, "text": row.text, "buttons": row.buttons},
            {"type": "reasons", "number": 2, **why, **reasons},
            {"type": "comment", "number": 3, "text": {}},
            {"type": "contact", "number": 4, "text": {}},
        ],
        "opens": {"below": before.get("threshold", 10.0)},
    }


def _cases_as_before() -> None:
    """The first step is the store's, the last ones are the head office's, and all between them the region's."""
    op.execute("UPDATE \"case\" SET state = 'taken' WHERE state IN ('waiting', 'review')")
    op.execute("UPDATE \"case\" SET state = 'resolved' WHERE state = 'merged'")
    op.execute("""
        UPDATE case_event SET step = CASE WHEN case_event.step >= cardinality(path) - 1 THEN 2 ELSE 1 END
        FROM "case" JOIN place ON place.id = store_id WHERE "case".id = case_id AND case_event.step > 0
    """)
    op.execute("""
        UPDATE "case" SET step = CASE WHEN step >= cardinality(path) - 1 THEN 2 ELSE 1 END
        FROM place WHERE place.id = store_id AND step > 0
    """)
    op.execute("""
        UPDATE "case" SET due_at = CASE WHEN step < 2 THEN due_at END,
            place_id = CASE step WHEN 0 THEN store_id WHEN 1 THEN path[cardinality(path) - 1] ELSE path[1] END
        FROM place WHERE place.id = store_id
    """)


def downgrade() -> None:
    """Surveys go back to the shape of before as well as they can; what is new is lost."""
    op.execute("DELETE FROM job WHERE kind IN ('email', 'sms')")
    _cases_as_before()
    op.execute(sa.text("DELETE FROM case_event WHERE NOT kind = ANY(:known)").bindparams(known=list(_EVENTS_BEFORE)))
    _check("job", "kind", _JOBS_BEFORE)
    _check("case_event", "kind", _EVENTS_BEFORE)
    _check("case", "state", _STATES_BEFORE)
    op.add_column("survey_version", sa.Column("place_id", sa.Integer(), nullable=True))
    op.add_column(
        "survey_version",
        sa.Column("question_id", sa.Integer(), nullable=True, comment="asked where the rating is not known yet"),
    )
    op.execute("""
        UPDATE survey_version SET place_id = survey.place_id, question_id = (questions->>'1')::integer,
            definition = (
                SELECT json_build_object('why_good', each->'why_good', 'why_bad', each->'why_bad',
                    'reasons_good', each->'good', 'reasons_bad', each->'bad',
                    'threshold', coalesce((definition->'opens'->>'below')::real, 10))
                FROM json_array_elements(definition->'questions') AS each WHERE each->>'type' = 'reasons')
        FROM survey WHERE survey.id = survey_id
    """)
    op.drop_constraint(op.f("survey_version_survey_id_fkey"), "survey_version", type_="foreignkey")
    op.drop_constraint(op.f("survey_version_survey_id_version_key"), "survey_version")
    for column in ("survey_id", "questions", "author", "published_at"):
        op.drop_column("survey_version", column)
    op.drop_table("survey")
    op.alter_column(
        "survey_version",
        "definition",
        type_=JSONB(),
        postgresql_using="definition::jsonb",
        comment="reasons and words by language, see surveys.definition",
        existing_comment="see surveys.definition; JSON keeps the order of languages",
    )
    op.execute("ALTER TABLE answer RENAME CONSTRAINT answer_version_id_fkey TO answer_survey_id_fkey")
    op.alter_column("answer", "version_id", new_column_name="survey_id")
    op.execute("ALTER SEQUENCE survey_version_id_seq RENAME TO survey_id_seq")
    op.execute("ALTER TABLE survey_version RENAME CONSTRAINT survey_version_pkey TO survey_pkey")
    op.rename_table("survey_version", "survey")
    for column in ("place_id", "question_id"):
        op.alter_column("survey", column, nullable=False)
    op.create_foreign_key("survey_place_id_fkey", "survey", "place", ["place_id"], ["id"])
    op.create_foreign_key("survey_question_id_fkey", "survey", "question", ["question_id"], ["id"])
    op.create_unique_constraint("survey_place_id_version_key", "survey", ["place_id", "version"])
    op.drop_index("answer_receipt", "answer")
    op.drop_index("answer_unexamined", "answer")
    op.drop_index("case_answer_id_idx", "case")
    op.drop_index("case_has_written", "case")
    op.drop_index("case_remind", "case")
    op.drop_index("case_store_id_opened_at_idx", "case")
    op.drop_index("contact_digest_idx", "contact")
    for column in ("email", "phone", "language"):
        op.drop_column("account", column)
    for column in ("position", "replies", "comment_erase_on", "author", "mark", "completed_at", "examined_at"):
        op.drop_column("answer", column)
    for column in (
        "kind",
        "touchpoint_id",
        "alert_id",
        "subject",
        "remind_at",
        "account_id",
        "root_cause",
        "compensation",
        "merged_into",
        "external",
        "has_written",
    ):
        op.drop_column("case", column)
    for column in ("data",):
        op.drop_column("case_event", column)
    for column in ("digest",):
        op.drop_column("contact", column)
    for column in ("kind",):
        op.drop_column("question", column)
    for column in ("audience",):
        op.drop_column("touchpoint", column)
    op.drop_table("answer_device")
    op.drop_table("message")
    op.drop_table("improvement")
    op.drop_table("case_link")
    op.drop_table("attachment")
    op.drop_table("alert")
    op.drop_table("reply_template")
    op.drop_table("policy")
    op.drop_table("audit")
    op.drop_table("refusal")
    op.drop_table("consent")
    op.alter_column(
        "case_event",
        "author",
        comment="name of the account, or 'Smilepost'",
        existing_comment="name of the account, 'Smilepost', or '' for the customer",
    )
