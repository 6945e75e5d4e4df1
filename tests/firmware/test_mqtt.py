"""The firmware's MQTT client against real brokers, from both interpreters."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simulators.device import VM

HERE = Path(__file__).parent
INTERPRETERS = {
    "cpython": [sys.executable, "-u", "-W", "error"],
    "micropython": VM,
}
USERS = ["exit-1-1", "watcher-1"]


def program(name):
    found = shutil.which(
        name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin"])
    )
    assert found, f"{name} is missing on this machine"
    return found


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


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
    port = free_port()
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
    port = free_port()
    may = '{ publish: "smilepost.v1.exit-1.>", subscribe: "smilepost.v1.exit-1.>" }'
    users = "\n".join(f'{{ user: "{user}", password: "secret", permissions: {may} }}' for user in USERS)
    (folder / "nats.conf").write_text(
        f'server_name: test\nlisten: "127.0.0.1:-1"\njetstream {{ store_dir: "{folder}" }}\n'
        f'mqtt {{ listen: "127.0.0.1:{port}" }}\nauthorization {{ users: [\n{users}\n] }}\n'
    )
    with running([program("nats-server"), "-c", str(folder / "nats.conf")], port, folder / "log") as process:
        yield process, {"port": port}


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """An organisation's CA, its broker's certificate for localhost, and a CA that has nothing to do with it."""
    folder = tmp_path_factory.mktemp("certificates")
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


@pytest.fixture
def brokers(tmp_path, certificates):
    return {
        "mosquitto": lambda: mosquitto(tmp_path),
        "mosquitto with TLS": lambda: mosquitto(tmp_path, certificates),
        "NATS": lambda: nats(tmp_path),
    }


@contextlib.contextmanager
def started(interpreter, case, broker):
    command = [*INTERPRETERS[interpreter], str(HERE / "mqtt_cases.py"), case]
    environment = {**os.environ, "BROKER": json.dumps(broker)}  # the VM cannot take it as an argument: too long
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def run(interpreter, case, broker, at="", then=None):
    """Run a case to its good end; when it prints `at`, call `then`."""
    with started(interpreter, case, broker) as process:
        report = ""
        for line in process.stdout:
            report += line
            if then and line.strip() == at:
                then()
        assert process.wait() == 0, report
        assert report.endswith("done\n"), report


CASES = ["there_and_back", "too_long_a_message_is_passed_over", "many_at_once", "will", "idle"]


@pytest.mark.parametrize("interpreter", INTERPRETERS)
@pytest.mark.parametrize("broker", ["mosquitto", "mosquitto with TLS", "NATS"])
def test_with_a_broker(brokers, broker, interpreter):
    with brokers[broker]() as (_, address):
        for case in CASES:
            run(interpreter, case, address)
        if broker == "mosquitto with TLS":
            run(interpreter, "wrong_ca", address)
            run(interpreter, "wrong_name", address)
        else:
            run(interpreter, "wrong_password", address)


@pytest.mark.parametrize("interpreter", INTERPRETERS)
@pytest.mark.parametrize("broker", ["mosquitto", "mosquitto with TLS", "NATS"])
def test_a_broker_that_is_killed(brokers, broker, interpreter):
    with brokers[broker]() as (process, address):
        run(interpreter, "broker_dies", address, "connected", process.kill)


@pytest.mark.parametrize("interpreter", INTERPRETERS)
@pytest.mark.parametrize("broker", ["mosquitto", "mosquitto with TLS", "NATS"])
def test_a_broker_that_stops_answering(brokers, broker, interpreter):
    with brokers[broker]() as (process, address):
        run(interpreter, "broker_falls_silent", address, "connected", lambda: process.send_signal(signal.SIGSTOP))


@pytest.mark.parametrize("interpreter", INTERPRETERS)
@pytest.mark.parametrize("tls", [False, True])
def test_a_black_hole(certificates, interpreter, tls):
    with socket.create_server(("127.0.0.1", 0)) as hole:
        address = {"port": hole.getsockname()[1]}
        if tls:
            address["ca"] = (certificates / "ca.pem").read_text()
        run(interpreter, "black_hole", address)


@pytest.mark.parametrize("interpreter", INTERPRETERS)
def test_nobody_listens(interpreter):
    run(interpreter, "nobody_there", {"port": free_port()})


def test_every_case_is_run():
    written = set(re.findall(r"^async def (\w+)", (HERE / "mqtt_cases.py").read_text(), re.MULTILINE))
    apart = {
        "wrong_password",
        "wrong_ca",
        "wrong_name",
        "broker_dies",
        "broker_falls_silent",
        "black_hole",
        "nobody_there",
    }
    assert written == set(CASES) | apart
