"""A person is known by the digest of their address (addresses): it stays when the address is erased."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from collector.database import metadata, moment

#: What customers are written to for. Those after `outcome` were not asked for by the customer.
PURPOSES = ("receipt", "progress", "outcome", "recovery", "thanks", "invitation", "review")
#: What the people of the house are written to for: their messages are nobody's personal file, and follow no policy.
STAFF = "staff"
CHANNELS = ("email", "sms")

# What somebody agreed to besides an answer to their problem (which `contact` records), for one purpose each.
consent = Table(
    "consent",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("purpose", Text, CheckConstraint(f"purpose IN {PURPOSES}", "purpose"), nullable=False),
    Column("words", Text, nullable=False, comment="that were agreed to"),
    Column("source", Text, nullable=False, comment="answer/12, api/…: where it was given"),
    moment("given_at", default=True),
    Column("ends_on", Date, nullable=False),
    moment("withdrawn_at", nullable=True),
    Index(None, "digest"),
)

# Who wants nothing more, for one purpose or (null) for any.
refusal = Table(
    "refusal",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("purpose", Text),
    moment("at", default=True),
    Index("refusal_once", "digest", "purpose", unique=True, postgresql_nulls_not_distinct=True),
)

# One message to a person outside or of the house, told once under its key. On its way it is a job of the queue.
message = Table(
    "message",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("key", Text, nullable=False, unique=True, comment="what makes it one"),
    Column("purpose", Text, nullable=False, comment="one of PURPOSES, or 'staff'"),
    Column("channel", Text, CheckConstraint(f"channel IN {CHANNELS}", "channel"), nullable=False),
    Column("address", Text, comment="null once it is erased"),
    Column("digest", LargeBinary, nullable=False),
    Column("store_id", ForeignKey("place.id"), nullable=False),
    Column("case_id", ForeignKey("case.id", ondelete="SET NULL")),
    # Of an invitation: the receipt that its link answers for.
    Column("signer_id", Integer),
    Column("day", Date),
    Column("serial", Integer),
    Column("language", Text, nullable=False),
    Column("content", JSONB, nullable=False, comment="what its words are made of, see contacts.messages"),
    moment("created_at", default=True),
    moment("held_until", nullable=True),  # not before, by the policy; null once it is a job or ended
    moment("expires_at"),
    Column("refused", Text, comment="why it is not sent, a sentence"),
    Column("job_id", ForeignKey("job.id", ondelete="SET NULL")),
    ForeignKeyConstraint(["signer_id", "day", "serial"], ["receipt.signer_id", "receipt.day", "receipt.serial"]),
    Index(None, "digest", "created_at"),
    Index("message_receipt", "signer_id", "day", "serial", postgresql_where=text("signer_id IS NOT NULL")),
    Index(None, "case_id"),
    Index("message_held", "held_until", postgresql_where=text("held_until IS NOT NULL")),
)
