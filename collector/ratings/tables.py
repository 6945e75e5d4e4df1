from sqlalchemy import BigInteger, Boolean, Column, Date, Identity, Index, Integer, SmallInteger, Table, Text, text
from sqlalchemy.dialects.postgresql import REAL

from collector.database import metadata, moment

# One row a commit that brings ratings. The relay gives its position after the commit, so that a reader that goes on
# from the last position it saw misses nothing and meets nothing twice.
batch = Table(
    "batch",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("position", BigInteger, unique=True),
    moment("received_at"),
    Index("batch_without_position", "id", postgresql_where=text("position IS NULL")),
)

# Never changed once written, but for its mark (`remark`). No unique index: the cursor already sees to it that no record
# comes twice.
rating = Table(
    "rating",
    metadata,
    # From a kiosk: its record. From a survey: cursor 0, and seq is the answer.
    Column("cursor_id", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("channel", SmallInteger, nullable=False, server_default="0", comment="ratings.kinds.Channel"),
    Column("batch_id", BigInteger, nullable=False),
    moment("received_at"),
    moment("happened_at"),
    moment("earliest_at", nullable=True),  # set where the time is unknown: it happened between this and happened_at
    Column("time_quality", SmallInteger, nullable=False, comment="ratings.kinds.TimeQuality"),
    Column("store_id", Integer, nullable=False),
    Column("touchpoint_id", Integer, nullable=False),
    Column("question_id", Integer, nullable=False),
    Column("button", SmallInteger, nullable=False),
    Column("score", REAL, nullable=False, comment="0 … 100"),
    Column("mark", SmallInteger, nullable=False, comment="ratings.kinds.Mark"),
    Column("boot", Integer, nullable=False),
    Column("uptime", BigInteger, nullable=False, comment="ms since boot"),
    Column("settings_version", Integer, nullable=False),
    Index("rating_store", "store_id", "received_at"),
    Index("rating_batch", "batch_id"),
    # The few that do not count, of one touchpoint (journey.ratings).
    Index("rating_marked", "store_id", "touchpoint_id", "received_at", postgresql_where=text("mark > 0")),
    # The few that came more than a month after they happened: a kiosk lay in a drawer (journey.ratings).
    Index(
        "rating_very_late",
        "store_id",
        "touchpoint_id",
        "received_at",
        postgresql_where=text("received_at - happened_at > interval '31 days'"),
    ),
    postgresql_partition_by="RANGE (received_at)",
)

# The roll-up, moved in the transaction that inserts the ratings. `hour` begins in the store's own time.
rating_hour = Table(
    "rating_hour",
    metadata,
    Column("store_id", Integer, primary_key=True, autoincrement=False),
    moment("hour", primary_key=True),
    Column("touchpoint_id", Integer, primary_key=True, autoincrement=False),
    Column("question_id", Integer, primary_key=True, autoincrement=False),
    Column("button", SmallInteger, primary_key=True, autoincrement=False),
    Column("channel", SmallInteger, primary_key=True, autoincrement=False, server_default="0"),
    Column("timed", Boolean, primary_key=True, comment="false: time unknown, not for hourly charts"),
    Column("counted", Integer, nullable=False),
    Column("marked", Integer, nullable=False),
)

# Months of ratings that are in a file and not in the table; their part of the roll-up stays. A month that was brought
# back keeps its row, until it is archived again.
rating_archive = Table(
    "rating_archive",
    metadata,
    Column("month", Date, primary_key=True, comment="its first day; by receipt, in UTC"),
    Column("file", Text, nullable=False, comment="its name in data/archive"),
    Column("rows", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False, comment="of the rows, as the file's last line has it"),
    moment("archived_at"),
    moment("brought_back_at", nullable=True),
)
