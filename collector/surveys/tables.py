from sqlalchemy import Column, Identity, Integer, SmallInteger, Table
from sqlalchemy.dialects.postgresql import JSONB

from collector.database import metadata

question = Table(
    "question",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("text", JSONB, nullable=False, comment='by language: {"uk": …, "en": …}'),
    Column("buttons", SmallInteger, nullable=False, comment="size of the scale; button 1 is the best"),
)
