"""Text messages: what reaches the gateway, and what becomes of it when the gateway is unwell."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from collector.notify import sms
from collector.notify.sms import SmsSender
from collector.notify.sms_template import TemplateFailure, read_template
from collector.queue.executor import Done, Failed, Later, Unknown
from collector.settings import Settings
from tests.collector.notify.receivers import claimed, sending, settled, states, telephones, tell
from tests.factories import Shop
from tests.waiting import until

ANN, BOB = "+380501234567", "+380507654321"


@pytest.fixture
def told(engine: Engine, riverside: Shop) -> Callable[..., int]:
    """Puts a message for a telephone into the queue; returns its job."""

    def put(address: str = ANN, number: int = 1) -> int:
        with engine.begin() as connection:
            return tell(connection, riverside, address, number)

    return put


def test_a_text_message_arrives(engine: Engine, settings: Settings, tmp_path: Path, told: Callable[..., int]) -> None:
    begun: list[int] = []
    with telephones(settings, tmp_path) as (gateway, there):
        sender, job = SmsSender(engine, there), claimed(engine, told())
        assert sender.execute(job, lambda: begun.append(len(gateway.requests))) == Done()
        assert begun == [0]
        sender.execute(job, lambda: None)
        [first, second] = gateway.sent_to(ANN)
    assert first.text.startswith("Riverside: Something is odd, for the 1. time. http")
    assert first.reference == second.reference  # what makes it one


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("busy", Later("The gateway answered 429: it did not take the message.", 72, refused=True)),
        ("refuses", Failed("The gateway answered 422: it does not take this message.")),
        ("broken", Unknown("The gateway answered 500. The message may be on its way.")),
        ("hangs-up", Unknown("The gateway hung up without an answer. The message may be on its way.")),
        ("mute", Unknown("The gateway did not answer in time. The message may be on its way.")),
    ],
)
def test_what_becomes_of_it_when_the_gateway_is_unwell(
    engine: Engine,
    settings: Settings,
    tmp_path: Path,
    told: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    outcome: object,
) -> None:
    monkeypatch.setattr("collector.notify.sender.random.random", lambda: 1.0)
    if fault == "mute":
        monkeypatch.setattr(sms, "ANSWER", 0.3)
    with telephones(settings, tmp_path) as (gateway, there):
        gateway.fault = fault  # type: ignore[assignment]
        assert SmsSender(engine, there).execute(claimed(engine, told()), lambda: None) == outcome


def test_a_gateway_that_is_not_there_is_tried_again(
    engine: Engine, settings: Settings, tmp_path: Path, told: Callable[..., int]
) -> None:
    with telephones(settings, tmp_path) as (_, there):
        pass

    def begin() -> None:
        raise AssertionError("nothing may leave")

    outcome = SmsSender(engine, there).execute(claimed(engine, told()), begin)
    assert isinstance(outcome, Later)
    assert outcome.reason == "The gateway cannot be reached."


def test_without_a_gateway_messages_wait(engine: Engine, settings: Settings, told: Callable[..., int]) -> None:
    outcome = SmsSender(engine, settings).execute(claimed(engine, told()), lambda: None)
    assert outcome == Later("No gateway for text messages is set up (sms_gateway).", 60.0)
    missing = replace(settings, sms_gateway=Path("/nowhere.toml"))
    outcome = SmsSender(engine, missing).execute(claimed(engine, told(number=2)), lambda: None)
    assert isinstance(outcome, Later)
    assert "/nowhere.toml cannot be read" in outcome.reason


def test_a_telephone_for_which_the_gateway_is_mute_delays_no_other(
    engine: Engine, settings: Settings, tmp_path: Path, told: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sms, "ANSWER", 10.0)
    with telephones(settings, tmp_path) as (gateway, there):
        gateway.fault, gateway.faulty = "mute", {BOB}
        stuck, others = told(BOB), [told(f"+3805099900{number:02}") for number in range(20)]
        began = time.monotonic()
        with sending(there, SmsSender(engine, there)):
            until(settled(engine, *others), "all others have theirs")
            assert time.monotonic() - began < 10.0
            assert states(engine, stuck)[0][0] == "sending"
            until(settled(engine, stuck), "nobody waits for ever")
        assert states(engine, stuck)[0][0] == "unknown"  # and a person looks
        assert len(gateway.messages) == 20


def test_doctor_looks_at_the_gateway(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    assert [each.remedy for each in SmsSender(engine, settings).examine()] == [""]
    with telephones(settings, tmp_path) as (_, there):
        [found] = SmsSender(engine, there).examine()
        assert (found.what, found.remedy) == ("text messages go by 127.0.0.1", "")
    [found] = SmsSender(engine, there).examine()
    assert found.remedy


def template(folder: Path, text: str) -> Path:
    (folder / "secret").write_text("s&cret\n")
    path = folder / "gateway.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("kind", "body", "sent"),
    [
        ("application/json", '{"m": "{text}"}', '{"m": "\\"{to}\\" & <b>\\n\\u00fc"}'),
        ("application/x-www-form-urlencoded; charset=utf-8", "m={text}", "m=%22%7Bto%7D%22+%26+%3Cb%3E%0A%C3%BC"),
        ("text/xml", "<m>{text}</m>", "<m>&quot;{to}&quot; &amp; &lt;b&gt;\nü</m>"),
    ],
)
def test_what_is_put_into_a_body_stays_a_value(tmp_path: Path, kind: str, body: str, sent: str) -> None:
    path = template(
        tmp_path, f"url = 'https://sms.example/{{to}}'\nheaders = {{ Content-Type = '{kind}' }}\nbody = '{body}'"
    )
    request = read_template(path).request("+38", '"{to}" & <b>\nü', "k")
    assert request.body == sent.encode()
    assert request.url == "https://sms.example/%2B38"


def test_a_gateway_that_is_asked_by_its_address(tmp_path: Path) -> None:
    path = template(
        tmp_path,
        'url = "https://sms.example/send?key={secret}&to={to}&text={text}"\nmethod = "GET"\nsecret_file = "secret"\n'
        'answer = \'"status": *"ok"\'',
    )
    described = read_template(path)
    request = described.request("+38", "a b", "k")
    assert (request.method, request.body) == ("GET", None)
    assert request.url == "https://sms.example/send?key=s%26cret&to=%2B38&text=a%20b"
    assert described.is_taken(200, '{"status": "ok"}')
    assert not described.is_taken(200, '{"status": "no money"}')
    assert not described.is_taken(500, '{"status": "ok"}')


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "does not describe a gateway"),
        ("url = ", "does not describe a gateway"),
        ('url = "ftp://sms.example"', "should be like https"),
        ('url = "http://sms.example/"', "use https"),
        ('url = "https://{to}.example/"', "should be like https"),
        ('url = "https://sms.example/"\nnumber = 3', "does not describe a gateway"),
        ('url = "https://sms.example/"\nbody = "{text}"', "say in the headers"),
        ('url = "https://sms.example/"\nheaders = { X = "a\\r\\nb" }', "does not describe a gateway"),
        ('url = "https://sms.example/"\nanswer = "("', "does not describe a gateway"),
        ('url = "https://sms.example/"\nsecret_file = "nowhere"', "cannot be read"),
    ],
)
def test_what_does_not_describe_a_gateway(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(TemplateFailure, match=says):
        read_template(template(tmp_path, text))
