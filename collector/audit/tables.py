from sqlalchemy import Column, ForeignKey, Identity, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from collector.database import metadata, moment

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    moment("at", default=True),
    Column("who", Text, nullable=False, comment="name of an account or a token"),
    Column("action", Text, nullable=False, comment="saw-contact, exported, erased, …"),
    Column("subject", Text, nullable=False, comment="cases/184, answers/12; never the contact itself"),
    Column("place_id", ForeignKey("place.id"), nullable=False, comment="whose people see the entry"),
    Column("detail", JSONB(none_as_null=True), comment="what was and what is: small things, in words"),
    Index(None, "place_id", "id"),
)
