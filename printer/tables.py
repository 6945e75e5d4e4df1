from sqlalchemy import Column, ForeignKey, Identity, Integer, Table, Text, UniqueConstraint

from collector.database import metadata, moment

printer = Table(
    "printer",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("store_id", ForeignKey("place.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False, comment="tcp://host:port"),
    Column("profile", Text, nullable=False, comment="a key of printer.escpos.PROFILES"),
    # What was last seen of it, for the store page.
    Column("state", Text, nullable=False, server_default="unknown"),
    moment("seen_at", nullable=True),
    UniqueConstraint("store_id", "name"),
)
