"""The intake: receive from the broker, write, commit; then confirm to the broker and answer the kiosks.

Nothing is confirmed that is not committed. While the database is away the committers wait with their batches in their
hands: the queue behind them fills, the broker gets no confirmations and stops delivering, and the kiosks keep what they
have.

    source      one thread: the broker's connection                          source.py, mqtt_source.py, amqp_source.py
    committers  threads: one prepares its batch while the database           committer.py, writer.py
                works on another's
    push        one thread: what is new for a kiosk, at once; how this
                process is                                                   push.py
"""

import gc
import threading
from collections.abc import Sequence

from collector.failure import Failure
from collector.ingest.amqp_source import AmqpSource
from collector.ingest.committer import Committer
from collector.ingest.mqtt_source import MqttSource
from collector.ingest.push import Push
from collector.ingest.source import Source
from collector.ingest.state import Doing, StateFile
from collector.ingest.voice import Voice
from collector.settings import Settings

#: Batches that are written at the same time.
COMMITTERS = 2
#: How often it looks round, s.
ROUND = 0.5


class Intake:
    """Takes ratings in until `stop` is called."""

    def __init__(self, settings: Settings) -> None:
        self._source = source_of(settings)
        voice = Voice(settings)
        self._committers = [Committer(settings, self._source, voice) for _ in range(COMMITTERS)]
        self._state = StateFile(settings)
        self._push = Push(
            settings, lambda answer: self._source.confirm([], voice.words([answer])), lambda: self._state.told
        )
        self._stopping = threading.Event()

    def run(self) -> None:
        """Take in until stopped; broker and database may come and go meanwhile.

        Raises
        ------
        Failure: a thread has ended by a fault of its own; whoever started this process starts it again.
        """
        runs = [self._source.run, self._push.run, *(committer.run for committer in self._committers)]
        threads = [threading.Thread(target=run) for run in runs]
        # A batch makes thousands of objects that live until its commit, and no circles: looking for these at each turn
        # took a tenth of the time.
        gc.freeze()
        gc.set_threshold(100_000, 20, 100)
        for thread in threads:
            thread.start()
        try:
            while not self._stopping.wait(ROUND):
                self._tell()
                for committer in self._committers:
                    committer.give_up_silence()
                if not all(thread.is_alive() for thread in threads):
                    raise Failure("A part of the intake has failed; its log says why.")
        finally:
            in_order = self._stopping.is_set()
            self.stop()
            self._end(threads, in_order=in_order)
            self._state.remove()

    def stop(self) -> None:
        """End `run` after the batches in hand."""
        self._stopping.set()

    def _end(self, threads: Sequence[threading.Thread], *, in_order: bool) -> None:
        """Let the committers end first: what they still commit is confirmed."""
        self._source.backlog.close()
        self._push.stop(in_order=in_order)
        for committer in self._committers:
            committer.stop()
        source, *others = threads
        for thread in others:
            while thread.is_alive():
                thread.join(ROUND)
                for committer in self._committers:
                    committer.give_up_silence()
        self._source.stop()
        source.join()

    def _tell(self) -> None:
        """Say what this process is doing, for whoever looks: here, and by `push` on other machines."""
        waits = next((each.trouble for each in self._committers if each.trouble), "")
        state = Doing.WAITING_FOR_DATABASE if waits else Doing.RUNNING
        if not waits and (waits := self._source.trouble):
            state = Doing.WAITING_FOR_BROKER
        waiting = self._source.backlog.waiting + sum(each.in_hand for each in self._committers)
        self._state.write(state, waits, waiting, sum(each.records for each in self._committers))


def source_of(settings: Settings) -> Source:
    """The connection to the installation's broker."""
    return AmqpSource(settings) if settings.nodes else MqttSource(settings)
