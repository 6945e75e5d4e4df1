"""A RabbitMQ cluster's management: HTTP to whichever of its nodes answers."""

import base64
import contextlib
import http.client
import json
from typing import Any, Self
from urllib.parse import quote

from collector.broker.client import tls_context
from collector.broker.errors import BrokerError
from collector.settings import BrokerAddress, Settings

#: Seconds for an answer; a portion of users is written one by one, each on a majority of the nodes.
PATIENCE = 30.0
#: Seconds for a node to say that it is well; else the next is asked.
SIGN_OF_LIFE = 5.0


class Management:
    """A context: the connection is closed at its end."""

    def __init__(self, settings: Settings, node: BrokerAddress | None = None) -> None:
        """
        Parameters
        ----------
        node: None: any.

        Raises
        ------
        SettingsError: this machine has no password for it.
        BrokerError: none answers, when it is entered.
        """
        self._nodes = [node] if node else settings.managers
        self._context = tls_context(settings)
        user, password = self._nodes[0].user, settings.broker_control_password()
        self._headers = {
            "Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode(),
            "Content-Type": "application/json",
        }
        self._connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> Self:
        problems = []
        for node in self._nodes:
            self._connection = self._connect(node)
            try:
                self._connection.connect()
                if len(self._nodes) > 1:
                    self._expect_majority()
                self._connection.sock.settimeout(PATIENCE)
            except (OSError, BrokerError) as problem:
                self._connection.close()
                problems.append(f"{node.host}:{node.port}: {problem}")
            else:
                return self
        raise BrokerError(f"RabbitMQ's management does not answer ({'; '.join(problems)}).")

    def __exit__(self, *_: object) -> None:
        if self._connection:
            self._connection.close()

    def get(self, *path: str, **query: str) -> Any:
        """What is there."""
        return json.loads(self._ask("GET", path, query=query))

    def put(self, *path: str, body: Any) -> None:
        self._ask("PUT", path, body)

    def post(self, *path: str, body: Any) -> Any:
        """What is said to it."""
        return json.loads(self._ask("POST", path, body) or "null")

    def delete(self, *path: str) -> None:
        """What is not there is none the worse."""
        self._ask("DELETE", path, forgiving=404)

    def _expect_majority(self) -> None:
        """A node that hung, or was cut off and does not know it, is not asked: what it is told nobody else hears.

        Raises
        ------
        BrokerError: it has no majority, or does not say so.
        """
        nodes = self.get("nodes", columns="name,running,partitions")
        running = [node for node in nodes if node.get("running")]  # one that just begins does not say
        if 2 * len(running) <= len(nodes) or any(node.get("partitions") for node in running):
            raise BrokerError(f"it sees {len(running)} of {len(nodes)} nodes, or was apart from them")

    def _ask(
        self,
        method: str,
        path: tuple[str, ...],
        body: Any = None,
        forgiving: int = 0,
        query: dict[str, str] | None = None,
    ) -> bytes:
        """
        Raises
        ------
        BrokerError: it was refused, or there was no answer.
        """
        assert self._connection is not None  # noqa: S101 - it was entered
        where = "/api/" + "/".join(quote(part, safe="") for part in path)
        asked = "?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else ""
        try:
            self._connection.request(
                method, where + asked, None if body is None else json.dumps(body), headers=self._headers
            )
            answer = self._connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as problem:
            raise BrokerError(f"RabbitMQ's management broke off: {problem}.") from problem
        if answer.status == 401:
            raise BrokerError(
                "RabbitMQ's management refuses the user in broker_control: check the password "
                "(broker_control_password_file), and whether that user has the tag administrator."
            )
        if answer.status >= 400 and answer.status != forgiving:
            with contextlib.suppress(ValueError, AttributeError):
                said = str(json.loads(said).get("reason", "")).encode()
            raise BrokerError(f"RabbitMQ's management refuses {method} {where}: {answer.status} {said.decode()[:200]}")
        return said

    def _connect(self, node: BrokerAddress) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(node.host, node.port, timeout=SIGN_OF_LIFE)
        return http.client.HTTPSConnection(node.host, node.port, timeout=SIGN_OF_LIFE, context=self._context)
