"""`smilepost provision move`, `retire`, `replace`: what becomes of a kiosk. No cable is needed."""

import argparse
import contextlib
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from collector.failure import Failure
from collector.settings import Settings
from provisioning.collector import Collector, NotDone, reached
from provisioning.terminal import Terminal


def move(settings: Settings, parsed: argparse.Namespace) -> None:
    terminal = Terminal()
    with reached(settings, parsed.collector, parsed.token_file) as collector:
        at = collector.touchpoint(parsed.store, parsed.touchpoint)
        _change(collector, parsed.kiosk, "move", {"touchpoint": at.id})
    terminal.last(
        f"{parsed.kiosk} stands at {at} from now on. What it recorded before stays with the old place. Its label still "
        f"names that: print another on its page."
    )


def retire(settings: Settings, parsed: argparse.Namespace) -> int:
    terminal = Terminal()
    with reached(settings, parsed.collector, parsed.token_file) as collector:
        if not parsed.sure:
            stands = _known(collector, parsed.kiosk)
            store = next(each["name"] for each in collector.stores() if each["id"] == stands["store"])
            where = f"{parsed.kiosk} ({store} · {stands['touchpoint']})"
            if not terminal.sure(f"{where} is cut off at once, for good. Is it the right one?"):
                terminal.last("Nothing was done.")
                return 1
        _change(collector, parsed.kiosk, "retire", {"why": parsed.why, "comment": parsed.comment})
    terminal.last(
        f"{parsed.kiosk} is retired: its secrets have ended, and the broker lets it in no more. What it sent stays."
    )
    return 0


def replace(settings: Settings, parsed: argparse.Namespace) -> None:
    terminal = Terminal()
    with reached(settings, parsed.collector, parsed.token_file) as collector:
        _known(collector, parsed.by)
        now = _change(collector, parsed.kiosk, "replace", {"by": parsed.by, "comment": parsed.comment})
    at = now["touchpoint"]
    terminal.last(f"{parsed.by} stands at {at} in place of {parsed.kiosk}, which is retired. Its history stays there.")


def _change(collector: Collector, kiosk: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
    with _named(kiosk):
        return collector.change(kiosk, what, body)


def _known(collector: Collector, kiosk: str) -> dict[str, Any]:
    with _named(kiosk):
        return collector.kiosk(kiosk)


@contextlib.contextmanager
def _named(kiosk: str) -> Iterator[None]:
    """Say which kiosk there is not."""
    try:
        yield
    except NotDone as problem:
        if problem.status == HTTPStatus.NOT_FOUND:
            raise Failure(
                f"There is no kiosk {kiosk}, or you do not see it. The console's page “Kiosks” lists all."
            ) from problem
        raise
