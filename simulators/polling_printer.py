"""Printers that come and fetch what they print: Star's CloudPRNT, and Epson's Server Direct Print.

Each `poll` is one round as a printer makes it: say how it is, fetch what is there, print it, say so. What may happen in
between happens on demand.
"""

import abc
import asyncio
import io
import json
import ssl
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

import aiohttp
from PIL import Image, UnidentifiedImageError

from simulators.escpos_reader import Reader
from simulators.paper import Paper, Strip
from simulators.printer_models import EPSON

_EPOS = "http://www.epson-pos.com/schemas/2011/03/epos-print"
#: How long a printer waits for a server, s.
_PATIENCE = aiohttp.ClientTimeout(total=30)


@dataclass
class PollingFaults:
    """What is wrong with it. Those marked *once* mend themselves."""

    paper_low: bool = False
    paper_out: bool = False
    cover_open: bool = False
    #: Once: the paper ends in the middle of the next slip.
    paper_ends: bool = False
    #: Once: the download breaks off.
    download_breaks: bool = False
    #: Once: power goes when the slip is in memory, and not on paper.
    power_cycle_after_download: bool = False
    #: Once: power goes when the slip is on paper, and nobody knows it.
    power_cycle_after_printing: bool = False
    #: What it says of its slips never arrives.
    confirmation_lost: bool = False
    #: It fetches each slip so many times more, and says so many times more what became of it.
    repeats: int = 0
    #: No power: it does not come.
    off: bool = False

    @property
    def stops(self) -> bool:
        return self.paper_out or self.cover_open

    def once(self, name: str) -> bool:
        """Whether this happens now; it does not a second time."""
        happens = bool(getattr(self, name))
        setattr(self, name, False)
        return happens


class _Over(Exception):
    """A round ends here; says how."""


class PollingPrinter(abc.ABC):
    """What both have.

    Parameters
    ----------
    url: where it comes to, typed in at its own page.
    on_change: called when a strip comes out or a round is over.
    width: of the paper, dots.
    name: by which it says who it is: a network address, or what was typed in.
    tls: how it looks at a server's certificate.
    """

    def __init__(
        self,
        url: str,
        on_change: Callable[[], None] = lambda: None,
        width: int = 576,
        name: str = "00:11:62:00:00:01",
        tls: ssl.SSLContext | bool = True,
    ) -> None:
        self.faults = PollingFaults()
        self.strips: list[Strip] = []
        #: How its rounds ended: idle, printed, and so on; the newest is the last.
        self.rounds: list[str] = []
        self.name = name
        self.url = url
        self.width = width
        self._on_change = on_change
        self._tls = tls

    async def poll(self) -> str:
        """One round; returns how it ended."""
        ended = "off"
        if not self.faults.off:
            try:
                async with aiohttp.ClientSession(timeout=_PATIENCE) as session:
                    ended = await self._round(session)
            except _Over as over:
                ended = str(over)
            except (aiohttp.ClientError, TimeoutError):
                ended = "nobody there"
        self.rounds.append(ended)
        self._on_change()
        return ended

    async def run(self, seconds: float) -> None:
        """Come every so many seconds until cancelled."""
        while True:
            await self.poll()
            await asyncio.sleep(seconds)

    def set(self, **faults: bool | int) -> None:
        for name, value in faults.items():
            if not hasattr(self.faults, name):
                raise AttributeError(name)
            setattr(self.faults, name, value)
        self._on_change()

    @abc.abstractmethod
    async def _round(self, session: aiohttp.ClientSession) -> str: ...

    def _come_out(self, strip: Strip | None) -> None:
        if strip:
            self.strips.append(strip)
            self._on_change()


