from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY

from collector.accounts.roles import ROLES
from collector.database import metadata, moment

account = Table(
    "account",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True, comment="signs in by it"),
    Column("password", Text, comment="argon2id; none until its owner has chosen one"),
    # Sees this place and all below it.
    Column("place_id", ForeignKey("place.id"), nullable=False),
    Column("role", Text, CheckConstraint(f"role IN {ROLES}", "role"), nullable=False, comment="accounts.roles"),
    # Where its owner hears of cases and alerts; neither, and they look for themselves.
    Column("email", Text),
    Column("phone", Text),
    Column("language", Text, nullable=False, server_default="en"),
    # Second factor (TOTP, RFC 6238): the key, sealed with the installation's own; none until its owner has proved it.
    Column("totp", LargeBinary),
    Column("totp_step", BigInteger, comment="the last time step that let in: no code lets in twice"),
    # Single sign-on: who the organisation's provider says that its owner is.
    Column("issuer", Text),
    Column("subject", Text),
    moment("seen_at", nullable=True),
    moment("created_at", default=True),
    moment("ended_at", nullable=True),  # from then on nobody signs in as it
    UniqueConstraint("issuer", "subject"),
)

# Each lets in once where the telephone with the second factor is lost.
recovery_code = Table(
    "recovery_code",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    moment("used_at", nullable=True),
)

# Only digests are kept of whatever opens a door: a stolen backup signs nobody in.
session = Table(
    "session",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("id", Integer, Identity(always=True), nullable=False, unique=True),
    Column("device", Text, nullable=False, server_default="", comment="what the browser calls itself, in words"),
    moment("created_at", default=True),
    moment("seen_at", default=True),
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

# Tries at signing in, by digest of whatever they are counted by: a name, an address, a browser that is known.
sign_in_try = Table(
    "sign_in_try",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("wrong", Integer, nullable=False, server_default="0", comment="one after the other"),
    moment("wait_until", default=True),
    moment("last_at", default=True),
)

api_token = Table(
    "api_token",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("place_id", ForeignKey("place.id"), nullable=False),
    Column("id", Integer, Identity(always=True), nullable=False, unique=True),
    Column("author", Text, nullable=False, server_default="", comment="name of the account that made it"),
    moment("created_at", default=True),
    moment("used_at", nullable=True),  # to the hour
    moment("expires_at", nullable=True),
    moment("ended_at", nullable=True),  # it lets nobody in; for a few minutes it can be brought back
)
