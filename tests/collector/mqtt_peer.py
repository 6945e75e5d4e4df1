"""An MQTT client that notes what happens to it, for tests against a real broker."""

import queue
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion


class Peer:
    """Signs in at once; `heard` gets (topic, payload, retained), `happened` connects, refusals and disconnects."""

    def __init__(self, port: int, user: str, password: str, *, client_id: str = "", will: str = "") -> None:
        self.heard: queue.Queue[tuple[str, bytes, bool]] = queue.Queue()
        self.happened: queue.Queue[str] = queue.Queue()
        self.subscribed: queue.Queue[list[str]] = queue.Queue()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        self.client.username_pw_set(user, password)
        if will:
            self.client.will_set(will, b"gone", qos=1, retain=True)
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = lambda *_: self.happened.put("disconnected")
        self.client.on_subscribe = lambda _c, _u, _m, codes, _p: self.subscribed.put([str(code) for code in codes])
        self.client.on_message = lambda _c, _u, m: self.heard.put((m.topic, bytes(m.payload), m.retain))
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _on_connect(self, _client: mqtt.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.happened.put("refused" if reason.is_failure else "connected")

    def next_event(self) -> str:
        return self.happened.get(timeout=10)

    def subscribe(self, topic: str) -> bool:
        """Whether the broker granted it."""
        self.client.subscribe(topic, 0)
        return self.subscribed.get(timeout=10) == ["Granted QoS 0"]

    def say(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish with QoS 1 and wait for the broker's word."""
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(10)

    def hear(self) -> tuple[str, bytes, bool]:
        return self.heard.get(timeout=10)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
