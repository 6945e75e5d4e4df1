"""When a kiosk connects and when it parts: a battery's kiosk on the bench, with a broker on paper."""

import asyncio
import json

from kiosk.uplink import Spread, Uplink
from test_rest import UTC, Bench


class Broker:
    """A connection on which the collector answers, or is silent."""

    fault = None

    def __init__(self, line, heard):
        self.line, self.heard = line, heard

    async def connect(self):
        pass

    async def subscribe(self, *topics):
        self.line.said.append("subscribe")

    async def publish(self, topic, payload, qos=0, retain=False):
        message, bench = json.loads(payload), self.line.bench
        self.line.said.append(message.get("state", topic))
        bench.ticks.forward(100)
        if self.line.answers:
            seq = bench.journal.last if topic.endswith("up") else bench.talk.confirmed
            ack = {"v": 1, "epoch": bench.journal.epoch, "seq": seq, "utc": UTC + bench.clock.uptime()}
            self.heard(self.line.root + "ack", json.dumps(ack).encode())

    async def leave(self):
        self.line.said.append("leave")

    async def close(self):
        self.line.said.append("close")


class Line:
    root = "smilepost/v1/exit-1/"

    def __init__(self, bench, answers):
        self.bench, self.answers, self.said = bench, answers, []

    async def client(self, will, when_heard, when_lost):
        return Broker(self, when_heard)

    def is_untimely(self, fault):
        return False


def said_until_closed(answers):
    """Return what a battery's kiosk says on its first connection, while time goes on."""
    bench = Bench()
    line = Line(bench, answers)

    async def joined():
        pass

    bench.board.join, bench.board.link = joined, print

    async def whole():
        work = bench.start()
        work.append(Uplink(bench.talk, line, bench.board, bench.alive, print, bench.rest).run())
        tasks = [asyncio.create_task(each) for each in work]
        for _ in range(2000):
            if "close" in line.said:
                break
            bench.ticks.forward(300)
            await asyncio.sleep(0.005)
        for task in tasks:
            task.cancel()

    asyncio.run(asyncio.wait_for(whole(), 30))
    return line.said, bench


def test_on_batteries_it_says_everything_then_that_it_sleeps_and_goodbye():
    said, bench = said_until_closed(answers=True)
    assert said[0] == "subscribe"
    assert said[1] == "online"
    assert "smilepost/v1/exit-1/up" in said
    assert said[-3:] == ["asleep", "leave", "close"]
    assert bench.talk.unsent == 0
    assert bench.rest._radio_in() > 0


def test_a_broker_without_a_collector_does_not_keep_the_radio_on():
    said, bench = said_until_closed(answers=False)
    assert "asleep" not in said
    assert said[-1] == "close"
    assert bench.rest._radio_in() > 0  # and not at once again


def test_a_fleet_that_fell_together_does_not_come_back_together():
    delays = [Spread(5000, 300_000).next() for _ in range(1000)]
    for second in range(5):
        assert sum([second * 1000 <= delay < (second + 1) * 1000 for delay in delays]) < 300
