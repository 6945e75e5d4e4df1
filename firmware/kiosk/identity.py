"""Who this kiosk is, where its broker is, whom it trusts, and the secrets that it signs in with."""

import json
from binascii import a2b_base64, hexlify
from hashlib import sha256

from kiosk import const

FILE = "device.json"
_NOBODY = const("device.json does not say who this kiosk is.")
_LONG = "ca", "next_ca"  # what is too long to stay in memory


class Identity:
    """The file that a technician, or `smilepost provision`, has put on the flash.

    A new secret comes from the collector while the old one is still good. It is tried from the next connection on, by
    turns with the old one, and takes its place once the collector has answered on it: a kiosk is never locked out. A
    new CA is tried and kept in the same way.

    >>> identity = Identity(Storage("/flash"))
    >>> identity["kiosk"], identity.sign_in()
    ('exit-1', (1, '…'))

    Raises OSError or ValueError, with a sentence, where there is no such file, or it does not say who this is.
    """

    def __init__(self, storage):
        self._storage = storage
        values = self._read()
        fits = isinstance(values.get("kiosk"), str) and isinstance(values.get("secret"), str)
        if not fits or type(values.get("n")) is not int:
            raise ValueError(_NOBODY)
        self.key = key_in(values.get("key"))  # the organisation's, that its releases are signed with
        self._next_ca = bool(values.get("next_ca"))  # whether there is one
        self._values = {name: values[name] for name in values if name not in _LONG}
        self._try_next = self._trust_next = True
        self.number = values["n"]  # of the secret that is in use
        self.trusts = None  # the CA that is in use: the first eight hexadecimal digits of its SHA-256

    def __getitem__(self, name):
        return self._values.get(name)

    def ca(self):
        """Return the organisation's CA to check the broker with now, in PEM."""
        # Read anew each time: it is too long to stay in memory; see `kiosk.tls`.
        text = self._read().get("next_ca" if self._next_ca and self._trust_next else "ca") or ""
        if "-----BEGIN" not in text:
            text = (self._storage.read(text) or b"").decode()  # the name of the file that has it
        self.trusts = hexlify(sha256(text.encode()).digest()[:4]).decode()
        return text

    def sign_in(self):
        """Return (number, secret) to sign in with now."""
        following = self._values.get("next")
        chosen = following if following and self._try_next else self._values
        self.number = chosen["n"]
        return self.number, chosen["secret"]

    def refused(self):
        """The broker does not take the secret that was tried: the other one, if there is one, is next."""
        self._try_next = not self._try_next

    def unreached(self):
        """A connection came to nothing, perhaps for want of trust: the other CA, if there is one, is next."""
        self._trust_next = not self._trust_next

    def answered(self):
        """The collector has answered a connection: its secret and its CA are the ones from now on."""
        news, following = {}, self._values.get("next")
        trusted = self._next_ca and self._trust_next
        if following and self.number == following["n"]:
            news = {"n": following["n"], "secret": following["secret"], "next": None}
        # Of what was not used the turn comes: the broker may not have known it yet.
        self._try_next = self._trust_next = True
        try:
            if trusted:
                news["ca"], news["next_ca"] = self._read().get("next_ca"), None
            if news:
                self._write(news)
                self._next_ca = self._next_ca and not trusted
        except (OSError, ValueError):
            pass  # the old one has ended, but this one is on flash, too

    def take(self, number, secret):
        """Keep a new secret beside the one in use.

        Raises ValueError where it is none, OSError or ValueError where flash does not take it.
        """
        if type(number) is not int or not isinstance(secret, str):
            raise ValueError("There is no secret in it.")
        self._write({"next": {"n": number, "secret": secret}})
        self._try_next = True

    def take_ca(self, text):
        """Keep a new CA, which `kiosk.tls` has looked at, beside the one in use.

        Raises OSError or ValueError where flash does not take it.
        """
        self._write({"next_ca": text})
        self._next_ca = self._trust_next = True

    def _write(self, news):
        values = self._read()
        if "kiosk" not in values:
            raise ValueError(_NOBODY)  # a damaged file: the news alone would lock the kiosk out
        self._storage.replace(FILE, json.dumps(dict(values, **news)).encode())
        self._values.update({name: news[name] for name in news if name not in _LONG})

    def _read(self):
        content = self._storage.read(FILE)
        if content is None:
            raise ValueError("there is no device.json.")
        try:
            values = json.loads(content)
        except ValueError:
            values = None
        return values if isinstance(values, dict) else {}


def key_in(text):
    """Return the public key that a text in base64 holds, None where there is no text.

    Raises ValueError where it is no key.
    """
    try:
        key = a2b_base64(text) if text else None
    except (TypeError, ValueError):
        key = b""
    if key is not None and len(key) != 32:
        raise ValueError("key is no key.")
    return key
