"""The collector, as the technician's tool speaks to it: by its API, from wherever the technician is."""

import contextlib
import json
import secrets
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from sqlalchemy import exc
from sqlalchemy.pool import NullPool

from collector.accounts.tokens import end_token, make_token
from collector.database import make_engine
from collector.failure import Failure
from collector.fleet.identity import Broker, Identity
from collector.places.hours import OpeningHours
from collector.places.queries import top_place
from collector.settings import Settings

#: Seconds for one answer.
_PATIENCE = 15.0
#: Kiosks that one board may become at one place before each interruption there costs a name.
_LIVES = 20


class NotDone(Failure):
    """The collector understood, and did not do it; `status` is HTTP's."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(said)
        self.status = status


@dataclass(frozen=True)
class Touchpoint:
    """Where a kiosk is to stand.

    Parameters
    ----------
    zone: the store's time zone, IANA.
    hours: when the store is open.
    """

    id: int
    name: str
    store: str
    zone: str
    hours: OpeningHours

    def __str__(self) -> str:
        return f"{self.store} · {self.name}"


@contextlib.contextmanager
def reached(settings: Settings, url: str | None = None, token_file: Path | None = None) -> Iterator["Collector"]:
    """The collector at an address; without one, the installation on this machine, by a token that ends with its use.

    Parameters
    ----------
    url: where people reach its pages, for example https://feedback.example.com.
    token_file: holds a token with the scope `provision` (`smilepost token --scope provision` prints one).
    """
    if url is None and token_file is None:
        with _own_token(settings) as token:
            yield Collector(f"http://127.0.0.1:{settings.port}", token, settings.url)
    elif url is None or token_file is None:
        raise Failure("--collector and --token-file belong together: where it is, and what lets you in.")
    else:
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise Failure(f"--collector: secrets go only over https. Write https://{parts.hostname or 'the-address'}.")
        try:
            token = token_file.read_text().strip()
        except OSError as problem:
            raise Failure(f"--token-file: {token_file} cannot be read: {problem.strerror}.") from problem
        yield Collector(url.rstrip("/"), token)


class Collector:
    """One collector; each method raises Failure with a sentence where it cannot be reached or will not do it.

    Parameters
    ----------
    pages: where people reach its pages, if that is not where programs do.
    """

    def __init__(self, url: str, token: str, pages: str | None = None) -> None:
        self.url, self._token, self._pages = url, token, pages or url

    def touchpoint(self, store: str, name: str) -> Touchpoint:
        """The touchpoint of this name, in the store of this name."""
        return touchpoint_in(self.stores(), store, name)

    def stores(self) -> list[dict[str, Any]]:
        """The stores that whoever asks sees, with their touchpoints."""
        return self._all("stores")

    def broker(self) -> Broker:
        """What its kiosks have in common."""
        return msgspec.convert(self._get("broker"), Broker)

    def make(
        self,
        at: Touchpoint,
        kiosk: str | None,
        board: str | None = None,
        serial: str | None = None,
        card: str | None = None,
        *,
        another_board: bool = False,
    ) -> dict[str, Any]:
        """The kiosk that this board is to be; the same one again for the same board at the same place.

        Parameters
        ----------
        card: number of what the board starts from, where its serial is not known.
        another_board: that the kiosk of this name lives on another board so far is no mistake.
        """
        body = {"kiosk": kiosk, "touchpoint": at.id, "board": board, "serial": serial}
        if another_board:
            body["another_board"] = True
        known = serial or card
        if kiosk or not known:
            return self._send("kiosks", body)
        # Whoever is interrupted before the board knows who it is, gets the same kiosk again.
        for key in _keys(f"provision/{known}/{at.id}"):
            try:
                made = self._send("kiosks", body, key)
            except NotDone as problem:
                if problem.status != 404:  # else it was moved to where whoever asks does not see it
                    raise
                continue
            # It may have ended since, or have got another board or another place.
            stands_there = made["state"] != "retired" and made["touchpoint_id"] == at.id
            if stands_there and made["serial"] in {None, serial}:
                return made
        return self._send("kiosks", body)

    def kiosk(self, kiosk: str) -> dict[str, Any]:
        return dict(self._get(f"kiosks/{quote(kiosk)}"))

    def buttons(self, kiosk: str) -> int:
        """How many buttons a shopper sees."""
        return int(self._get(f"kiosks/{quote(kiosk)}/settings")["settings"]["buttons"])

    def identity(self, kiosk: str) -> Identity:
        """A new identity, with a further secret."""
        told = self._send(f"kiosks/{quote(kiosk)}/identity", {})["identity"]
        return msgspec.convert(told, Identity)

    def secrets(self, kiosk: str) -> set[int]:
        """Numbers of the secrets with which it can sign in."""
        return set(self._get(f"kiosks/{quote(kiosk)}/secrets")["numbers"])

    def tests(self, kiosk: str) -> set[tuple[int, int]]:
        """(epoch, seq) of the test presses that have reached the table."""
        return {(each["epoch"], each["seq"]) for each in self._all(f"kiosks/{quote(kiosk)}/tests", until_empty=True)}

    def keep_acceptance(self, kiosk: str, result: dict[str, Any]) -> None:
        self._send(f"kiosks/{quote(kiosk)}/acceptance", result)

    def print_label(self, kiosk: str, key: str) -> dict[str, Any]:
        """Print its label; with the same key, what has become of it."""
        return self._send(f"kiosks/{quote(kiosk)}/label", {}, key)

    def label(self, kiosk: str) -> bytes:
        """Its label as PDF."""
        return self._request("GET", f"kiosks/{quote(kiosk)}/label.pdf")

    def change(self, kiosk: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
        """`move`, `retire` or `replace` it."""
        return self._send(f"kiosks/{quote(kiosk)}/{what}", body)

    def page(self, kiosk: str) -> str:
        """Where its page is."""
        return f"{self._pages}/kiosks/{quote(kiosk)}"

    def _all(self, path: str, *, until_empty: bool = False) -> list[Any]:
        items: list[Any] = []
        after = ""
        while True:
            page = self._get(path + after)
            items += page["items"]
            if not page["next"] or (until_empty and not page["items"]):
                return items
            after = f"?after={quote(page['next'])}"

    def _get(self, path: str) -> Any:
        return json.loads(self._request("GET", path))

    def _send(self, path: str, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        content = {name: value for name, value in body.items() if value is not None}
        return dict(json.loads(self._request("POST", path, content, key or secrets.token_hex(16))))

    def _request(self, method: str, path: str, body: dict[str, Any] | None = None, key: str = "") -> bytes:
        headers = {"Authorization": f"Bearer {self._token}"}
        if body is not None:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", data, headers, method=method)  # noqa: S310 - https
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310
                return bytes(answer.read())
        except urllib.error.HTTPError as problem:
            raise self._refusal(problem) from problem
        except (urllib.error.URLError, TimeoutError, ConnectionError) as problem:
            raise Failure(self._away(getattr(problem, "reason", problem))) from problem

    def _refusal(self, problem: urllib.error.HTTPError) -> Failure:
        if problem.code == 401:
            return NotDone(
                401,
                f"The collector at {self.url} does not know this token. Make one: smilepost token --scope provision",
            )
        try:
            said = _sentence(json.load(problem))
        except (ValueError, AttributeError):
            said = None
        if said is None:
            return NotDone(
                problem.code,
                f"What answers at {self.url} is no Smilepost collector, or has trouble of its own ({problem.code}). "
                "Open that address in a browser and see.",
            )
        return NotDone(problem.code, said)

    def _away(self, reason: object) -> str:
        match reason:
            case ssl.SSLCertVerificationError() as refused:
                if "expired" in refused.verify_message or "not yet valid" in refused.verify_message:
                    why = "its certificate is out of date, or this computer's clock is wrong. Check the clock first"
                else:
                    why = f"its certificate is not trusted: {refused.verify_message}. Check the address"
            case socket.gaierror():
                why = "this computer finds no such name. Check the address, and that it is in the network"
            case ConnectionRefusedError():
                why = "nothing answers there. Is it running? On this machine: smilepost up"
            case TimeoutError():
                why = "it did not answer in time. Check this computer's network"
            case _:
                why = f"{reason}. Check this computer's network"
        return f"The collector at {self.url} cannot be reached: {why}. The same command then goes on where it stood."


def _keys(first: str) -> list[str]:
    """The keys of a board's kiosks at one place, one after the other: those before may have got another life."""
    return [first, *(f"{first}/{number}" for number in range(2, _LIVES + 1))]


