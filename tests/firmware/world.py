"""A virtual kiosk's world in tests: its power, its pins, and what a shopper would see."""

import contextlib
import json
import os
import socket
import subprocess
import time

from kiosk.journal import Journal
from kiosk.record import RATING

from simulators.device import device_command
from simulators.flash_image import opened, write_file


class World:
    """Switches a kiosk on and sees what a shopper would see."""

    def __init__(self, image, interpreter, **environment):
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = f"127.0.0.1:{server.getsockname()[1]}"
            self.process = self.popen(
                device_command(interpreter),
                env={**os.environ, "KIOSK_FLASH": str(image), "KIOSK_WORLD": address, **environment},
            )
            server.settimeout(20)
            self.board, _ = server.accept()
        self.board.settimeout(20)
        self.lines = self.board.makefile("rb")
        self.lit = []

    def popen(self, *arguments, **options):
        return subprocess.Popen(*arguments, **options)

    def see(self, name):
        """Wait until the kiosk says this, and return it."""
        for line in self.lines:
            message = json.loads(line)
            if message.get("light") == "thanks":
                self.lit.append(message["button"])
            if name in message:
                return message[name]
        raise AssertionError(f"no {name}: the kiosk has ended")

    def pin(self, button, level):
        self.board.sendall(b'{"pin":[%d,%d]}\n' % (button, level))

    def press(self, button):
        """Press a button until its light is on."""
        self.pin(button, 0)
        seen = len(self.lit)
        while len(self.lit) == seen:
            self.see("light")
        self.pin(button, 1)
        time.sleep(0.03)  # a finger is slower than a contact bounces

    def kill(self):
        """Take the power away and return what had been lit until then."""
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(AssertionError, OSError):
            while True:
                self.see("light")
        self.close()
        return self.lit

    def close(self):
        self.lines.close()
        self.board.close()


@contextlib.contextmanager
def switched_on(image, interpreter, **environment):
    world = World(image, interpreter, **environment)
    try:
        yield world
    finally:
        world.process.kill()
        world.process.wait()
        world.close()


def enrol(image, port=1, **more):
    identity = {"kiosk": "exit-1", "host": "localhost", "port": port, "n": 1, "secret": "secret", "tls": False, **more}
    write_file(image, "device.json", json.dumps(identity).encode())


def recorded(image):
    """Return the buttons in the journal, in order."""
    with opened(image) as storage:
        journal = Journal(storage)
        return [record[1] for record in journal.read(journal.held, 100_000) if record[0] == RATING]
