"""Keeps a broker's users in step with the registry: as soon as a kiosk's credentials were made or ended."""

import threading
import time
from typing import Protocol

import psycopg
import structlog
from psycopg.rows import TupleRow

from collector import changes
from collector.broker.cluster import Cluster
from collector.broker.dynamic_security import DynamicSecurity
from collector.broker.nats import EmbeddedBroker
from collector.database import connect
from collector.failure import Failure
from collector.settings import Settings

log = structlog.get_logger()

#: Seconds until the broker is looked at again though nothing was heard (it may have come back from a backup), and
#: after it did not do what it was told.
AGAIN, RETRY = 60.0, 2.0
#: Seconds within which `stop` is noticed, and between two attempts to reach the database.
ROUND = 0.5


class Users(Protocol):
    """The kiosks' users at one broker."""

    def refresh_users(self, database: psycopg.Connection[TupleRow]) -> None:
        """Bring them in step with the registry.

        Raises
        ------
        BrokerError: it could not be done now.
        """


def users_of(settings: Settings) -> Users | None:
    """The users of the installation's broker; None where somebody else keeps them."""
    if settings.broker == "embedded":
        return EmbeddedBroker(settings)
    if settings.managers:
        return Cluster(settings)
    return DynamicSecurity(settings) if settings.broker_control else None


class Keeper:
    """Runs until `stop` is called; a broker or a database that is away is waited for."""

    def __init__(self, settings: Settings, users: Users) -> None:
        self._settings = settings
        self._users = users
        self._stopping = threading.Event()

    def run(self) -> None:
        """Keep the users in step."""
        while not self._stopping.is_set():
            try:
                with connect(self._settings, autocommit=True) as connection:
                    connection.execute(f"LISTEN {changes.CREDENTIALS}")
                    self._keep(connection)
            except psycopg.OperationalError:
                self._stopping.wait(ROUND)  # the loop of `jobs` says what is wrong

    def stop(self) -> None:
        """End `run`."""
        self._stopping.set()

    def _keep(self, connection: psycopg.Connection[TupleRow]) -> None:
        due = 0.0  # whatever changed while nobody listened
        while not self._stopping.is_set():
            if time.monotonic() >= due:
                due = time.monotonic() + (AGAIN if self._refreshed(connection) else RETRY)
            if list(connection.notifies(timeout=ROUND, stop_after=1)):
                due = 0.0

    def _refreshed(self, connection: psycopg.Connection[TupleRow]) -> bool:
        try:
            self._users.refresh_users(connection)
        except psycopg.OperationalError:
            raise
        except (Failure, OSError) as problem:
            log.warning("the broker's users are not in step, trying again", problem=str(problem), seconds=RETRY)
            return False
        except Exception:  # a fault of ours must not end the keeping for good
            log.exception("the broker's users are not in step, trying again", seconds=RETRY)
            return False
        return True
