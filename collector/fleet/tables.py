from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from collector.database import metadata, moment
from collector.topics import KIOSK_ID

kiosk = Table(
    "kiosk",
    metadata,
    Column("id", Text, CheckConstraint(f"id ~ '^{KIOSK_ID}$'", "id"), primary_key=True),
    Column("state", Text, CheckConstraint("state IN ('enrolled', 'retired')", "state"), nullable=False),
    moment("enrolled_at", default=True),
)

# Where a kiosk stood when: a rating belongs to the place of the moment it happened.
kiosk_placement = Table(
    "kiosk_placement",
    metadata,
    Column("kiosk_id", ForeignKey("kiosk.id"), primary_key=True),
    moment("since", primary_key=True),
    moment("until", nullable=True),
    Column("touchpoint_id", ForeignKey("touchpoint.id"), nullable=False),
    Index("kiosk_placement_now", "kiosk_id", unique=True, postgresql_where=text("until IS NULL")),
)

# What the broker checks a kiosk's password against; the secret itself is on the kiosk alone.
kiosk_secret = Table(
    "kiosk_secret",
    metadata,
    Column("kiosk_id", ForeignKey("kiosk.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="counts rotations"),
    Column("bcrypt", Text, nullable=False),
    moment("created_at", default=True),
)

# Every version stays: it says which question a button meant when it was pressed.
kiosk_settings = Table(
    "kiosk_settings",
    metadata,
    Column("kiosk_id", ForeignKey("kiosk.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("question_id", ForeignKey("question.id"), nullable=False),
    Column("settings", JSONB, nullable=False, comment="as sent in `config`"),
    moment("created_at", default=True),
)

# The newest `status` of each kiosk, newest by (epoch as opened, boot, connection).
kiosk_status = Table(
    "kiosk_status",
    metadata,
    Column("kiosk_id", ForeignKey("kiosk.id"), primary_key=True),
    Column("cursor_id", ForeignKey("cursor.id"), nullable=False),
    Column("boot", Integer, nullable=False),
    Column("connection", Integer, nullable=False),
    Column("state", Text, nullable=False),
    moment("asleep_until", nullable=True),
    Column("seq", Integer, nullable=False, comment="last recorded"),
    Column("confirmed", Integer, nullable=False),
    Column("settings_version", Integer, nullable=False),
    Column("health", JSONB, nullable=False, server_default="{}"),
    moment("received_at"),
)
