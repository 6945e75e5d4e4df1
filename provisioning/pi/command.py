"""`smilepost provision pi`: a card for a Raspberry Pi."""

import argparse
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from collector.addresses import country_of
from collector.failure import Failure
from collector.fleet.identity import Broker, Identity
from collector.settings import Settings
from printer.profiles import PROFILES
from provisioning.collector import Collector, NotDone, Touchpoint, reached
from provisioning.network import network
from provisioning.pi import plan
from provisioning.pi.card import Card
from provisioning.pi.first_boot.machine import LOG
from provisioning.terminal import Step, Terminal

BOARD = "raspberry_pi"
#: What is left to do where the files are not written onto the card itself.
_BY_HAND = (
    "Write Raspberry Pi OS Lite onto a card, copy all that is in {boot} onto its drive “bootfs”, and then delete the",
    "folder: there are secrets in it. In cmdline.txt on that drive, delete the word “resize”, so the journal gets a",
    "partition (else it is a file), and write at the end of the line: cfg80211.ieee80211_regdom={country}",
)
#: Where people have their key.
_KEYS = ("id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub")
_HERE = ("localhost", "127.", "::1")


def run(settings: Settings, parsed: argparse.Namespace) -> None:
    """Everything that can be wrong is looked at before the registry and the card are touched."""
    terminal = Terminal()
    with terminal.step("Card") as step:
        card = Card(parsed.boot)
        step.said = "Raspberry Pi OS" if card.is_boot_partition else f"{parsed.boot}, to be copied onto one"
    user = plan.check_user(parsed.user)
    country = plan.check_country(parsed.country) if parsed.country else None
    keys = plan.public_keys(*_key_file(parsed.ssh_key))
    password = plan.check_password(_text(parsed.password_hash_file)) if parsed.password_hash_file else ""
    printer = _printer(parsed)
    if parsed.kiosk:
        plan.check_host_name(parsed.kiosk)
    with reached(settings, parsed.collector, parsed.token_file) as collector:
        with terminal.step("Collector") as step:
            at = collector.touchpoint(parsed.store, parsed.touchpoint)
            broker = _seen_from_a_pi(collector.broker())
            step.said = f"{collector.url}, {at}"
        zone = ZoneInfo(at.zone)
        country = country or plan.check_country(country_of(zone))
        wifi = _wifi(parsed, terminal)
        with terminal.step("Kiosk") as step:
            kiosk = _registered(at, parsed.kiosk, card, collector)
            step.said = f"{kiosk}, {at}"
        with terminal.step("Identity") as step:
            who = _identity(kiosk, card.identity, broker, collector, step)
        page = collector.page(kiosk)
    wanted = plan.Plan(
        identity=who,
        user=user,
        keys=keys,
        password=password,
        wifi=wifi,
        country=country,
        zone=zone.key,
        locale=parsed.locale,
        restart=plan.night(at.hours, zone),
        has_screen=parsed.screen,
        printer=printer,
    )
    with terminal.step("Files") as step:
        step.said = f"{card.write(wanted, step.progress) / 1_000_000:.1f} MB"
    terminal.last(what_next(parsed.boot, card.is_boot_partition, wanted, page))


def what_next(boot: Path, is_boot_partition: bool, wanted: plan.Plan, page: str) -> str:
    """What a technician does now."""
    lines = [] if is_boot_partition else [*_BY_HAND]
    lines += [
        "{kiosk} is ready. Eject the card, put it into the Raspberry Pi, {link}, switch it on.",
        "The first start takes ten minutes or so and ends with a restart. Then press a button: its light comes on with",
        "a network or without. If it does not, the last line of {log} on the card's drive says why.",
        "See it there: {page}",
        "To sign in: ssh {user}@{kiosk}.local",
    ]
    link = f"have the Wi-Fi “{wanted.wifi.name}” in reach" if wanted.wifi else "plug in the network cable"
    known = {"boot": boot, "country": wanted.country, "kiosk": wanted.identity.kiosk, "user": wanted.user, "link": link}
    return "\n".join(line.format(log=Path(LOG).name, page=page, **known) for line in lines)


def _seen_from_a_pi(broker: Broker) -> Broker:
    if broker.host.startswith(_HERE):
        raise Failure(
            f"A Raspberry Pi would look for its broker at {broker.host}, which is itself. Say where it is: "
            'kiosk_broker = "mqtts://broker.example:8883" in the collector\'s smilepost.toml. Then start that anew.'
        )
    return broker


def _registered(at: Touchpoint, named: str | None, card: Card, collector: Collector) -> str:
    """The id of the kiosk that this card is to be, which the collector knows."""
    if named is None and card.identity:
        try:
            return str(collector.make(at, card.identity.kiosk, BOARD)["id"])
        except NotDone as problem:
            if problem.status != 409:  # else the card was meant for another place, or its kiosk has ended
                raise
    return str(collector.make(at, named, BOARD, card=card.number())["id"])


def _identity(kiosk: str, held: Identity | None, broker: Broker, collector: Collector, step: Step) -> Identity:
    """Who the kiosk is; the secret that the card holds stays while it is good."""
    is_its = held and (held.kiosk, held.host, held.port) == (kiosk, broker.host, broker.port)
    if held and is_its and held.n in collector.secrets(kiosk):
        step.said = f"secret {held.n}, as before, for the broker at {held.host}"
        return broker.identity(kiosk, held.n, held.secret)
    who = collector.identity(kiosk)
    step.said = f"secret {who.n}, for the broker at {who.host}"
    return who


def _key_file(named: Path | None) -> tuple[str, str]:
    """The text of the public key, and the file's name."""
    places = [named] if named else [Path.home() / ".ssh" / name for name in _KEYS]
    found = next((path for path in places if path.is_file()), None)
    if found is None:
        raise Failure(
            f"There is no SSH key {named or 'of yours'}, and without one nobody could sign in. `ssh-keygen -t ed25519` "
            "makes one; name its .pub file with --ssh-key."
        )
    return _text(found), str(found)


def _wifi(parsed: argparse.Namespace, terminal: Terminal) -> plan.Wifi | None:
    # A country is no word about Wi-Fi here: it is for the radio, which is there by cable, too.
    named = network(argparse.Namespace(**{**vars(parsed), "country": None}), terminal)
    return plan.wifi(named.name, named.password, parsed.wifi_security) if named else None


def _printer(parsed: argparse.Namespace) -> dict[str, str] | None:
    if parsed.printer is None:
        return None
    scheme = urlsplit(parsed.printer).scheme
    if scheme not in {"usb", "serial", "tcp"}:
        raise Failure("--printer: write where it is, as usb:///dev/usb/lp0, serial:///dev/ttyUSB0 or tcp://host:9100.")
    if parsed.printer_profile not in PROFILES:
        raise Failure(f"--printer-profile: there is no {parsed.printer_profile}. There are: {', '.join(PROFILES)}.")
    return {"address": parsed.printer, "profile": parsed.printer_profile}


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "it is no text"
        raise Failure(f"{path} cannot be read: {why}.") from problem
