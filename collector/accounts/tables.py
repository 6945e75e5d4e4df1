from sqlalchemy import Column, ForeignKey, Identity, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from collector.database import metadata, moment

account = Table(
    "account",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True, comment="signs in by it"),
    Column("password", Text, comment="argon2id; none until its owner has chosen one"),
    # Sees this place and all below it.
    Column("place_id", ForeignKey("place.id"), nullable=False),
    # Where its owner hears of cases and alerts; neither, and they look for themselves.
    Column("email", Text),
    Column("phone", Text),
    Column("language", Text, nullable=False, server_default="en"),
    moment("created_at", default=True),
)

# Only digests are kept of whatever opens a door: a stolen backup signs nobody in.
session = Table(
    "session",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    moment("created_at", default=True),
    moment("expires_at"),
)

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    moment("expires_at"),
    moment("used_at", nullable=True),
)

api_token = Table(
    "api_token",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("place_id", ForeignKey("place.id"), nullable=False),
    moment("created_at", default=True),
)
