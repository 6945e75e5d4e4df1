"""`smilepost simulate …`: the world around an installation."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from collector.commands import Commands, database_errors
from collector.failure import Failure
from collector.settings import Settings


def add(commands: Commands) -> None:
    about = "the world around: kiosks, a printer, a central queue"
    simulate = commands.add_parser("simulate", help=about).add_subparsers(required=True, title="what", metavar="WHAT")
    command = simulate.add_parser("floor", help="the shop floor: kiosks, a printer, and a page to press them")
    command.set_defaults(run=_simulate_floor)
    command = simulate.add_parser(
        "press", help="press a button of a virtual kiosk of the running shop floor; waits for its light"
    )
    command.add_argument("kiosk", help="for example riverside-exit")
    command.add_argument("button", type=int, help="1 is the leftmost")
    command.set_defaults(run=_simulate_press)

    command = simulate.add_parser(
        "time", help="move this installation's time on, where it lives by a test clock (the setting clock_file)"
    )
    command.add_argument("by", metavar="SPAN", help="+26h, +1d12h or +30m; real: back to the machine's time")
    command.set_defaults(run=_simulate_time)

    command = simulate.add_parser(
        "receiver", help="a central queue: takes webhooks, checks their signatures, says what came"
    )
    command.add_argument("receiver_port", type=int, metavar="PORT")
    command.add_argument("secret_file", type=Path, help="file with the webhook's secret, whsec_…")
    command.set_defaults(run=_simulate_receiver)

    command = simulate.add_parser("sign-on", help="an organisation's sign-on (OpenID Connect), to try ours against")
    command.add_argument("sign_on_port", type=int, metavar="PORT")
    command.add_argument("email", nargs="+", help="who signs in there, by e-mail address")
    command.set_defaults(run=_simulate_sign_on)

    command = simulate.add_parser(
        "history", help="a plausible past: stores and kiosks that have been rated for months, to see the product full"
    )
    command.add_argument("--stores", type=int, default=200, help="default: 200")
    command.add_argument("--ratings", type=int, default=1_000_000, help="default: 1000000; 50 million take some 12 GB")
    command.add_argument("--months", type=int, default=24, help="how far it reaches back; default: 24")
    command.add_argument("--seed", type=int, default=1, help="another one is another past; default: 1")
    command.add_argument("--beside-real", action="store_true", help="also where there are real ratings")
    command.set_defaults(run=_simulate_history)

    command = simulate.add_parser("fleet", help="thousands of kiosks and their shoppers, beside a running installation")
    command.add_argument("--kiosks", type=int, default=480, help="all in this process; default: 480")
    command.add_argument("--vms", type=int, default=0, help="that are the real firmware, a process each; default: 0")
    command.add_argument("--seed", type=int, default=1, help="another one is another fleet; default: 1")
    command.add_argument("--speed", type=float, default=1.0, help="60: a shop's hour passes in a minute; default: 1")
    command.add_argument("--minutes", type=float, help="how long it lives; default: until Ctrl-C")
    command.add_argument("--beside-real", action="store_true", help="also where there are real ratings")
    command.set_defaults(run=_simulate_fleet)


def _simulate_floor(settings: Settings, _parsed: argparse.Namespace) -> None:
    from simulators.floor.server import serve

    serve(settings)


def _simulate_press(settings: Settings, parsed: argparse.Namespace) -> None:
    from simulators.floor.press import press

    print(press(settings, parsed.kiosk, parsed.button))


def _simulate_time(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector import clock

    print(f"It is {clock.move(settings, clock.span(parsed.by)):%Y-%m-%d %H:%M} UTC here now.")


def _simulate_receiver(_settings: Settings, parsed: argparse.Namespace) -> None:
    from simulators.webhook_receiver import serve

    serve(parsed.receiver_port, parsed.secret_file.read_text().strip())


def _simulate_sign_on(_settings: Settings, parsed: argparse.Namespace) -> None:
    from simulators.sign_on import serve

    serve(parsed.sign_on_port, parsed.email)


def _simulate_history(settings: Settings, parsed: argparse.Namespace) -> None:
    from collector.progress import step
    from simulators.history import Wanted, load_history

    if min(parsed.stores, parsed.ratings, parsed.months) < 1:
        raise Failure("--stores, --ratings and --months: write 1 or more.")
    wanted = Wanted(parsed.stores, parsed.ratings, parsed.months, parsed.seed)
    with database_errors(), step("ratings", of=wanted.ratings) as advance:
        fresh = load_history(settings, wanted, datetime.now(UTC), beside_real=parsed.beside_real, advance=advance)
    if not fresh:
        print("All of them were there already.")
    print(f"Look at it: {settings.url}/")


def _simulate_fleet(settings: Settings, parsed: argparse.Namespace) -> None:
    from simulators.fleet.command import Wanted, simulate_fleet

    if parsed.kiosks < 0 or parsed.vms < 0 or parsed.kiosks + parsed.vms < 1:
        raise Failure("--kiosks and --vms: write 1 or more, together at least.")
    if parsed.speed <= 0 or (parsed.minutes is not None and parsed.minutes <= 0):
        raise Failure("--speed and --minutes: write more than 0.")
    with database_errors():
        simulate_fleet(
            settings,
            Wanted(parsed.kiosks, parsed.vms, parsed.seed, parsed.speed, parsed.minutes, parsed.beside_real),
        )
