"""Sessions and links that have ended are forgotten."""

from psycopg import Connection
from psycopg.rows import TupleRow


def forget_expired(connection: Connection[TupleRow]) -> None:
    """Delete expired sessions at once and sign-in links a day after they ended."""
    connection.execute("DELETE FROM session WHERE expires_at < now()")
    connection.execute("DELETE FROM sign_in_link WHERE expires_at < now() - interval '1 day'")
