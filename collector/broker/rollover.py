"""The roll-over of the CA as a person meets it: where it stands, who is not ready, what comes next, what is refused."""

import socket
import ssl
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection
from sqlalchemy.pool import NullPool

from collector import clock
from collector.broker import authority
from collector.broker.authority import LONGEST, Stage, stage_of, trusted, until
from collector.broker.certificates import CA, ends_at, make_authority
from collector.broker.errors import BrokerError
from collector.broker.nats import EmbeddedBroker
from collector.broker.rabbitmq import INSTALLED
from collector.database import make_engine
from collector.files import replace_file
from collector.fleet.authority import Missing, count, left_behind, missing
from collector.settings import Settings

#: Kiosks that are listed at most.
_LISTED = 40
#: Seconds for a node to show its certificate.
_PATIENCE = 5.0
#: Erlang looks at its certificates' files now and then (tried with 3.10.8).
_READ = "Each node reads it by itself, within two minutes; nothing is started anew."


def report(settings: Settings) -> str:
    """Where the roll-over stands, for a person.

    Raises
    ------
    BrokerError: a file cannot be read.
    """
    stage, text = stage_of(settings.certificates), trusted(settings)
    if text is None:
        return "Kiosks are given no CA of ours: the broker has no TLS here, or its certificate is of a public CA."
    engine = make_engine(settings, poolclass=NullPool)
    with engine.connect() as connection:
        return "\n".join(_lines(connection, settings, stage, text))


def progress(connection: Connection, text: str) -> tuple[list[Missing], int]:
    """The kiosks that do not trust it, as far as is known, and how many there are in all."""
    return missing(connection, text), count(connection)


def new(settings: Settings, rabbitmqs: Sequence[Path]) -> str:
    """Make the new CA; what was done, for a person.

    Parameters
    ----------
    rabbitmqs: folders of `smilepost broker rabbitmq`.

    Raises
    ------
    BrokerError: there is none to roll over, or the last one is not at its end.
    """
    _check_folders(settings, rabbitmqs)
    authority.begin(settings.certificates)
    lines = _copy_ca(settings, rabbitmqs)
    if rabbitmqs:
        lines.append(
            f"Now copy ca.pem to {INSTALLED} on every node, before the new CA signs: nodes check each other with it. "
            f"{_READ} And to every other machine with `smilepost ingest`: a collector checks nodes with it."
        )
    return "\n".join([*lines, report(settings)])


def switch(settings: Settings, named: Collection[str], mosquittos: Sequence[Path], rabbitmqs: Sequence[Path]) -> str:
    """Have the new CA sign; what was done, for a person.

    Parameters
    ----------
    named: kiosks that are left behind.
    mosquittos: folders from which a Mosquitto runs.
    rabbitmqs: folders of `smilepost broker rabbitmq`.

    Raises
    ------
    BrokerError: kiosks would be cut off that nobody has named, or a step before is missing.
    """
    own = settings.certificates / "broker.pem"
    folders = [*mosquittos, *rabbitmqs]
    certificates = [*([own] if own.exists() else []), *(folder / "broker.pem" for folder in folders)]
    stage, text = stage_of(settings.certificates), trusted(settings)
    if text is None or settings.broker_ca != settings.certificates / "ca.pem":
        raise BrokerError(f'Kiosks are not given the CA in {settings.certificates}: look at the setting "broker_ca".')
    _check_folders(settings, rabbitmqs)
    for folder in rabbitmqs:
        if (folder / CA).read_text() != text:
            raise BrokerError(
                f"{folder / CA} does not have the new CA: `smilepost broker ca new --rabbitmq {folder}` comes first, "
                "and then a copy of it to every node."
            )
    if not certificates:
        raise BrokerError("There is no certificate to sign: name the Mosquitto's folder, --mosquitto FOLDER.")
    engine = make_engine(settings, poolclass=NullPool)
    if stage is Stage.BOTH:
        with engine.connect() as connection:
            if cut_off := left_behind(missing(connection, text), named):
                listed = "\n".join(_listed(settings, cut_off))
                raise BrokerError(
                    f"{_kiosks(len(cut_off))} would be cut off:\n{listed}\n"
                    "Wait until they are back, retire those that are gone, or name them: "
                    f"smilepost broker ca switch --leave-behind {' '.join(each.id for each in cut_off[:_LISTED])}"
                )
    authority.switch(settings.certificates, certificates)
    lines = [f"  ✓ signed by the new CA: {path}" for path in certificates]
    if settings.broker == "embedded":
        is_running = EmbeddedBroker(settings).reload()
        lines.append("  ✓ the broker uses it for every new connection" if is_running else "    the broker does not run")
    if mosquittos:
        lines.append("Now have it read by Mosquitto: systemctl reload smilepost-mosquitto")
    if rabbitmqs:
        lines.append(
            f"Now copy broker.pem to {INSTALLED} on every node, one after another. {_READ} `smilepost doctor` names "
            "the nodes that still show the former one."
        )
    return "\n".join([*lines, report(settings)])


