"""What `smilepost doctor` found."""

from typing import NamedTuple


class Finding(NamedTuple):
    """What one look found; `remedy` is empty where all is well."""

    what: str
    remedy: str = ""
