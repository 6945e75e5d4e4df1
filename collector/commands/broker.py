"""`smilepost broker …`: what a broker needs."""

import argparse
from pathlib import Path

from collector.commands import Commands, database_errors
from collector.settings import Settings


def add(commands: Commands) -> None:
    broker = commands.add_parser("broker", help="the MQTT broker: its certificates, or a Mosquitto's").add_subparsers(
        required=True, metavar="WHAT"
    )
    command = broker.add_parser(
        "certificates", help="make the organisation's CA and the embedded broker's certificate, so that it can use TLS"
    )
    command.add_argument("name", nargs="+", help="name or address at which kiosks reach this machine")
    command.set_defaults(run=_broker_certificates)

    command = broker.add_parser("mosquitto", help="write a complete configuration for a Mosquitto, with all kiosks")
    command.add_argument("folder", type=Path, help="from which it is to run, for example /etc/mosquitto/smilepost")
    command.add_argument("name", nargs="+", help="name or address at which kiosks reach it")
    command.add_argument("--listen", default="0.0.0.0", help="address for kiosks; default: all")  # noqa: S104
    command.add_argument("--tls-port", type=int, default=8883, help="for kiosks; default: 8883")
    command.add_argument("--local-port", type=int, default=1883, help="for collectors beside it; default: 1883")
    command.add_argument("--plugin", type=Path, help="its dynamic-security plugin, if it is not where Debian puts it")
    command.set_defaults(run=_broker_mosquitto)


def _broker_certificates(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.broker.certificates import make_certificates

    made = make_certificates(settings.certificates, settings.certificates, parsed.name)
    print(f"{made.certificate} is the embedded broker's, for {', '.join(parsed.name)}; {made.ca} goes to kiosks.")
    print(
        'In smilepost.toml, broker_host = "0.0.0.0" lets kiosks in from other machines. Then start `smilepost up` anew.'
    )


def _broker_mosquitto(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.broker.mosquitto import Listeners, next_steps, write_configuration
    from collector.database import connect

    folder = parsed.folder.expanduser().absolute()
    listeners = Listeners(parsed.listen, parsed.tls_port, parsed.local_port)
    with database_errors(), connect(settings) as database:
        written = write_configuration(settings, database, folder, parsed.name, listeners, parsed.plugin)
    print(next_steps(settings, folder, parsed.name[0], listeners, written))
