from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from collector.database import metadata, moment

AUDIENCES = ("customers", "staff")

place = Table(
    "place",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("parent_id", ForeignKey("place.id")),
    Column("kind", Text, CheckConstraint("kind IN ('organisation', 'region', 'store')", "kind"), nullable=False),
    Column("name", Text, nullable=False),
    # Ids from the root down to this place itself: "below this place" is one containment test.
    Column("path", ARRAY(Integer), nullable=False),
    Column("time_zone", Text, nullable=False, comment="IANA name"),
    Column(
        "opening_hours",
        JSONB,
        nullable=False,
        server_default="{}",
        comment='{"mon": [["09:00", "21:00"]], …}; a day that is not there is closed',
    ),
    # Nobody sees it any more; what was heard there stays, and it can be brought back.
    moment("ended_at", nullable=True),
    Index(None, "path", postgresql_using="gin"),
)

touchpoint = Table(
    "touchpoint",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("store_id", ForeignKey("place.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("position", SmallInteger, nullable=False, comment="the order in which a customer meets them"),
    Column(
        "audience",
        Text,
        CheckConstraint(f"audience IN {AUDIENCES}", "audience"),
        nullable=False,
        server_default="customers",
        comment="staff: the staff room's, outside the customers' figures",
    ),
    moment("ended_at", nullable=True),
    UniqueConstraint("store_id", "name"),
    Index("touchpoint_of_staff", "id", postgresql_where=text("audience = 'staff'")),
)
