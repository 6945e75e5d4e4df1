"""Printers that call, one request at a time: what each says is up to the test."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, select, text, update
from werkzeug.test import TestResponse

from collector.database import connect
from collector.queue.tables import job
from collector.settings import Settings
from collector.slips.addresses import way_of
from collector.slips.fetch.clock import Clock
from collector.slips.judge import judge
from collector.slips.printers import Setup, add, new_secret
from collector.slips.spool import print_self_test, print_slip
from collector.slips.tables import printer
from printer.profiles import PROFILES
from printer.slip import INVITATION, Slip
from simulators.escpos_reader import Reader
from simulators.paper import Strip
from tests.factories import NOW
from tests.printer.paper import check

#: A Star printer's automatic status when all is well, and with its paper out, its cover open, its blade stuck.
WELL = "23 86 00 00 00 00 00 00 00"
STUCK = "23 86 08 08 00 00 00 00 00"


class PolledPrinter:
    """A printer that calls, as the collector knows it: what waits for it, and how it is said to be."""

    def __init__(
        self, engine: Engine, settings: Settings, store_id: int, address: str, profile: str, name: str = "Counter"
    ) -> None:
        self._engine = engine
        self._settings = settings
        with engine.begin() as connection:
            self.id = add(connection, store_id, Setup(name, address, profile))
            self.secret = new_secret(connection, self.id)

    def print(self, key: str, *, lives: timedelta = timedelta(minutes=10)) -> str:
        """Put a slip into the queue; returns its link."""
        link = f"HTTP://LOCALHOST:8080/Q/{key.upper():A>28}"
        slip = Slip("Riverside", INVITATION["en"], link, None, "en")
        with self._engine.begin() as connection:
            job_id = print_slip(connection, self.id, slip, key=key, now=datetime.now(UTC))
            ends = datetime.now(UTC) + lives
            connection.execute(update(job).where(job.c.id == job_id).values(expires_at=ends))
        return link

    def print_self_test(self) -> None:
        with self._engine.begin() as connection:
            print_self_test(connection, self.id, key="a", now=datetime.now(UTC))

    def jobs(self) -> dict[str, Any]:
        with self._engine.connect() as connection:
            return {row.key: row for row in connection.execute(select(job).order_by(job.c.id))}

    @property
    def states(self) -> dict[str, str]:
        return {key: row.state for key, row in self.jobs().items()}

    @property
    def row(self) -> Any:
        with self._engine.connect() as connection:
            return connection.execute(select(printer).where(printer.c.id == self.id)).one()

    @property
    def state(self) -> str:
        """How it is said to be."""
        row = self.row
        return judge(way_of(row.address), row.state, row.seen_at, datetime.now(UTC))

    def pass_time(self, **by: float) -> None:
        """Let time pass: whatever was written down was so much earlier. Then the clock looks."""
        with self._engine.begin() as connection:
            for table, columns in {"job": ("due_at", "expires_at"), "printer": ("seen_at",)}.items():
                moved = ", ".join(f"{column} = {column} - :by" for column in columns)
                connection.execute(text(f"UPDATE {table} SET {moved}"), {"by": timedelta(**by)})  # noqa: S608
        with connect(self._settings, autocommit=True) as database:
            Clock().look(database, NOW)


class Star:
    """A Star printer. What it prints, a customer reads from `links`."""

    def __init__(self, client: FlaskClient, secret: str, mac: str = "00:11:62:aa:bb:cc") -> None:
        self._client = client
        self.url = f"/print/{secret}/cloudprnt"
        self.mac = mac
        self.links: list[str] = []

    def call(self, code: str = "200%20OK", **more: Any) -> str | None:
        """Say how it is; returns the token of what waits."""
        answer = self._client.post(self.url, json={"statusCode": code, "printerMAC": self.mac, **more})
        assert answer.status_code == 200
        told: dict[str, Any] = answer.get_json()
        assert told["jobReady"] == ("jobToken" in told)
        if told["jobReady"]:
            assert told["mediaTypes"] == ["image/png"]
        return told.get("jobToken")

    def fetch(self, token: str | None, **query: str) -> TestResponse:
        named = {"token": token} if token else {}
        return self._client.get(self.url, query_string={"type": "image/png", "mac": self.mac, **named, **query})

    def take(self, token: str | None) -> bytes:
        """Fetch it, and bring it onto paper."""
        answer = self.fetch(token)
        assert answer.status_code == 200, answer.text
        assert answer.content_type == "image/png"
        self.links += check(answer.data).clean
        return answer.data

    def confirm(self, token: str | None, code: str = "200%20OK", **query: str) -> None:
        named = {"token": token} if token else {}
        answer = self._client.delete(self.url, query_string={"code": code, "mac": self.mac, **named, **query})
        assert answer.status_code == 200

    def print_what_waits(self) -> None:
        while token := self.call():
            self.take(token)
            self.confirm(token)


class Epson:
    """An Epson printer. What it prints, a customer reads from `links`."""

    def __init__(self, client: FlaskClient, secret: str, profile: str = "epson-80") -> None:
        self._client = client
        self.url = f"/print/{secret}/epson"
        self.links: list[str] = []
        self.answers: list[bytes] = []
        self._width = PROFILES[profile].width

    def ask(self) -> "Work | None":
        """Ask for work."""
        answer = self.send(ConnectionType="GetRequest", ID="till")
        return Work(answer) if answer else None

    def tell(
        self, token: str | None, success: bool = True, code: str = "", status: int = 0x0F000016, version: str = "2.00"
    ) -> None:
        """Say what became of it."""
        named = f"<printjobid>{token}</printjobid>" if token else ""
        self.send(
            ConnectionType="SetResponse",
            ID="till",
            ResponseFile=f'<?xml version="1.0" encoding="UTF-8"?><PrintResponseInfo Version="{version}"><ePOSPrint>'
            f"<Parameter><devid>local_printer</devid>{named}</Parameter><PrintResponse>"
            '<response xmlns="http://www.epson-pos.com/schemas/2011/03/epos-print" '
            f'success="{str(success).lower()}" code="{code}" status="{status}" battery="0"/>'
            "</PrintResponse></ePOSPrint></PrintResponseInfo>",
        )

    def tell_status(self, status: str) -> None:
        self.send(ConnectionType="SetStatus", ID="till", Status=status)

    def put_on_paper(self, work: "Work") -> None:
        strips: list[Strip] = []
        reader = Reader(self._width, strips.append, self.answers.append, lambda: None)
        reader.feed(work.commands)
        reader.tear()
        self.links += [link for strip in strips for link in check(strip.png, strip.text).clean]

    def print_what_waits(self, answer: Callable[["Work"], None] | None = None) -> None:
        """Ask until there is nothing, doing as it is told."""
        while work := self.ask():
            if work.commands:
                self.put_on_paper(work)
            (answer or (lambda done: self.tell(done.token)))(work)

    def send(self, **form: str) -> str:
        """Say whatever."""
        answer = self._client.post(self.url, data=form)
        assert answer.status_code == 200
        assert answer.content_type.startswith("text/xml")
        return answer.text


class Work:
    """What an Epson printer got."""

    def __init__(self, text: str) -> None:
        root = ET.fromstring(text.encode())  # noqa: S314 - it is our own
        assert root.get("Version") == "2.00"
        [token] = [each.text for each in root.iter("printjobid")]
        assert re.fullmatch("[A-Za-z0-9]{1,30}", token or "")
        self.token = token or ""
        commands = [each.text for each in root.iter() if each.tag.endswith("}command")]
        self.commands = bytes.fromhex("".join(text or "" for text in commands))
