"""Simulated Wi-Fi radios: `network.WLAN` of two chips, each with its own ways, in an air whose time the test moves.

Runs in the MicroPython VM and on CPython. The ways are those of MicroPython's `extmod/network_cyw43.c` and
`ports/esp32/network_wlan.c`, and of what their users have reported.
"""


def must(met: bool, what: str) -> None:
    """Find the firmware out where it asks for what no chip takes."""
    if not met:
        raise AssertionError(what)


class Air:
    """What is in reach.

    networks: names and passwords.
    gives_address: whether the network has a DHCP server that answers.
    now: ms; the test moves it.
    """

    def __init__(self, networks: dict[str, str]) -> None:
        self.networks = networks
        self.gives_address = True
        self.now = 0


class Radio:
    """What the chips have in common.

    hung: it joins nothing any more, until it is switched off and on.
    deaf: nothing comes through, and it says that all is well.
    dead: not even switching it off and on helps.
    drops_after: ms after which each link breaks.
    false_refusals: how many times it will say that a right password is wrong.
    switched_on, connects: how often it was.
    """

    SCAN, ADDRESS = 2400, 1000  # ms

    def __init__(self, air: Air) -> None:
        self.air = air
        self.hung = self.deaf = self.dead = False
        self.drops_after: int | None = None
        self.false_refusals = 0
        self.switched_on = self.connects = 0
        self.settings: dict[str, int] = {}
        self._on = False
        self._asked: tuple[str, str | None] | None = None
        self._since = 0

    def active(self, on: bool | None = None) -> bool:
        if on is not None:
            if on and not self._on:
                self.switched_on += 1
                self.hung = self.dead
            self._on = on
            if not on:
                self._asked, self.deaf = None, False
                self.settings = {}
        return self._on

    def config(self, **settings: int) -> None:
        must(self._on, "what is set before it is switched on is forgotten")
        self.settings.update(settings)

    def scan(self) -> list[tuple[bytes, bytes, int, int, int, bool]]:
        must(self._on, "the radio is off")
        found = []
        for at, (name, password) in enumerate(sorted(self.air.networks.items())):
            for signal in (-50 - 7 * at, -80):  # two access points each
                found.append((name.encode(), b"\x02\x00\x00\x00\x00\x01", 6, signal, 4 if password else 0, False))
        found.append((b"", b"\x02\x00\x00\x00\x00\x02", 6, -40, 4, True))
        found.append((b"\xff\xfe", b"\x02\x00\x00\x00\x00\x03", 6, -41, 4, False))
        return found

    def connect(self, name: str, password: str | None = None) -> None:
        must(self._on, "the radio is off")
        self.connects += 1
        self._asked, self._since = (name, password), self.air.now

    def disconnect(self) -> None:
        self._asked, self.deaf = None, False

    def isconnected(self) -> bool:
        return self._stage() == "address"

    def ifconfig(self) -> tuple[str, str, str, str]:
        if self.isconnected():
            return "192.168.1.20", "255.255.255.0", "192.168.1.1", "192.168.1.1"
        none = "0.0.0.0"  # noqa: S104 - no address, not all of them
        return none, none, none, none

    def _stage(self) -> str:
        """Return how far it is: "off", "joining", "absent", "refused", "joined", "address"."""
        if not self._on or not self._asked:
            return "off"
        if self.deaf:
            return "address"
        since = self.air.now - self._since
        if self.hung or since < self.SCAN:
            return "joining"
        return self._outcome(since - self.SCAN, *self._asked)

    def _outcome(self, since: int, name: str, password: str | None) -> str:
        if name not in self.air.networks:
            return "absent"
        if self.false_refusals or self.air.networks[name] != (password or ""):
            return "refused"
        if not self.air.gives_address or since < self.ADDRESS:
            return "joined"
        dropped = self.drops_after is not None and since >= self.ADDRESS + self.drops_after
        return "off" if dropped else "address"


class CYW43(Radio):
    """The radio of a Pico W: tries once, and then shows how it went."""

    def connect(self, name: str, password: str | None = None) -> None:
        if self._stage() == "refused" and self.false_refusals:
            self.false_refusals -= 1
        super().connect(name, password)

    def disconnect(self) -> None:
        if self._stage() == "refused" and self.false_refusals:
            self.false_refusals -= 1
        super().disconnect()

    def status(self, what: str | None = None) -> int:
        stage = self._stage()
        if what == "rssi":
            return -61 if stage in ("joined", "address") else 0
        return {"off": 0, "joining": 1, "absent": -2, "refused": -3, "joined": 2, "address": 3}[stage]

    def deinit(self) -> None:
        raise AssertionError("this may never return")


class ESP32(Radio):
    """The radio of an ESP32: the driver tries again by itself, errors are raised, and the last reason sticks."""

    def __init__(self, air: Air) -> None:
        super().__init__(air)
        self._reason = 0

    def connect(self, name: str, password: str | None = None) -> None:
        if self._asked:
            raise OSError("Wifi Internal State Error")
        super().connect(name, password)

    def disconnect(self) -> None:
        if not self._on:
            raise OSError("Wifi Not Started")
        super().disconnect()

    def isconnected(self) -> bool:
        self._note()
        return super().isconnected()

    def status(self, what: str | None = None) -> int:
        self._note()
        stage = self._stage()
        if what == "rssi":
            if stage not in ("joined", "address"):
                raise OSError("Wifi Not Connected")
            return -61
        if stage == "address":
            return 1010
        return self._reason or (1001 if self._asked else 1000)

    def _note(self) -> None:
        stage = self._stage()
        if stage == "absent":
            self._reason = 201
        elif stage == "refused":
            self._reason = 202
        elif stage == "address":
            self._reason = 0
