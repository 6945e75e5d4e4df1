from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Identity, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from collector.database import metadata, moment

# Events that leave the house, written in the transaction of what happened. The relay gives positions after the commit.
outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("position", BigInteger, unique=True),
    Column("event_id", Text, nullable=False, unique=True, comment="the same wherever it is told"),
    Column("type", Text, nullable=False, comment="CloudEvents type"),
    Column("subject", Text, nullable=False),
    Column("place_id", ForeignKey("place.id"), nullable=False, comment="the store: who may see it"),
    Column("data", JSONB, nullable=False),
    moment("at", default=True),
    Index("outbox_without_position", "id", postgresql_where=text("position IS NULL")),
)

# A receiver of events. Its secret is derived from the installation's and its number, so none is stored.
webhook = Table(
    "webhook",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("url", Text, nullable=False),
    Column("place_id", ForeignKey("place.id"), nullable=False, comment="hears of this place and all below it"),
    Column("secret_number", Integer, nullable=False, server_default="1"),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    # Idempotency keys of the requests that made it and that made its newest secret: a repeat gets the same answer.
    Column("key", Text, unique=True),
    Column("rotation_key", Text),
    moment("created_at", default=True),
)
