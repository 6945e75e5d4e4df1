"""Mosquitto's dynamic-security plugin: its users and rules, kept in step with the registry while it runs.

Each kiosk has a role with literal rules, and each of its secrets is a user with that role, as `<kiosk>-<number>`. What
else the plugin knows is somebody's own, and is left alone. (Mosquitto 2.0 has no `%u` in rules; so one role a kiosk.)
A kiosk's users may sign in under its own client id alone: under another's they would push that one out.
"""

import contextlib
import json
import queue
import secrets
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple, Self

import paho.mqtt.client as mqtt
import structlog
from psycopg import Connection
from psycopg.rows import TupleRow

from collector.broker.client import mqtt_client
from collector.broker.errors import BrokerError
from collector.fleet.credentials import derived_secret
from collector.settings import Settings
from collector.topics import HEARS, ROOT, SAYS, topic_of

log = structlog.get_logger()

CONTROL = "$CONTROL/dynamic-security/v1"
#: Roles of this name and the kiosk's are ours; nobody else's are touched.
KIOSK_ROLE = "smilepost-kiosk-"
COLLECTOR_ROLE = "smilepost-collector"
#: Seconds for an answer.
PATIENCE = 5.0
#: Seconds more for each command that changes something: Mosquitto writes its whole file for it.
FOR_EACH = 1.0
#: Only a few: it does nothing else meanwhile.
COMMANDS_AT_ONCE = 8
#: How many users or roles are asked for in one message.
LISTED_AT_ONCE = 500

Rules = list[dict[str, Any]]


class Secret(NamedTuple):
    """One of a kiosk's secrets, as the registry has it."""

    kiosk: str
    number: int
    #: None once it has been delivered.
    salt: bytes | None

    @property
    def user(self) -> str:
        return f"{self.kiosk}-{self.number}"


