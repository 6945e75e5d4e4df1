from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from collector.database import metadata, moment

KINDS = ("print", "fetch", "relay", "webhook", "email", "sms")
STATES = ("queued", "claimed", "sending", "done", "failed", "unknown")

job = Table(
    "job",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("kind", Text, CheckConstraint(f"kind IN {KINDS}", "kind"), nullable=False),
    Column("target", Text, nullable=False, comment="one printer or receiver; its jobs go one by one"),
    Column("key", Text, nullable=False, unique=True, comment="idempotency key"),
    Column("payload", JSONB, nullable=False),
    Column("state", Text, CheckConstraint(f"state IN {STATES}", "state"), nullable=False, server_default="queued"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    moment("due_at", default=True),
    moment("expires_at"),
    # The worker that has it holds an advisory lock of this number for as long as it lives.
    Column("worker", BigInteger),
    Column("outcome", Text, comment="why it failed or is unsure, a sentence"),
    moment("created_at", default=True),
    moment("finished_at", nullable=True),
    Index("job_due", "kind", "target", "id", postgresql_where=text("state = 'queued'")),
    Index(None, "target", "id"),
    Index("job_open", "target", "state", postgresql_where=text("state NOT IN ('done', 'failed')")),
    # A target has one job in hand at most, whatever the workers do.
    Index("job_in_hand", "kind", "target", unique=True, postgresql_where=text("state IN ('claimed', 'sending')")),
)
