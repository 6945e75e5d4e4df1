"""Another CA and other secrets for a fleet of real kiosks over TLS, one of them switched off meanwhile: nobody loses a
press, and no step cuts a kiosk off."""

import subprocess
import sys
import urllib.request
from pathlib import Path

from collector.broker.authority import Stage, fingerprint, stage_of
from collector.broker.certificates import make_certificates
from collector.settings import Settings
from tests.chaos.ledger import difference
from tests.conftest import port_settings
from tests.installation import KIOSKS, Installation
from tests.test_faults import Customer, stored
from tests.waiting import until

CHECKOUT, EXIT = KIOSKS


def say(installation: Installation, *arguments: str) -> tuple[int, str]:
    """Exit code of `smilepost broker ca …` and all that it prints."""
    command = [sys.executable, "-m", "collector", "broker", "ca", *arguments]
    ended = subprocess.run(
        command,
        env=installation.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout


def switch_power(installation: Installation, kiosk: str, then: str) -> None:
    """On or off, at the shop floor; `then` is in what it says."""
    url = f"http://127.0.0.1:{installation.settings.floor_port}/kiosks/{kiosk}/power"
    request = urllib.request.Request(url, b"", {"Accept": "application/json"}, method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert then in answer.read().decode()


def until_trusting(installation: Installation, *kiosks: str) -> None:
    """Wait until these kiosks say that they trust what new ones are given."""
    assert installation.settings.broker_ca
    wanted = fingerprint(installation.settings.broker_ca.read_text())
    for kiosk in kiosks:
        until(
            lambda: installation.get(f"kiosks/{kiosk}")["health"].get("ca") == wanted,  # noqa: B023
            f"{kiosk} to trust {wanted}",
            seconds=300,  # a connection that comes to nothing by chance leads back to the former CA for a while
        )


def test_no_kiosk_is_lost_on_the_way_to_another_ca_and_to_other_secrets(tmp_path: Path) -> None:
    settings = Settings.load(environ={"SMILEPOST_BROKER_HOST": "0.0.0.0"}, data=tmp_path, **port_settings())  # noqa: S104
    certificates = settings.certificates
    make_certificates(certificates, certificates, ["broker.example"])
    first = (certificates / "ca.pem").read_text()
    with Installation(tmp_path, settings) as installation:
        customers = {kiosk: Customer(installation, kiosk, number) for number, kiosk in enumerate(KIOSKS)}

        def press_all() -> None:
            for customer in customers.values():
                until(customer.press, f"a light at {customer.kiosk}", seconds=60)

        press_all()
        until_trusting(installation, *KIOSKS)

        # 1: told to trust both, but one is switched off.
        switch_power(installation, EXIT, "no power")
        code, said = say(installation, "new")
        assert (code, stage_of(certificates)) == (0, Stage.BOTH), said
        until_trusting(installation, CHECKOUT)
        code, said = say(installation, "switch")
        assert (code, stage_of(certificates)) == (1, Stage.BOTH)
        assert f"--leave-behind {EXIT}" in said
        assert CHECKOUT not in said
        until(customers[CHECKOUT].press, "a light", seconds=60)
        switch_power(installation, EXIT, "starts")
        until_trusting(installation, *KIOSKS)

        # Meanwhile, new secrets.
        assert installation.write("places/1/kiosk-secrets", {})["kiosks"] == 2
        for kiosk in KIOSKS:
            until(lambda: _secret(installation, kiosk) == "done", f"{kiosk} with its new secret", seconds=60)  # noqa: B023
        press_all()

        # 2: the new one signs. Both kiosks meet its certificate when the broker is killed.
        code, said = say(installation, "switch")
        assert (code, stage_of(certificates)) == (0, Stage.SWITCHED), said
        assert "Next: smilepost broker ca end" in said
        assert installation.kill("nats-server")
        press_all()

        # 3: the new one alone.
        code, said = say(installation, "end")
        assert (code, stage_of(certificates)) == (0, Stage.ALONE), said
        assert first not in (certificates / "ca.pem").read_text()
        until_trusting(installation, *KIOSKS)
        assert "All 2 kiosks trust what they should." in say(installation)[1]
        press_all()

        until(
            lambda: (
                not any(any(difference(each.presses, stored(installation, each.kiosk))) for each in customers.values())
            ),
            "every lit press once in the table",
            seconds=120,
        )
        assert installation.end() == 0


def _secret(installation: Installation, kiosk: str) -> str:
    commands = installation.get(f"kiosks/{kiosk}/commands")["items"]
    return next((command["state"] for command in commands if command["do"] == "secret"), "")
