"""The program says what it did on standard output, what went wrong on the other, and ends accordingly."""

import re
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from collector import cli
from collector.broker.nats import EmbeddedBroker
from collector.fleet.credentials import Credentials
from collector.ingest.state import known_states, read_states
from collector.settings import Settings
from tests.waiting import until

UNSAFE = "  ✗ the database confirms what a power cut can take back"


def smilepost(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "collector", *arguments]
    environment = settings.environment()
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_token_is_all_that_a_script_reads(settings: Settings, shop: Credentials) -> None:
    ended = smilepost(settings, "token", "--scope", "read", "till-report")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("sp_")
    assert len(ended.stdout.split()) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["token"], "no place yet"), (["token", "--place", "7"], "no place with the id 7")],
)
def test_failure_is_a_sentence_and_no_token(
    settings: Settings, engine: Engine, arguments: list[str], says: str
) -> None:
    ended = smilepost(settings, *arguments)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


def test_doctor_finds_all_well(settings: Settings, broker: EmbeddedBroker) -> None:
    ingest = subprocess.Popen([sys.executable, "-m", "collector", "ingest"], env=settings.environment())
    try:
        until(lambda: any(state.state == "running" for state in read_states(settings)), "the intake")
        ended = smilepost(settings, "doctor")
    finally:
        ingest.terminate()
        ingest.wait(30)
    # The tests' database may forget what is not synced, and that alone is wrong.
    assert [line.split(":")[0] for line in ended.stdout.splitlines() if "✗" in line] == [UNSAFE], ended.stdout
    assert ended.returncode == 1


def test_others_hear_of_a_collector_until_it_ends_in_order(
    settings: Settings, broker: EmbeddedBroker, engine: Engine
) -> None:
    def known() -> list[int]:
        with engine.connect() as connection:
            return [each.pid for each in known_states(elsewhere, connection, datetime.now(UTC))]

    elsewhere = replace(settings, data=settings.data / "another-machine")
    command = [sys.executable, "-m", "collector", "ingest"]
    for end in (signal.SIGKILL, signal.SIGTERM):
        ingest = subprocess.Popen(command, env=settings.environment())
        until(lambda process=ingest: known() == [process.pid], "its word, and no other's")
        ingest.send_signal(end)
        ingest.wait(30)
        assert known() == ([ingest.pid] if end is signal.SIGKILL else [])


def test_doctor_misses_a_collector(settings: Settings, broker: EmbeddedBroker) -> None:
    ended = smilepost(settings, "doctor")
    assert "No collector takes the kiosks' ratings in." in ended.stdout
    assert ended.returncode == 1


def test_doctor_mends_figures_that_are_not_what_the_ratings_add_up_to(
    settings: Settings, broker: EmbeddedBroker, engine: Engine
) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO rating_hour (store_id, hour, touchpoint_id, question_id, button, timed, counted, marked)"
                " VALUES (1, date_trunc('hour', now()), 1, 1, 4, true, 3, 0)"
            )
        )
    assert "1 figures of the last 7 days" in smilepost(settings, "doctor").stdout
    assert "figures of the last 7 days are what" in smilepost(settings, "doctor", "--mend").stdout


def test_certificates_are_one_command(settings: Settings) -> None:
    ended = smilepost(settings, "broker", "certificates", "broker.example", "192.0.2.7")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert str(settings.certificates / "ca.pem") in ended.stdout
    assert (settings.certificates / "broker.key").exists()


def test_up_beyond_this_machine_without_a_certificate_says_what_to_do(settings: Settings) -> None:
    ended = smilepost(replace(settings, broker_host="0.0.0.0"), "up")  # noqa: S104
    assert ended.returncode == 1
    assert "smilepost broker certificates NAME" in ended.stderr


def test_mosquitto_s_configuration_is_one_command(settings: Settings, shop: Credentials, tmp_path: Path) -> None:
    folder = tmp_path / "mosquitto"
    ended = smilepost(settings, "broker", "mosquitto", str(folder), "broker.example")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert 'broker_control = "dynamic-security"' in ended.stdout
    assert "systemctl enable" in ended.stdout
    assert (folder / "mosquitto.conf").exists()
    again = smilepost(settings, "broker", "mosquitto", str(folder), "broker.example")
    assert "as it was" in again.stdout


def test_rabbitmq_s_configuration_is_one_command(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "rabbitmq"
    ended = smilepost(settings, "broker", "rabbitmq", str(folder), "broker.example", "node1", "node2", "node3")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert 'broker = "amqps://collector@node1:5671,node2:5671,node3:5671"' in ended.stdout
    assert 'broker_control = "https://manager@node1:15671,node2:15671,node3:15671"' in ended.stdout
    assert "broker-manager" in ended.stdout.partition("where `smilepost jobs` runs")[2]
    assert (folder / "rabbitmq.conf").exists()
    again = smilepost(settings, "broker", "rabbitmq", str(folder), "broker.example", "node1", "node2", "node3")
    assert "as it was" in again.stdout


def test_rabbitmq_s_configuration_is_not_written_for_nodes_that_make_no_cluster(
    settings: Settings, tmp_path: Path
) -> None:
    ended = smilepost(settings, "broker", "rabbitmq", str(tmp_path / "rabbitmq"), "broker.example", "node1", "node2")
    assert ended.returncode == 1
    assert "name three, five or seven" in ended.stderr
    assert not (tmp_path / "rabbitmq").exists()


def test_mosquitto_s_configuration_names_kiosks_whose_secrets_are_too_old(
    settings: Settings, shop: Credentials, engine: Engine, tmp_path: Path
) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE kiosk_secret SET pbkdf2 = NULL"))
    ended = smilepost(settings, "broker", "mosquitto", str(tmp_path / "mosquitto"), "broker.example")
    assert "exit-1-1" in ended.stdout
    assert "Give each a new one" in ended.stdout


def test_doctor_says_what_is_wrong_and_how_to_mend_it(settings: Settings) -> None:
    missing = settings.database.replace("/test_", "/none_")
    ended = smilepost(replace(settings, database=missing), "doctor")
    assert ended.returncode == 1
    assert "database does not answer" in ended.stdout
    assert "Check the setting `database`" in ended.stdout
    assert "does not answer: [Errno 111] Connection refused" in ended.stdout
    assert "Start `smilepost up`: it runs the embedded broker." in ended.stdout


def test_doctor_names_a_missing_password_file(settings: Settings) -> None:
    outside = replace(settings, broker=f"mqtt://me@localhost:{settings.broker_port}")
    assert "broker_password_file" in smilepost(outside, "doctor").stdout


def test_up_says_which_port_it_cannot_have(settings: Settings) -> None:
    taken = smilepost(replace(settings, live_port=settings.port), "up")
    assert taken.returncode == 1
    assert "live_port" in taken.stderr
    assert "cannot be used" in taken.stderr


def test_press_without_a_shop_floor_says_what_to_start(settings: Settings) -> None:
    ended = smilepost(settings, "simulate", "press", "exit-1", "1")
    assert ended.returncode == 1
    assert "Start it first: smilepost up" in ended.stderr


def test_help_teaches(settings: Settings) -> None:
    ended = smilepost(settings, "--help")
    assert ended.returncode == 0
    assert "smilepost simulate press riverside-exit 4" in ended.stdout


def test_the_commands_of_a_release_stand_in_the_order_of_work(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["release", "--help"])
    said = capsys.readouterr().out
    assert "\nwhat:\n" in said
    assert re.findall(r"^    (key|build|publish|roll-out) ", said, re.MULTILINE) == [
        "key",
        "build",
        "publish",
        "roll-out",
    ]
