from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Integer,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from collector.database import metadata, moment

STATES = ("previewing", "ready", "running", "done", "stopped")

# The filter over history: first a preview, which changes nothing, then, if somebody wants it, the marks.
filter_run = Table(
    "filter_run",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("place_id", ForeignKey("place.id"), nullable=False, comment="the stores there and below"),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("state", Text, CheckConstraint(f"state IN {STATES}", "state"), nullable=False, server_default="previewing"),
    Column("preview", JSONB, nullable=False, server_default="{}", comment="counts by mark, before and after"),
    Column("through", JSONB, nullable=False, server_default="{}", comment="how far it has come: store and day"),
    Column("why", Text, comment="a sentence: why it stopped"),
    Column("author", Text, nullable=False),
    Column("key", Text, unique=True, comment="of the form that asked for it"),
    moment("created_at", default=True),
    moment("finished_at", nullable=True),
)

# One row: up to which of the relay's batches the filter has marked what came in.
filter_position = Table(
    "filter_position",
    metadata,
    Column("id", SmallInteger, CheckConstraint("id = 1", "only"), primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
)
