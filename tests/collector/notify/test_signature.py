"""Signatures, against the standard's own example and a verifier that shares no code with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.notify.signature import secret_of, secrets_in_force, sign
from simulators.webhook_receiver import TOLERANCE, RefusedError, checked

NOW = 1_763_758_812
INSTALLATION = "5e" * 32
numbers = st.integers(1, 2**31 - 1)
ids = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)


def test_the_example_of_the_standard() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}') == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(numbers, numbers, ids, st.binary(), st.integers(-TOLERANCE, TOLERANCE))
def test_a_receiver_trusts_what_is_signed(webhook: int, number: int, message: str, body: bytes, drift: int) -> None:
    headers = sign(secrets_in_force(INSTALLATION, webhook, number), message, NOW, body)
    newest = secret_of(INSTALLATION, webhook, number)
    assert checked([newest], headers, body, NOW + drift) == message
    if number > 1:
        assert checked([secret_of(INSTALLATION, webhook, number - 1)], headers, body, NOW) == message


@given(st.data(), st.binary(), st.binary())
def test_and_nothing_else(data: st.DataObject, body: bytes, other: bytes) -> None:
    secret = secret_of(INSTALLATION, 7, 3)
    headers = sign([secret], "case-1-opened", NOW, body)
    changed = data.draw(st.sampled_from(["id", "timestamp", "signature", "body", "webhook", "number", "installation"]))
    now: float = NOW
    if changed == "body":
        body += other or b"\0"
    elif changed in {"webhook", "number", "installation"}:
        secret = {
            "webhook": secret_of(INSTALLATION, 8, 3),
            "number": secret_of(INSTALLATION, 7, 4),
            "installation": secret_of("5f" * 32, 7, 3),
        }[changed]
    else:
        header = f"webhook-{changed}"
        was = headers[header]
        headers[header] = data.draw(st.text(max_size=60).filter(lambda text: was not in text.split(" ")))
        now = NOW if not headers["webhook-timestamp"].isdecimal() else int(headers["webhook-timestamp"])
    with pytest.raises(RefusedError):
        checked([secret], headers, body, now)


@pytest.mark.parametrize("drift", [-TOLERANCE - 1, TOLERANCE + 1, 10**9])
def test_an_old_message_is_worth_nothing(drift: int) -> None:
    secret = secret_of(INSTALLATION, 1, 1)
    headers = sign([secret], "case-1-opened", NOW, b"{}")
    with pytest.raises(RefusedError, match="not of now"):
        checked([secret], headers, b"{}", NOW + drift)


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_message_without_a_header(missing: str) -> None:
    secret = secret_of(INSTALLATION, 1, 1)
    headers = sign([secret], "case-1-opened", NOW, b"{}")
    del headers[missing]
    with pytest.raises(RefusedError, match="missing"):
        checked([secret], headers, b"{}", NOW)


def test_secrets_are_of_one_webhook_and_one_rotation() -> None:
    assert len({secret_of(INSTALLATION, *which) for which in [(1, 1), (1, 2), (2, 1), (11, 1), (1, 11)]}) == 5
    assert secrets_in_force(INSTALLATION, 1, 1) == [secret_of(INSTALLATION, 1, 1)]
