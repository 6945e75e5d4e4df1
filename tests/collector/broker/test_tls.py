"""The embedded broker beyond its machine: with TLS alone, by certificates that one command makes."""

import asyncio
import contextlib
import queue
import socket
import ssl
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import paho.mqtt.client as mqtt
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from psycopg.rows import TupleRow

from collector.broker.certificates import make_certificates
from collector.broker.client import mqtt_client, tls_context
from collector.broker.errors import BrokerError
from collector.broker.nats import EmbeddedBroker
from collector.fleet.credentials import Credentials
from collector.fleet.identity import FILE, of_installation
from collector.settings import Settings
from simulators.flash_image import write_file
from simulators.virtual_kiosk import VirtualKiosk
from tests.conftest import wait_for_port

Database = psycopg.Connection[TupleRow]


@pytest.fixture
def open_to_all(settings: Settings) -> Settings:
    """An installation whose broker is to listen at all addresses."""
    return Settings.load({**settings.environment(), "SMILEPOST_BROKER_HOST": "0.0.0.0"})  # noqa: S104


@contextlib.contextmanager
def running(settings: Settings, database: Database) -> Iterator[None]:
    broker = EmbeddedBroker(settings)
    broker.prepare(database)
    with (settings.data / "broker.log").open("w") as log:
        process = subprocess.Popen(broker.command(), stderr=log)
        try:
            wait_for_port(settings.broker_port)
            yield
        finally:
            process.kill()
            process.wait()


def answer_to(client: mqtt.Client, settings: Settings, host: str = "localhost") -> str:
    """What the broker says to a client that signs in."""
    answers: list[str] = []
    client.on_connect = lambda _client, _userdata, _flags, reason, _properties: answers.append(str(reason))
    client.connect(host, settings.broker_port)
    while not answers and client.loop(1) == mqtt.MQTT_ERR_SUCCESS:
        pass
    client.disconnect()
    return answers[0] if answers else "nothing"


def test_without_a_certificate_it_does_not_start_and_says_what_to_do(open_to_all: Settings, database: Database) -> None:
    with pytest.raises(BrokerError, match="smilepost broker certificates NAME"):
        EmbeddedBroker(open_to_all).prepare(database)
    assert not (open_to_all.data / "broker").exists()


def test_with_its_own_certificate_kiosks_and_collector_sign_in_and_nobody_without_tls(
    open_to_all: Settings, database: Database, shop: Credentials
) -> None:
    settings = open_to_all
    make_certificates(settings.certificates, settings.certificates, ["broker.example", "192.0.2.7"])
    with running(settings, database):
        assert answer_to(mqtt_client(settings), settings) == "Success"
        assert settings.broker_ca
        for host in ("localhost", "127.0.0.1"):
            kiosk = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="exit-1")
            kiosk.username_pw_set("exit-1-1", shop.secret)
            kiosk.tls_set_context(ssl.create_default_context(cafile=settings.broker_ca))
            assert answer_to(kiosk, settings, host) == "Success"
        anonymous = mqtt.Client(CallbackAPIVersion.VERSION2)
        anonymous.tls_set_context(ssl.create_default_context(cafile=settings.broker_ca))
        assert answer_to(anonymous, settings) == "Not authorized"
        plain = mqtt.Client(CallbackAPIVersion.VERSION2)
        plain.username_pw_set("exit-1-1", shop.secret)
        assert answer_to(plain, settings) == "nothing"


def test_collector_trusts_its_own_broker_alone(open_to_all: Settings, database: Database, certificates: Path) -> None:
    make_certificates(open_to_all.certificates, open_to_all.certificates, ["broker.example"])
    with running(open_to_all, database):
        files = {"BROKER_CERTIFICATE": certificates / "broker.pem", "BROKER_KEY": certificates / "broker.key"}
        environment = {f"SMILEPOST_{name}": str(path) for name, path in files.items()}
        expects_another = Settings.load({**open_to_all.environment(), **environment})
        context = tls_context(expects_another)
        assert context
        with (
            socket.create_connection(("localhost", open_to_all.broker_port)) as plain,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            context.wrap_socket(plain)


def test_organisation_may_bring_its_own_certificate(settings: Settings, database: Database, certificates: Path) -> None:
    settings = Settings.load(
        {
            **settings.environment(),
            "SMILEPOST_BROKER_CERTIFICATE": str(certificates / "broker.pem"),
            "SMILEPOST_BROKER_KEY": str(certificates / "broker.key"),
        }
    )
    with running(settings, database):
        assert answer_to(mqtt_client(settings), settings) == "Success"


def test_kiosk_on_the_real_vm_meets_it(open_to_all: Settings, database: Database, shop: Credentials) -> None:
    make_certificates(open_to_all.certificates, open_to_all.certificates, ["broker.example"])
    image = open_to_all.data / "kiosk.flash"
    write_file(image, FILE, msgspec.json.encode(of_installation(open_to_all, shop)))

    async def meet() -> None:
        kiosk = VirtualKiosk("exit-1", image)
        await kiosk.plug_in()
        await asyncio.to_thread(heard.get, timeout=30)
        await kiosk.pull_plug()

    with running(open_to_all, database):
        heard: queue.Queue[bytes] = queue.Queue()
        collector = mqtt_client(open_to_all)
        collector.on_message = lambda _client, _userdata, message: heard.put(message.payload)
        collector.on_connect = lambda client, *_: client.subscribe("smilepost/v1/exit-1/status")
        collector.connect("localhost", open_to_all.broker_port)
        collector.loop_start()
        asyncio.run(meet())
        collector.disconnect()
        collector.loop_stop()


def test_certificate_made_again_is_of_the_same_authority(tmp_path: Path) -> None:
    first = make_certificates(tmp_path, tmp_path, ["a.example"])
    ca, certificate = first.ca.read_bytes(), first.certificate.read_bytes()
    second = make_certificates(tmp_path, tmp_path, ["b.example"])
    assert second.ca.read_bytes() == ca
    assert second.certificate.read_bytes() != certificate
    for key in ("ca.key", "broker.key"):
        assert stat.S_IMODE((tmp_path / key).stat().st_mode) == 0o600
    checked = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-CAfile", first.ca, "-verify_hostname", "b.example", first.certificate],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("name", ["", "a b", "https://x.example", "Ünlaut_x"])
def test_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BrokerError, match="neither a host name nor an address"):
        make_certificates(tmp_path, tmp_path, [name])


def test_plain_broker_needs_no_context(settings: Settings) -> None:
    assert tls_context(settings) is None
