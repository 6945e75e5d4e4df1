from sqlalchemy import CheckConstraint, Column, ForeignKey, Identity, Integer, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from collector.database import metadata, moment

KINDS = ("cases", "contacts", "alerts", "kiosks", "filter", "themes", "money", "words")

policy = Table(
    "policy",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("place_id", ForeignKey("place.id"), nullable=False, comment="holds there and below"),
    Column("kind", Text, CheckConstraint(f"kind IN {KINDS}", "kind"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("definition", JSONB(none_as_null=True), comment="null: from here on that of the place above again"),
    Column("author", Text, nullable=False),
    moment("created_at", default=True),
    UniqueConstraint("place_id", "kind", "version"),
)
