"""Where the live events are: on the host that the page came from, on a port of their own."""

import re
from urllib.parse import urlsplit

from collector.settings import Settings

#: What may stand in a header of ours.
_HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")


def live_origin(settings: Settings, host: str) -> str:
    """The origin of the live events for a page that was asked for at `host` (with or without a port)."""
    scheme = "https" if settings.url.startswith("https:") else "http"
    return f"{scheme}://{bare_host(host)}:{settings.live_port}"


def may_listen(settings: Settings, origin: str, host: str) -> bool:
    """Whether a page from `origin` may hear the events that it asked for at `host`.

    These are pages of ours: at the address that people use, on this machine, or wherever else this very host is
    reached. A stranger's name that points here gains nothing, for the cookie belongs to the host's own name.
    """
    parts = urlsplit(settings.url)
    hosts = {"127.0.0.1", "localhost", bare_host(host)}
    return origin == f"{parts.scheme}://{parts.netloc}" or origin in {
        f"http://{name}:{settings.port}" for name in hosts
    }


def bare_host(host: str) -> str:
    """The host without its port; `localhost` for what cannot be one, as a Host header can hold anything."""
    name = re.sub(r":\d+$", "", host)
    return name if _HOST.fullmatch(name) else "localhost"
