from kiosk.clock import Clock
from kiosk.commands import FILE, Commands
from workbench import UTC, Memory, Ticks


class Bench:
    def __init__(self, storage=None, utc=UTC):
        self.storage = storage or Memory()
        ticks = Ticks()
        self.clock = Clock(self.storage, b"", ticks, ticks.period)
        if utc:
            self.clock.set(utc)
        self.done = []
        self.commands = Commands(self.storage, self.clock, {"log": self.log, "fail": self.fail, "reboot": self.reboot})

    def log(self, message):
        self.done.append(message["id"])
        return "three lines"

    def fail(self, message):
        raise OSError("The flash is worn.")

    def reboot(self, message):
        self.done.append(message["id"])
        raise SystemExit

    def ask(self, number, name="log", expires=UTC + 1000):
        self.commands.heard("cmd", {"v": 1, "id": number, "do": name, "expires": expires})
        return self.commands.next()


def test_a_command_is_done_and_answered():
    bench = Bench()
    assert bench.commands.wait() is None
    assert bench.ask(17) == ("reply", {"id": 17, "done": True, "text": "three lines"})
    assert bench.commands.next() is None


def test_one_that_comes_again_is_only_answered():
    bench = Bench()
    bench.ask(17)
    assert bench.ask(17) == ("reply", {"id": 17, "done": True, "text": "three lines"})
    assert bench.done == [17]


def test_after_a_restart_it_is_known_and_not_done_again():
    bench = Bench()
    bench.ask(17)
    again = Bench(bench.storage)
    _, reply = again.ask(17)
    assert (reply["id"], reply["done"]) == (17, False)
    assert again.done == []
    assert again.ask(18)[1]["done"]


def test_a_restart_is_its_own_outcome():
    bench = Bench()
    try:
        bench.ask(5, "reboot")
    except SystemExit:
        pass
    again = Bench(bench.storage)
    assert again.ask(5, "reboot") == ("reply", {"id": 5, "done": True, "text": "Restarted."})
    assert again.done == []


def test_what_goes_wrong_is_told():
    bench = Bench()
    assert bench.ask(1, "fail")[1] == {"id": 1, "done": False, "text": "The flash is worn."}
    assert bench.ask(2, "dance")[1] == {"id": 2, "done": False, "text": "This kiosk cannot do that."}


def test_one_that_has_expired_is_not_done():
    bench = Bench()
    assert bench.ask(1, expires=UTC - 1)[1] == {"id": 1, "done": False, "text": "This came too late to be done."}
    assert bench.done == []


def test_without_a_clock_nothing_is_in_time():
    bench = Bench(utc=None)
    assert bench.ask(1) is None
    bench.clock.set(UTC)
    assert bench.ask(1)[1]["done"]


def test_nonsense_is_ignored():
    bench = Bench()
    for number in (None, "1", 0, -1, 1.5, True):
        bench.ask(number)
    assert bench.done in ([], [True])
    assert bench.storage.read(FILE) is None or bench.done


def test_a_damaged_file_is_as_good_as_none():
    storage = Memory()
    storage.replace(FILE, b'{"id": 1')
    assert Bench(storage).ask(4)[1]["done"]
