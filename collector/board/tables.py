from sqlalchemy import Column, DateTime, ForeignKey, Identity, Integer, LargeBinary, Table, Text, text

from collector.database import metadata, moment

# A link that opens a place's board on a screen where nobody is signed in. Only its digest is kept.
board_link = Table(
    "board_link",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("place_id", ForeignKey("place.id"), nullable=False, index=True),
    Column("name", Text, nullable=False, comment="where the screen hangs"),
    Column("author", Text, nullable=False),
    moment("created_at", default=True),
    moment("seen_at", nullable=True),  # to the minute
    moment("ended_at", nullable=True),
    # A screen that was given away, or forgotten, shows nothing for ever.
    Column("expires_at", DateTime(timezone=True), nullable=False, server_default=text("now() + interval '1 year'")),
)
