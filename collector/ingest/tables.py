from sqlalchemy import (
    BigInteger,
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
    column,
    table,
    text,
)

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
    Column("latest", BigInteger, comment="when the newest accepted record happened, ms since 1970; none is older"),
    moment("opened_at", default=True),
    Column("foreign_to", Text, comment="the kiosk that had this epoch first: its ratings are perhaps repeated"),
    # The day of its store in which it was last moved, and what became of that day's records: `completeness_day`.
    Column("day", Date),
    Column("stored", Integer, nullable=False, server_default="0"),
    Column("put_aside", Integer, nullable=False, server_default="0"),
    Column("lost", Integer, nullable=False, server_default="0"),
    UniqueConstraint("kiosk_id", "epoch"),
    Index(None, "epoch"),
)

# What each ingest process does, as it says itself (state.py). Unlogged: it says so again within seconds, and its word
# waits neither for the disk nor for a standby.
ingest_process = Table(
    "ingest_process",
    metadata,
    Column("machine", Text, primary_key=True),
    Column("pid", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    moment("since"),
    Column("reason", Text, nullable=False),
    Column("waiting", Integer, nullable=False, comment="messages in hand and not yet committed"),
    Column("records", BigInteger, nullable=False, comment="committed since it began"),
    moment("told_at"),
    prefixes=["UNLOGGED"],
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
    # Starts and stuck buttons, few as they are, by when they happened.
    Index("kiosk_record_events", "cursor_id", "happened_at", postgresql_where=text("kind = 4")),
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
    Index(None, "kiosk_id", "first_at"),
)

# The days that are over for a cursor. A record changes its cursor's row in any case; so its day is counted there, and
# comes here when the next one begins.
completeness_past = Table(
    "completeness_past",
    metadata,
    Column("cursor_id", ForeignKey("cursor.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("recorded", Integer, nullable=False),
    Column("received", Integer, nullable=False),
    Column("stored", Integer, nullable=False, server_default="0"),
    Column("put_aside", Integer, nullable=False, server_default="0"),
    Column("lost", Integer, nullable=False, server_default="0"),
)

# A view of both: what a kiosk had recorded and what had become of it, at the end of each day of its store.
completeness_day = table(
    "completeness_day",
    column("cursor_id", Integer),
    column("day", Date),
    column("recorded", Integer),  # highest seq known to be recorded
    column("received", Integer),  # the cursor
    column("stored", Integer),  # of this day, like the next two
    column("put_aside", Integer),
    column("lost", Integer),
)
