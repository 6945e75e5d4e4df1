"""What the MQTT client does with a real broker; run by `test_mqtt.py` on either interpreter.

    BROKER='{"port": 1883, "ca": "-----BEGIN …"}' mqtt_cases.py CASE

A case prints what its test waits for, and ends with "done".
"""

import asyncio
import json
import sys
from os import getenv

HERE = __file__.rsplit("/", 1)[0]
sys.path[1:1] = [HERE + "/../../firmware", HERE + "/../..", HERE]

from kiosk.mqtt import MQTTClient, MQTTError  # noqa: E402
from kiosk.tls import trusting  # noqa: E402

ROOT = "smilepost/v1/exit-1/"
broker = json.loads(getenv("BROKER"))


class Messages:
    """What was heard, and a way to wait for it."""

    def __init__(self):
        self.heard, self.lost = [], asyncio.Event()
        self._news = asyncio.Event()

    def hear(self, topic, payload):
        self.heard.append((topic, payload))
        self._news.set()

    async def wait_for(self, count):
        while len(self.heard) < count:
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 10)


def client(messages, name="exit-1", **more):
    options = {
        "ssl": trusting(broker["ca"]) if "ca" in broker else None,
        "will": (ROOT + "status", b'{"state":"offline"}'),
        "when_heard": messages.hear,
        "when_lost": messages.lost.set,
    }
    options.update(more)
    return MQTTClient(name, broker.get("host", "localhost"), broker["port"], name + "-1", "secret", **options)


async def there_and_back():
    messages = Messages()
    kiosk = client(messages)
    await kiosk.connect()
    await kiosk.subscribe(ROOT + "up", ROOT + "ack")
    sizes = [0, 1, 100, 127, 128, 4096]
    for size in sizes:
        await kiosk.publish(ROOT + "up", b"x" * size, qos=1)
    await messages.wait_for(len(sizes))
    assert messages.heard == [(ROOT + "up", b"x" * size) for size in sizes]
    await kiosk.publish(ROOT + "ack", b"not confirmed")
    await messages.wait_for(len(sizes) + 1)
    assert messages.heard[-1] == (ROOT + "ack", b"not confirmed")
    await kiosk.close()


async def too_long_a_message_is_passed_over():
    messages = Messages()
    kiosk = client(messages, limit=1000)
    await kiosk.connect()
    await kiosk.subscribe(ROOT + "up")
    await kiosk.publish(ROOT + "up", b"x" * 5000, qos=1)
    await kiosk.publish(ROOT + "up", b"short", qos=1)
    await messages.wait_for(1)
    assert messages.heard == [(ROOT + "up", b"short")]
    await kiosk.close()


async def many_at_once():
    messages = Messages()
    kiosk = client(messages)
    await kiosk.connect()
    await kiosk.subscribe(ROOT + "up")
    await asyncio.gather(*[kiosk.publish(ROOT + "up", b"%d" % number, qos=1) for number in range(20)])
    await messages.wait_for(20)
    assert sorted(int(payload) for _, payload in messages.heard) == list(range(20))
    await kiosk.close()


async def wrong_password():
    kiosk = MQTTClient("exit-1", "localhost", broker["port"], "exit-1-1", "guessed")
    try:
        await kiosk.connect()
    except (MQTTError, OSError, EOFError) as fault:
        print("refused:", fault)
    else:
        raise AssertionError("let in")
    await kiosk.close()


async def wrong_ca():
    messages = Messages()
    kiosk = client(messages, ssl=trusting(broker["other_ca"]))
    try:
        await kiosk.connect()
    except (OSError, ValueError, EOFError) as fault:
        print("refused:", fault)
    else:
        raise AssertionError("let in")
    await kiosk.close()


async def wrong_name():
    messages = Messages()
    broker["host"] = "127.0.0.1"  # the certificate says localhost
    kiosk = client(messages)
    try:
        await kiosk.connect()
    except (OSError, ValueError, EOFError) as fault:
        print("refused:", fault)
    else:
        raise AssertionError("let in")
    await kiosk.close()


async def idle():
    """Nothing is said for longer than the keep-alive, and the connection is still good."""
    messages = Messages()
    kiosk = client(messages, keepalive=1)
    await kiosk.connect()
    await kiosk.subscribe(ROOT + "up")
    await asyncio.sleep(2.5)
    assert kiosk.fault is None
    await kiosk.publish(ROOT + "up", b"still here", qos=1)
    await messages.wait_for(1)
    await kiosk.close()


async def broker_dies():
    messages = Messages()
    kiosk = client(messages)
    await kiosk.connect()
    await kiosk.subscribe(ROOT + "up")
    print("connected")
    await asyncio.wait_for(messages.lost.wait(), 10)
    assert kiosk.fault is not None
    try:
        await kiosk.publish(ROOT + "up", b"x", qos=1)
    except MQTTError:
        pass
    else:
        raise AssertionError("published")
    await kiosk.close()


async def broker_falls_silent():
    messages = Messages()
    kiosk = client(messages, keepalive=1, timeout=1)
    await kiosk.connect()
    await kiosk.subscribe(ROOT + "up")
    print("connected")
    await asyncio.wait_for(messages.lost.wait(), 10)
    assert kiosk.fault is not None
    await kiosk.close()


async def black_hole():
    """Somebody takes the connection and never says a word; meanwhile the kiosk goes on."""
    ticks = 0

    async def press():
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    pressing = asyncio.create_task(press())
    kiosk = client(Messages(), timeout=1)
    try:
        await kiosk.connect()
    except asyncio.TimeoutError:
        pass
    else:
        raise AssertionError("connected")
    await kiosk.close()
    pressing.cancel()
    assert ticks > 20


async def nobody_there():
    kiosk = client(Messages(), timeout=5)
    try:
        await kiosk.connect()
    except OSError:
        pass
    else:
        raise AssertionError("connected")
    await kiosk.close()


async def will():
    """One kiosk disappears without a word, another client hears of it."""
    messages = Messages()
    watcher = client(messages, name="watcher", will=None)
    await watcher.connect()
    await watcher.subscribe(ROOT + "last")
    kiosk = client(Messages(), will=(ROOT + "last", b"words"))
    await kiosk.connect()
    await kiosk.close()
    await messages.wait_for(1)
    assert messages.heard == [(ROOT + "last", b"words")]
    await watcher.close()


asyncio.run(globals()[sys.argv[1]]())
print("done")
