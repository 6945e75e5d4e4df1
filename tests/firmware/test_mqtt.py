"""The firmware's MQTT client against real brokers, from both interpreters."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from brokers import mosquitto, nats

from simulators.device import VM
from tests.conftest import free_ports

HERE = Path(__file__).parent
INTERPRETERS = {
    "cpython": [sys.executable, "-u", "-W", "error"],
    "micropython": VM,
}


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
    run(interpreter, "nobody_there", {"port": free_ports(1)[0]})


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
