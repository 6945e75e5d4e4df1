"""`smilepost broker …`: what a broker needs."""

import argparse
from pathlib import Path

from collector.commands import Commands, database_errors
from collector.settings import Settings


def add(commands: Commands) -> None:
    broker = commands.add_parser(
        "broker", help="the MQTT broker: certificates, another CA, a Mosquitto, a RabbitMQ cluster"
    ).add_subparsers(required=True, title="what", metavar="WHAT")
    command = broker.add_parser(
        "certificates", help="make the organisation's CA and the embedded broker's certificate, so that it can use TLS"
    )
    command.add_argument("name", nargs="+", help="name or address at which kiosks reach this machine")
    command.set_defaults(run=_broker_certificates)

    command = broker.add_parser(
        "ca", help="another CA, step by step, without losing a kiosk: where it stands, what next"
    )
    command.set_defaults(run=_ca_look)
    steps = command.add_subparsers(title="steps", metavar="STEP")
    step = steps.add_parser("new", help="1: make the new CA; kiosks are told to trust both")
    _add_rabbitmq(step)
    step.set_defaults(run=_ca_new)
    step = steps.add_parser("switch", help="2: have it sign the broker's certificate, once all kiosks trust it")
    step.add_argument("--leave-behind", nargs="+", default=[], metavar="KIOSK", help="it will need a cable")
    step.add_argument(
        "--mosquitto", type=Path, action="append", default=[], metavar="FOLDER", help="from which a Mosquitto runs"
    )
    _add_rabbitmq(step)
    step.set_defaults(run=_ca_switch)
    step = steps.add_parser("end", help="3: have kiosks trust the new one alone, and forget the former one")
    _add_rabbitmq(step)
    step.set_defaults(run=_ca_end)

    command = broker.add_parser("mosquitto", help="write a complete configuration for a Mosquitto, with all kiosks")
    command.add_argument("folder", type=Path, help="from which it is to run, for example /etc/mosquitto/smilepost")
    command.add_argument("name", nargs="+", help="name or address at which kiosks reach it")
    command.add_argument("--listen", default="0.0.0.0", help="address for kiosks; default: all")  # noqa: S104
    command.add_argument("--tls-port", type=int, default=8883, help="for kiosks; default: 8883")
    command.add_argument("--local-port", type=int, default=1883, help="for collectors beside it; default: 1883")
    command.add_argument("--plugin", type=Path, help="its dynamic-security plugin, if it is not where Debian puts it")
    command.set_defaults(run=_broker_mosquitto)

    command = broker.add_parser("rabbitmq", help="write a complete configuration for a RabbitMQ cluster")
    command.add_argument("folder", type=Path, help="where the files go that are then copied to each node")
    command.add_argument("name", help="name or address at which kiosks reach what stands before the nodes")
    command.add_argument("node", nargs="+", help="host name of each node: three, five or seven")
    command.add_argument("--listen", default="0.0.0.0", help="address at which nodes listen; default: all")  # noqa: S104
    command.add_argument("--tls-port", type=int, default=8883, help="for kiosks; default: 8883")
    command.add_argument("--amqp-port", type=int, default=5671, help="for collectors; default: 5671")
    command.add_argument("--management-port", type=int, default=15671, help="for `smilepost jobs`; default: 15671")
    command.set_defaults(run=_broker_rabbitmq)


def _add_rabbitmq(step: argparse.ArgumentParser) -> None:
    step.add_argument(
        "--rabbitmq", type=Path, action="append", default=[], metavar="FOLDER", help="that was copied to each node"
    )


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


def _broker_rabbitmq(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.broker.rabbitmq import Listeners, next_steps, nodes_at, write_configuration

    folder = parsed.folder.expanduser().absolute()
    listeners = Listeners(parsed.listen, parsed.tls_port, parsed.amqp_port, parsed.management_port)
    nodes = nodes_at(parsed.node)
    written = write_configuration(settings, folder, nodes, [parsed.name], listeners)
    print(next_steps(settings, folder, nodes, parsed.name, listeners, written))


def _ca_look(settings: Settings, _parsed: argparse.Namespace) -> None:
    from collector.broker.rollover import report

    with database_errors():
        print(report(settings))


def _ca_new(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.broker.rollover import new

    with database_errors():
        print(new(settings, _folders(parsed.rabbitmq)))


def _ca_switch(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.broker.rollover import switch

    with database_errors():
        print(switch(settings, parsed.leave_behind, _folders(parsed.mosquitto), _folders(parsed.rabbitmq)))


def _ca_end(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.broker.rollover import end

    with database_errors():
        print(end(settings, _folders(parsed.rabbitmq)))


def _folders(named: list[Path]) -> list[Path]:
    return [folder.expanduser().absolute() for folder in named]
