"""Real brokers for the firmware, and a collector on paper behind one of them."""

import contextlib
import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import paho.mqtt.client as paho
from workbench import PaperCollector

from tests.conftest import free_ports

USERS = ["exit-1-1", "watcher-1"]


def program(name):
    found = shutil.which(
        name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin"])
    )
    assert found, f"{name} is missing on this machine"
    return found


@contextlib.contextmanager
def running(command, port, log):
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        for _ in range(500):
            assert process.poll() is None, log.read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def mosquitto(folder, tls=None):
    [port] = free_ports(1)
    passwords = folder / "passwords"
    passwords.touch(0o600)
    for user in USERS:
        subprocess.run(
            [program("mosquitto_passwd"), "-b", str(passwords), user, "secret"], check=True, capture_output=True
        )
    lines = [f"listener {port} 127.0.0.1", f"password_file {passwords}", "allow_anonymous false", "persistence false"]
    if os.getuid() == 0:
        lines.append("user root")
    if tls:
        lines += [f"certfile {tls / 'broker.pem'}", f"keyfile {tls / 'broker.key'}"]
    (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
    with running([program("mosquitto"), "-c", str(folder / "mosquitto.conf")], port, folder / "log") as process:
        known = {"ca": (tls / "ca.pem").read_text(), "other_ca": (tls / "other.pem").read_text()} if tls else {}
        yield process, {"port": port, **known}


@contextlib.contextmanager
def nats(folder):
    [port] = free_ports(1)
    may = '{ publish: "smilepost.v1.exit-1.>", subscribe: "smilepost.v1.exit-1.>" }'
    users = "\n".join(f'{{ user: "{user}", password: "secret", permissions: {may} }}' for user in USERS)
    (folder / "nats.conf").write_text(
        f'server_name: test\nlisten: "127.0.0.1:-1"\njetstream {{ store_dir: "{folder}" }}\n'
        f'mqtt {{ listen: "127.0.0.1:{port}" }}\nauthorization {{ users: [\n{users}\n] }}\n'
    )
    with running([program("nats-server"), "-c", str(folder / "nats.conf")], port, folder / "log") as process:
        yield process, {"port": port}


def certificates_in(folder):
    """Make an organisation's CA, its broker's certificate for localhost, and a CA that has nothing to do with it."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]

    def request(*arguments):
        subprocess.run(
            [program("openssl"), "req", "-x509", *key, *arguments], check=True, cwd=folder, capture_output=True
        )

    for ca in ("ca", "other"):
        request("-keyout", f"{ca}.key", "-out", f"{ca}.pem", "-subj", f"/CN=The {ca}")
    issued = ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "basicConstraints=CA:FALSE"]
    request(
        *issued,
        "-keyout",
        "broker.key",
        "-out",
        "broker.pem",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
    )
    return folder


class Collector:
    """The paper collector at a real broker.

    code: called with an `up`, returns what its `ack` carries as `qr`, or None.
    """

    def __init__(self, port, ca=None, code=lambda _: None):
        self.code = code
        self.paper, self.heard = PaperCollector(), queue.Queue()
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2, "watcher")
        self.client.username_pw_set("watcher-1", "secret")
        if ca:
            self.client.tls_set(str(ca))
        self.client.on_message = lambda _client, _data, message: self.hear(message)
        self.client.connect("localhost", port)
        self.client.subscribe("smilepost/v1/+/up", 1)
        self.client.subscribe("smilepost/v1/+/status", 1)
        self.client.loop_start()

    def hear(self, message):
        _, _, kiosk, topic = message.topic.split("/")
        body = json.loads(message.payload)
        if topic == "up" or (topic == "status" and body["state"] == "online" and not message.retain):
            answer = self.paper.hear(topic, body)
            code = self.code(body) if topic == "up" else None
            if code:
                answer["qr"] = code
            self.client.publish(f"smilepost/v1/{kiosk}/ack", json.dumps(answer))
        self.heard.put((topic, body))

    def hears(self, topic, wanted=lambda _: True):
        while True:
            heard, body = self.heard.get(timeout=30)
            if heard == topic and wanted(body):
                return body

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()
