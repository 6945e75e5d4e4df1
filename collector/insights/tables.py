from sqlalchemy import Column, Date, ForeignKey, Identity, Integer, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from collector.database import metadata, moment

# What was heard in a day, by place: the stores' own days out of `rating_hour`, and those of all places above added up.
# Made anew by `smilepost jobs` where something changed (insights.days); pages of today read `rating_hour`.
place_day = Table(
    "place_day",
    metadata,
    Column("place_id", ForeignKey("place.id"), primary_key=True),
    Column("day", Date, primary_key=True, comment="of the store"),
    Column("touchpoint_id", Integer, primary_key=True, autoincrement=False, comment="0: all, at places above stores"),
    Column("question_id", Integer, primary_key=True, autoincrement=False),
    Column("channel", SmallInteger, primary_key=True, autoincrement=False, comment="ratings.kinds.Channel"),
    Column("counted", ARRAY(Integer), nullable=False, comment="by button, from the best"),
    Column("marked", Integer, nullable=False),
)

# Days of stores that have to be made anew, and how far the relay's batches have been read.
place_day_stale = Table(
    "place_day_stale",
    metadata,
    Column("store_id", ForeignKey("place.id"), primary_key=True),
    Column("day", Date, primary_key=True),
)

# A choice of places, answers or customers that a person gave a name; it is asked anew each time.
segment = Table(
    "segment",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("place_id", ForeignKey("place.id"), nullable=False, comment="whose people see it, and below"),
    Column("kind", Text, nullable=False, comment="places, answers or customers"),
    Column("name", Text, nullable=False),
    Column("definition", JSONB, nullable=False, comment="see insights.segments"),
    Column("author", Text, nullable=False),
    Column("key", Text, unique=True, comment="of the form that made it"),
    moment("created_at", default=True),
    moment("ended_at", nullable=True),
)