class Control:
    """The plugin's own way of being told, over MQTT; a context: the connection is closed at its end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._answers: queue.Queue[list[dict[str, Any]] | str] = queue.Queue()
        self._client = mqtt_client(settings, client_id=f"keeper-{secrets.token_hex(8)}")
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        address = self._settings.broker_address
        try:
            self._client.connect(address.host, address.port)
        except OSError as problem:
            raise BrokerError(f"The broker {address.host}:{address.port} does not answer: {problem}.") from problem
        self._client.loop_start()
        try:
            self._answer()  # to the subscription
        except BrokerError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Give one command; returns the answer's data.

        Raises
        ------
        BrokerError: it was refused, or there was no answer.
        """
        [answer] = self.give([{"command": command, **arguments}])
        return answer

    def give(self, commands: Sequence[Mapping[str, Any]], *, forgiving: str = "") -> list[dict[str, Any]]:
        """Give commands, in order; returns the data of each answer.

        Parameters
        ----------
        forgiving: a complaint with these words in it is none: another collector was quicker.

        Raises
        ------
        BrokerError: one was refused, or there was no answer.
        """
        given: list[dict[str, Any]] = []
        for some in (commands[begin : begin + COMMANDS_AT_ONCE] for begin in range(0, len(commands), COMMANDS_AT_ONCE)):
            self._client.publish(CONTROL, json.dumps({"commands": some}), qos=1)
            answers = self._answer(PATIENCE + FOR_EACH * len(some))
            if len(answers) != len(some):
                raise BrokerError(f"Mosquitto's dynamic security answered {len(answers)} of {len(some)} commands.")
            for answer in answers:
                error = answer.get("error", "")
                if error and not (forgiving and forgiving in error):
                    raise BrokerError(f"Mosquitto's dynamic security refuses {answer.get('command')}: {error}.")
                given.append(answer.get("data", {}))
        return given

    def everything(self, command: str, key: str, *, verbose: bool = False) -> Iterator[Any]:
        """All that a `list…` command has under `key`, in portions: names, or with `verbose` all about each."""
        found = 0
        while True:
            data = self.ask(command, verbose=verbose, count=LISTED_AT_ONCE, offset=found)
            yield from data[key]
            found += len(data[key])
            if not data[key] or found >= data["totalCount"]:
                return

    def _answer(self, seconds: float = PATIENCE) -> list[dict[str, Any]]:
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            answer = "Mosquitto does not answer: its dynamic-security plugin is not loaded"
        if isinstance(answer, str):
            raise BrokerError(f"{answer}. `smilepost broker mosquitto` writes a complete configuration.")
        return answer

    def _on_connect(self, client: mqtt.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._answers.put(f"The broker refuses the collector ({reason})")
        else:
            client.subscribe(f"{CONTROL}/response", 1)

    def _on_subscribe(self, _client: mqtt.Client, _userdata: Any, _mid: int, codes: list[Any], _prop: Any) -> None:
        refused = any(code.is_failure for code in codes)
        self._answers.put(f"The collector may not speak to Mosquitto at {CONTROL}" if refused else [])

    def _on_message(self, _client: mqtt.Client, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        with contextlib.suppress(ValueError, KeyError):
            self._answers.put(json.loads(message.payload)["responses"])


class DynamicSecurity:
    """The users and rules of kiosks at a Mosquitto."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        #: Users that Mosquitto had at the last look; empty before the first one.
        self._known: set[str] = set()

    def refresh_users(self, database: Connection[TupleRow]) -> None:
        """Bring the users in step with the registry: a new kiosk can sign in, a retired one is cut off at once.

        1. Who is over is ended, as far as that is known from the last look: in a large fleet looking takes a while.
        2. Look: what users and roles there are; the first time, also whether rules and client ids are today's.
        3. End who else is over, make what is missing, deliver secrets, forget roles that nobody has.

        Raises
        ------
        BrokerError: it could not be done; as much as was done stays, and the next time begins anew.
        """
        with Control(self._settings) as control:
            wanted = secrets_of(database)
            _end(control, self._known - {secret.user for secret in wanted})
            roles = set(control.everything("listRoles", "roles"))
            users = _kiosk_users(control, roles)
            wanted = secrets_of(database)  # again: who has come since is in neither list
            _end(control, users - {secret.user for secret in wanted})
            kiosks = {secret.kiosk for secret in wanted}
            control.give(list(_new_roles(roles, kiosks)), forgiving="already exists")
            if not self._known:
                _renew_rules(control, kiosks)
            for begin in range(0, len(wanted), COMMANDS_AT_ONCE):
                self._deliver(control, database, users, wanted[begin : begin + COMMANDS_AT_ONCE])
            if not self._known:
                _renew_client_ids(control, wanted)
            unused = {name for name in roles if name.startswith(KIOSK_ROLE)} - {role_of(kiosk) for kiosk in kiosks}
            control.give([{"command": "deleteRole", "rolename": name} for name in unused], forgiving="not found")
        missing = _strangers(wanted, users)
        self._known = users | {secret.user for secret in wanted}
        if missing:
            log.error("kiosks that Mosquitto does not know; see smilepost doctor", users=missing[:20], all=len(missing))

    def strangers(self, database: Connection[TupleRow]) -> list[str]:
        """Users of the registry that Mosquitto does not know, and that nobody can tell it: their secrets are gone.

        Raises
        ------
        BrokerError: Mosquitto does not say.
        """
        with Control(self._settings) as control:
            users = _kiosk_users(control, set(control.everything("listRoles", "roles")))
        return _strangers(secrets_of(database), users)

    def _deliver(
        self, control: Control, database: Connection[TupleRow], users: Set[str], wanted: Sequence[Secret]
    ) -> None:
        """Tell Mosquitto the secrets that it has not been told yet; then what they are made from is forgotten."""
        commands: list[dict[str, Any]] = []
        delivered: list[Secret] = []
        for secret in wanted:
            if secret.salt is None:
                continue
            clear = derived_secret(self._settings, secret.kiosk, secret.number, secret.salt)
            if secret.user in users:  # told, and not noted: power went in between
                commands.append({"command": "setClientPassword", "username": secret.user, "password": clear})
            else:
                commands.append(
                    {
                        "command": "createClient",
                        "username": secret.user,
                        "password": clear,
                        "clientid": secret.kiosk,
                        "roles": [{"rolename": role_of(secret.kiosk)}],
                    }
                )
            delivered.append(secret)
        control.give(commands, forgiving="already exists")
        database.execute(
            "UPDATE kiosk_secret SET salt = NULL FROM unnest(%s::text[], %s::int[]) AS told (kiosk_id, number)"
            " WHERE kiosk_secret.kiosk_id = told.kiosk_id AND kiosk_secret.number = told.number",
            [[secret.kiosk for secret in delivered], [secret.number for secret in delivered]],
        )


def role_of(kiosk: str) -> str:
    """The name of a kiosk's role."""
    return KIOSK_ROLE + kiosk


def kiosk_rules(kiosk: str) -> Rules:
    """What a kiosk may: speak and listen under its own name, and nothing else."""
    says = [_rule("publishClientSend", topic_of(kiosk, name)) for name in SAYS]
    return says + [_rule("subscribeLiteral", topic_of(kiosk, name)) for name in HEARS]


def collector_rules() -> Rules:
    """What a collector may: hear and answer all kiosks, see how the broker is, and keep its users."""
    return [
        _rule("publishClientSend", f"{ROOT}/#"),
        _rule("subscribePattern", f"{ROOT}/#"),
        _rule("subscribePattern", f"$share/+/{ROOT}/#"),
        _rule("subscribePattern", "$SYS/broker/#"),
        _rule("publishClientSend", "$CONTROL/dynamic-security/#"),
        _rule("subscribePattern", "$CONTROL/dynamic-security/#"),
        _rule("publishClientReceive", "$CONTROL/dynamic-security/#"),
    ]


def secrets_of(database: Connection[TupleRow]) -> list[Secret]:
    """All secrets that kiosks may sign in with."""
    rows = database.execute(
        "SELECT kiosk_id, number, salt FROM kiosk_secret JOIN kiosk ON kiosk.id = kiosk_id"
        " WHERE kiosk.state = 'enrolled' ORDER BY kiosk_id, number"
    ).fetchall()
    return [Secret(*row) for row in rows]


def _rule(kind: str, topic: str) -> dict[str, Any]:
    return {"acltype": kind, "topic": topic, "priority": 0, "allow": True}


def _kiosk_users(control: Control, roles: Set[str]) -> set[str]:
    """The users that are ours: `<kiosk>-<number>` where there is a role for that kiosk."""
    users = control.everything("listClients", "clients")
    return {user for user in users if role_of(user.rpartition("-")[0]) in roles}


def _strangers(wanted: Sequence[Secret], users: Set[str]) -> list[str]:
    return [secret.user for secret in wanted if secret.user not in users and secret.salt is None]


def _end(control: Control, users: Set[str]) -> None:
    control.give([{"command": "deleteClient", "username": user} for user in sorted(users)], forgiving="not found")


def _new_roles(known: Set[str], kiosks: Set[str]) -> Iterator[dict[str, Any]]:
    for kiosk in sorted(kiosks):
        if role_of(kiosk) not in known:
            yield {"command": "createRole", "rolename": role_of(kiosk), "acls": kiosk_rules(kiosk)}


def _renew_rules(control: Control, kiosks: Set[str]) -> None:
    """Make the rules of an older version of the protocol anew."""
    rules = {role_of(kiosk): kiosk_rules(kiosk) for kiosk in kiosks}
    old = [
        role["rolename"]
        for role in control.everything("listRoles", "roles", verbose=True)
        if role["rolename"] in rules and _comparable(role["acls"]) != _comparable(rules[role["rolename"]])
    ]
    control.give([{"command": "modifyRole", "rolename": name, "acls": rules[name]} for name in old])


def _renew_client_ids(control: Control, wanted: Sequence[Secret]) -> None:
    """Bind users of an older version to their client id. Mosquitto disconnects each, and it comes back."""
    client_ids = {secret.user: secret.kiosk for secret in wanted}
    commands = [
        {"command": "setClientId", "username": user, "clientid": client_ids[user]}
        for client in control.everything("listClients", "clients", verbose=True)
        if (user := client["username"]) in client_ids and client.get("clientid") != client_ids[user]
    ]
    control.give(commands, forgiving="not found")


def _comparable(rules: Rules) -> set[tuple[Any, ...]]:
    return {(rule["acltype"], rule["topic"], rule["allow"]) for rule in rules}
