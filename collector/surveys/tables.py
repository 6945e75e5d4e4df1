from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB, REAL, TSVECTOR

from collector.database import metadata, moment
from collector.places.tables import AUDIENCES

#: `smileys`: the faces that make the index; `faces`: further ones of the same survey.
KINDS = ("smileys", "faces", "nps", "ces", "stars", "expectation", "perception", "enps", "recovery")

# What a rating answers: the same words on the same scale are one question everywhere.
question = Table(
    "question",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    # JSON, not JSONB, which forgets the order: the shop's first language comes first.
    Column("text", JSON, nullable=False, comment='by language: {"uk": …, "en": …}'),
    Column("buttons", SmallInteger, nullable=False, comment="size of the scale; button 1 is the best"),
    Column(
        "kind",
        Text,
        CheckConstraint(f"kind IN {KINDS}", "kind"),
        nullable=False,
        server_default="smileys",
        comment="of the scale; only smileys count in the index",
    ),
)

# What is asked at a place and at all places below it that have none of their own, or at one touchpoint.
survey = Table(
    "survey",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("place_id", ForeignKey("place.id"), nullable=False),
    Column("touchpoint_id", ForeignKey("touchpoint.id")),
    Column("audience", Text, CheckConstraint(f"audience IN {AUDIENCES}", "audience"), nullable=False),
    Column("name", Text, nullable=False, comment="for the people of the place"),
    Column("schedule", JSONB, nullable=False, server_default="{}", comment="see surveys.schedule; {}: always"),
    Column("key", Text, unique=True, comment="of the request that made it: a repeat makes no other"),
    Column("put_aside", JSON(none_as_null=True), comment="what was last taken out of its draft"),
    moment("created_at", default=True),
    moment("retired_at", nullable=True),
    Index(None, "place_id"),
)

# A version of a survey never changes once it is published; the newest published one is asked.
survey_version = Table(
    "survey_version",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("survey_id", ForeignKey("survey.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("definition", JSON, nullable=False, comment="see surveys.definition; JSON keeps the order of languages"),
    # Of each scale in it, by its key there ("1", "4e"): which row of `question`. Given when it is published.
    Column("questions", JSONB, nullable=False, server_default="{}"),
    Column("author", Text),
    moment("created_at", default=True),
    moment("published_at", nullable=True),  # until then a draft
    UniqueConstraint("survey_id", "version"),
)

# One customer's reply. `identity` is what makes it one: the press, the receipt, or the form it was sent from.
answer = Table(
    "answer",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    # In the list of answers: given anew with each change, in the order of the commits.
    Column("position", Integer, Identity(always=True), nullable=False, unique=True),
    Column("identity", Text, nullable=False, unique=True),
    Column("version_id", ForeignKey("survey_version.id"), nullable=False),
    Column("channel", SmallInteger, nullable=False, comment="ratings.kinds.Channel"),
    Column("store_id", ForeignKey("place.id"), nullable=False),
    Column("touchpoint_id", ForeignKey("touchpoint.id")),
    # The rating it belongs to: that press at a kiosk; without one, the rating was given here, if at all.
    Column("cursor_id", ForeignKey("cursor.id")),
    Column("seq", Integer),
    Column("question_id", ForeignKey("question.id"), comment="that the button answers"),
    Column("button", SmallInteger),
    Column("score", REAL, comment="0 … 100"),
    Column("replies", JSONB, nullable=False, server_default="{}", comment="by the keys of the version's scales"),
    Column("signer_id", Integer),
    Column("day", Date),
    Column("serial", Integer),
    Column("reference", Text, comment="its number in the system that it came from"),
    Column("reasons", ARRAY(SmallInteger), nullable=False, server_default="{}"),
    Column("comment", Text),
    Column("comment_erase_on", Date, comment="personal data has an end"),
    # What `voices.themes.reading` makes of the comment; the words go with it.
    Column("words", TSVECTOR, comment="of the comment, as voices.themes.reading folds them: to be found by"),
    Column("themes", ARRAY(Text), nullable=False, server_default="{}", comment="keys of what the comment speaks of"),
    Column(
        "themed_by",
        Integer,
        nullable=False,
        server_default="0",
        comment="the policy by whose words; 0: nobody has read it yet",
    ),
    Column("language", Text, nullable=False),
    Column("author", Text, comment="who wrote it down for the customer: a name of an account"),
    Column("mark", SmallInteger, nullable=False, server_default="0", comment="surveys.marks.AnswerMark"),
    moment("submitted_at", default=True),  # the first tap
    moment("completed_at", nullable=True),  # until then it is partial
    moment("examined_at", nullable=True),  # when the rules said whether it opens a case
    ForeignKeyConstraint(["signer_id", "day", "serial"], ["receipt.signer_id", "receipt.day", "receipt.serial"]),
    Index(None, "store_id", "submitted_at"),
    Index("answer_unexamined", "submitted_at", postgresql_where=text("examined_at IS NULL")),
    Index("answer_receipt", "signer_id", "day", "serial", postgresql_where=text("signer_id IS NOT NULL")),
    CheckConstraint("comment IS NOT NULL OR words IS NULL", "words"),
    Index("answer_themed", "store_id", "themed_by", postgresql_where=text("comment IS NOT NULL")),
    Index("answer_said", "submitted_at", "id", postgresql_where=text("comment IS NOT NULL")),
    Index("answer_words", "words", postgresql_using="gin"),
    # The reasons of a year, read from the index alone (insights.pages.reasons).
    Index(
        "answer_reasons",
        "submitted_at",
        postgresql_include=["store_id", "version_id", "reasons", "touchpoint_id", "channel"],
        postgresql_where=text("reasons <> '{}' AND mark = 0"),
    ),
    # The unhappy answers of a year, in the same way (money.voices).
    Index(
        "answer_unhappy",
        "submitted_at",
        postgresql_include=["store_id", "touchpoint_id", "id"],
        postgresql_where=text("score < 50 AND mark = 0"),
    ),
)

# Which device an answer was sent from, for a day (surveys.devices).
answer_device = Table(
    "answer_device",
    metadata,
    Column("answer_id", ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True),
    Column("device", LargeBinary, nullable=False, comment="a hash under a key of that day"),
    moment("at"),
    Index(None, "device", "at"),
)

# A customer's address, given for an answer to this one problem; it ends by itself.
contact = Table(
    "contact",
    metadata,
    Column("answer_id", ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True),
    Column("address", Text, nullable=False, comment="e-mail or telephone, as typed"),
    Column("digest", LargeBinary, comment="addresses.digest: finds a person; null where it is no address"),
    Column("purpose", Text, nullable=False),
    Column("consent", Text, nullable=False, comment="the words that were agreed to"),
    moment("consented_at", default=True),
    Column("erase_on", Date, nullable=False),
    Index(None, "digest"),
)
