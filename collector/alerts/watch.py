"""Looks at every rule in its turn, opens what is wrong and closes what is over."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime

import structlog
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import OperationalError

from collector import clock
from collector.alerts.away import absences, is_listening
from collector.alerts.changes import close_alert, open_alert
from collector.alerts.gather import tell_of_devices
from collector.alerts.policies import watched_stores
from collector.alerts.readings import Reading, Stores, bad_shares, batteries, indices, printers
from collector.alerts.rules import Verdict
from collector.alerts.silence import silences
from collector.alerts.tables import alert
from collector.settings import Settings

log = structlog.get_logger()

Read = Callable[[Connection, Stores, datetime], Iterator[Reading]]

#: Each rule's eyes, and how often they look, s.
RULES: dict[str, tuple[Read, float]] = {
    "bad-share": (bad_shares, 10.0),
    "index": (indices, 60.0),
    "away": (absences, 60.0),
    "silence": (silences, 60.0),
    "battery": (batteries, 60.0),
    "printer": (printers, 60.0),
}


#: Those that look at ratings: of these it has to be known which are nobody's opinion.
OF_RATINGS = frozenset({"bad-share", "index"})
#: How often is looked whether people should hear of devices, s.
TOLD_EVERY = 30.0
#: How many are opened in one look; the rest in the next. Whoever else works in the loop has their turn.
MOST_AT_ONCE = 100


class Watch:
    """Looks when it is told to, at each rule as often as that needs."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._settings = settings
        self._due = dict.fromkeys(RULES, 0.0)
        self._telling = 0.0

    def look(self, now: datetime, *, are_ratings_judged: bool = True) -> None:
        """Look at the rules whose turn it is; one that breaks holds up no other.

        Parameters
        ----------
        are_ratings_judged: by the press filter. Until they are, the rules that look at them wait.
        """
        wait = frozenset() if are_ratings_judged else OF_RATINGS
        due = [rule for rule, at in self._due.items() if time.monotonic() >= at and rule not in wait]
        if not due:
            return
        with self._engine.connect() as connection:
            stores = watched_stores(connection)
        for rule in due:
            try:
                look_at(self._engine, self._settings, rule, stores, now)
            except OperationalError:
                raise  # the database is away for all of them
            except Exception:
                log.exception("alerts are not looked at", rule=rule)
            self._due[rule] = time.monotonic() + RULES[rule][1]
        if time.monotonic() >= self._telling:
            tell_of_devices(self._engine, self._settings, stores, now)
            self._telling = time.monotonic() + TOLD_EVERY


def look_at(engine: Engine, settings: Settings, rule: str, stores: Stores, now: datetime) -> None:
    """Look at one rule.

    1. Read all that it sees, and which of its alerts are open.
    2. Open an alert for each subject that is wrong and has none.
    3. Close those whose subject is well again, is no longer there to be judged, or stands in another store by now:
       there the next look opens one.

    Parameters
    ----------
    now: of this installation, by which alerts are dated. What is seen is of the machine's time.
    """
    read, _ = RULES[rule]
    with engine.connect() as connection:
        columns = alert.c.id, alert.c.subject, alert.c.store_id
        is_open = select(*columns).where(alert.c.rule == rule, alert.c.closed_at.is_(None))
        opened = {row.subject: row for row in connection.execute(is_open)}
        if rule == "away" and not is_listening(connection, settings, now):
            return
        seen = {each.subject: each for each in read(connection, stores, now - clock.ahead(settings))}
    new = [each for each in seen.values() if each.verdict is Verdict.RAISE and each.subject not in opened]
    for reading in new[:MOST_AT_ONCE]:
        with engine.begin() as connection:
            tells = stores[reading.store_id].policy.tells
            alert_id = open_alert(connection, settings, rule, reading, now, tells=tells)
        log.info("alert opened", rule=rule, subject=reading.subject, alert=alert_id)
    for subject, row in opened.items():
        known = seen.get(subject)
        if known is None or known.verdict is Verdict.OVER or known.store_id != row.store_id:
            with engine.begin() as connection:
                close_alert(connection, row.id, now)
            log.info("alert closed", rule=rule, subject=subject, alert=row.id)
