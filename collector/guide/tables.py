from sqlalchemy import Column, Table, Text

from collector.database import metadata, moment

# What no look at the database tells: that a person has seen it work, or has looked through it.
set_up_proof = Table(
    "set_up_proof",
    metadata,
    Column("subject", Text, primary_key=True, comment="mail, printers/12, organisation"),
    Column("who", Text, nullable=False),
    moment("at", default=True),
)
