"""Pressing a button of the running shop floor from another program."""

import json
import urllib.error
import urllib.parse
import urllib.request

from collector.failure import Failure
from collector.settings import Settings


class PressFailed(Failure):
    """No thank-you light came; the message says why."""


def press(settings: Settings, kiosk: str, button: int) -> str:
    """Press a button of a virtual kiosk; returns a sentence once the light has come.

    Raises
    ------
    PressFailed: the shop floor does not run, there is no such kiosk or button, or no light came.
    """
    url = f"http://127.0.0.1:{settings.floor_port}/kiosks/{urllib.parse.quote(kiosk, safe='')}/press"
    form = urllib.parse.urlencode({"button": button}).encode()
    request = urllib.request.Request(url, form, {"Accept": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return str(json.load(answer)["detail"])
    except urllib.error.HTTPError as problem:
        raise PressFailed(json.load(problem)["detail"]) from problem
    except OSError as problem:
        raise PressFailed(
            f"The shop floor does not answer at port {settings.floor_port}. Start it first: smilepost up"
        ) from problem
