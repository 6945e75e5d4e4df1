from typing import Any

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Identity, Index, Integer, SmallInteger, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from collector.database import metadata, moment


def _key(touchpoint: str) -> list[Column[Any]]:
    """What figures by days are kept by: a place, one of its days, a touchpoint, a question and a channel."""
    return [
        Column("place_id", ForeignKey("place.id"), primary_key=True),
        Column("day", Date, primary_key=True, comment="of the store"),
        Column("touchpoint_id", Integer, primary_key=True, autoincrement=False, comment=touchpoint),
        Column("question_id", Integer, primary_key=True, autoincrement=False),
        Column("channel", SmallInteger, primary_key=True, autoincrement=False, comment="ratings.kinds.Channel"),
    ]


_FIGURES = ["question_id", "channel", "counted", "marked", "opened", "opened_marked"]

# What was heard in a day, by place: the stores' own days out of `rating_hour`, and those of all places above added up.
# Made anew by `smilepost jobs` where something changed (insights.days); pages of today read `rating_hour`.
place_day = Table(
    "place_day",
    metadata,
    *_key("0: not known, -1: all together, -2: all of the month that begins then"),
    Column("counted", ARRAY(Integer), nullable=False, comment="by button, from the best"),
    Column("marked", Integer, nullable=False),
    Column("opened", ARRAY(Integer), comment="as counted, of the hours in which the stores were open; null: all of it"),
    Column("opened_marked", Integer, comment="as marked, of these hours; null: all of it"),
    # For many places at once, of days and of months; PostgreSQL before 18 finds no days in the middle of a key.
    *(
        Index(
            name,
            "day",
            "place_id",
            postgresql_include=["touchpoint_id", *_FIGURES],
            postgresql_where=text(f"touchpoint_id = {together}"),
        )
        for name, together in (("place_day_all", -1), ("place_day_month", -2))
    ),
    # For the touchpoints of a name at many places.
    Index(
        "place_day_touchpoint",
        "touchpoint_id",
        "day",
        postgresql_include=_FIGURES,
        postgresql_where=text("touchpoint_id > 0"),
    ),
)

# The hours of these days: customers' smileys whose time is known, by the stores' own clocks. Made together with them.
place_hour = Table(
    "place_hour",
    metadata,
    *_key("of a store: 0 is not known; of places above: -1, all together"),
    Column("counted", ARRAY(Integer), nullable=False, comment="by hour from midnight on, in each by button"),
    Column("opened", ARRAY(Integer), comment="the same of the hours in which the stores were open; null: all of it"),
)

# Days of stores that have to be made anew.
place_day_stale = Table(
    "place_day_stale",
    metadata,
    Column("store_id", ForeignKey("place.id"), primary_key=True),
    Column("day", Date, primary_key=True),
)

# How far the relay's batches have been read for it; one row. None: nothing has been added up yet.
place_day_read = Table(
    "place_day_read", metadata, Column("position", BigInteger, primary_key=True, autoincrement=False)
)

# Of how many hours that a store was open its kiosks spoke: each kiosk's hours, added up (insights.uptime).
store_uptime = Table(
    "store_uptime",
    metadata,
    Column("store_id", ForeignKey("place.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("due", Integer, nullable=False),
    Column("up", Integer, nullable=False),
)

# A choice of places, answers or customers that a person gave a name; it is asked anew each time.
segment = Table(
    "segment",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("place_id", ForeignKey("place.id"), nullable=False, comment="whose people see it, and below"),
    Column("kind", Text, nullable=False, comment="places, answers or customers"),
    Column("name", Text, nullable=False),
    Column("definition", JSONB, nullable=False, comment="see voices.segments"),
    Column("author", Text, nullable=False),
    Column("key", Text, unique=True, comment="of the form that made it"),
    moment("created_at", default=True),
    moment("ended_at", nullable=True),
)
