"""`smilepost doctor`: looks at everything an installation needs, and says what is wrong and how to mend it."""

import importlib.util
import shutil
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import paho.mqtt.client as mqtt
from sqlalchemy import exc, text

from collector import migrations
from collector.broker.client import mqtt_client
from collector.database import make_engine
from collector.settings import Settings, SettingsError


class Finding(NamedTuple):
    """What one look found; `remedy` is empty where all is well."""

    what: str
    remedy: str = ""


def examine(settings: Settings, *, mend: bool, say: Callable[[str], None]) -> int:
    """Look at everything; returns how many findings need a remedy, at most 1 as an exit code."""
    findings = [_data_folder(settings), _disk(settings), *_database(settings, mend), _broker(settings), _kiosk_vm()]
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


def _database(settings: Settings, mend: bool) -> list[Finding]:
    engine = make_engine(settings)
    try:
        with engine.connect() as connection:
            version = connection.execute(text("SHOW server_version")).scalar_one()
        if mend and not migrations.is_current(engine):
            migrations.upgrade(engine)
        tables = (
            Finding("tables are up to date")
            if migrations.is_current(engine)
            else Finding("tables are not up to date", "smilepost doctor --mend")
        )
    except exc.OperationalError as problem:
        remedy = (
            "Start `smilepost up`: it runs the embedded database."
            if settings.database == "embedded"
            else "Check the setting `database`, and whether that server runs."
        )
        return [Finding(f"database does not answer: {str(problem.orig).strip()}", remedy)]
    finally:
        engine.dispose()
    return [Finding(f"database: PostgreSQL {version}"), tables]


def _broker(settings: Settings) -> Finding:
    address = settings.broker_address
    where = f"broker {address.host}:{address.port}"
    try:
        reason = _sign_in(settings)
    except SettingsError as problem:
        return Finding(where, str(problem))
    except OSError as problem:
        remedy = (
            "Start `smilepost up`: it runs the embedded broker."
            if settings.broker == "embedded"
            else "Check the setting `broker`, and whether that broker runs."
        )
        return Finding(f"{where} does not answer: {problem}", remedy)
    if reason is None:
        return Finding(f"{where} answers, but not as MQTT", "Check the port in the setting `broker`.")
    if reason.is_failure:
        return Finding(f"{where} refuses the collector: {reason}", "Check user and password (broker_password_file).")
    return Finding(f"{where}: the collector can sign in")


def _sign_in(settings: Settings) -> Any:
    """The broker's answer to the collector's credentials, None without one within 5 s."""
    address = settings.broker_address
    answered = threading.Event()
    answers: list[Any] = []
    client = mqtt_client(settings)

    def on_connect(_client: mqtt.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        answers.append(reason)
        answered.set()

    client.on_connect = on_connect
    client.connect(address.host, address.port)
    client.loop_start()
    answered.wait(5)
    client.disconnect()
    client.loop_stop()
    return answers[0] if answers else None


def _kiosk_vm() -> Finding:
    if importlib.util.find_spec("micropython_unix") is None:
        return Finding("virtual kiosks run on CPython: the MicroPython VM has no wheel for this machine")
    return Finding("virtual kiosks run on the MicroPython VM")
