"""`smilepost provision …`: what a technician does."""

import argparse
from pathlib import Path

from collector.commands import Commands, database_errors
from collector.failure import Failure
from collector.settings import Settings


def add(commands: Commands) -> None:
    provision = commands.add_parser(
        "provision", help="kiosks: their program and identity, for the cable"
    ).add_subparsers(required=True, metavar="WHAT")
    command = provision.add_parser("files", help="write all that a board runs into a folder, to be copied onto it")
    command.add_argument("board", help="for example pico_w")
    command.add_argument("folder", type=Path)
    command.set_defaults(run=_provision_files)
    command = provision.add_parser(
        "identity", help="enrol a kiosk and write its device.json; one that is known gets a further secret"
    )
    command.add_argument("kiosk", help="small letters, digits and hyphens, for example riverside-exit-2")
    command.add_argument("--store", required=True, help="name of the store")
    command.add_argument("--touchpoint", required=True, help="name of the touchpoint in it")
    command.add_argument("--broker", required=True, help="as the kiosk sees it: mqtts://host:8883 or mqtt://host:1883")
    command.add_argument("--key", type=Path, help="release.key.pub: the kiosk takes releases that this key has signed")
    command.add_argument("--output", type=Path, default=Path("device.json"), help="default: device.json")
    command.set_defaults(run=_provision_identity)
    command = provision.add_parser(
        "signer", help="write a file from which a till's proxy or a Raspberry Pi signs receipt codes; or end one"
    )
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("--store", help="name of the store whose receipts it signs")
    which.add_argument("--end", type=int, metavar="ID", help="end this signer: what it signed counts for 30 days more")
    command.add_argument("--kind", choices=("proxy", "pi"), default="proxy", help="default: proxy")
    command.add_argument("--kiosk", help="the Raspberry Pi that it is for")
    command.add_argument("--name", help="what you call it, for example till 2")
    command.add_argument("--output", type=Path, default=Path("signer.json"), help="default: signer.json")
    command.set_defaults(run=_provision_signer)


def _provision_files(_settings: Settings, parsed: argparse.Namespace) -> None:
    from provisioning.program import write_program

    size = write_program(parsed.board, parsed.folder)
    print(f"{size:,} bytes for {parsed.board} in {parsed.folder}. Copy them: mpremote cp -r {parsed.folder}/* :")


def _provision_identity(settings: Settings, parsed: argparse.Namespace) -> None:
    from urllib.parse import urlsplit

    from collector.database import make_engine
    from collector.settings import BrokerAddress
    from provisioning.program import enrolled, write_identity

    broker = urlsplit(parsed.broker)
    if broker.scheme not in {"mqtt", "mqtts"} or not broker.hostname:
        raise Failure("--broker: write an address like mqtts://broker.example:8883.")
    tls = broker.scheme == "mqtts"
    address = BrokerAddress(broker.hostname, broker.port or (8883 if tls else 1883), "", tls)
    key = parsed.key.read_text().strip() if parsed.key else ""
    with make_engine(settings).begin() as connection:
        who = enrolled(connection, settings, parsed.kiosk, parsed.store, parsed.touchpoint, address, key)
    write_identity(who, parsed.output)
    print(f"{who.kiosk} is enrolled. {parsed.output} holds its secret: copy it onto the board, then delete it.")


def _provision_signer(settings: Settings, parsed: argparse.Namespace) -> None:
    from sqlalchemy.pool import NullPool

    from collector.database import make_engine
    from collector.links.keys import leads_nowhere
    from collector.slips.signers import end_signer, make_signer, write_signer

    with database_errors(), make_engine(settings, poolclass=NullPool).begin() as connection:
        if parsed.end is not None:
            store = end_signer(connection, parsed.end)
            print(
                f"Signer {parsed.end} of {store} has ended: what it has signed counts for 30 days more.\n"
                "Its machine is not told and would go on: stop what uses it there, and delete its file."
            )
            return
        made = make_signer(connection, settings, parsed.store, parsed.kind, parsed.kiosk, parsed.name)
        # Within the transaction: no signer without its file.
        write_signer(made, parsed.output)
    print(f"{parsed.output} is signer {made.signer}, for {made.store}: move it to its machine, and keep no copy.")
    if leads_nowhere(settings):
        print(
            f"The codes lead to {settings.url}, which only this machine can open. Set “url” in smilepost.toml,\n"
            "and make another signer before receipts are printed."
        )
