from typing import Literal, TypeAlias, get_args

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB

from collector.database import metadata, moment

STATES = OPEN, TAKEN, WAITING, REVIEW, RESOLVED, MERGED = ("open", "taken", "waiting", "review", "resolved", "merged")
#: Somebody still has something to do.
UNRESOLVED = (OPEN, TAKEN, WAITING, REVIEW)
KINDS = ("complaint", "question", "praise", "alert")
EventKind: TypeAlias = Literal[
    "opened",
    "taken",
    "assigned",
    "commented",
    "replied",
    "waiting",
    "resumed",
    "climbed",
    "reminded",
    "proposed",
    "accepted",
    "rejected",
    "resolved",
    "reopened",
    "moved",
    "merged",
    "linked",
    "attached",
    "added",
    "confirmed",
    "recovered",
    "external",
]
EVENTS: tuple[EventKind, ...] = get_args(EventKind)

cases = Table(
    "case",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("identity", Text, nullable=False, unique=True, comment="what opened it; never two for one"),
    Column("kind", Text, CheckConstraint(f"kind IN {KINDS}", "kind"), nullable=False, server_default="complaint"),
    Column("store_id", ForeignKey("place.id"), nullable=False),
    Column("touchpoint_id", ForeignKey("touchpoint.id")),
    # One of the two, or neither: opened by hand, `subject` says what it is about.
    Column("answer_id", ForeignKey("answer.id")),
    Column("alert_id", ForeignKey("alert.id")),
    Column("subject", Text),
    Column("state", Text, CheckConstraint(f"state IN {STATES}", "state"), nullable=False),
    # How far up the ladder it is, 0 the first step, and the place whose turn it is there.
    Column("step", SmallInteger, nullable=False, server_default="0"),
    Column("place_id", ForeignKey("place.id"), nullable=False),
    moment("due_at", nullable=True),  # climbs then; None at the top or when resolved
    # While nobody has taken it, its people are reminded then; once it is resolved, its customer is asked how it is.
    moment("remind_at", nullable=True),
    Column("taken_by", Text),
    Column("account_id", ForeignKey("account.id", ondelete="SET NULL"), comment="who is responsible"),
    Column("root_cause", Text),
    Column("compensation", Numeric(10, 2), comment="given to the customer, in the currency of the policy"),
    Column("merged_into", ForeignKey("case.id")),
    Column("external", Text, comment="its number in the system to which it was handed"),
    Column("has_written", Boolean, nullable=False, server_default="false", comment="its customer, and nobody since"),
    moment("opened_at", default=True),
    moment("resolved_at", nullable=True),
    Index(None, "place_id", "state"),
    Index(None, "store_id", "opened_at"),
    Index(None, "answer_id"),
    Index("case_has_written", "store_id", postgresql_where=text("has_written")),
    Index("case_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    Index("case_remind", "remind_at", postgresql_where=text("remind_at IS NOT NULL")),
)

# What happened to a case, one line an event; written with the change itself. Its clocks are computed from this.
case_event = Table(
    "case_event",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False, index=True),
    moment("at", default=True),
    Column("kind", Text, CheckConstraint(f"kind IN {EVENTS}", "kind"), nullable=False),
    Column("author", Text, nullable=False, comment="name of the account, 'Smilepost', or '' for the customer"),
    Column("comment", Text),
    Column("step", SmallInteger, nullable=False),
    Column("data", JSONB, nullable=False, server_default="{}", comment="what else belongs to it, by its kind"),
    Column("key", Text, unique=True, comment="of the request that asked for it; a repeat of it changes nothing"),
)

# Cases that belong together, the smaller number first.
case_link = Table(
    "case_link",
    metadata,
    Column("case_id", ForeignKey("case.id"), primary_key=True),
    Column("other_id", ForeignKey("case.id"), primary_key=True),
    CheckConstraint("case_id < other_id", "order"),
)

attachment = Table(
    "attachment",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False, comment="media type, by its content"),
    Column("content", LargeBinary, nullable=False),
    Column("author", Text, nullable=False),
    Column("from_customer", Boolean, nullable=False),
    moment("at", default=True),
    Column("erase_on", Date, nullable=False),
)

# What people write again and again, by language.
reply_template = Table(
    "reply_template",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("place_id", ForeignKey("place.id"), nullable=False, comment="offered there and below"),
    Column("name", Text, nullable=False),
    Column("text", JSON, nullable=False, comment='by language: {"uk": …, "en": …}'),
    moment("created_at", default=True),
    moment("retired_at", nullable=True),
    Index(None, "place_id"),
)
