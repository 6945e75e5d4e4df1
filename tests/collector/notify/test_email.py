"""Mail: what arrives, and what becomes of it when the server is unwell, at each step."""

import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine

from collector.addresses import Address
from collector.contacts.outgoing import Outgoing
from collector.contacts.words import Letter
from collector.notify import email
from collector.notify.email import EmailSender
from collector.notify.mail import composed
from collector.queue.executor import Done, Failed, Later, Unknown
from collector.settings import Settings
from simulators.smtp_receiver import PASSWORD, USER
from tests.collector.notify.receivers import FROM, claimed, mailboxes, sending, settled, states, tell
from tests.factories import Shop
from tests.waiting import until

ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture
def told(engine: Engine, riverside: Shop) -> Callable[..., int]:
    """Puts a message for a mailbox into the queue; returns its job."""

    def put(address: str = ANN, number: int = 1) -> int:
        with engine.begin() as connection:
            return tell(connection, riverside, address, number)

    return put


def test_a_mail_arrives_as_it_should(engine: Engine, settings: Settings, told: Callable[..., int]) -> None:
    begun: list[int] = []
    with mailboxes(settings) as (receiver, there):
        job = claimed(engine, told())
        assert EmailSender(engine, there).execute(job, lambda: begun.append(receiver.offered)) == Done()
        assert begun == [0]  # written down before the first byte of the message left
        [mail] = receiver.sent_to(ANN)
    assert mail.message["From"] == FROM
    assert mail.message["Subject"] == "Riverside: alert"
    assert "Something is odd, for the 1. time." in mail.text
    assert mail.id.endswith("@shop.example>")
    assert [part.get_content_type() for part in mail.message.iter_parts()] == ["text/plain", "text/html"]
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert not mail.message["List-Unsubscribe"]


def test_customers_can_say_stop_by_one_click_and_nothing_watches_them() -> None:
    link = "https://feedback.example/Q/CODE"
    letter = Letter("Riverside, «Ґанок» <b>", ("Хтось пише: <script>1</script>", ".", link, f"{link}/stop"), "")
    message = Outgoing("k", Address("email", ANN), "uk", "Riverside\r\nBcc: all@example.com", letter, f"{link}/stop")
    content = composed(message, "feedback@shop.example", "0123").content.decode()
    assert f"List-Unsubscribe: <{link}/stop>" in content
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in content
    assert "Message-ID: <0123@shop.example>" in content
    assert "\r\nBcc:" not in content
    assert "<script>" not in content.partition("text/html")[2]
    assert "<img" not in content


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("away", Later("The mail server answered 421.", 72, refused=True)),
        ("closed", Later("The mail server cannot be reached, or hung up.", 72, refused=True)),
        ("later-RCPT", Later("The mail server answered 450: not now.", 72, refused=True)),
        ("no-RCPT", Failed("The mail server answered 550: it does not take this message.")),
        ("later-DATA", Later("The mail server answered 450: not now.", 72, refused=True)),
        ("no-DATA", Failed("The mail server answered 550: it does not take this message.")),
        (
            "hangs-up-at-DATA",
            Later("The mail server hung up, or said nothing, before it took the message.", 72, refused=True),
        ),
        ("hangs-up-inside", Unknown("The mail server hung up, or said nothing, when it had the message.")),
        ("later-end", Later("The mail server answered 450: not now.", 72, refused=True)),
        ("no-end", Failed("The mail server answered 550: it does not take this message.")),
        ("hangs-up-at-end", Unknown("The mail server hung up, or said nothing, when it had the message.")),
    ],
)
def test_what_becomes_of_it_when_the_server_is_unwell(
    engine: Engine,
    settings: Settings,
    told: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    outcome: object,
) -> None:
    monkeypatch.setattr("collector.notify.sender.random.random", lambda: 1.0)
    with mailboxes(settings) as (receiver, there):
        receiver.fault = fault
        assert EmailSender(engine, there).execute(claimed(engine, told()), lambda: None) == outcome
        assert len(receiver.mails) == (fault == "hangs-up-at-end")
        assert ANN not in str(outcome)


def test_a_server_that_says_nothing_is_waited_for_so_long(
    engine: Engine, settings: Settings, told: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email, "ANSWER", 0.3)
    monkeypatch.setattr(email, "TAKEN", 0.3)
    with mailboxes(settings) as (receiver, there):
        receiver.fault = "mute"
        outcome = EmailSender(engine, there).execute(claimed(engine, told()), lambda: None)
        assert isinstance(outcome, Later)
        receiver.fault = "mute-at-end"
        outcome = EmailSender(engine, there).execute(claimed(engine, told(number=2)), lambda: None)
        assert outcome == Unknown("The mail server hung up, or said nothing, when it had the message.")


