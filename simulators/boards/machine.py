"""`machine`, simulated: pins that the test drives, and chips that note what was asked of them."""

from simulators.boards import micropython
from simulators.wlan import Air, Radio, must

try:
    from collections.abc import Callable
    from typing import Any, NoReturn
except ImportError:
    pass  # the VM has no such modules, and looks at no annotations

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
EXT1_WAKE, TIMER_WAKE = 3, 4
EXT1_STATUS = 0x600080E4  # of an ESP32-S3


class PowerOff(BaseException):
    """The board has switched itself off, or starts again; `args` say how."""


class Bench:
    """What lies on the bench: one board, and the world around it.

    family: "rp2" or "esp32".
    pins: by number, those that the board has touched.
    air: the Wi-Fi in reach.
    registers: what `mem32` reads and writes, by address.
    outlives: what RTC memory holds.
    """

    def __init__(self, family: str, air: Air) -> None:
        self.family, self.air = family, air
        self.pins: dict[int, Pin] = {}
        self.registers: dict[int, int] = {}
        self.outlives = b""
        self.reset_cause, self.wake_reason = PWRON_RESET, 0
        self.microvolts = 0
        self.clock: tuple[int, ...] | None = None
        self.watchdog: WDT | None = None
        self.wakes_on: list[int] = []
        self.wlan: Radio | None = None
        self.spi: SPI | None = None
        self.hostname, self.country = "", "XX"

    def restart(self, cause: int, wake_reason: int = 0) -> None:
        """Let the board start again: what is not kept is gone."""
        self.reset_cause, self.wake_reason = cause, wake_reason
        self.pins.clear()
        self.watchdog = self.wlan = self.spi = None
        if cause == PWRON_RESET:
            self.outlives = b""
            self.registers.clear()

    def wake(self, *pins: int) -> None:
        """Wake a board that sleeps deeply by some of its pins, or by its timer."""
        must(set(pins) <= set(self.wakes_on), "these pins do not wake it")
        self.restart(DEEPSLEEP_RESET, EXT1_WAKE if pins else TIMER_WAKE)
        if pins:
            self.registers[EXT1_STATUS] = sum([1 << pin for pin in pins])


bench = Bench("rp2", Air({}))  # `power_up` lays another one out


def reset_cause() -> int:
    return bench.reset_cause


def wake_reason() -> int:
    must(bench.family == "esp32", "an RP2 cannot do this")
    return bench.wake_reason


def reset() -> "NoReturn":
    # An RP2 resets itself by its watchdog, and that is what it says afterwards.
    bench.restart(WDT_RESET if bench.family == "rp2" else SOFT_RESET)
    raise PowerOff("reset")


def deepsleep(milliseconds: int) -> "NoReturn":
    must(bench.family == "esp32", "an RP2 cannot do this")
    raise PowerOff("deep sleep", milliseconds)


class _Registers:
    def __getitem__(self, address: int) -> int:
        return bench.registers.get(address, 0)

    def __setitem__(self, address: int, value: int) -> None:
        bench.registers[address] = value


mem32 = _Registers()


def _nothing(_: "Pin") -> None:
    pass


class Pin:
    """A pin; the world drives it by `drive`."""

    IN, OUT, PULL_UP = 0, 1, 2
    IRQ_RISING, IRQ_FALLING = 4, 8

    def __new__(cls, number: int, *_: Any, **__: Any) -> "Pin":
        if number not in bench.pins:
            bench.pins[number] = object.__new__(cls)
        return bench.pins[number]

    def __init__(self, number: int, mode: int = -1, pull: int = -1, value: int | None = None) -> None:
        self.number, self.mode = number, mode
        self._level = 1 if pull == self.PULL_UP else value or 0
        self._handler: Callable[[Pin], None] = _nothing
        self._trigger, self._hard = 0, False

    def init(self, mode: int, value: int | None = None) -> None:
        self.mode = mode
        if value is not None:
            self._level = value

    def value(self, level: int | None = None) -> int:
        if level is not None:
            must(self.mode == self.OUT, "this pin is no output")
            self._level = level
        return self._level

    def irq(self, handler: "Callable[[Pin], None]", trigger: int, **options: bool) -> None:
        must(bench.family == "rp2" or not options, "an ESP32 takes no `hard`")
        self._handler, self._trigger = handler, trigger
        self._hard = options.get("hard", False)

    def drive(self, level: int) -> None:
        """Put this level on it from outside."""
        if level == self._level:
            return
        self._level = level
        if self._trigger & (self.IRQ_RISING if level else self.IRQ_FALLING):
            if self._hard:
                self._handler(self)
            else:
                micropython.schedule(self._handler, self)


class PWM:
    def __init__(self, pin: Pin, freq: int, duty_u16: int) -> None:
        self.hertz, self.duty = freq, duty_u16
        pin.pwm = self  # type: ignore[attr-defined]

    def freq(self, hertz: int) -> None:
        self.hertz = hertz

    def duty_u16(self, duty: int) -> None:
        must(0 <= duty <= 65535, "beyond its range")
        self.duty = duty


class ADC:
    ATTN_11DB = 3

    def __init__(self, pin: Pin, atten: int) -> None:
        must(atten == self.ATTN_11DB and pin.number in range(1, 11), "not the whole range, or no ADC1")

    def read_uv(self) -> int:
        return bench.microvolts


class RTC:
    def datetime(self, moment: tuple[int, ...]) -> None:
        bench.clock = moment

    def memory(self, data: bytes | None = None) -> bytes:
        if data is not None:
            must(len(data) <= 2048, "more than it holds")
            bench.outlives = bytes(data)
        return bench.outlives


class WDT:
    def __init__(self, timeout: int) -> None:
        must(timeout <= 8388, "an RP2040 cannot count so far")
        self.timeout, self.fed = timeout, 0
        bench.watchdog = self

    def feed(self) -> None:
        self.fed += 1


class SPI:
    """A bus that counts what is sent over it, and lets nobody send who has not been selected."""

    def __init__(self, number: int, **pins: "Pin | None") -> None:
        self.number, self.pins = number, pins
        self.written = 0
        bench.spi = self

    def init(self, **options: int) -> None:
        must(not {"sck", "mosi", "miso"} & set(options), "the pins are given already")

    def write(self, data: bytes) -> None:
        must(
            bool([pin for pin in bench.pins.values() if pin.mode == Pin.OUT and not pin.value()]), "nothing is selected"
        )
        self.written += len(data)
