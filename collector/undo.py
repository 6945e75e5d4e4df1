"""Undo: whatever somebody ends can be brought back, on the line that says it is done and in the list of what ended.

A page that ends something says so with `said_with_undo`; below what there is it lists what ended, with the macros of
`console/undo.html`. What cannot be brought back says so before it is done. docs/console.md has the list of all.
"""

from datetime import timedelta
from typing import Any

from flask import flash, url_for

#: So long something that lets people or programs in can be brought back after its end: whoever has ended it by mistake
#: sees that at once, and a secret that somebody may have found is not to lie about.
SECRETS_FOR = timedelta(minutes=10)


def said_with_undo(said: str, endpoint: str, **values: Any) -> None:
    """Say on the next page that something was ended, with the button that brings it back (`endpoint` takes a POST)."""
    flash(said, url_for(endpoint, **values))
