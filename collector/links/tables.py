from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Identity, Integer, SmallInteger, Table, Text

from collector.database import metadata, moment

# Whoever signs receipt codes for a store: the collector itself, a Raspberry Pi, the proxy before a till's printer. The
# collector signs all other kinds too, as number 0, which has no row.
signer = Table(
    "signer",
    metadata,
    Column("id", Integer, Identity(always=True, maxvalue=2**24 - 1), primary_key=True),
    Column("kind", Text, CheckConstraint("kind IN ('collector', 'pi', 'proxy')", "kind"), nullable=False),
    Column("store_id", ForeignKey("place.id"), nullable=False),
    Column("name", Text, comment="what people call it; the collector itself has none"),
    Column("kiosk_id", ForeignKey("kiosk.id"), comment="of a Raspberry Pi"),
    moment("created_at", default=True),
)

# A signer's keys, by number; the newest signs, each verifies until its end. The keys themselves are derived from the
# installation's secret and are stored nowhere.
link_key = Table(
    "link_key",
    metadata,
    Column("signer_id", Integer, primary_key=True, autoincrement=False),
    Column("number", SmallInteger, primary_key=True, autoincrement=False, comment="0 … 63"),
    moment("made_at", default=True),
    moment("ends_at", nullable=True),
)

# What belongs to a receipt code and is not in it. A signer that is cut off from us prints first and tells later.
receipt = Table(
    "receipt",
    metadata,
    Column("signer_id", ForeignKey("signer.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("serial", Integer, primary_key=True, autoincrement=False, comment="counts the signer's receipts of a day"),
    Column("touchpoint_id", ForeignKey("touchpoint.id")),
    Column("reference", Text, comment="receipt number of the till"),
    Column("key", Text, unique=True, comment="idempotency key of whoever had it issued here"),
    Column("language", Text, comment="of its slip, where that was issued here"),
    moment("issued_at", default=True),
)