def end(settings: Settings, rabbitmqs: Sequence[Path]) -> str:
    """Have kiosks trust the new CA alone; what was done, for a person.

    Parameters
    ----------
    rabbitmqs: folders of `smilepost broker rabbitmq`.

    Raises
    ------
    BrokerError: the new one does not sign yet, or a node would be left to the former one.
    """
    _check_folders(settings, rabbitmqs)
    if others := behind(settings):
        raise BrokerError(
            f"{', '.join(others)}: no certificate of the new CA is seen there. Copy broker.pem to {INSTALLED} on each, "
            "or start it: kiosks would turn away from it."
        )
    authority.end(settings.certificates)
    lines = _copy_ca(settings, rabbitmqs)
    if rabbitmqs:
        lines.append(f"Now copy ca.pem to {INSTALLED} on every node. {_READ}")
    return "\n".join([*lines, report(settings)])


def behind(settings: Settings) -> list[str]:
    """The nodes of a cluster at which no certificate of the new CA is seen, though it signs."""
    if stage_of(settings.certificates) is not Stage.SWITCHED or not settings.broker_address.tls:
        return []
    present, _ = make_authority(settings.certificates)
    context = ssl.create_default_context(cadata=present.public_bytes(Encoding.PEM).decode())
    others = []
    for node in settings.nodes:
        try:
            with socket.create_connection((node.host, node.port), _PATIENCE) as plain:
                context.wrap_socket(plain, server_hostname=node.host).close()
        except OSError:
            others.append(f"{node.host}:{node.port}")
    return others


def next_step(stage: Stage | None, waiting: int) -> str:
    """What a person can do now; "" where there is nothing to do, or only to wait.

    Parameters
    ----------
    waiting: kiosks that do not trust what they should yet.
    """
    if stage is Stage.BOTH and not waiting:
        return "smilepost broker ca switch"
    if stage is Stage.SWITCHED:
        return "smilepost broker ca end"
    return ""


def _check_folders(settings: Settings, rabbitmqs: Sequence[Path]) -> None:
    if settings.nodes and not rabbitmqs:
        raise BrokerError("The nodes have files of their own: name the folder that was copied, --rabbitmq FOLDER.")
    for folder in rabbitmqs:
        if not (folder / "inter_node_tls.config").exists():
            raise BrokerError(f"{folder} is no folder of `smilepost broker rabbitmq`.")


def _copy_ca(settings: Settings, rabbitmqs: Sequence[Path]) -> list[str]:
    """Have nodes trust what kiosks are told to; what was done, for a person."""
    for folder in rabbitmqs:
        replace_file(folder / CA, (settings.certificates / CA).read_bytes(), 0o644)
    return [f"  ✓ what kiosks are told to trust: {folder / CA}" for folder in rabbitmqs]


def _lines(connection: Connection, settings: Settings, stage: Stage | None, text: str) -> Iterator[str]:
    yield f"The CA holds until {until(settings):%Y-%m-%d}."
    if settings.broker == "embedded" and settings.broker_certificate:
        yield f"The broker's certificate holds until {ends_at(settings.broker_certificate):%Y-%m-%d}."
    if len(text) > LONGEST:
        raise BrokerError(f"{settings.broker_ca} has {len(text)} characters, and a kiosk takes {LONGEST}.")
    yield {
        Stage.BOTH: "1 of 3: there is a new CA, and kiosks are told to trust both.",
        Stage.SWITCHED: "2 of 3: the new CA signs; kiosks still trust the former one as well.",
    }.get(stage or Stage.ALONE, "No roll-over is under way.")
    others, all_of_them = progress(connection, text)
    if others:
        yield f"{all_of_them - len(others)} of {_kiosks(all_of_them)} trust what they should. Not known to do so:"
        yield from _listed(settings, others)
    else:
        yield f"All {_kiosks(all_of_them)} trust what they should."
    if following := next_step(stage, len(others)):
        yield f"Next: {following}"
    elif stage is Stage.BOTH:
        yield "Next: wait for these, or leave them behind: smilepost broker ca switch --leave-behind KIOSK …"
    elif stage is Stage.ALONE and settings.broker_ca == settings.certificates / "ca.pem":
        yield "`smilepost broker ca new` begins one."


def _listed(settings: Settings, others: Sequence[Missing]) -> Iterator[str]:
    now = clock.now(settings)
    for each in others[:_LISTED]:
        if each.heard_at is None:
            how = "it was never heard"
        elif not each.says:
            how = "it does not say whom it trusts: its firmware may be too old"
        else:
            how = f"told; heard {_ago((now - each.heard_at).total_seconds())}"
        yield f"  {each.id:<32} {each.store}: {how}"
    if len(others) > _LISTED:
        yield f"  … and {len(others) - _LISTED} more"


def _ago(seconds: float) -> str:
    for length, word in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= length:
            number = int(seconds // length)
            return f"{number} {word}{'s' if number > 1 else ''} ago"
    return "just now"


def _kiosks(number: int) -> str:
    return f"{number} kiosk{'' if number == 1 else 's'}"
