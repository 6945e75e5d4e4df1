from sqlalchemy import Column, ForeignKey, Identity, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSON

from collector.database import metadata, moment

# "You said, we did": shown on kiosks and slips of the place and below, or of one touchpoint.
improvement = Table(
    "improvement",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("place_id", ForeignKey("place.id"), nullable=False),
    Column("touchpoint_id", ForeignKey("touchpoint.id")),
    Column("case_id", ForeignKey("case.id")),
    Column("text", JSON, nullable=False, comment='by language: {"uk": …, "en": …}'),
    Column("author", Text, nullable=False),
    moment("since", default=True),
    moment("until"),
    moment("meant_until", nullable=True),  # until when it was to be shown, before somebody ended it
    # When its kiosks had been told that it is shown, and that it is over.
    moment("begun_at", nullable=True),
    moment("ended_at", nullable=True),
    Index(None, "place_id", "until"),
    Index("improvement_due", "until", postgresql_where=text("ended_at IS NULL")),
)
