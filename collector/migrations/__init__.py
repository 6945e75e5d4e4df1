"""The database's shape, step by step. `smilepost up` and `smilepost doctor --mend` bring it up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from collector import locks


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest shape; several processes may try at once."""
    with engine.begin() as connection:
        upgrade_within(connection)


def upgrade_within(connection: Connection, to: str = "head") -> None:
    """Bring the database to the newest or another later shape, in the transaction of `connection`."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": locks.MIGRATION})
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def is_current(engine: Engine) -> bool:
    """Whether the database has the newest shape."""
    with engine.connect() as connection:
        return revision(connection) == ScriptDirectory.from_config(_config()).get_current_head()


def revision(connection: Connection) -> str | None:
    """Which migration the database has come to; None before the first."""
    return MigrationContext.configure(connection).get_current_revision()


def is_known(which: str) -> bool:
    """Whether this program has the migration; it has not where a newer one made it."""
    try:
        return ScriptDirectory.from_config(_config()).get_revision(which) is not None
    except CommandError:
        return False


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
