"""Whatever the network does, a press gets its light; and the kiosk finds its way back when it can."""

import contextlib
import datetime
import socket
import struct
import threading

import pytest
from brokers import Collector, mosquitto
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from kiosk.clock import LEAP
from world import enrol, recorded, switched_on

INTERPRETERS = ["micropython", "cpython"]


class Listener:
    """Somebody who takes connections, and then behaves badly; or names, over UDP, and never answers."""

    def __init__(self, behave, kind=socket.SOCK_STREAM):
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.came = threading.Event()
        if kind == socket.SOCK_STREAM:
            self.socket.listen()
            threading.Thread(target=self._serve, args=(behave,), daemon=True).start()
        else:
            threading.Thread(target=self._swallow, daemon=True).start()

    def _serve(self, behave):
        held = []  # connections that nobody holds would be closed
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                self.came.set()
                held.append(connection)
                behave(connection)

    def _swallow(self):
        with contextlib.suppress(OSError):
            while self.socket.recvfrom(512):
                self.came.set()


def silence(connection):
    pass


def reset(connection):
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def nonsense(connection):
    connection.sendall(bytes(range(256)) * 64)


NETWORKS = {
    "nobody listens": (None, {}),
    "silence": (silence, {}),
    "silence where TLS should be": (silence, {"tls": True}),
    "cut": (reset, {}),
    "nonsense": (nonsense, {}),
    "nonsense where TLS should be": (nonsense, {"tls": True}),
}


@pytest.mark.parametrize("interpreter", INTERPRETERS)
@pytest.mark.parametrize("network", NETWORKS)
def test_a_press_gets_its_light_all_the_same(tmp_path, certificates, network, interpreter):
    behave, identity = NETWORKS[network]
    listener = Listener(behave) if behave else None
    image = tmp_path / "flash.img"
    enrol(image, listener.port if listener else 9, ca=(certificates / "ca.pem").read_text(), **identity)
    with switched_on(image, interpreter) as kiosk:
        kiosk.see("armed")
        if listener:
            assert listener.came.wait(20)
        for number in range(8):
            kiosk.press(1 + number % 4)
        kiosk.kill()
    assert recorded(image) == [1, 2, 3, 4, 1, 2, 3, 4]


def test_a_name_server_that_is_silent(tmp_path):
    listener = Listener(None, socket.SOCK_DGRAM)
    image = tmp_path / "flash.img"
    enrol(image, 9, host="broker.example")
    with switched_on(image, "micropython", KIOSK_DNS=f"127.0.0.1:{listener.port}") as kiosk:
        kiosk.see("armed")
        assert listener.came.wait(20)
        for number in range(8):
            kiosk.press(1 + number % 4)
        kiosk.kill()
    assert recorded(image) == [1, 2, 3, 4, 1, 2, 3, 4]


def test_a_broker_that_comes_late_gets_everything(tmp_path, certificates):
    """The kiosk was cut off at first; what it lit then arrives once, in order."""
    listener = Listener(silence)
    image = tmp_path / "flash.img"
    enrol(image, listener.port)
    with switched_on(image, "micropython") as kiosk:
        kiosk.see("armed")
        for button in (1, 2, 3):
            kiosk.press(button)
        kiosk.kill()
    with mosquitto(tmp_path) as (_, address):
        enrol(image, address["port"])
        collector = Collector(address["port"])
        try:
            with switched_on(image, "micropython") as kiosk:
                kiosk.see("armed")
                kiosk.press(4)
                # Two starts and four presses.
                collector.hears("up", lambda frame: frame["first"] + len(frame["records"]) == 7)
        finally:
            collector.close()
    assert [record[:2] for _, record in sorted(collector.paper.taken.items())] == [
        (4, 1),
        (1, 1),
        (1, 2),
        (1, 3),
        (4, 1),
        (1, 4),
    ]


def certificate_from_the_future(folder):
    """Make a broker's certificate that begins in a year."""
    authority = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    own = serialization.load_pem_private_key((folder / "broker.key").read_bytes(), None)
    begins = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=365)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]))
        .issuer_name(authority.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + datetime.timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def test_a_certificate_from_the_future(tmp_path, certificates):
    """A kiosk that lay on a shelf tries later times until the certificate is good; here the computer's clock stays."""
    folder = tmp_path / "certificates"
    folder.mkdir()
    for name in ("ca.pem", "other.pem", "broker.key"):
        (folder / name).write_bytes((certificates / name).read_bytes())
    (folder / "broker.pem").write_bytes(certificate_from_the_future(certificates))
    with mosquitto(tmp_path, folder) as (_, address):
        image = tmp_path / "flash.img"
        enrol(image, address["port"], tls=True, ca=(folder / "ca.pem").read_text())
        with switched_on(image, "micropython") as kiosk:
            floor = kiosk.see("clock")
            assert kiosk.see("clock") == floor + LEAP
            assert kiosk.see("clock") == floor + 2 * LEAP
            kiosk.press(1)