class StarPrinter(PollingPrinter):
    """A Star printer: CloudPRNT over HTTP, with pictures."""

    async def _round(self, session: aiohttp.ClientSession) -> str:
        job = await self._ask(session)
        picture = await self._download(session, job)
        if self.faults.once("power_cycle_after_download"):
            raise _Over("power gone")
        if self.faults.once("paper_ends"):
            # It says nothing of the slip now, and would fetch it again with the next roll.
            self.faults.paper_out = True
            self._print(picture.crop((0, 0, picture.width, picture.height // 2)))
            raise _Over("paper ended")
        self._print(picture)
        if self.faults.once("power_cycle_after_printing"):
            raise _Over("power gone")
        await self._confirm(session, job, "200 OK")
        return "printed"

    async def _ask(self, session: aiohttp.ClientSession) -> Mapping[str, str]:
        """The job that is there for it."""
        reply = await self._tell(session)
        if reply is None:
            raise _Over("turned away")
        if self.faults.stops:
            raise _Over("not ready")
        if not reply.get("jobReady"):
            raise _Over("idle")
        if "image/png" not in reply["mediaTypes"]:
            await self._refuse(session, reply, "510 Incompatible Media")
        return reply

    async def _download(self, session: aiohttp.ClientSession, job: Mapping[str, str]) -> Image.Image:
        for _ in range(1 + self.faults.repeats):
            paper = await self._fetch(session, job)
        if paper is None:
            await self._refuse(session, job, "520 Download Timeout")
        try:
            return Image.open(io.BytesIO(paper or b"")).convert("1")
        except UnidentifiedImageError:
            await self._refuse(session, job, "511 Media Decoding Error")
            raise

    async def _refuse(self, session: aiohttp.ClientSession, job: Mapping[str, str], code: str) -> None:
        await self._confirm(session, job, code)
        raise _Over(code)

    async def _tell(self, session: aiohttp.ClientSession) -> Mapping[str, str] | None:
        faults = self.faults
        code = "410 Paper Empty" if faults.paper_out else "420 Cover Open" if faults.cover_open else "200 OK"
        if code == "200 OK" and faults.paper_low:
            code = "211 OK, Paper Low"
        # Two bytes that tell the length; then printer, faults, nothing, paper.
        bits = [0x23, 0x86, 0x08 * faults.stops | 0x20 * faults.cover_open, 0, 0, 0, 0, 0, 0, 0, 0]
        bits[5] = 0x0C * faults.paper_out | 0x04 * faults.paper_low
        call = {
            "status": bytes(bits).hex(" "),
            "printerMAC": self.name,
            "uniqueID": "",
            "statusCode": code.replace(" ", "%20"),
            "printingInProgress": False,
            "clientAction": None,
        }
        async with session.post(self.url, json=call, ssl=self._tls) as answer:
            return json.loads(await answer.read()) if answer.status == 200 else None

    async def _fetch(self, session: aiohttp.ClientSession, reply: Mapping[str, str]) -> bytes | None:
        """What is there to print; None: it did not come as a whole."""
        query = {"uid": "", "type": "image/png", "mac": self.name, "token": reply["jobToken"]}
        async with session.get(self.url, params=query, ssl=self._tls) as answer:
            if self.faults.once("download_breaks"):
                await answer.content.read(100)
                answer.close()
                return None
            return await answer.read() if answer.status == 200 else None

    async def _confirm(self, session: aiohttp.ClientSession, reply: Mapping[str, str], code: str) -> None:
        if self.faults.confirmation_lost:
            raise _Over("confirmation lost")
        query = {"uid": "", "mac": self.name, "code": code, "token": reply["jobToken"]}
        for time in range(1 + self.faults.repeats):
            again = {"retry": str(time)} if time else {}
            if reply.get("deleteMethod") == "GET":
                request = session.get(self.url, params={**query, **again, "delete": ""}, ssl=self._tls)
            else:
                request = session.delete(self.url, params={**query, **again}, ssl=self._tls)
            async with request as answer:
                await answer.read()

    def _print(self, picture: Image.Image) -> None:
        paper = Paper(self.width)
        paper.picture(picture, 0)
        self._come_out(paper.cut())


class EpsonPrinter(PollingPrinter):
    """An Epson printer: Server Direct Print, with ESC/POS in `<command>`.

    Parameters
    ----------
    version: of the protocol; before 2.00 it does not say of which job it speaks.
    """

    def __init__(
        self,
        url: str,
        on_change: Callable[[], None] = lambda: None,
        width: int = 576,
        name: str = "checkout-2",
        tls: ssl.SSLContext | bool = True,
        version: str = "2.00",
    ) -> None:
        super().__init__(url, on_change, width, name, tls)
        self._version = version
        self._reader = Reader(self.width, self._come_out, lambda _: None, lambda: None, EPSON)

    async def _round(self, session: aiohttp.ClientSession) -> str:
        jobs = await self._ask(session)
        codes = [self._carry_out(job) for job in jobs] or ["SchemaError"]
        if self.faults.once("power_cycle_after_printing"):
            self._reader.restart()
            raise _Over("power gone")
        if self.faults.confirmation_lost:
            raise _Over("confirmation lost")
        tokens = [job.findtext("Parameter/printjobid", "") for job in jobs] or [""]
        report = self._report(tokens, codes)
        for _ in range(1 + self.faults.repeats):
            await self._say(session, "SetResponse", ResponseFile=report)
        is_question = jobs and not any(_bytes_of(job) for job in jobs)
        return next(filter(None, codes), "asked" if is_question else "printed")

    async def _ask(self, session: aiohttp.ClientSession) -> list[ET.Element]:
        """The jobs that are there for it; none of a document that it cannot read."""
        reply = await self._say(session, "GetRequest")
        if reply is None:
            raise _Over("turned away")
        if not reply.strip():
            raise _Over("idle")
        if self.faults.once("download_breaks"):
            raise _Over("download broke")
        if self.faults.once("power_cycle_after_download"):
            raise _Over("power gone")
        try:
            return list(ET.fromstring(reply).iter("ePOSPrint"))  # noqa: S314 - a test's own server
        except ET.ParseError:
            return []

    def _carry_out(self, job: ET.Element) -> str:
        """Print a job; returns the code of what went wrong."""
        if job.findtext("Parameter/devid") != "local_printer":
            return "DeviceNotFound"
        if self.faults.stops:
            return "EPTR_COVER_OPEN" if self.faults.cover_open else "EPTR_REC_EMPTY"
        data = bytes.fromhex(_bytes_of(job))
        if data and self.faults.once("paper_ends"):
            self._reader.feed(data[: len(data) // 2])
            self._reader.restart()
            self.faults.paper_out = True
            return "EPTR_REC_EMPTY"
        self._reader.feed(data)
        return ""

    def _report(self, tokens: list[str], codes: list[str]) -> str:
        faults = self.faults
        status = 0x0F000014 | 0x00000008 * faults.stops | 0x00000020 * faults.cover_open
        status |= 0x00080000 * faults.paper_out | 0x00020000 * (faults.paper_low or faults.paper_out)
        said = ""
        for token, code in zip(tokens, codes, strict=True):
            numbered = f"<printjobid>{escape(token)}</printjobid>" if token and self._version >= "2.00" else ""
            said += (
                f"<ePOSPrint><Parameter><devid>local_printer</devid>{numbered}</Parameter><PrintResponse>"
                f'<response xmlns="{_EPOS}" success="{str(not code).lower()}" code="{code}" '
                f'status="{status | 0x00000002 * (not code)}" battery="0"/></PrintResponse></ePOSPrint>'
            )
        return (
            '<?xml version="1.0" encoding="utf-8"?>'
            f'<PrintResponseInfo Version="{self._version}">{said}</PrintResponseInfo>'
        )

    async def _say(self, session: aiohttp.ClientSession, kind: str, **more: str) -> str | None:
        form = {"ConnectionType": kind, "ID": self.name, **more}
        async with session.post(self.url, data=form, ssl=self._tls) as answer:
            text = await answer.text()
            return text if answer.status == 200 else None


def _bytes_of(job: ET.Element) -> str:
    """A job's ESC/POS, in hexadecimal numbers."""
    return "".join(each.text or "" for each in job.iter(f"{{{_EPOS}}}command"))
