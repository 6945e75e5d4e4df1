from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from collector.database import metadata, moment

PERIODS = ("day", "week", "month")
EXPORT_STATES = ("waiting", "running", "done", "stopped")

# Who gets which report.
report = Table(
    "report",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("place_id", ForeignKey("place.id"), nullable=False, comment="what it is about: this place and below"),
    Column("account_id", ForeignKey("account.id"), nullable=False, comment="who gets it, at their e-mail address"),
    Column("period", Text, CheckConstraint(f"period IN {PERIODS}", "period"), nullable=False),
    Column("author", Text, nullable=False),
    Column("key", Text, unique=True, comment="of the form that made it"),
    moment("created_at", default=True),
    moment("since", default=True),  # what was due before is not sent: it was asked for later, or may have been sent
    moment("ended_at", nullable=True),
)

# One row a report and period: nobody is sent the same twice.
report_issue = Table(
    "report_issue",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("report_id", ForeignKey("report.id"), nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    moment("at", default=True),
    UniqueConstraint("report_id", "first"),
)

# A list as a file, on its way straight to whoever asked for it: nothing is kept but how far it has come.
export = Table(
    "export",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("account_id", ForeignKey("account.id"), nullable=False, comment="who asked for it, and nobody else has it"),
    Column("place_id", ForeignKey("place.id"), nullable=False, comment="this place and below"),
    Column("list", Text, nullable=False, comment="of reports.exports.lists"),
    Column("first", Date),
    Column("last", Date),
    Column("narrowed", JSONB(none_as_null=True), comment="of voices: what was asked"),
    Column("expected", BigInteger, nullable=False, comment="rows, about"),
    Column("rows", BigInteger, nullable=False, server_default="0", comment="that have left"),
    Column(
        "state",
        Text,
        CheckConstraint(f"state IN {EXPORT_STATES}", "state"),
        nullable=False,
        server_default="waiting",
    ),
    Column("key", Text, unique=True, comment="of the form that asked for it"),
    moment("created_at", default=True),
    moment("moved_at", nullable=True),
    Index(None, "account_id", "created_at"),
)
