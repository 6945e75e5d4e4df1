"""Printers that poll, as a server meets them that has one slip and follows the makers' documents."""

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from PIL import Image

from printer.escpos import render
from printer.profiles import PROFILES
from printer.slip import Slip
from simulators.escpos_reader import Reader
from simulators.paper import Strip
from simulators.polling_printer import EpsonPrinter, StarPrinter
from tests.conftest import free_ports
from tests.printer.conftest import MakeCaller, make_caller
from tests.simulators.test_virtual_printer import SLIP

__all__ = ["make_caller"]

DATA = render(SLIP, PROFILES["epson-80"], 7).data


def picture(slip: Slip) -> bytes:
    """A slip as Star printers get it."""
    strips: list[Strip] = []
    reader = Reader(576, strips.append, lambda _: None, lambda: None)
    reader.feed(render(slip, PROFILES["epson-80"], 7).data)
    png = io.BytesIO()
    Image.open(io.BytesIO(strips[0].png)).save(png, "PNG")
    return png.getvalue()


class Server:
    """Has a slip until somebody says that it is printed; writes down what it hears."""

    def __init__(self) -> None:
        self.waiting = True
        self.polls: list[dict[str, object]] = []
        self.gets = 0
        self.codes: list[str] = []
        self.results: list[dict[str, str | None]] = []
        self.png = picture(SLIP)
        self.command = DATA.hex()
        self.device = "local_printer"

    def star(self, method: str, query: dict[str, str], body: bytes) -> bytes:
        match method:
            case "POST":
                self.polls.append(json.loads(body))
                ready = {"jobReady": True, "mediaTypes": ["image/png"], "jobToken": "1a1"}
                return json.dumps(ready if self.waiting else {"jobReady": False}).encode()
            case "GET":
                assert (query["token"], query["type"]) == ("1a1", "image/png")
                self.gets += 1
                return self.png
            case _:
                self.codes.append(query["code"])
                self.waiting = self.waiting and not query["code"].startswith("2")
                return b""

    def epson(self, form: dict[str, str]) -> bytes:
        if form["ConnectionType"] == "SetResponse":
            for job in ElementTree.fromstring(form["ResponseFile"]).iter("ePOSPrint"):  # noqa: S314
                [response] = (each for each in job.iter() if each.tag.endswith("}response"))
                self.results.append({"job": job.findtext("Parameter/printjobid"), **response.attrib})
                self.waiting = self.waiting and response.get("success") != "true"
            return b""
        if not self.waiting:
            return b""
        return (
            f'<PrintRequestInfo Version="2.00"><ePOSPrint><Parameter><devid>{self.device}</devid>'
            "<timeout>10000</timeout><printjobid>1a1</printjobid></Parameter><PrintData>"
            '<epos-print xmlns="http://www.epson-pos.com/schemas/2011/03/epos-print">'
            f"<command>{self.command}</command></epos-print></PrintData></ePOSPrint></PrintRequestInfo>"
        ).encode()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            where = urlsplit(self.path)
            if where.path == "/star":
                query = {name: values[0] for name, values in parse_qs(where.query).items()}
                said = server.star(self.command, query, body)
            else:
                said = server.epson({name: values[0] for name, values in parse_qs(body.decode()).items()})
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = do_DELETE = answer

        def log_message(self, *args: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = False
    thread = threading.Thread(target=httpd.serve_forever, args=[0.02])
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def test_star_fetches_prints_and_says_so(make_caller: MakeCaller, server: Server, url: str) -> None:
    star = make_caller(StarPrinter, f"{url}/star")
    assert [star.poll(), star.poll()] == ["printed", "idle"]
    assert star.links == [SLIP.link]
    assert server.codes == ["200 OK"]
    assert [poll["statusCode"] for poll in server.polls] == ["200%20OK"] * 2


@pytest.mark.parametrize(
    ("fault", "code", "bits"),
    [("paper_out", "410%20Paper%20Empty", {2: "08", 5: "0c"}), ("cover_open", "420%20Cover%20Open", {2: "28"})],
)
def test_star_says_why_it_fetches_nothing(
    make_caller: MakeCaller, server: Server, url: str, fault: str, code: str, bits: dict[int, str]
) -> None:
    star = make_caller(StarPrinter, f"{url}/star")
    star.set(**{fault: True})
    assert star.poll() == "not ready"
    assert server.polls[0]["statusCode"] == code
    status = str(server.polls[0]["status"]).split()
    assert {at: status[at] for at in bits} == bits
    assert server.gets == 0
    star.set(**{fault: False})
    assert star.poll() == "printed"


@pytest.mark.parametrize(
    ("fault", "ended", "printed", "codes"),
    [
        ("confirmation_lost", "confirmation lost", 1, []),
        ("power_cycle_after_download", "power gone", 0, []),
        ("power_cycle_after_printing", "power gone", 1, []),
        ("download_breaks", "520 Download Timeout", 0, ["520 Download Timeout"]),
    ],
)
def test_what_goes_wrong_at_a_star(
    make_caller: MakeCaller, server: Server, url: str, fault: str, ended: str, printed: int, codes: list[str]
) -> None:
    star = make_caller(StarPrinter, f"{url}/star")
    star.set(**{fault: True})
    assert star.poll() == ended
    assert star.links == [SLIP.link] * printed
    assert server.codes == codes
    star.set(confirmation_lost=False)
    assert star.poll() == "printed", "it mends itself, and a server that offers again gets it again"


def test_star_repeats_itself(make_caller: MakeCaller, server: Server, url: str) -> None:
    star = make_caller(StarPrinter, f"{url}/star")
    star.set(repeats=2)
    assert star.poll() == "printed"
    assert (server.gets, server.codes) == (3, ["200 OK"] * 3)
    assert star.links == [SLIP.link]


def test_star_cannot_read_everything(make_caller: MakeCaller, server: Server, url: str) -> None:
    server.png = b"no picture"
    assert make_caller(StarPrinter, f"{url}/star").poll() == "511 Media Decoding Error"
    assert server.codes == ["511 Media Decoding Error"]


def test_epson_fetches_prints_and_says_so(make_caller: MakeCaller, server: Server, url: str) -> None:
    epson = make_caller(EpsonPrinter, f"{url}/epson")
    assert [epson.poll(), epson.poll()] == ["printed", "idle"]
    assert epson.links == [SLIP.link]
    [result] = server.results
    assert (result["job"], result["success"], result["code"]) == ("1a1", "true", "")


def test_an_older_epson_does_not_say_of_which_slip_it_speaks(make_caller: MakeCaller, server: Server, url: str) -> None:
    assert make_caller(EpsonPrinter, f"{url}/epson", version="1.00").poll() == "printed"
    assert server.results[0]["job"] is None


@pytest.mark.parametrize(
    ("fault", "ended", "printed"),
    [
        ("paper_out", "EPTR_REC_EMPTY", 0),
        ("cover_open", "EPTR_COVER_OPEN", 0),
        ("confirmation_lost", "confirmation lost", 1),
        ("power_cycle_after_download", "power gone", 0),
        ("power_cycle_after_printing", "power gone", 1),
        ("download_breaks", "download broke", 0),
    ],
)
def test_what_goes_wrong_at_an_epson(
    make_caller: MakeCaller, server: Server, url: str, fault: str, ended: str, printed: int
) -> None:
    epson = make_caller(EpsonPrinter, f"{url}/epson")
    epson.set(**{fault: True})
    assert epson.poll() == ended
    assert epson.links == [SLIP.link] * printed
    assert [result["code"] for result in server.results] == ([ended] if ended.startswith("EPTR") else [])
    epson.set(**{fault: False})
    assert epson.poll() == "printed"


@pytest.mark.parametrize("kind", [StarPrinter, EpsonPrinter])
def test_paper_that_ends_in_the_middle(
    make_caller: MakeCaller, server: Server, url: str, kind: type[StarPrinter | EpsonPrinter]
) -> None:
    caller = make_caller(kind, f"{url}/{'star' if kind is StarPrinter else 'epson'}")
    caller.set(paper_ends=True)
    assert caller.poll() in {"paper ended", "EPTR_REC_EMPTY"}
    assert caller.links == []
    assert caller.virtual.faults.paper_out


def test_epson_has_only_the_devices_that_it_has(make_caller: MakeCaller, server: Server, url: str) -> None:
    server.device = "kitchen"
    epson = make_caller(EpsonPrinter, f"{url}/epson")
    assert epson.poll() == "DeviceNotFound"
    assert epson.strips == []


def test_it_comes_by_itself_and_not_without_power(make_caller: MakeCaller, server: Server, url: str) -> None:
    star = make_caller(StarPrinter, f"{url}/star")
    star.set(off=True)
    star.come(0.01)
    star.wait_for(lambda: len(star.virtual.rounds) > 2)
    assert server.polls == []
    star.set(off=False)
    star.wait_for(lambda: "printed" in star.virtual.rounds)
    assert star.links == [SLIP.link]


def test_nobody_is_there(make_caller: MakeCaller) -> None:
    [port] = free_ports(1)
    assert make_caller(StarPrinter, f"http://127.0.0.1:{port}/").poll() == "nobody there"
