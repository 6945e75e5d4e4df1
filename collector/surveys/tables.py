from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB, REAL

from collector.database import metadata, moment

question = Table(
    "question",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    # JSON, not JSONB, which forgets the order: the shop's first language comes first.
    Column("text", JSON, nullable=False, comment='by language: {"uk": …, "en": …}'),
    Column("buttons", SmallInteger, nullable=False, comment="size of the scale; button 1 is the best"),
)

# The short survey of a place and of all places below it that have none of their own. A version never changes.
survey = Table(
    "survey",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("place_id", ForeignKey("place.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("question_id", ForeignKey("question.id"), nullable=False, comment="asked where the rating is not known yet"),
    Column("definition", JSONB, nullable=False, comment="reasons and words by language, see surveys.definition"),
    moment("created_at", default=True),
    UniqueConstraint("place_id", "version"),
)

# One customer's reply. `identity` is what makes it one: the press, the receipt, or the form it was sent from.
answer = Table(
    "answer",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("identity", Text, nullable=False, unique=True),
    Column("survey_id", ForeignKey("survey.id"), nullable=False),
    Column("channel", SmallInteger, nullable=False, comment="ratings.kinds.Channel"),
    Column("store_id", ForeignKey("place.id"), nullable=False),
    Column("touchpoint_id", ForeignKey("touchpoint.id")),
    # The rating it belongs to: that press at a kiosk; without one, the rating was given here, if at all.
    Column("cursor_id", ForeignKey("cursor.id")),
    Column("seq", Integer),
    Column("question_id", ForeignKey("question.id"), comment="that the button answers"),
    Column("button", SmallInteger),
    Column("score", REAL, comment="0 … 100"),
    Column("signer_id", Integer),
    Column("day", Date),
    Column("serial", Integer),
    Column("reference", Text, comment="its number in the system that it came from"),
    Column("reasons", ARRAY(SmallInteger), nullable=False, server_default="{}"),
    Column("comment", Text),
    Column("language", Text, nullable=False),
    moment("submitted_at", default=True),
    ForeignKeyConstraint(["signer_id", "day", "serial"], ["receipt.signer_id", "receipt.day", "receipt.serial"]),
    Index(None, "store_id", "submitted_at"),
)

# A customer's address, given for an answer to this one problem; it ends by itself.
contact = Table(
    "contact",
    metadata,
    Column("answer_id", ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True),
    Column("address", Text, nullable=False, comment="e-mail or telephone, as typed"),
    Column("purpose", Text, nullable=False),
    Column("consent", Text, nullable=False, comment="the words that were agreed to"),
    moment("consented_at", default=True),
    Column("erase_on", Date, nullable=False),
)
