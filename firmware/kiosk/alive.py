"""Whether every part of the program still does its work: what the watchdog is fed on."""

WINDOW = 10_000  # ms after a start without a watchdog, for a technician with a cable


class Alive:
    """Who has promised to be back, and when.

    Each task says, before it waits, for how long at most; one that is not back in time has got stuck.

    >>> alive = Alive(clock)
    >>> alive.back_within("uplink", 120_000)
    >>> alive.late()  # the names of those who are late
    []
    """

    def __init__(self, clock):
        self._clock = clock
        self._due = {}

    def back_within(self, task, milliseconds):
        """A task will be heard of again in this time, and a little."""
        self._due[task] = self._clock.uptime() + milliseconds

    def late(self):
        """Return the tasks that are overdue by more than 10 s."""
        now = self._clock.uptime()
        return [task for task in self._due if now > self._due[task] + 10_000]
