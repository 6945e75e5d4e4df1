"""Kiosks and their technicians: life, health, roll-outs"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_COMMANDS_BEFORE = ("identify", "self-test", "reboot", "log", "secret")
_COMMANDS = (*_COMMANDS_BEFORE, "former", "ca")
_POLICIES_BEFORE = ("cases", "contacts", "alerts")
_POLICIES = (*_POLICIES_BEFORE, "kiosks")
_RULES_BEFORE = ("bad-share", "index", "silence", "battery", "printer")
_RULES = ("bad-share", "index", "away", "silence", "battery", "printer")
_WHY_RETIRED = ("retired", "broken", "lost", "stolen", "replaced")
_ROLLOUT_STATES = ("running", "halted", "done", "ended", "back")
_KIOSK_STATES = ("waiting", "offered", "taking", "trial", "done", "failed", "silent", "back")


def upgrade() -> None:
    op.create_table(
        "rollout",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "number", sa.Integer(), nullable=False, comment="of the release, for all boards that it was built for"
        ),
        sa.Column("place_id", sa.Integer(), nullable=False, comment="the kiosks there and below"),
        sa.Column("state", sa.Text(), server_default="running", nullable=False),
        sa.Column(
            "stage", sa.SmallInteger(), server_default="0", nullable=False, comment="0: one kiosk, 1: some, 2: all"
        ),
        sa.Column("plan", JSONB(), nullable=False, comment="shares, soak time and thresholds (fleet.rollout.rules)"),
        sa.Column("why", sa.Text(), nullable=True, comment="a sentence: why it halted, ended or went back"),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True, comment="idempotency key of the request"),
        sa.Column("last_key", sa.Text(), nullable=True, comment="idempotency key of the last change of somebody"),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("stage_since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("rollout_place_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("rollout_pkey")),
        sa.UniqueConstraint("key", name=op.f("rollout_key_key")),
    )
    op.create_index(
        "rollout_under_way",
        "rollout",
        ["place_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('running', 'halted')"),
    )
    op.create_table(
        "kiosk_acceptance",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("kiosk_id", sa.Text(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("board", sa.Text(), nullable=False),
        sa.Column("firmware", sa.Text(), nullable=False),
        sa.Column("steps", JSONB(), nullable=False, comment="[{name, passed, said, seconds}]"),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True, comment="idempotency key of the request"),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosk.id"], name=op.f("kiosk_acceptance_kiosk_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("kiosk_acceptance_pkey")),
        sa.UniqueConstraint("key", name=op.f("kiosk_acceptance_key_key")),
    )
    op.create_index(op.f("kiosk_acceptance_kiosk_id_idx"), "kiosk_acceptance", ["kiosk_id"], unique=False)
    op.create_table(
        "kiosk_health",
        sa.Column("kiosk_id", sa.Text(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("battery", sa.Integer(), nullable=True, comment="mV"),
        sa.Column("signal", sa.Integer(), nullable=True, comment="dBm"),
        sa.Column(
            "depth",
            sa.Integer(),
            nullable=True,
            comment="records that are not confirmed; null: it only started in this hour",
        ),
        sa.Column("oldest", sa.BigInteger(), nullable=True, comment="age of the oldest of them, ms"),
        sa.Column("clock", sa.BigInteger(), nullable=True, comment="how far its clock is ahead, ms"),
        sa.Column("firmware", sa.Text(), nullable=True),
        sa.Column("release", sa.Integer(), nullable=True),
        sa.Column("boots", sa.Integer(), server_default="0", nullable=False, comment="starts in this hour"),
        sa.Column("reset", sa.Integer(), nullable=True, comment="cause of the last start, as in docs/protocol.md"),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosk.id"], name=op.f("kiosk_health_kiosk_id_fkey")),
        sa.PrimaryKeyConstraint("kiosk_id", "hour", name=op.f("kiosk_health_pkey")),
    )
    op.create_table(
        "kiosk_due",
        sa.Column("kiosk_id", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True, comment="of the request"),
        sa.Column(
            "problem",
            sa.Text(),
            nullable=True,
            comment="a sentence: why it cannot be given; it then waits for another choice",
        ),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosk.id"], name=op.f("kiosk_due_kiosk_id_fkey")),
        sa.PrimaryKeyConstraint("kiosk_id", "what", name=op.f("kiosk_due_pkey")),
    )
    op.create_check_constraint(op.f("kiosk_due_what_check"), "kiosk_due", "what IN ('settings', 'secret')")
    op.create_table(
        "kiosk_note",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("kiosk_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True, comment="of the form that it was written in"),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosk.id"], name=op.f("kiosk_note_kiosk_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("kiosk_note_pkey")),
        sa.UniqueConstraint("key", name=op.f("kiosk_note_key_key")),
    )
    op.create_index(op.f("kiosk_note_kiosk_id_idx"), "kiosk_note", ["kiosk_id"], unique=False)
    op.create_table(
        "rollout_kiosk",
        sa.Column("rollout_id", sa.Integer(), nullable=False),
        sa.Column("kiosk_id", sa.Text(), nullable=False),
        sa.Column("stage", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column(
            "said", sa.Text(), nullable=True, comment="what the kiosk said of it last, or why it counts as failed"
        ),
        sa.Column("before", sa.Integer(), nullable=True, comment="the release that it ran when this began"),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "forgiven",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="somebody went on in spite of it",
        ),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosk.id"], name=op.f("rollout_kiosk_kiosk_id_fkey")),
        sa.ForeignKeyConstraint(["rollout_id"], ["rollout.id"], name=op.f("rollout_kiosk_rollout_id_fkey")),
        sa.PrimaryKeyConstraint("rollout_id", "kiosk_id", name=op.f("rollout_kiosk_pkey")),
    )
    op.create_index(op.f("rollout_kiosk_kiosk_id_idx"), "rollout_kiosk", ["kiosk_id"], unique=False)
    op.create_table(
        "touchpoint_photo",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("touchpoint_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="JPEG, without what the camera wrote into it"),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["touchpoint_id"], ["touchpoint.id"], name=op.f("touchpoint_photo_touchpoint_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("touchpoint_photo_pkey")),
    )
    op.create_index(op.f("touchpoint_photo_touchpoint_id_idx"), "touchpoint_photo", ["touchpoint_id"], unique=False)
    op.add_column(
        "kiosk",
        sa.Column(
            "board", sa.Text(), nullable=True, comment="as provisioned, for example pico_w; null: nobody has said it"
        ),
    )
    op.add_column("kiosk", sa.Column("serial", sa.Text(), nullable=True, comment="of its chip, as provisioned"))
    op.add_column("kiosk", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("kiosk", sa.Column("retired_why", sa.Text(), nullable=True))
    op.add_column("kiosk", sa.Column("replaced_by", sa.Text(), nullable=True, comment="stands in its place since then"))
    op.create_foreign_key(op.f("kiosk_replaced_by_fkey"), "kiosk", "kiosk", ["replaced_by"], ["id"])
    for table, what in (("kiosk", "that made it"), ("kiosk_secret", "that it was told to")):
        op.add_column(
            table, sa.Column("key", sa.Text(), nullable=True, comment=f"idempotency key of the request {what}")
        )
        op.create_unique_constraint(op.f(f"{table}_key_key"), table, ["key"])
    op.add_column(
        "kiosk_command",
        sa.Column("ca", sa.Text(), nullable=True, comment="certificates that it should trust from now on, PEM"),
    )
    op.create_check_constraint(op.f("kiosk_retired_why_check"), "kiosk", f"retired_why IN {_WHY_RETIRED}")
    op.create_check_constraint(op.f("rollout_state_check"), "rollout", f"state IN {_ROLLOUT_STATES}")
    op.create_check_constraint(op.f("rollout_kiosk_state_check"), "rollout_kiosk", f"state IN {_KIOSK_STATES}")
    _check("kiosk_command", "do", _COMMANDS)
    _check("policy", "kind", _POLICIES)
    op.create_index(
        "kiosk_record_events",
        "kiosk_record",
        ["cursor_id", "happened_at"],
        unique=False,
        postgresql_where=sa.text("kind = 4"),
    )
    _alerts_are_told_by_store()


def _alerts_are_told_by_store() -> None:
    op.add_column("alert", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("alert", sa.Column("end_told_at", sa.DateTime(timezone=True), nullable=True))
    # Until now people were told of each at once.
    op.execute("UPDATE alert SET told_at = opened_at, end_told_at = closed_at")
    op.create_index(
        "alert_end_untold",
        "alert",
        ["store_id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NOT NULL AND told_at IS NOT NULL AND end_told_at IS NULL"),
    )
    _check("alert", "rule", _RULES)


def downgrade() -> None:
    # A case may stand on them.
    op.execute("UPDATE alert SET rule = 'silence', closed_at = coalesce(closed_at, now()) WHERE rule = 'away'")
    _check("alert", "rule", _RULES_BEFORE)
    op.drop_index("alert_end_untold", table_name="alert")
    op.drop_column("alert", "end_told_at")
    op.drop_column("alert", "told_at")
    op.drop_index("kiosk_record_events", table_name="kiosk_record")
    op.execute("DELETE FROM policy WHERE kind = 'kiosks'")
    op.execute("DELETE FROM kiosk_command WHERE \"do\" IN ('former', 'ca')")
    _check("kiosk_command", "do", _COMMANDS_BEFORE)
    _check("policy", "kind", _POLICIES_BEFORE)
    op.drop_column("kiosk_command", "ca")
    for table in ("kiosk_secret", "kiosk"):
        op.drop_column(table, "key")
    op.drop_constraint(op.f("kiosk_replaced_by_fkey"), "kiosk", type_="foreignkey")
    op.drop_column("kiosk", "replaced_by")
    op.drop_column("kiosk", "retired_why")
    op.drop_column("kiosk", "retired_at")
    op.drop_column("kiosk", "serial")
    op.drop_column("kiosk", "board")
    op.drop_index(op.f("touchpoint_photo_touchpoint_id_idx"), table_name="touchpoint_photo")
    op.drop_table("touchpoint_photo")
    op.drop_index(op.f("rollout_kiosk_kiosk_id_idx"), table_name="rollout_kiosk")
    op.drop_table("rollout_kiosk")
    op.drop_index(op.f("kiosk_note_kiosk_id_idx"), table_name="kiosk_note")
    op.drop_table("kiosk_note")
    op.drop_table("kiosk_due")
    op.drop_table("kiosk_health")
    op.drop_index(op.f("kiosk_acceptance_kiosk_id_idx"), table_name="kiosk_acceptance")
    op.drop_table("kiosk_acceptance")
    op.drop_index("rollout_under_way", table_name="rollout", postgresql_where=sa.text("state IN ('running', 'halted')"))
    op.drop_table("rollout")


def _check(table: str, column: str, values: tuple[str, ...]) -> None:
    for name in (f"{table}_{column}_check", f"{table}_{table}_{column}_check_check"):  # what some were named by mistake
        op.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS {name}')
    op.create_check_constraint(op.f(f"{table}_{column}_check"), table, f'"{column}" IN {values}')
