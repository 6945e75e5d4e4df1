"""`smilepost provision files`, `identity`, `signer`: files that somebody brings to where they belong."""

import argparse

from sqlalchemy.pool import NullPool

from collector.commands import database_errors
from collector.database import make_engine
from collector.links.keys import leads_nowhere
from collector.settings import Settings
from collector.slips.signers import end_signer, make_signer, write_signer
from provisioning.collector import reached
from provisioning.program import enrolled, write_identity, write_program


def files(_settings: Settings, parsed: argparse.Namespace) -> None:
    size = write_program(parsed.board, parsed.folder)
    print(f"{size:,} bytes for {parsed.board} in {parsed.folder}. Copy them: mpremote cp -r {parsed.folder}/* :")


def identity(settings: Settings, parsed: argparse.Namespace) -> None:
    with reached(settings, parsed.collector, parsed.token_file) as collector:
        at = collector.touchpoint(parsed.store, parsed.touchpoint)
        who = enrolled(collector, parsed.kiosk, at, parsed.broker, parsed.key)
    write_identity(who, parsed.output)
    print(f"{who.kiosk} is enrolled. {parsed.output} holds its secret: copy it onto the board, then delete it.")


def signer(settings: Settings, parsed: argparse.Namespace) -> None:
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
