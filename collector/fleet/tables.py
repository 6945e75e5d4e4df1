from sqlalchemy import (
    BigInteger,
    Boolean,
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
    Column("board", Text, comment="as provisioned, for example pico_w; null: nobody has said it"),
    Column("serial", Text, comment="of its chip, as provisioned"),
    moment("retired_at", nullable=True),
    Column(
        "retired_why",
        Text,
        CheckConstraint("retired_why IN ('retired', 'broken', 'lost', 'stolen', 'replaced')", "retired_why"),
    ),
    Column("replaced_by", ForeignKey("kiosk.id"), comment="stands in its place since then"),
    Column("release_id", ForeignKey("release.id"), comment="offered to it"),
    Column("key", Text, unique=True, comment="idempotency key of the request that made it"),
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
    Column("sha256", Text, comment="for RabbitMQ; null: the secret is older than this column"),
    Column("salt", LargeBinary, comment="what it is derived from, until it is delivered to a Mosquitto"),
    Column("key", Text, unique=True, comment="idempotency key of the request that it was told to"),
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

# What is to be given to kiosks of a place, by and by: `smilepost jobs` takes some at a time (fleet.due).
kiosk_due = Table(
    "kiosk_due",
    metadata,
    Column("kiosk_id", ForeignKey("kiosk.id"), primary_key=True),
    Column("what", Text, CheckConstraint("what IN ('settings', 'secret')", "what"), primary_key=True),
    moment("since", default=True),
    Column("author", Text, nullable=False),
    Column("key", Text, comment="of the request"),
    Column("problem", Text, comment="a sentence: why it cannot be given; it then waits for another choice"),
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
        CheckConstraint("\"do\" IN ('identify', 'self-test', 'reboot', 'log', 'secret', 'former', 'ca')", "do"),
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
    Column("ca", Text, comment="certificates that it should trust from now on, PEM"),
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

# What a technician found when a kiosk was tested before it was hung up.
kiosk_acceptance = Table(
    "kiosk_acceptance",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("kiosk_id", ForeignKey("kiosk.id"), nullable=False, index=True),
    Column("passed", Boolean, nullable=False),
    Column("board", Text, nullable=False),
    Column("firmware", Text, nullable=False),
    Column("steps", JSONB, nullable=False, comment="[{name, passed, said, seconds}]"),
    Column("author", Text, nullable=False),
    Column("key", Text, unique=True, comment="idempotency key of the request"),
    moment("at", default=True),
)

# What people wrote down about a kiosk, or where it stands.
kiosk_note = Table(
    "kiosk_note",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("kiosk_id", ForeignKey("kiosk.id"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("key", Text, unique=True, comment="of the form that it was written in"),
    moment("at", default=True),
)

# So that who comes next finds the kiosk, its socket and its cable.
touchpoint_photo = Table(
    "touchpoint_photo",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("touchpoint_id", ForeignKey("touchpoint.id"), nullable=False, index=True),
    Column("content", LargeBinary, nullable=False, comment="JPEG, without what the camera wrote into it"),
    Column("author", Text, nullable=False),
    moment("at", default=True),
    moment("removed_at", nullable=True),  # seen no more; brought back, or forgotten after a month
)

# How each kiosk was, hour by hour (UTC), by the last status of the hour. What it does not say is null.
kiosk_health = Table(
    "kiosk_health",
    metadata,
    Column("kiosk_id", ForeignKey("kiosk.id"), primary_key=True),
    moment("hour", primary_key=True),
    Column("battery", Integer, comment="mV"),
    Column("signal", Integer, comment="dBm"),
    Column("depth", Integer, comment="records that are not confirmed; null: it only started in this hour"),
    Column("oldest", BigInteger, comment="age of the oldest of them, ms"),
    Column("clock", BigInteger, comment="how far its clock is ahead, ms"),
    Column("firmware", Text),
    Column("release", Integer),
    Column("boots", Integer, nullable=False, server_default="0", comment="starts in this hour"),
    Column("reset", Integer, comment="cause of the last start, as in docs/protocol.md"),
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

# A release on its way to the kiosks of a place, in stages: 1 kiosk, 5 %, all. At most one under way for a kiosk.
rollout = Table(
    "rollout",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("number", Integer, nullable=False, comment="of the release, for all boards that it was built for"),
    Column("place_id", ForeignKey("place.id"), nullable=False, comment="the kiosks there and below"),
    Column(
        "state",
        Text,
        CheckConstraint("state IN ('running', 'halted', 'done', 'ended', 'back')", "state"),
        nullable=False,
        server_default="running",
    ),
    Column("stage", SmallInteger, nullable=False, server_default="0", comment="0: one kiosk, 1: some, 2: all"),
    Column("plan", JSONB, nullable=False, comment="shares, soak time and thresholds (fleet.rollout.rules)"),
    Column("why", Text, comment="a sentence: why it halted, ended or went back"),
    Column("author", Text, nullable=False),
    Column("key", Text, unique=True, comment="idempotency key of the request"),
    Column("last_key", Text, comment="idempotency key of the last change of somebody"),
    moment("created_at", default=True),
    moment("stage_since", default=True),
    moment("finished_at", nullable=True),
    Index("rollout_under_way", "place_id", postgresql_where=text("state IN ('running', 'halted')")),
)

# Where each kiosk is in it.
rollout_kiosk = Table(
    "rollout_kiosk",
    metadata,
    Column("rollout_id", ForeignKey("rollout.id"), primary_key=True),
    Column("kiosk_id", ForeignKey("kiosk.id"), primary_key=True),
    Column("stage", SmallInteger, nullable=False),
    Column(
        "state",
        Text,
        CheckConstraint(
            "state IN ('waiting', 'offered', 'taking', 'trial', 'done', 'failed', 'silent', 'back')", "state"
        ),
        nullable=False,
        server_default="waiting",
    ),
    Column("said", Text, comment="what the kiosk said of it last, or why it counts as failed"),
    Column("before", Integer, comment="the release that it ran when this began"),
    moment("since", default=True),
    moment("offered_at", nullable=True),
    Column("forgiven", Boolean, nullable=False, server_default="false", comment="somebody went on in spite of it"),
    Index(None, "kiosk_id"),
)
