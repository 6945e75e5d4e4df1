"""What cookies are called. Over https their names begin with `__Host-`: then no other host, no part of this one and
nobody on the way can put one there.
"""

from collections.abc import Mapping

from collector.accounts import sessions
from collector.settings import Settings


def prefixed(settings: Settings, name: str) -> str:
    """What a cookie is called at this installation's address."""
    return f"__Host-{name}" if settings.url.startswith("https:") else name


def session_secret(settings: Settings, cookies: Mapping[str, str]) -> str | None:
    """The secret of the session that came with a request."""
    return cookies.get(prefixed(settings, sessions.COOKIE))
