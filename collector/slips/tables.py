from sqlalchemy import Column, ForeignKey, Identity, Index, Integer, LargeBinary, Table, Text, text

from collector.database import metadata, moment

printer = Table(
    "printer",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("store_id", ForeignKey("place.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False, comment="tcp: serial: usb: kiosk:, or the protocol of one that polls"),
    Column("profile", Text, nullable=False, comment="a key of printer.profiles.PROFILES"),
    Column("code_page", Text, comment="of the profile's, 'none' for pictures alone; null: the profile's first"),
    # A printer that polls names a secret; whoever steals the table learns none.
    Column("secret_hash", LargeBinary, unique=True, comment="SHA-256"),
    # What was last seen of it, for the store page.
    Column("state", Text, nullable=False, server_default="unknown"),
    moment("seen_at", nullable=True),
    moment("state_since", nullable=True),  # kept by a trigger
    # Taken away; its jobs still name it.
    moment("retired_at", nullable=True),
    Index("printer_name", "store_id", "name", unique=True, postgresql_where=text("retired_at IS NULL")),
)

# How the slips of a place look. What is not set here is as above it in the tree.
slip_style = Table(
    "slip_style",
    metadata,
    Column("place_id", ForeignKey("place.id"), primary_key=True),
    Column("language", Text, comment="of slips whose caller names none"),
    Column("logo", LargeBinary, comment="PNG, one bit a dot"),
)
