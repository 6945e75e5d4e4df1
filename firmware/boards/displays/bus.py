"""What displays on SPI have in common: commands and what belongs to them are told apart by a pin."""


class Bus:
    """A display's end of the bus.

    speed: Hz.
    """

    def __init__(self, spi, cs, dc, rst, speed):
        spi.init(baudrate=speed, polarity=0, phase=0)
        self._spi, self._cs, self._dc = spi, cs, dc
        self.rst = rst
        cs.init(cs.OUT, value=1)
        dc.init(dc.OUT, value=1)
        rst.init(rst.OUT, value=1)
        self._command = bytearray(1)

    def send(self, command, data=None):
        """Send a command and its data, bytes or a bytearray."""
        self._command[0] = command
        self._cs.value(0)
        self._dc.value(0)
        self._spi.write(self._command)
        self._dc.value(1)
        if data:
            self._spi.write(data)
        self._cs.value(1)
