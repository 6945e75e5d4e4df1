"""Settings come from the file, then the environment, then flags; what does not fit is said, and secrets stay secret."""

import stat
import threading
from pathlib import Path

import pytest

from collector.settings import BrokerAddress, Settings, SettingsError


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "smilepost.toml"
    file.write_text('host = "127.0.0.5"\nport = 9000\n')
    environ = {"SMILEPOST_CONFIG": str(file), "SMILEPOST_PORT": "9100", "SMILEPOST_URL": "https://feedback.example"}
    settings = Settings.load(environ, data=tmp_path)
    assert (settings.host, settings.port, settings.url) == ("127.0.0.5", 9100, "https://feedback.example")
    assert Settings.load(environ, data=tmp_path, port=9200).port == 9200


def test_the_other_ports_follow_the_first(tmp_path: Path) -> None:
    settings = Settings.load({"SMILEPOST_PORT": "9000", "SMILEPOST_FLOOR_PORT": "7"}, data=tmp_path)
    assert (settings.live_port, settings.floor_port, settings.broker_port) == (9001, 7, 9003)
    assert settings.url == "http://localhost:9000"


def test_another_process_gets_the_same_settings(tmp_path: Path) -> None:
    settings = Settings.load({"SMILEPOST_BROKER": "mqtts://me@broker.example"}, data=tmp_path, port=9000)
    assert Settings.load(settings.environment()) == settings


@pytest.mark.parametrize(
    ("environ", "host", "port", "tls"),
    [
        ({}, "127.0.0.1", 9003, False),
        ({"BROKER_HOST": "::"}, "feedback.example", 9003, True),
        ({"BROKER_HOST": "192.0.2.7"}, "192.0.2.7", 9003, True),
        ({"BROKER": "mqtts://me@inside.example"}, "inside.example", 8883, True),
        ({"BROKER": "mqtt://me@inside.example", "KIOSK_BROKER": "mqtts://out.example:1"}, "out.example", 1, True),
    ],
)
def test_kiosks_find_their_broker(environ: dict[str, str], host: str, port: int, tls: bool, tmp_path: Path) -> None:
    given = {f"SMILEPOST_{name}": value for name, value in environ.items()}
    settings = Settings.load(given, data=tmp_path, port=9000, url="https://feedback.example")
    assert settings.kiosk_broker_address == BrokerAddress(host, port, "", tls)


CLUSTER = {
    "SMILEPOST_BROKER": "amqps://me@node1,node2:5673",
    "SMILEPOST_BROKER_CONTROL": "https://boss@node1,node2:9",
    "SMILEPOST_KIOSK_BROKER": "mqtts://broker.example",
}


def test_a_cluster_is_named_by_all_its_nodes(tmp_path: Path) -> None:
    settings = Settings.load(CLUSTER, data=tmp_path)
    assert settings.nodes == (BrokerAddress("node1", 5671, "me", True), BrokerAddress("node2", 5673, "me", True))
    assert settings.managers == (BrokerAddress("node1", 15671, "boss", True), BrokerAddress("node2", 9, "boss", True))
    assert settings.kiosk_broker_address == BrokerAddress("broker.example", 8883, "", True)
    assert Settings.load(settings.environment()) == settings


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"SMILEPOST_PROT": "1"}, "no setting 'prot'"),
        ({"SMILEPOST_PORT": "eighty"}, "not a port"),
        ({"SMILEPOST_PORT": "65532"}, "not a port"),
        ({"SMILEPOST_DATABASE": "mysql://x"}, "begins with postgresql://"),
        ({"SMILEPOST_BROKER": "broker.example"}, "like mqtts://"),
        ({"SMILEPOST_BROKER": "mqtt://broker.example"}, "like mqtts://"),
        ({"SMILEPOST_BROKER": "mqtt://me@broker.example:99999"}, "like mqtts://"),
        ({"SMILEPOST_URL": "feedback.example"}, "like https://"),
        ({"SMILEPOST_CONFIG": "nowhere.toml"}, "cannot be read"),
        ({"SMILEPOST_SMTP": "mail.example"}, "like smtp://"),
        ({"SMILEPOST_SECOND_FACTOR": "some"}, "'nobody', 'admins' or 'all'"),
        ({"SMILEPOST_OIDC_ISSUER": "http://login.example"}, "like https://"),
        ({"SMILEPOST_OIDC_ISSUER": "http://127.0.0.1.login.example"}, "like https://"),
        ({"SMILEPOST_OIDC_ISSUER": "https://login.example/?tenant=1"}, "like https://"),
        ({"SMILEPOST_OIDC_ISSUER": "https://login.example"}, "belong together"),
        ({"SMILEPOST_SMTP": "smtp://me:secret@mail.example"}, "smtp_password_file"),
        ({"SMILEPOST_MAIL_FROM": "Riverside"}, "feedback@example.com"),
        ({"SMILEPOST_MAIL_FROM": "a@b\r\nBcc: c@d"}, "feedback@example.com"),
        ({"SMILEPOST_BROKER_HOST": "broker.example"}, "0.0.0.0 for all"),
        ({"SMILEPOST_BROKER_CERTIFICATE": "a.pem"}, "belong together"),
        ({"SMILEPOST_KIOSK_BROKER": "broker.example:8883"}, "like mqtts://"),
        ({"SMILEPOST_KIOSK_BROKER": "mqtts://me@broker.example"}, "like mqtts://"),
        ({"SMILEPOST_BROKER_CONTROL": "magic"}, "dynamic-security"),
        ({"SMILEPOST_BROKER_CONTROL": "https://me@node1"}, "is for a RabbitMQ cluster"),
        ({"SMILEPOST_BROKER_CONTROL": "https://node1"}, "leave it out"),
        ({"SMILEPOST_BROKER": "amqps://me@node1,node2"}, "needs broker_control"),
        ({**CLUSTER, "SMILEPOST_BROKER_CONTROL": "https://me@node1"}, "names 2 nodes and broker_control 1"),
        ({"SMILEPOST_BROKER": "amqps://node1,node2"}, "like mqtts://"),
        ({"SMILEPOST_BROKER": "amqps://me@node1,"}, "like mqtts://"),
        ({"SMILEPOST_BROKER": "amqps://me:secret@node1"}, "broker_password_file"),
        ({"SMILEPOST_BROKER_CONTROL": "dynamic-security"}, "for an outside broker"),
    ],
)
def test_what_does_not_fit_is_said(environ: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        Settings.load(environ)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.load({"SMILEPOST_BROKER": "mqtt://me:hush@broker.example"})
    assert "hush" not in str(refusal.value)


def test_missing_password_file_is_named(tmp_path: Path) -> None:
    settings = Settings.load({"SMILEPOST_BROKER": "mqtt://me@broker.example"}, data=tmp_path)
    with pytest.raises(SettingsError, match="broker_password_file"):
        settings.broker_password()
    named = Settings.load({**settings.environment(), "SMILEPOST_BROKER_PASSWORD_FILE": str(tmp_path / "none")})
    with pytest.raises(SettingsError, match="none cannot be read"):
        named.broker_password()
    cluster = Settings.load(CLUSTER, data=tmp_path)
    with pytest.raises(SettingsError, match="broker_control_password_file"):
        cluster.broker_control_password()


def test_all_who_ask_at_once_get_one_secret(tmp_path: Path) -> None:
    settings = Settings.load({}, data=tmp_path)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(settings.secret("web"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found[0]) == 64
    [path] = (tmp_path / "secrets").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
