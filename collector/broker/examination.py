"""What `smilepost doctor` looks at in a broker: what can be seen from outside, by trying it.

A broker does not tell its limits over MQTT; so its queue is filled a little, and a made-up kiosk tries what it may not.
"""

import queue
import secrets
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import paho.mqtt.client as mqtt
import psycopg
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import exc
from sqlalchemy.pool import NullPool

from collector.broker.authority import LONGEST, Stage, stage_of, trusted, until
from collector.broker.certificates import ends_at
from collector.broker.client import mqtt_client, tls_context
from collector.broker.cluster_examination import examine_cluster
from collector.broker.dynamic_security import Control, DynamicSecurity, kiosk_rules
from collector.broker.errors import BrokerError
from collector.broker.rollover import behind, next_step, progress
from collector.database import connect, make_engine
from collector.finding import Finding
from collector.settings import Settings, SettingsError
from collector.topics import ROOT, topic_of

#: Seconds for an answer.
PATIENCE = 5.0
#: More messages than the queue of a Mosquitto holds by default, 1,000 beside 20 on their way.
PROBES = 1_500
#: A certificate that ends within this is to be renewed.
SOON = timedelta(days=60)
_WRITE = "`smilepost broker mosquitto` writes a complete configuration."


class Visitor:
    """An MQTT client that tries something; a context: it leaves at the end."""

    def __init__(self, settings: Settings, user: str | None = None, password: str = "") -> None:
        """
        Parameters
        ----------
        user: None: the collector's own; "": nobody.
        """
        self._address = settings.broker_address
        self._answers: queue.Queue[Any] = queue.Queue()
        self.heard: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
        if user is None:
            self.client = mqtt_client(settings, manual_ack=True)
        else:
            self.client = mqtt.Client(CallbackAPIVersion.VERSION2)
            self.client.username_pw_set(user or None, password or None)
            if context := tls_context(settings):
                self.client.tls_set_context(context)
        self.client.on_connect = lambda _client, _userdata, _flags, reason, _properties: self._answers.put(reason)
        self.client.on_subscribe = lambda _client, _userdata, _mid, codes, _properties: self._answers.put(codes[0])
        self.client.on_message = lambda _client, _userdata, message: self.heard.put(message)

    def __enter__(self) -> Self:
        self.client.connect(self._address.host, self._address.port)
        self.client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def answer(self) -> Any:
        """What the broker said to the credentials; None: nothing."""
        try:
            return self._answers.get(timeout=PATIENCE)
        except queue.Empty:
            return None

    def may_hear(self, topic: str) -> bool:
        """Whether the broker grants a subscription."""
        self.client.subscribe(topic, 1)
        code = self.answer()
        return code is not None and not code.is_failure


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at the installation's broker."""
    if settings.nodes:
        yield from _cluster(settings)
        return
    address = settings.broker_address
    where = f"broker {address.host}:{address.port}"
    try:
        reached = _sign_in(settings, where)
        yield reached
        if not reached.remedy:
            yield from _inside(settings)
    except (SettingsError, BrokerError) as problem:
        yield Finding(where, str(problem))
    except ssl.SSLCertVerificationError as problem:
        yield Finding(
            f"{where}: its certificate does not hold: {problem.verify_message}", "Check the setting broker_ca."
        )
    except OSError as problem:
        remedy = (
            "Start `smilepost up`: it runs the embedded broker."
            if settings.broker == "embedded"
            else "Check the setting `broker`, and whether that broker runs."
        )
        yield Finding(f"{where} does not answer: {problem}", remedy)


def _cluster(settings: Settings) -> Iterator[Finding]:
    try:
        yield from examine_cluster(settings)
        if settings.kiosk_broker_address.tls:
            yield from _authority(settings)
            yield _shown(settings)
        if others := behind(settings):
            yield Finding(
                f"no certificate of the new CA is seen at {', '.join(others)}",
                "Copy there the broker.pem that it has signed, before `smilepost broker ca end`.",
            )
    except (SettingsError, BrokerError) as problem:
        yield Finding("the RabbitMQ cluster", str(problem))


def _sign_in(settings: Settings, where: str) -> Finding:
    with Visitor(settings) as collector:
        reason = collector.answer()
    if reason is None:
        return Finding(f"{where} answers, but not as MQTT", "Check the port in the setting `broker`.")
    if reason.is_failure:
        return Finding(f"{where} refuses the collector: {reason}", "Check user and password (broker_password_file).")
    return Finding(f"{where}: the collector can sign in")


def _inside(settings: Settings) -> Iterator[Finding]:
    yield _anonymous(settings)
    if settings.kiosk_broker_address.tls:
        yield from _authority(settings)
    if settings.broker == "embedded":
        if settings.broker_certificate:
            yield _certificate(
                ends_at(settings.broker_certificate),
                "Make a new one, `smilepost broker certificates NAME`, and start `smilepost up` anew.",
            )
        return
    if settings.kiosk_broker_address.tls:
        yield _shown(settings)
    yield _queue(settings)
    if settings.broker_control:
        yield _rules(settings)
        yield _users(settings)


def _anonymous(settings: Settings) -> Finding:
    with Visitor(settings, "") as nobody:
        reason = nobody.answer()
    if reason is not None and not reason.is_failure:
        return Finding("the broker lets anybody in", f"Mosquitto: allow_anonymous false. {_WRITE}")
    return Finding("the broker lets nobody in without a password")


