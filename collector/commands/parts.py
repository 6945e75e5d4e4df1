"""What runs: everything at once, or one part of it."""

import argparse
import asyncio

from collector.commands import Commands, on_end
from collector.settings import Settings


def add(commands: Commands) -> None:
    command = commands.add_parser("up", help="everything on this machine: database, broker, collector, virtual kiosks")
    command.add_argument(
        "--no-simulators", action="store_true", help="without the shop floor, its virtual kiosks and their store"
    )
    command.set_defaults(run=_up)

    for name, run, help_text in (
        ("ingest", _ingest, "take ratings in: from the broker into the table"),
        ("web", _web, "serve the pages and the API"),
        ("live", _live, "serve live events to open pages"),
        ("jobs", _jobs, "background work: the ladder, deliveries to other systems, the broker's users, housekeeping"),
    ):
        commands.add_parser(name, help=help_text, description=help_text.capitalize() + ".").set_defaults(run=run)


def _up(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.up.installation import up

    asyncio.run(up(settings, simulators=not parsed.no_simulators, say=lambda line: print(line, flush=True)))


def _ingest(settings: Settings, _parsed: argparse.Namespace) -> None:
    from collector.ingest.intake import Intake
    from collector.shared_secrets import INGEST, agree_at_start

    agree_at_start(settings, INGEST)
    intake = Intake(settings)
    on_end(intake.stop)
    intake.run()


def _web(settings: Settings, _parsed: argparse.Namespace) -> None:
    from collector.shared_secrets import ALL, agree_at_start
    from collector.web import serve

    agree_at_start(settings, ALL)
    serve(settings)


def _live(settings: Settings, _parsed: argparse.Namespace) -> None:
    from collector.live.server import serve

    serve(settings)


def _jobs(settings: Settings, _parsed: argparse.Namespace) -> None:
    from collector.jobs.loop import Jobs
    from collector.shared_secrets import ALL, agree_at_start

    agree_at_start(settings, ALL)
    jobs = Jobs(settings)
    on_end(jobs.stop)
    jobs.run()
