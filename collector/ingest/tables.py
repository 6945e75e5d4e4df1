from sqlalchemy import (
    BigInteger,
    Boolean,
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
from sqlalchemy.dialects.postgresql import REAL

from collector.database import metadata, moment

# How far each (kiosk, epoch) is committed: the one thing that makes ratings arrive exactly once.
cursor = Table(
    "cursor",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("kiosk_id", ForeignKey("kiosk.id"), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("seq", Integer, nullable=False, server_default="0", comment="everything up to here is committed"),
    Column("recorded", Integer, nullable=False, server_default="0", comment="the kiosk has recorded up to here"),
    moment("latest_at", nullable=True),  # when the newest accepted record happened: the next is not dated before it
    moment("opened_at", default=True),
    UniqueConstraint("kiosk_id", "epoch"),
)

# One row a commit of the intake. The relay gives its position after the commit, so that a reader that goes on from
# the last position it saw misses nothing and meets nothing twice.
batch = Table(
    "batch",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("position", BigInteger, unique=True),
    moment("received_at"),
    Index("batch_without_position", "id", postgresql_where=text("position IS NULL")),
)

# Never changed once written. No unique index: the cursor already sees to it that no record comes twice.
rating = Table(
    "rating",
    metadata,
    Column("cursor_id", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("batch_id", BigInteger, nullable=False),
    moment("received_at"),
    moment("happened_at"),
    moment("earliest_at", nullable=True),  # set where the time is unknown: it happened between this and happened_at
    Column("time_quality", SmallInteger, nullable=False, comment="0 exact, 1 reconstructed, 2 unknown"),
    Column("store_id", Integer, nullable=False),
    Column("touchpoint_id", Integer, nullable=False),
    Column("question_id", Integer, nullable=False),
    Column("button", SmallInteger, nullable=False),
    Column("score", REAL, nullable=False, comment="0 … 100"),
    Column("mark", SmallInteger, nullable=False, comment="0 counted; else why not: 1 test, 2 perhaps repeated"),
    Column("boot", Integer, nullable=False),
    Column("uptime", BigInteger, nullable=False, comment="ms since boot"),
    Column("settings_version", Integer, nullable=False),
    Index("rating_store", "store_id", "received_at"),
    Index("rating_batch", "batch_id"),
    postgresql_partition_by="RANGE (received_at)",
)

# The roll-up, moved in the statement that inserts the ratings. `hour` begins in the store's own time.
rating_hour = Table(
    "rating_hour",
    metadata,
    Column("store_id", Integer, primary_key=True, autoincrement=False),
    moment("hour", primary_key=True),
    Column("touchpoint_id", Integer, primary_key=True, autoincrement=False),
    Column("question_id", Integer, primary_key=True, autoincrement=False),
    Column("button", SmallInteger, primary_key=True, autoincrement=False),
    Column("timed", Boolean, primary_key=True, comment="false: time unknown, not for hourly charts"),
    Column("counted", Integer, nullable=False),
    Column("marked", Integer, nullable=False),
)

# Records that are no ratings: reasons and events.
kiosk_record = Table(
    "kiosk_record",
    metadata,
    Column("cursor_id", ForeignKey("cursor.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", SmallInteger, nullable=False),
    Column("value", SmallInteger, nullable=False),
    Column("extra", Integer, nullable=False),
    Column("flags", SmallInteger, nullable=False),
    Column("boot", Integer, nullable=False),
    Column("uptime", BigInteger, nullable=False),
    moment("received_at"),
    moment("happened_at"),
    Column("time_quality", SmallInteger, nullable=False),
)

gap = Table(
    "gap",
    metadata,
    Column("cursor_id", ForeignKey("cursor.id"), primary_key=True),
    Column("first_seq", Integer, primary_key=True, autoincrement=False),
    Column("last_seq", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    moment("found_at"),
)

put_aside = Table(
    "put_aside",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("kiosk_id", Text, nullable=False),
    Column("cursor_id", ForeignKey("cursor.id"), comment="with seq: one record; without: a whole message"),
    Column("seq", Integer),
    Column("reason", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False, comment="of kiosk, identity and payload: a repeat only counts up"),
    Column("times", Integer, nullable=False, server_default="1"),
    moment("first_at"),
    moment("last_at"),
    UniqueConstraint("digest"),
)

# What a kiosk had recorded and what had become of it, at the end of each day of its store.
completeness_day = Table(
    "completeness_day",
    metadata,
    Column("cursor_id", ForeignKey("cursor.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("recorded", Integer, nullable=False, comment="highest seq known to be recorded"),
    Column("received", Integer, nullable=False, comment="the cursor"),
    Column("stored", Integer, nullable=False, server_default="0", comment="of this day, like the next two"),
    Column("put_aside", Integer, nullable=False, server_default="0"),
    Column("lost", Integer, nullable=False, server_default="0"),
)