def _certificate(end: datetime, remedy: str) -> Finding:
    if end - datetime.now(UTC) < SOON:
        return Finding(f"the broker's certificate ends on {end:%Y-%m-%d}", remedy)
    return Finding(f"the broker's certificate holds until {end:%Y-%m-%d}")


def _shown(settings: Settings) -> Finding:
    """The certificate that an outside broker shows to kiosks."""
    address = settings.kiosk_broker_address
    where = f"broker {address.host}:{address.port}, as kiosks see it"
    context = ssl.create_default_context(cafile=str(settings.broker_ca) if settings.broker_ca else None)
    try:
        with (
            socket.create_connection((address.host, address.port), PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=address.host) as secure,
        ):
            end = datetime.fromtimestamp(ssl.cert_time_to_seconds(str((secure.getpeercert() or {})["notAfter"])), UTC)
    except ssl.SSLCertVerificationError as problem:
        return Finding(f"{where}: its certificate does not hold: {problem.verify_message}", "Check broker_ca.")
    except OSError as problem:
        return Finding(f"{where}, does not answer: {problem}", "Check the setting kiosk_broker.")
    return _certificate(
        end,
        "Give it a new one; in a folder of `smilepost broker mosquitto` (or `rabbitmq`), delete broker.pem and run "
        "that again.",
    )


def _authority(settings: Settings) -> Iterator[Finding]:
    """Until when the CA holds, and where its roll-over stands."""
    text, stage, end = trusted(settings), stage_of(settings.certificates), until(settings)
    if text is None or end is None:
        return
    if len(text) > LONGEST:
        yield Finding(f"{settings.broker_ca} is longer than a kiosk takes", f"At most {LONGEST} characters of PEM.")
    if end - datetime.now(UTC) < SOON and stage is not Stage.SWITCHED:
        how = "" if stage is Stage.BOTH else " new"
        yield Finding(
            f"the CA that kiosks trust ends on {end:%Y-%m-%d}", f"`smilepost broker ca{how}` brings them another one."
        )
    else:
        yield Finding(f"the CA that kiosks trust holds until {end:%Y-%m-%d}")
    if stage in {None, Stage.ALONE}:
        return
    try:
        with make_engine(settings, poolclass=NullPool).connect() as connection:
            others, all_of_them = progress(connection, text)
    except exc.OperationalError:
        yield Finding("how far the roll-over of the CA is, the database must tell", "Mend the database first.")
        return
    following = next_step(stage, len(others))
    yield Finding(
        f"roll-over of the CA, step {'1' if stage is Stage.BOTH else '2'} of 3: {all_of_them - len(others)} of "
        f"{all_of_them} kiosks trust what they should",
        f"{following} is next." if following else "",
    )


def _queue(settings: Settings) -> Finding:
    """Whether the broker keeps what a collector has not confirmed: a flood that is not confirmed, then counted."""
    topic = topic_of(f"doctor-{secrets.token_hex(8)}", "probe")
    with Visitor(settings) as busy, Visitor(settings) as sender:
        for visitor in (busy, sender):
            visitor.answer()
        if not busy.may_hear(topic):
            return Finding(f"the collector may not hear {ROOT}/#", f"Let the collector's user do so. {_WRITE}")
        said = [sender.client.publish(topic, b"?", qos=1) for _ in range(PROBES)]
        said[-1].wait_for_publish(PATIENCE)
        for kept in range(PROBES):
            try:
                message = busy.heard.get(timeout=PATIENCE)
            except queue.Empty:
                return Finding(
                    f"the broker kept {kept:,} of {PROBES:,} messages while the collector was busy",
                    "Mosquitto: max_queued_messages 0. Kiosks send again what it dropped, but that takes long. "
                    + _WRITE,
                )
            busy.client.ack(message.mid, message.qos)
    return Finding(f"the broker keeps {PROBES:,} messages while the collector is busy")


def _rules(settings: Settings) -> Finding:
    """Whether a kiosk is kept to its own topics: one that does not exist tries to hear the others."""
    name = f"doctor-{secrets.token_hex(8)}"
    role, password = f"smilepost-{name}", secrets.token_urlsafe(24)
    with Control(settings) as control:
        control.ask("createRole", rolename=role, acls=kiosk_rules(name))
        try:
            control.ask("createClient", username=name, password=password, roles=[{"rolename": role}])
            with Visitor(settings, name, password) as kiosk:
                kiosk.answer()
                own, others = kiosk.may_hear(topic_of(name, "ack")), kiosk.may_hear(f"{ROOT}/+/ack")
            control.ask("deleteClient", username=name)
        finally:
            control.ask("deleteRole", rolename=role)
    if others or not own:
        return Finding(
            "a kiosk may hear what is for others" if others else "a kiosk may not hear what is for it",
            f"Somebody changed the default rules of Mosquitto's dynamic security. {_WRITE}",
        )
    return Finding("Mosquitto's dynamic security answers, and keeps kiosks to their own topics")


def _users(settings: Settings) -> Finding:
    try:
        with connect(settings) as database:
            strangers = DynamicSecurity(settings).strangers(database)
    except psycopg.OperationalError:
        return Finding("whether Mosquitto knows all kiosks, the database must tell", "Mend the database first.")
    if strangers:
        return Finding(
            f"Mosquitto does not know {len(strangers)} kiosks: {', '.join(strangers[:5])}"
            f"{' …' if len(strangers) > 5 else ''}",
            "Write its users anew: delete its dynamic-security.json, run `smilepost broker mosquitto`, "
            "folder and names as before, and restart it.",
        )
    return Finding("Mosquitto knows all kiosks")
