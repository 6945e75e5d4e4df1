"""`smilepost doctor`: looks at everything an installation needs, and says what is wrong and how to mend it."""

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
from sqlalchemy import Engine, exc, text

from collector import clock, migrations, shared_secrets, standby
from collector.accounts.second_factor import examination as second_factors
from collector.broker import examination as broker
from collector.database import connect, make_engine
from collector.finding import Finding
from collector.ingest import watch
from collector.notify.senders import senders
from collector.ratings import archive, past, rollup
from collector.settings import Settings
from collector.slips import examination as printers

#: How far back figures are compared with the ratings: a large installation has millions in a month.
LOOKED_AT = timedelta(days=7)


def examine(settings: Settings, *, mend: bool, say: Callable[[str], None]) -> int:
    """Look at everything; returns how many findings need a remedy, at most 1 as an exit code."""
    findings = [
        _data_folder(settings),
        _disk(settings),
        *_clock(settings),
        *_database(settings, mend),
        *broker.examine(settings),
        _kiosk_vm(),
    ]
    for finding in findings:
        say(f"  {'✗' if finding.remedy else '✓'} {finding.what}")
        if finding.remedy:
            say(f"      {finding.remedy}")
    wrong = sum(bool(finding.remedy) for finding in findings)
    say("\nAll is well." if not wrong else f"\n{wrong} of {len(findings)} need a look.")
    return min(wrong, 1)


def _data_folder(settings: Settings) -> Finding:
    if not settings.data.exists():
        return Finding(f"data folder {settings.data} does not exist", "Start `smilepost up` once: it makes the folder.")
    secrets = settings.data / "secrets"
    if secrets.exists() and secrets.stat().st_mode & 0o077:
        return Finding(f"others can look into {secrets}", f"chmod 700 {secrets}")
    return Finding(f"data folder {settings.data}")


def _disk(settings: Settings) -> Finding:
    folder = next(path for path in (settings.data, *settings.data.parents) if path.exists())
    free = shutil.disk_usage(folder).free / 2**30
    if free < 1:
        return Finding(f"disk: {free:.1f} GiB free", "Make room: without it no rating can be stored.")
    return Finding(f"disk: {free:.0f} GiB free")


def _clock(settings: Settings) -> Iterator[Finding]:
    """Silent where there is no test clock."""
    if settings.clock_file is None:
        return
    try:
        ahead = clock.ahead(settings)
    except clock.ClockFailure as problem:
        yield Finding("the test clock cannot be read", str(problem))
        return
    yield Finding(
        f"this installation lives by a test clock, {ahead} ahead of this machine's",
        "For tests and demonstrations alone: take clock_file out of the settings before customers come.",
    )


def _database(settings: Settings, mend: bool) -> list[Finding]:
    engine = make_engine(settings)
    try:
        with engine.connect() as connection:
            version = connection.execute(text("SHOW server_version")).scalar_one()
        if mend and not migrations.is_current(engine):
            migrations.upgrade(engine)
        found = Finding(f"database: PostgreSQL {version}")
        if not migrations.is_current(engine):
            return [found, Finding("tables are not up to date", "smilepost doctor --mend")]
        with engine.connect() as connection:
            printing = list(printers.examine(connection, clock.now(settings)))
            weak = list(second_factors.examine(connection, settings))
        with connect(settings) as plain:
            secrets = list(shared_secrets.examine(settings, plain))
        current = Finding("tables are up to date")
        telling = [finding for sender in senders(engine, settings) for finding in sender.examine()]
        kept = list(standby.examine(settings))
        own = [found, current, *kept, *_ratings(settings, mend), *secrets, *_intake(settings, engine)]
        return [*own, *printing, *telling, *weak]
    except (exc.OperationalError, psycopg.OperationalError) as problem:
        remedy = (
            "Start `smilepost up`: it runs the embedded database."
            if settings.database == "embedded"
            else "Check the setting `database`, and whether that server runs."
        )
        return [Finding(f"database does not answer: {str(getattr(problem, 'orig', problem)).strip()}", remedy)]
    finally:
        engine.dispose()


def _ratings(settings: Settings, mend: bool) -> Iterator[Finding]:
    """Whether the figures still say what the ratings say, and old months are where they were put."""
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    with connect(settings) as database:
        begin = past.first_in_table(database, end - LOOKED_AT)
        if mend:
            rollup.mend(database, begin, end)
            database.commit()
        wrong = len(rollup.differences(database, begin, end))
        missing = archive.missing_files(database, settings)
    days = f"the last {LOOKED_AT.days} days"
    if wrong:
        yield Finding(f"{wrong} figures of {days} are not what the ratings add up to", "smilepost doctor --mend")
    else:
        yield Finding(f"figures of {days} are what the ratings add up to")
    if missing:
        yield Finding(
            f"archived months are missing: {', '.join(missing)}",
            f"Put these files back into {archive.folder_of(settings)}, from a backup.",
        )


def _intake(settings: Settings, engine: Engine) -> Iterator[Finding]:
    with engine.connect() as connection:
        troubles = watch.look(settings, connection, clock.now(settings))
    if not troubles:
        yield Finding("a collector takes ratings in")
    for trouble in troubles:
        yield Finding(*watch.sentences(trouble))


def _kiosk_vm() -> Finding:
    if importlib.util.find_spec("micropython_unix") is None:
        return Finding("virtual kiosks run on CPython: the MicroPython VM has no wheel for this machine")
    return Finding("virtual kiosks run on the MicroPython VM")
