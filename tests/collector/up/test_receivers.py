"""Where nothing is set up that could tell people something, they are told on the shop floor."""

from dataclasses import replace
from pathlib import Path

import pytest

from collector.notify.sms_template import read_template
from collector.settings import Settings
from collector.up.installation import with_receivers


def test_mail_and_text_messages_go_to_the_floor(settings: Settings) -> None:
    reaching = with_receivers(settings)
    assert reaching.smtp == f"smtp://127.0.0.1:{settings.mail_port}"
    assert reaching.sms_gateway is not None
    template = read_template(reaching.sms_gateway)
    assert template.request("+380501234567", "Hello", "k").url == f"http://127.0.0.1:{settings.sms_port}/messages"
    # The parts that `up` starts know it from their environment.
    assert Settings.load(environ=reaching.environment()) == reaching


@pytest.mark.parametrize("own", [{"smtp": "smtp://mail.example.com"}, {"sms_gateway": Path("sms.toml")}])
def test_no_real_installation_tells_its_customers_nothing(settings: Settings, own: dict[str, object]) -> None:
    """With one of the two set it is meant: then the other one waits, and goes nowhere else."""
    set_up = replace(settings, **own)  # type: ignore[arg-type]
    assert with_receivers(set_up) == set_up
