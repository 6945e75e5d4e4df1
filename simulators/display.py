"""Displays that a kiosk's driver talks to: what comes over the wires becomes what a shopper sees.

Both know the commands that our drivers use, as the data sheets define them; any other one, and one at a time when the
chip could not hear it, is an error. They run in the MicroPython VM and on CPython.
"""

import time


class Pin:
    """A pin of the board, as `machine.Pin`; `changed` is called with each level that the board sets."""

    IN, OUT = 0, 1

    def __init__(self, changed=None) -> None:  # type: ignore[no-untyped-def]
        self._level, self._changed = 1, changed
        self.mode = self.IN

    def init(self, mode: int, value: int | None = None) -> None:
        """Set the direction, and the level at once."""
        self.mode = mode
        if value is not None:
            self.value(value)

    def value(self, level: int | None = None) -> int | None:
        """Set the level, or say it."""
        if level is None:
            return self._level
        if self.mode != self.OUT:
            raise ValueError("the pin is no output")
        self._level = level
        if self._changed:
            self._changed(level)
        return None


class Busy(Pin):
    """The pin on which a chip says that it works. It goes down when it was asked often enough: no clock is needed."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 0
        self.broken = False  # it stays up for ever

    def value(self, level: int | None = None) -> int | None:
        if level is not None:
            raise ValueError("the chip drives this pin")
        if self.left and not self.broken:
            self.left -= 1
        return 1 if self.left or self.broken else 0


class Panel:
    """What displays on SPI have in common.

    spi, cs, dc, rst: the board's end of the wires.
    received: bytes that came over them.
    """

    width = height = 0
    fastest = 0  # Hz
    parameters: "dict[int, int | None]" = {}  # noqa: RUF012 - how many bytes follow a command; None: a picture

    def __init__(self) -> None:
        self.spi, self.cs, self.dc, self.rst = self, Pin(), Pin(), Pin(self._reset_pin)
        self.received = 0
        self._command: int | None = None
        self._data = b""

    def init(self, baudrate: int, polarity: int, phase: int) -> None:
        """`machine.SPI.init`."""
        if baudrate > self.fastest or (polarity, phase) != (0, 0):
            raise ValueError("the chip cannot follow")

    def write(self, data: bytes) -> None:
        """`machine.SPI.write`."""
        if self.cs.value():
            return  # for somebody else
        if not self.rst.value():
            raise ValueError("the chip is held in reset")
        self.received += len(data)
        if not self.dc.value():
            for command in data:
                self._begin(command)
        elif self._command is None:
            raise ValueError("data without a command")
        elif self.parameters[self._command] is None:
            self.take(self._command, bytes(data))
        else:
            self._data += bytes(data)
            self._finish()

    def reset(self) -> None:
        """Forget everything but the picture."""
        raise NotImplementedError

    def obey(self, command: int, data: bytes) -> None:
        """Carry out a command."""
        raise NotImplementedError

    def take(self, command: int, data: bytes) -> None:
        """Take a piece of a picture."""
        raise NotImplementedError

    def dark(self, x: int, y: int) -> bool:
        """Whether a dot looks dark."""
        raise NotImplementedError

    def dots(self) -> bytes:
        """Return what is seen, one bit a dot, 0 for dark, as on a kiosk's canvas."""
        seen = bytearray(self.width * self.height // 8)
        for y in range(self.height):
            for x in range(self.width):
                if not self.dark(x, y):
                    at = y * self.width + x
                    seen[at // 8] |= 128 >> at % 8
        return bytes(seen)

    def picture(self):  # type: ignore[no-untyped-def]
        """Return what is seen as a picture of Pillow; on CPython."""
        from PIL import Image  # noqa: PLC0415 - not in the VM

        return Image.frombytes("1", (self.width, self.height), self.dots())

    def _begin(self, command: int) -> None:
        if command not in self.parameters:
            raise ValueError(f"unknown command 0x{command:02x}")
        self._command, self._data = command, b""
        if self.parameters[command] is not None:
            self._finish()

    def _finish(self) -> None:
        command = self._command
        if command is None:
            return
        wanted = self.parameters[command] or 0
        if len(self._data) > wanted:
            raise ValueError(f"too much for command 0x{command:02x}")
        if len(self._data) == wanted:
            self.obey(command, self._data)

    def _reset_pin(self, level: int) -> None:
        if not level:
            self._command = None
            self.reset()


class ST7789Panel(Panel):
    """A colour display: an ST7789 behind 240 × 240 dots, and its backlight.

    clock: seconds; the chip needs some after a reset.
    """

    width = height = 240
    fastest = 62_500_000
    parameters = {  # noqa: RUF012
        0x10: 0,
        0x11: 0,
        0x21: 0,
        0x28: 0,
        0x29: 0,
        0x2A: 4,
        0x2B: 4,
        0x2C: None,
        0x36: 1,
        0x3A: 1,
    }

    def __init__(self, clock=time.time) -> None:  # type: ignore[no-untyped-def]
        super().__init__()
        self._clock = clock
        self.backlight = Pin()
        # A whole picture in colour would fill the VM's heap: one dark and one pale colour are enough for us.
        self._colours = [b"\x00\x00", b"\xff\xff"]
        self._memory = bytearray(i * 91 & 255 for i in range(self.width * self.height // 8))  # after power on: snow
        self.reset()

    def reset(self) -> None:
        self.asleep, self.on, self.inverted, self.format = True, False, False, 0x66
        self._columns = self._rows = (0, 0)
        self._since = self._clock()

    def obey(self, command: int, data: bytes) -> None:
        if command == 0x11:
            self._must_have_waited(0.12)
            self.asleep = False
        elif command == 0x10:
            self._must_have_waited(0.12)
            self.asleep = True
        elif command in (0x28, 0x29):
            self.on = command == 0x29
        elif command == 0x21:
            self.inverted = True
        elif command == 0x3A:
            self.format = data[0]
        elif command == 0x36 and data != b"\x00":
            raise ValueError("this panel is mounted the usual way")
        elif command in (0x2A, 0x2B):
            first, last = data[0] << 8 | data[1], data[2] << 8 | data[3]
            if not first <= last < 240:
                raise ValueError("outside the panel")
            if command == 0x2A:
                self._columns = first, last
            else:
                self._rows = first, last
        if command in (0x10, 0x11):
            self._since = self._clock()

    def take(self, command: int, data: bytes) -> None:  # noqa: ARG002
        if self.format != 0x55:
            raise ValueError("not 16 bits a dot")
        (left, right), (top, bottom) = self._columns, self._rows
        wide, many = right - left + 1, len(data) // 2
        if left or wide != self.width or many != wide * (bottom - top + 1):
            raise ValueError("not the rows that were announced")
        for dot in range(many):
            colour = data[2 * dot : 2 * dot + 2]
            pale = 1 if sum(_rgb(colour)) >= 384 else 0
            self._colours[pale] = colour
            at = top * wide + dot
            self._memory[at // 8] = self._memory[at // 8] & ~(128 >> at % 8) | pale << 7 - at % 8

    def colour(self, x: int, y: int) -> "tuple[int, int, int]":
        """Red, green and blue as they are seen, 0 … 255."""
        if not (self.on and not self.asleep and self.inverted and self.backlight.value()):
            return 0, 0, 0
        at = y * self.width + x
        return _rgb(self._colours[self._memory[at // 8] >> 7 - at % 8 & 1])

    def dark(self, x: int, y: int) -> bool:
        return sum(self.colour(x, y)) < 384

    def _must_have_waited(self, seconds: float) -> None:
        if self._clock() - self._since < seconds:
            raise ValueError("too soon")


def _rgb(colour: bytes) -> "tuple[int, int, int]":
    value = colour[0] << 8 | colour[1]
    return (value >> 11) * 255 // 31, (value >> 5 & 63) * 255 // 63, (value & 31) * 255 // 31


class SSD1681Panel(Panel):
    """E-paper: an SSD1681 behind 200 × 200 dots.

    refreshes: "full" or "partial", one by one.
    """

    width = height = 200
    fastest = 20_000_000
    parameters = {  # noqa: RUF012
        0x01: 3,
        0x10: 1,
        0x11: 1,
        0x12: 0,
        0x18: 1,
        0x20: 0,
        0x22: 1,
        0x24: None,
        0x26: None,
        0x3C: 1,
        0x44: 2,
        0x45: 4,
        0x4E: 1,
        0x4F: 2,
    }

    def __init__(self) -> None:
        super().__init__()
        self.busy = Busy()
        self.refreshes: list[str] = []
        size = self.width * self.height // 8
        # After power on the memories hold anything; the paper shows what it showed.
        self._memories = {0x24: bytearray(i * 37 & 255 for i in range(size)), 0x26: bytearray(size)}
        self._paper = bytearray(i * 91 & 255 for i in range(size))
        self.reset()

    def reset(self) -> None:
        self.asleep, self.busy.left = False, 0
        self._registers: dict[int, bytes] = {}
        self._at = 0

    def obey(self, command: int, data: bytes) -> None:
        self._must_listen()
        if command == 0x12:
            self.reset()
            self.busy.left = 2
        elif command == 0x10:
            if data != b"\x01":
                raise ValueError("would forget its memories")
            self.asleep = True
        elif command == 0x20:
            self._refresh(self._registers[0x22][0])
        elif command == 0x4E:
            self._at = self._at // 25 * 25 + data[0]
        elif command == 0x4F:
            self._at = (data[0] | data[1] << 8) * 25 + self._at % 25
        else:
            self._registers[command] = data

    def take(self, command: int, data: bytes) -> None:
        self._must_listen()
        ready = (0x01, b"\xc7\x00\x00"), (0x11, b"\x03"), (0x44, b"\x00\x18"), (0x45, b"\x00\x00\xc7\x00")
        for register, wanted in ready:
            if self._registers.get(register) != wanted:
                raise ValueError(f"register 0x{register:02x} is not set")
        memory = self._memories[command]
        if self._at + len(data) > len(memory):
            raise ValueError("more than fits")
        memory[self._at : self._at + len(data)] = data
        self._at += len(data)

    def dark(self, x: int, y: int) -> bool:
        at = y * self.width + x
        return not self._paper[at // 8] >> 7 - at % 8 & 1

    def _refresh(self, sequence: int) -> None:
        if sequence & 0xC4 != 0xC4 or not sequence & 0x10:
            raise ValueError("no clock, no voltage, no waveform, or nothing to do")
        if self._registers.get(0x18) != b"\x80":
            raise ValueError("a waveform for which temperature?")
        new, old = self._memories[0x24], self._memories[0x26]
        if sequence & 8:
            self.refreshes.append("partial")
            self.busy.left = 3
            for at, byte in enumerate(new):
                driven = byte ^ old[at]
                self._paper[at] = self._paper[at] & ~driven | byte & driven
        else:
            self.refreshes.append("full")
            self.busy.left = 9
            self._paper[:] = new

    def _must_listen(self) -> None:
        if self.asleep or self.busy.left:
            raise ValueError("the chip does not listen now")