def test_after_the_last_try_it_has_failed(engine: Engine, settings: Settings, told: Callable[..., int]) -> None:
    with mailboxes(settings) as (receiver, there):
        receiver.fault = "later-RCPT"
        outcome = EmailSender(engine, there, [1, 1]).execute(claimed(engine, told(), attempts=3), lambda: None)
    assert outcome == Failed("The mail server answered 450: not now. Tried 3 times.")


def test_a_mailbox_that_is_slow_or_dead_delays_nobody_else(
    engine: Engine, settings: Settings, told: Callable[..., int]
) -> None:
    with mailboxes(settings) as (receiver, there):
        receiver.fault, receiver.faulty = "mute", {BOB}
        stuck = told(BOB)
        others = [told(f"customer-{number}@example.com") for number in range(20)]
        began = time.monotonic()
        with sending(there, EmailSender(engine, there)):
            until(settled(engine, *others), "all others have theirs")
            assert time.monotonic() - began < email.ANSWER
            assert states(engine, stuck)[0][0] in {"claimed", "sending"}
            receiver.fault = ""
        assert len(receiver.mails) == 20


def test_a_refusal_in_the_middle_is_tried_again_and_arrives_once(
    engine: Engine, settings: Settings, told: Callable[..., int]
) -> None:
    with mailboxes(settings) as (receiver, there):
        receiver.fault = "later-end"
        job_id = told()
        with sending(there, EmailSender(engine, there, [0] * 1_000_000)):
            receiver.wait_for(lambda server: server.offered >= 3)
            receiver.fault = ""
            until(settled(engine, job_id), "it has arrived")
        assert states(engine, job_id) == [("done", None)]
        assert len(receiver.sent_to(ANN)) == 1


def test_without_a_server_mail_waits(engine: Engine, settings: Settings, told: Callable[..., int]) -> None:
    outcome = EmailSender(engine, settings).execute(claimed(engine, told()), lambda: None)
    assert outcome == Later("No mail server is set up (smtp, mail_from).", 60.0)


def by_tls(certificates: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "broker.pem", certificates / "broker.key")
    return context


def test_tls_and_a_password(
    engine: Engine,
    settings: Settings,
    told: Callable[..., int],
    certificates: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    job = claimed(engine, told())
    with mailboxes(settings, tls=by_tls(certificates), signs_in=True) as (receiver, there):
        port = urlsplit(there.smtp).port
        known = replace(there, smtp=f"smtp://{USER}@localhost:{port}", smtp_password_file=password)
        outcome = EmailSender(engine, known).execute(job, lambda: None)
        assert outcome == Later("The mail server's certificate is not to be trusted.", pytest.approx(66, rel=0.1), True)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.pem"))
        password.write_text("guess")
        outcome = EmailSender(engine, known).execute(job, lambda: None)
        assert isinstance(outcome, Later)
        assert outcome.reason == "The mail server does not let us in with this name and password."
        password.write_text(PASSWORD + "\n")
        assert EmailSender(engine, known).execute(job, lambda: None) == Done()
        assert len(receiver.mails) == 1


def test_beyond_this_machine_nothing_goes_without_tls(
    engine: Engine, settings: Settings, told: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email, "is_this_machine", lambda _host: False)
    with mailboxes(settings) as (receiver, there):
        outcome = EmailSender(engine, there).execute(claimed(engine, told()), lambda: None)
        assert isinstance(outcome, Later)
        assert "offers no TLS" in outcome.reason
        assert receiver.offered == 0


def test_a_line_with_a_dot_ends_nothing(engine: Engine, settings: Settings, riverside: Shop) -> None:
    content = b"Subject: x\r\n\r\n.\r\n..two\nlast"
    assert email._dotted(content) == b"Subject: x\r\n\r\n..\r\n...two\r\nlast\r\n.\r\n"


def test_doctor_looks_at_the_mail_server(engine: Engine, settings: Settings) -> None:
    assert [each.remedy for each in EmailSender(engine, settings).examine()] == [""]
    with mailboxes(settings) as (receiver, there):
        [found] = EmailSender(engine, there).examine()
        assert (found.what, found.remedy) == (f"mail goes by localhost, from {FROM}", "")
        receiver.fault = "closed"
        [found] = EmailSender(engine, there).examine()
        assert found.remedy
