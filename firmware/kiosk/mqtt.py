"""A small MQTT 3.1.1 client: QoS 0 and 1, TLS, a last will, keep-alive.

It does not reconnect and does not send again: when anything is wrong the connection is thrown away and a new one is
made. That loses nothing, because the kiosk's journal is the queue and the collector's `ack` is the receipt.
"""

import asyncio
import struct

if hasattr(asyncio.StreamWriter, "transport"):
    from kiosk.on_cpython import drop
else:  # MicroPython

    async def drop(writer):
        """End a connection."""
        await writer.wait_closed()  # which closes


class MQTTError(Exception):
    """The connection is of no more use."""


class NotAuthorised(MQTTError):
    """The broker does not take these credentials."""


class MQTTClient:
    """One connection to a broker.

    >>> client = MQTTClient("exit-1", "broker.example", 8883, "exit-1-1", "secret", ssl=context, when_heard=print)
    >>> await client.connect()
    >>> await client.subscribe("smilepost/v1/exit-1/ack")
    >>> await client.publish("smilepost/v1/exit-1/status", b"{}", qos=1, retain=True)
    >>> await client.close()

    client_id: the broker knows a client by it and ends an older connection of the same one.
    host, port: where the broker listens.
    user, password: the credentials.
    ssl: an SSLContext that checks the broker's certificate; None talks plainly.
    address: where the host is, if that is known already; looking it up stops the whole board.
    will: (topic, payload), published by the broker, retained, when the connection ends.
    keepalive: seconds of silence after which each side gives the other up.
    timeout: seconds that any one answer of the broker may take.
    when_heard: called with topic and payload of each message.
    when_lost: called without arguments when the connection has become useless.
    limit: bytes of the longest message that is taken; a longer one is passed over.
    """

    def __init__(
        self,
        client_id,
        host,
        port,
        user,
        password,
        *,
        ssl=None,
        address=None,
        will=None,
        keepalive=30,
        timeout=20,
        when_heard=None,
        when_lost=None,
        limit=8192,
    ):
        self._client_id, self._host, self._port, self._address = client_id, host, port, address or host
        self._user, self._password, self._ssl, self._will = user, password, ssl, will
        self._keepalive, self._timeout, self._limit = keepalive, timeout, limit
        self._when_heard, self._when_lost = when_heard, when_lost
        self.fault = None  # what went wrong, once something did
        self._open = False
        self._sending = asyncio.Lock()
        self._tasks = []
        self._last_id = 0
        self._waiting = {}  # packet id: event that its answer sets
        self._answers = {}  # packet id: that answer
        self._alive = True  # something was heard since the last ping

    async def connect(self):
        """Open the connection; returns when the broker has let us in."""
        await asyncio.wait_for(self._connect(), self._timeout)
        self._tasks = [
            asyncio.create_task(self._until_fault(self._receive)),
            asyncio.create_task(self._until_fault(self._ping)),
        ]

    async def subscribe(self, *topics):
        """Ask for the messages of some topics, at QoS 0."""
        answer = await self._request(0x82, b"", b"".join([_text(topic) + b"\x00" for topic in topics]))
        if max(answer) >= 0x80:
            raise MQTTError("the broker refused a subscription")

    async def publish(self, topic, payload, qos=0, retain=False):
        """Publish a message; with QoS 1, return when the broker has confirmed it."""
        if qos:
            await self._request(0x32 | retain, _text(topic), payload)
        else:
            await self._send(0x30 | retain, _text(topic) + payload)

    async def leave(self):
        """Say goodbye: the broker forgets the will. `close` is still to be called."""
        await self._send(0xE0, b"")

    async def close(self):
        """Drop the connection. The broker publishes the will: whoever stays says *online* in the next one."""
        for task in self._tasks:
            task.cancel()
        if self._open:
            await drop(self._writer)

    async def _connect(self):
        # Two connections cannot share a TLS session, and a board has the memory for one.
        self._reader, self._writer = await asyncio.open_connection(
            self._address, self._port, ssl=self._ssl, server_hostname=self._host if self._ssl else None
        )
        self._open = True
        flags = 0xC2  # user, password, clean session
        payload = _text(self._client_id)
        if self._will:
            flags |= 0x2C  # will, at QoS 1, retained
            topic, message = self._will
            payload += _text(topic) + _text(message)
        payload += _text(self._user) + _text(self._password)
        await self._send(0x10, _text("MQTT") + struct.pack("!BBH", 4, flags, self._keepalive) + payload)
        kind, answer = await self._packet()
        if kind == 0x20 and answer[1:] in (b"\x04", b"\x05"):
            raise NotAuthorised("the broker does not take the secret of %s" % self._user)
        if kind != 0x20 or answer != b"\x00\x00":
            raise MQTTError("the broker refused the connection: %r" % answer)

    async def _request(self, kind, head, body):
        # A packet with an id, whose answer carries the same id.
        packet_id = self._last_id = self._last_id % 0xFFFF + 1
        done = self._waiting[packet_id] = asyncio.Event()
        await self._send(kind, head + struct.pack("!H", packet_id) + body)
        await asyncio.wait_for(done.wait(), self._timeout)
        if self.fault:
            raise MQTTError("the connection was lost")
        return self._answers.pop(packet_id)

    async def _send(self, kind, body):
        head = bytearray([kind])
        length = len(body)
        while length > 0x7F:
            head.append(length & 0x7F | 0x80)
            length >>= 7
        head.append(length)
        async with self._sending:
            if self.fault:
                raise MQTTError("the connection was lost")
            self._writer.write(bytes(head) + body)
            await asyncio.wait_for(self._writer.drain(), self._timeout)

    async def _packet(self):
        """Return the first byte and the body of the next packet, or nothing of one that is too long."""
        kind = (await self._reader.readexactly(1))[0]
        length = shift = 0
        more = True
        while more:
            byte = (await self._reader.readexactly(1))[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            more = byte & 0x80
        if length <= self._limit:
            return kind, await self._reader.readexactly(length) if length else b""
        while length:
            length -= len(await self._reader.readexactly(min(length, 512)))
        return 0, b""

    async def _receive(self):
        while True:
            kind, body = await self._packet()
            self._alive = True
            if kind & 0xF0 == 0x30:
                start = 2 + struct.unpack("!H", body[:2])[0]
                topic = body[2:start].decode()
                if kind & 0x06:
                    await self._send(0x40, body[start : start + 2])
                    start += 2
                if self._when_heard:
                    self._when_heard(topic, body[start:])
            elif kind in (0x40, 0x90):  # PUBACK, SUBACK
                packet_id = struct.unpack("!H", body[:2])[0]
                waiting = self._waiting.pop(packet_id, None)
                if waiting:
                    self._answers[packet_id] = body[2:]
                    waiting.set()

    async def _ping(self):
        while self._alive:
            self._alive = False
            await self._send(0xC0, b"")
            await asyncio.sleep(self._keepalive / 2)
        raise MQTTError("the broker has fallen silent")

    async def _until_fault(self, work):
        try:
            await work()
        except Exception as fault:
            self.fault = self.fault or fault
            for waiting in self._waiting.values():
                waiting.set()
            if self._when_lost:
                self._when_lost()


def _text(text):
    data = text.encode() if isinstance(text, str) else text
    return struct.pack("!H", len(data)) + data
