from sqlalchemy import CheckConstraint, Column, ForeignKey, Identity, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from collector.database import metadata, moment

RULES = ("bad-share", "index", "away", "silence", "battery", "printer")
#: Those on devices: people hear of them store by store, not one by one.
DEVICES = ("away", "silence", "battery", "printer")

alert = Table(
    "alert",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("rule", Text, CheckConstraint(f"rule IN {RULES}", "rule"), nullable=False),
    Column(
        "subject", Text, nullable=False, comment="touchpoint/5, kiosk/exit-1, printer/2: one open alert of a rule each"
    ),
    Column("store_id", ForeignKey("place.id"), nullable=False),
    Column("touchpoint_id", ForeignKey("touchpoint.id")),
    Column("data", JSONB, nullable=False, comment="what was seen: counts, shares, thresholds"),
    moment("opened_at"),
    moment("acknowledged_at", nullable=True),
    Column("acknowledged_by", Text),
    moment("closed_at", nullable=True),
    # Of an alert on a device: when people were told of it, and that it is over.
    moment("told_at", nullable=True),
    moment("end_told_at", nullable=True),
    Index("alert_open", "rule", "subject", unique=True, postgresql_where=text("closed_at IS NULL")),
    Index(None, "store_id", "opened_at"),
    Index(
        "alert_end_untold",
        "store_id",
        postgresql_where=text("closed_at IS NOT NULL AND told_at IS NOT NULL AND end_told_at IS NULL"),
    ),
)
