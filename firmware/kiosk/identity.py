"""Who this kiosk is, where its broker is, and the secrets that it signs in with."""

import json

FILE = "device.json"


class Identity:
    """The file that a technician, or `smilepost provision`, has put on the flash.

    A new secret comes from the collector while the old one is still good. It is tried from the next connection on, by
    turns with the old one, and takes its place once the collector has answered on it: a kiosk is never locked out.

    >>> identity = Identity(Storage("/flash"))
    >>> identity["kiosk"], identity.sign_in()
    ('exit-1', (1, '…'))

    Raises OSError or ValueError where there is no such file, or it cannot be read.
    """

    def __init__(self, storage):
        self._storage = storage
        self._values = self._read()
        self._values.pop("ca", None)
        self._try_next = True
        self.number = self._values["n"]  # of the secret that is in use

    def __getitem__(self, name):
        return self._values.get(name)

    def ca(self):
        """Return the organisation's CA, which is too long to stay in memory; see `kiosk.tls`."""
        return self._read().get("ca")

    def sign_in(self):
        """Return (number, secret) to sign in with now."""
        following = self._values.get("next")
        chosen = following if following and self._try_next else self._values
        self.number = chosen["n"]
        return self.number, chosen["secret"]

    def refused(self):
        """The broker does not take the secret that was tried: the other one, if there is one, is next."""
        self._try_next = not self._try_next

    def answered(self):
        """The collector has answered a connection: its secret is the one from now on."""
        following = self._values.get("next")
        if not following:
            return
        if self.number == following["n"]:
            try:
                self._write({"n": following["n"], "secret": following["secret"], "next": None})
            except OSError:
                pass  # the old one has ended, but this one is on flash, too
        else:
            self._try_next = True  # the broker did not know it yet: by turns

    def take(self, number, secret):
        """Keep a new secret beside the one in use.

        Raises ValueError where it is none, OSError where flash does not take it.
        """
        if type(number) is not int or not isinstance(secret, str):
            raise ValueError("There is no secret in it.")
        self._write({"next": {"n": number, "secret": secret}})
        self._try_next = True

    def _write(self, news):
        self._storage.replace(FILE, json.dumps(dict(self._read(), **news)).encode())
        self._values.update(news)

    def _read(self):
        return json.loads(self._storage.read(FILE) or b"")