def _sentence(problem: dict[str, Any]) -> str | None:
    """What a problem document says to a person: of values that do not fit, which and why."""
    unfit = "; ".join(f"{each['field']}: {each['detail']}" for each in problem.get("errors", []))
    return f"That does not fit: {unfit}" if unfit else problem.get("detail")


def touchpoint_in(stores: Sequence[Mapping[str, Any]], store: str, name: str) -> Touchpoint:
    """The touchpoint of this name, in the store of this name.

    Raises
    ------
    Failure: there is none, or more than one.
    """
    found = [each for each in stores if each["name"].casefold() == store.casefold()]
    if not found:
        names = ", ".join(sorted(each["name"] for each in stores)[:8]) or "none that you see"
        raise Failure(f"There is no store {store!r}. There are: {names}.")
    if len(found) > 1:
        raise Failure(f"There are {len(found)} stores {store!r}. Give them names of their own in the console first.")
    touchpoints = found[0]["touchpoints"]
    for each in touchpoints:
        if each["name"].casefold() == name.casefold():
            return Touchpoint(
                each["id"], each["name"], found[0]["name"], found[0]["time_zone"], found[0]["opening_hours"]
            )
    names = ", ".join(each["name"] for each in touchpoints)
    raise Failure(f"{found[0]['name']} has no touchpoint {name!r}. It has: {names}.")


@contextlib.contextmanager
def _own_token(settings: Settings) -> Iterator[str]:
    engine = make_engine(settings, poolclass=NullPool)
    try:
        with engine.begin() as connection:
            token = make_token(connection, "provisioning on this machine", ["provision"], top_place(connection))
    except exc.NoResultFound as problem:
        raise Failure("This installation has no place yet. Start it once: smilepost up") from problem
    except exc.DBAPIError as problem:
        raise Failure(
            "No collector was named, and on this machine none runs. Start it (smilepost up), or name one: "
            "--collector https://… --token-file FILE"
        ) from problem
    try:
        yield token
    finally:
        with contextlib.suppress(exc.DBAPIError), engine.begin() as connection:
            end_token(connection, token)
