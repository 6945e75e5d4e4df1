"""What the collector offers. This is loaded when there is an offer, and then forgotten again."""

import json
from binascii import a2b_base64

from kiosk import const

_LONGEST = const(6144)  # bytes of a manifest


def understood(message, board, slots):
    """Return (number, files, manifest, signature) of an offer, or None where it is of no use to this kiosk.

    That it is honest is still to be seen.
    """
    try:
        manifest = message["manifest"].encode()
        if len(manifest) > _LONGEST:
            return None
        offer = json.loads(manifest)
        number = offer["number"]
        files = [(path, size, a2b_base64(digest)) for path, size, digest in offer["files"]]
        fits = type(number) is int and offer["board"] == board and slots.takes(number)
        if fits and all([type(size) is int and size >= 0 and _inside(path) for path, size, _ in files]):
            return number, files, manifest, a2b_base64(message["signature"])
    except (AttributeError, KeyError, TypeError, ValueError):
        pass
    return None


def _inside(path):
    return path and path[0] != "/" and ".." not in path and path != "manifest.json"
