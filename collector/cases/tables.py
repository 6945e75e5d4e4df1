from sqlalchemy import CheckConstraint, Column, ForeignKey, Identity, Index, Integer, SmallInteger, Table, Text, text

from collector.database import metadata, moment

STATES = ("open", "taken", "resolved")

cases = Table(
    "case",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("identity", Text, nullable=False, unique=True, comment="what opened it; never two for one"),
    Column("store_id", ForeignKey("place.id"), nullable=False),
    Column("answer_id", ForeignKey("answer.id")),
    Column("state", Text, CheckConstraint(f"state IN {STATES}", "state"), nullable=False),
    # How far up the ladder it is, 0 the store, and the place whose turn it is there.
    Column("step", SmallInteger, nullable=False, server_default="0"),
    Column("place_id", ForeignKey("place.id"), nullable=False),
    moment("due_at", nullable=True),  # climbs then; None at the top or when resolved
    Column("taken_by", Text),
    moment("opened_at", default=True),
    moment("resolved_at", nullable=True),
    Index(None, "place_id", "state"),
    Index("case_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
)

# What happened to a case, one line an event; written with the change itself.
case_event = Table(
    "case_event",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False, index=True),
    moment("at", default=True),
    Column(
        "kind",
        Text,
        CheckConstraint("kind IN ('opened', 'taken', 'commented', 'climbed', 'resolved')", "kind"),
        nullable=False,
    ),
    Column("author", Text, nullable=False, comment="name of the account, or 'Smilepost'"),
    Column("comment", Text),
    Column("step", SmallInteger, nullable=False),
    Column("key", Text, unique=True, comment="of the request that asked for it; a repeat of it changes nothing"),
)
