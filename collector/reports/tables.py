from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Identity, Integer, Table, Text, UniqueConstraint

from collector.database import metadata, moment

PERIODS = ("day", "week", "month")

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
