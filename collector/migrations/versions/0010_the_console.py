"""The console: roles, second factor, days of places, segments, the press filter's runs, reports"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ROLES = ("store", "region", "head-office", "technician", "email-only", "admin")
_POLICIES_BEFORE = ("cases", "contacts", "alerts", "kiosks")
_POLICIES = (*_POLICIES_BEFORE, "filter", "themes", "money", "words")
_RUN_STATES = ("previewing", "ready", "running", "done", "stopped")
_PERIODS = ("day", "week", "month")
_EXPORT_STATES = ("waiting", "running", "done", "stopped")


def _moment(name: str, *, default: bool = False, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()") if default else None, nullable=nullable
    )


def upgrade() -> None:
    _people()
    op.add_column("place", _moment("ended_at"))
    op.add_column("touchpoint", _moment("ended_at"))
    _kinds(_POLICIES)
    # What was to be as above was the defaults.
    op.execute("UPDATE policy SET definition = NULL WHERE definition = 'null'")
    _insights()
    _voices()
    _runs_and_reports()
    _boards()


def _people() -> None:
    # Whoever had an account until now could do everything at their place.
    op.add_column(
        "account", sa.Column("role", sa.Text(), server_default="admin", nullable=False, comment="accounts.roles")
    )
    op.alter_column("account", "role", server_default=None)
    op.create_check_constraint(op.f("account_role_check"), "account", f"role IN {_ROLES}")
    op.add_column("account", sa.Column("totp", sa.LargeBinary(), nullable=True))
    op.add_column(
        "account",
        sa.Column(
            "totp_step",
            sa.BigInteger(),
            nullable=True,
            comment="the last time step that let in: no code lets in twice",
        ),
    )
    for name in ("issuer", "subject"):
        op.add_column("account", sa.Column(name, sa.Text(), nullable=True))
    for name in ("seen_at", "ended_at"):
        op.add_column("account", _moment(name))
    op.create_unique_constraint(op.f("account_issuer_subject_key"), "account", ["issuer", "subject"])
    op.create_table(
        "recovery_code",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        _moment("used_at"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("recovery_code_account_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("recovery_code_pkey")),
    )
    op.create_table(
        "sign_in_try",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("wrong", sa.Integer(), server_default="0", nullable=False, comment="one after the other"),
        _moment("wait_until", default=True, nullable=False),
        _moment("last_at", default=True, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("sign_in_try_pkey")),
    )
    for table in ("session", "api_token"):
        op.add_column(table, sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False))
        op.create_unique_constraint(op.f(f"{table}_id_key"), table, ["id"])
    op.add_column(
        "session",
        sa.Column(
            "device", sa.Text(), server_default="", nullable=False, comment="what the browser calls itself, in words"
        ),
    )
    op.add_column("session", _moment("seen_at", default=True, nullable=False))
    op.add_column(
        "api_token",
        sa.Column("author", sa.Text(), server_default="", nullable=False, comment="name of the account that made it"),
    )
    for name in ("used_at", "expires_at"):
        op.add_column("api_token", _moment(name))


def _kinds(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("policy_kind_check"), "policy")
    op.create_check_constraint(op.f("policy_kind_check"), "policy", f"kind IN {kinds}")


def _insights() -> None:
    op.create_table(
        "place_day",
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="of the store"),
        sa.Column(
            "touchpoint_id",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="0: not known, -1: all together, -2: all of the month that begins then",
        ),
        sa.Column("question_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.SmallInteger(), autoincrement=False, nullable=False, comment="ratings.kinds.Channel"),
        sa.Column("counted", ARRAY(sa.Integer()), nullable=False, comment="by button, from the best"),
        sa.Column("marked", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("place_day_place_id_fkey")),
        sa.PrimaryKeyConstraint(
            "place_id", "day", "touchpoint_id", "question_id", "channel", name=op.f("place_day_pkey")
        ),
    )
    op.create_index(
        "place_day_all",
        "place_day",
        ["day", "place_id"],
        postgresql_include=["touchpoint_id", "question_id", "channel", "counted", "marked"],
        postgresql_where=sa.text("touchpoint_id < 0"),
    )
    op.create_index(
        "rating_marked",
        "rating",
        ["store_id", "touchpoint_id", "received_at"],
        postgresql_where=sa.text("mark > 0"),
    )
    op.create_table(
        "place_day_stale",
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["place.id"], name=op.f("place_day_stale_store_id_fkey")),
        sa.PrimaryKeyConstraint("store_id", "day", name=op.f("place_day_stale_pkey")),
    )
    op.create_table(
        "place_day_read",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("place_day_read_pkey")),
    )
    op.create_table(
        "store_uptime",
        sa.Column("store_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.Column("up", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["place.id"], name=op.f("store_uptime_store_id_fkey")),
        sa.PrimaryKeyConstraint("store_id", "day", name=op.f("store_uptime_pkey")),
    )
    op.create_table(
        "segment",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False, comment="whose people see it, and below"),
        sa.Column("kind", sa.Text(), nullable=False, comment="places, answers or customers"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", JSONB(), nullable=False, comment="see voices.segments"),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True, comment="of the form that made it"),
        _moment("created_at", default=True, nullable=False),
        _moment("ended_at"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("segment_place_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("segment_pkey")),
        sa.UniqueConstraint("key", name=op.f("segment_key_key")),
    )


def _voices() -> None:
    op.add_column(
        "answer",
        sa.Column(
            "words",
            TSVECTOR(),
            nullable=True,
            comment="of the comment, as voices.themes.reading folds them: to be found by",
        ),
    )
    op.add_column(
        "answer",
        sa.Column(
            "themes",
            ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="keys of what the comment speaks of",
        ),
    )
    op.add_column(
        "answer",
        sa.Column(
            "themed_by",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="the policy by whose words; 0: nobody has read it yet",
        ),
    )
    op.create_check_constraint(op.f("answer_words_check"), "answer", "comment IS NOT NULL OR words IS NULL")
    is_said = sa.text("comment IS NOT NULL")
    op.create_index("answer_themed", "answer", ["store_id", "themed_by"], postgresql_where=is_said)
    op.create_index("answer_said", "answer", ["submitted_at", "id"], postgresql_where=is_said)
    op.create_index("answer_words", "answer", ["words"], postgresql_using="gin")
    op.create_index(
        "answer_reasons",
        "answer",
        ["submitted_at"],
        postgresql_include=["store_id", "version_id", "reasons", "touchpoint_id", "channel"],
        postgresql_where=sa.text("reasons <> '{}' AND mark = 0"),
    )


def _runs_and_reports() -> None:
    op.create_table(
        "filter_run",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False, comment="the stores there and below"),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), server_default="previewing", nullable=False),
        sa.Column("preview", JSONB(), server_default="{}", nullable=False, comment="counts by mark, before and after"),
        sa.Column(
            "through", JSONB(), server_default="{}", nullable=False, comment="how far it has come: store and day"
        ),
        sa.Column("why", sa.Text(), nullable=True, comment="a sentence: why it stopped"),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True, comment="of the form that asked for it"),
        _moment("created_at", default=True, nullable=False),
        _moment("finished_at"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("filter_run_place_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("filter_run_pkey")),
        sa.UniqueConstraint("key", name=op.f("filter_run_key_key")),
    )
    op.create_check_constraint(op.f("filter_run_state_check"), "filter_run", f"state IN {_RUN_STATES}")
    op.create_table(
        "filter_position",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("filter_position_only_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("filter_position_pkey")),
    )
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False, comment="what it is about: this place and below"),
        sa.Column("account_id", sa.Integer(), nullable=False, comment="who gets it, at their e-mail address"),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True, comment="of the form that made it"),
        _moment("created_at", default=True, nullable=False),
        _moment("since", default=True, nullable=False),
        _moment("ended_at"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("report_place_id_fkey")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("report_account_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("report_pkey")),
        sa.UniqueConstraint("key", name=op.f("report_key_key")),
    )
    op.create_check_constraint(op.f("report_period_check"), "report", f"period IN {_PERIODS}")
    op.create_table(
        "report_issue",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        _moment("at", default=True, nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("report_issue_report_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("report_issue_pkey")),
        sa.UniqueConstraint("report_id", "first", name=op.f("report_issue_report_id_first_key")),
    )
    op.create_table(
        "export",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False, comment="who asked for it, and nobody else has it"),
        sa.Column("place_id", sa.Integer(), nullable=False, comment="this place and below"),
        sa.Column("list", sa.Text(), nullable=False, comment="of reports.exports.lists"),
        sa.Column("first", sa.Date(), nullable=True),
        sa.Column("last", sa.Date(), nullable=True),
        sa.Column("expected", sa.BigInteger(), nullable=False, comment="rows, about"),
        sa.Column("rows", sa.BigInteger(), nullable=False, server_default="0", comment="that have left"),
        sa.Column("state", sa.Text(), nullable=False, server_default="waiting"),
        sa.Column("key", sa.Text(), nullable=True, comment="of the form that asked for it"),
        _moment("created_at", default=True, nullable=False),
        _moment("moved_at"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("export_account_id_fkey")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("export_place_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("export_pkey")),
        sa.UniqueConstraint("key", name=op.f("export_key_key")),
    )
    op.create_check_constraint(op.f("export_state_check"), "export", f"state IN {_EXPORT_STATES}")
    op.create_index(op.f("export_account_id_created_at_idx"), "export", ["account_id", "created_at"])


def _boards() -> None:
    op.create_table(
        "board_link",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="where the screen hangs"),
        sa.Column("author", sa.Text(), nullable=False),
        _moment("created_at", default=True, nullable=False),
        _moment("seen_at"),
        _moment("ended_at"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("board_link_place_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("board_link_pkey")),
        sa.UniqueConstraint("digest", name=op.f("board_link_digest_key")),
    )
    op.create_index(op.f("board_link_place_id_idx"), "board_link", ["place_id"])


def downgrade() -> None:
    op.drop_table("board_link")
    for table in (
        "export",
        "report_issue",
        "report",
        "filter_position",
        "filter_run",
        "segment",
        "store_uptime",
        "place_day_read",
        "place_day_stale",
        "place_day",
        "sign_in_try",
        "recovery_code",
    ):
        op.drop_table(table)
    op.drop_index("rating_marked", "rating")
    for index in ("answer_themed", "answer_said", "answer_words", "answer_reasons"):
        op.drop_index(index, "answer")
    for name in ("themed_by", "themes", "words"):
        op.drop_column("answer", name)
    op.execute("UPDATE rating SET mark = 3 WHERE mark > 5")
    op.execute("DELETE FROM policy WHERE kind NOT IN ('cases', 'contacts', 'alerts', 'kiosks')")
    _kinds(_POLICIES_BEFORE)
    for table in ("touchpoint", "place"):
        op.drop_column(table, "ended_at")
    for name in ("expires_at", "used_at", "author", "id"):
        op.drop_column("api_token", name)
    for name in ("seen_at", "device", "id"):
        op.drop_column("session", name)
    for name in ("ended_at", "seen_at", "subject", "issuer", "totp_step", "totp", "role"):
        op.drop_column("account", name)
