"""Gives events their position in the feed after their commit, as `ratings.relay` does for batches."""

from psycopg import Connection
from psycopg.rows import TupleRow

from collector.ratings.relay import give_positions


def advance(connection: Connection[TupleRow]) -> int:
    """Give positions to the committed events that have none; returns how many, 0 also while another relay works."""
    return give_positions(connection, "outbox")
