"""`smilepost doctor` finds what is wrong with a broker by trying it, and says what to do."""

import json

import psycopg
from psycopg.rows import TupleRow

from collector.broker.dynamic_security import Control, DynamicSecurity
from collector.broker.examination import examine
from tests.collector.broker.conftest import Mosquitto


def change(server: Mosquitto, old: str, new: str) -> None:
    """Restart it with another configuration."""
    server.kill()
    configuration = server.folder / "mosquitto.conf"
    assert old in configuration.read_text()
    configuration.write_text(configuration.read_text().replace(old, new))
    server.start()


def complaints(server: Mosquitto) -> dict[str, str]:
    return {found.what: found.remedy for found in examine(server.settings) if found.remedy}


def test_what_the_command_writes_is_well(running: Mosquitto) -> None:
    assert [found.what for found in examine(running.settings)] == [
        f"broker 127.0.0.1:{running.listeners.local_port}: the collector can sign in",
        "the broker lets nobody in without a password",
        "the broker keeps 1,500 messages while the collector is busy",
        "Mosquitto's dynamic security answers, and keeps kiosks to their own topics",
        "Mosquitto knows all kiosks",
    ]
    assert complaints(running) == {}


def test_nothing_is_left_behind(running: Mosquitto) -> None:
    list(examine(running.settings))
    with Control(running.settings) as control:
        assert set(control.everything("listClients", "clients")) == {"collector", "exit-1-1"}
        assert set(control.everything("listRoles", "roles")) == {"smilepost-collector", "smilepost-kiosk-exit-1"}


def test_queue_that_drops_is_found(running: Mosquitto) -> None:
    change(running, "max_queued_messages 0", "max_queued_messages 1000\nmax_queued_bytes 0")
    change(running, "max_inflight_messages 4000", "max_inflight_messages 20")
    [(what, remedy)] = complaints(running).items()
    assert what == "the broker kept 1,020 of 1,500 messages while the collector was busy"
    assert "max_queued_messages 0" in remedy


def test_broker_that_is_open_to_anybody_is_found(running: Mosquitto) -> None:
    with Control(running.settings) as control:
        control.ask("createGroup", groupname="everybody", roles=[])
        control.ask("setAnonymousGroup", groupname="everybody")
    change(running, "allow_anonymous false", "allow_anonymous true")
    assert "the broker lets anybody in" in complaints(running)


def test_rules_that_somebody_loosened_are_found(running: Mosquitto) -> None:
    with Control(running.settings) as control:
        control.ask("setDefaultACLAccess", acls=[{"acltype": "subscribe", "allow": True}])
    assert "a kiosk may hear what is for others" in complaints(running)


def test_lost_users_are_named(running: Mosquitto, database: psycopg.Connection[TupleRow]) -> None:
    DynamicSecurity(running.settings).refresh_users(database)
    running.kill()
    users = running.folder / "dynamic-security.json"
    known = json.loads(users.read_text())
    known["clients"] = [client for client in known["clients"] if client["username"] == "collector"]
    users.write_text(json.dumps(known))
    running.start()
    [(what, remedy)] = complaints(running).items()
    assert what == "Mosquitto does not know 1 kiosks: exit-1-1"
    assert "smilepost broker mosquitto" in remedy
