"""The virtual receiver, as a sender meets it."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from collector.notify.signature import sign
from simulators.webhook_receiver import Receiver
from tests.conftest import free_ports, wait_for_port

SECRET, OLD, STRANGER = (f"whsec_{letter * 42}=="[:50] for letter in "abc")
EVENT = {"id": "case-1-opened", "type": "smilepost.case.opened", "subject": "cases/1", "time": "now", "data": {}}


def post(url: str, secret: str, at: float | None = None, event: dict[str, object] | None = None) -> int:
    event = event or EVENT
    body = json.dumps(event).encode()
    headers = sign([secret], str(event["id"]), int(at or time.time()), body)
    request = urllib.request.Request(url, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as problem:
        with problem:
            return problem.code


def test_takes_each_event_once_and_answers_a_repeat_as_the_first() -> None:
    receiver = Receiver([SECRET])
    (port,) = free_ports(1)
    with receiver.running(port) as url:
        assert post(url, SECRET) == 204
        assert post(url, SECRET) == 204
        assert post(url, SECRET, event={**EVENT, "id": "case-2-opened"}) == 204
    assert [event["id"] for event in receiver.events] == ["case-1-opened", "case-2-opened"]
    assert len(receiver.requests) == 3


def test_trusts_no_stranger_and_nothing_old_and_both_secrets_during_a_change() -> None:
    receiver = Receiver([SECRET, OLD])
    (port,) = free_ports(1)
    with receiver.running(port) as url:
        assert post(url, STRANGER) == 401
        assert post(url, SECRET, at=time.time() - 400) == 401
        assert post(url, SECRET, at=time.time() + 400) == 401
        assert receiver.events == []
        assert post(url, OLD) == 204
    assert len(receiver.events) == 1


@pytest.mark.parametrize("status", [302, 410, 500])
def test_goes_wrong_on_demand_and_takes_the_event_when_it_is_well_again(status: int) -> None:
    receiver = Receiver([SECRET], status)
    (port,) = free_ports(1)
    with receiver.running(port) as url:
        assert post(url, SECRET) == status
        assert receiver.events == []
        receiver.status = 204
        assert post(url, SECRET) == 204
    assert len(receiver.events) == 1


def test_says_nothing_on_demand() -> None:
    receiver = Receiver([SECRET], mute=True)
    (port,) = free_ports(1)
    with receiver.running(port), socket.create_connection(("127.0.0.1", port)) as sender:
        sender.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nwebhook-id: one\r\nContent-Length: 0\r\n\r\n")
        assert receiver.wait_for(lambda: receiver.requests == [("one", None)])
    assert receiver.events == []


def test_from_the_command_line_it_prints_each_event() -> None:
    (port,) = free_ports(1)
    # Ctrl-C reaches it even where the tests run in a shell's background, in which nobody hears it.
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code += "import sys; from simulators.webhook_receiver import serve; serve(int(sys.argv[1]), sys.argv[2])"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(port), SECRET],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        try:
            wait_for_port(port)
            assert process.stdout.readline() == f"Receiving at http://127.0.0.1:{port}/\n"
            assert post(f"http://127.0.0.1:{port}/", SECRET) == 204
            assert process.stdout.readline() == "now smilepost.case.opened cases/1 {}\n"
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
