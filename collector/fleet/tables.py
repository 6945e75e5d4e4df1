from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB

from collector.database import metadata, moment
from collector.topics import KIOSK_ID

kiosk = Table(
    "kiosk",
    metadata,
    Column("id", Text, CheckConstraint(f"id ~ '^{KIOSK_ID}$'", "id"), primary_key=True),
    Column("state", Text, CheckConstraint("state IN ('enrolled', 'retired')", "state"), nullable=False),
    moment("enrolled_at", default=True),
    Column("release_id", ForeignKey("release.id"), comment="offered to it"),
    # Raised by triggers when its placement, its settings or its store's time zone change (migration 0004): so the
    # intake can keep what it knows of a kiosk, and sees in each batch whether that still holds.
    Column("revision", Integer, nullable=False, server_default="1"),
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

# What a broker checks a kiosk's password against; the secret itself is on the kiosk alone.
kiosk_secret = Table(
    "kiosk_secret",
    metadata,
    Column("kiosk_id", ForeignKey("kiosk.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="counts rotations"),
    Column("bcrypt", Text, nullable=False, comment="for the embedded broker"),
    Column("pbkdf2", Text, comment="for a Mosquitto; null: the secret is older than this column"),
    Column("salt", LargeBinary, comment="what it is derived from, until it is delivered to a Mosquitto"),
    moment("created_at", default=True),
)

# Every version stays: it says which question a button meant when it was pressed.
kiosk_settings = Table(
    "kiosk_settings",
    metadata,
    Column("kiosk_id", ForeignKey("kiosk.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("question_id", ForeignKey("question.id"), nullable=False),
    Column("questions", ARRAY(Integer), nullable=False, server_default="{}", comment="further ones, for some weekdays"),
    Column("settings", JSONB, nullable=False, comment="as sent in `config`"),
    moment("created_at", default=True),
)

# What somebody chose for this one kiosk; for all else the defaults hold (fleet.settings).
kiosk_preferences = Table(
    "kiosk_preferences",
    metadata,
    Column("kiosk_id", ForeignKey("kiosk.id"), primary_key=True),
    # JSON, not JSONB, which forgets the order: the shop's first language comes first.
    Column("preferences", JSON, nullable=False),
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
    Column("secret", Integer, comment="number of the secret that it signed in with; null: it does not say"),
    Column("health", JSONB, nullable=False, server_default="{}"),
    moment("received_at"),
)

# What a kiosk was told to do, and what became of it. Ids grow for each kiosk.
kiosk_command = Table(
    "kiosk_command",
    metadata,
    Column("kiosk_id", ForeignKey("kiosk.id"), primary_key=True),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column(
        "do",
        Text,
        CheckConstraint("\"do\" IN ('identify', 'self-test', 'reboot', 'log', 'secret')", "do"),
        nullable=False,
    ),
    Column(
        "state",
        Text,
        CheckConstraint("state IN ('queued', 'sent', 'done', 'failed', 'expired')", "state"),
        nullable=False,
        server_default="queued",
    ),
    Column("number", Integer, comment="of the new secret"),
    Column("salt", LargeBinary, comment="of the new secret, until the command has come to its end"),
    Column("outcome", Text, comment="what the kiosk said of it"),
    Column("author", Text, nullable=False, comment="who asked for it"),
    Column("key", Text, unique=True, comment="idempotency key of the request"),
    moment("created_at", default=True),
    moment("expires_at"),
    moment("sent_at", nullable=True),
    moment("finished_at", nullable=True),
    Index("kiosk_command_open", "kiosk_id", "id", postgresql_where=text("state IN ('queued', 'sent')")),
)

# What is odd about a kiosk, once a kind and day (UTC): for a person to look at. Nothing is lost by it.
kiosk_alarm = Table(
    "kiosk_alarm",
    metadata,
    Column("kiosk_id", ForeignKey("kiosk.id"), primary_key=True),
    Column(
        "kind",
        Text,
        CheckConstraint("kind IN ('clock', 'epochs', 'flood', 'foreign')", "kind"),
        primary_key=True,
    ),
    Column("day", Date, primary_key=True),
    Column("reason", Text, nullable=False, comment="a sentence"),
    Column("times", Integer, nullable=False, server_default="1"),
    moment("first_at"),
    moment("last_at"),
    Index(None, "last_at"),
)

# Firmware for one kind of board, signed by the organisation. It never changes once it is here.
release = Table(
    "release",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("number", Integer, nullable=False, comment="kiosks take only a higher one than they had"),
    Column("board", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("manifest", Text, nullable=False, comment="exactly what is signed"),
    Column("signature", Text, nullable=False, comment="base64"),
    moment("published_at", default=True),
    UniqueConstraint("board", "number"),
)

release_file = Table(
    "release_file",
    metadata,
    Column("release_id", ForeignKey("release.id"), primary_key=True),
    Column("file", SmallInteger, primary_key=True, autoincrement=False, comment="its place in the manifest, from 0"),
    Column("data", LargeBinary, nullable=False),
)
