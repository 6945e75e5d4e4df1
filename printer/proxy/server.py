"""The proxy's connections: for each of the till's, one to the printer.

It fails open. Whatever goes wrong in our part, the till's bytes go on as they came; and where the printer is away, the
till meets what it would have met there.
"""

import asyncio
import contextlib
import re
import signal
import socket
import struct
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from printer.profiles import Profile
from printer.proxy import WARNING
from printer.proxy.insertion import Insert, Insertion, Paper, Rule
from printer.proxy.stock import Stock
from printer.signer import Signer
from printer.transport.tcp import PORT

#: How long the printer may take to accept a connection, s.
CONNECT_WITHIN = 10.0
#: How long a printer may say nothing after the till has hung up, s; it still prints.
HANG_UP_WITHIN = 600.0
#: How long a second connection waits for the end of the first, s; then it is only forwarded.
TURN_WITHIN = 1.0
#: How long the last bytes may take when the proxy is stopped, s.
CLOSED_WITHIN = 1.0
#: Most bytes that are looked at before the first of them goes on.
AT_ONCE = 32_768
#: A connection that ends so is reset: what its peer sees of a program or a printer that has died.
_RESET = struct.pack("ii", 1, 0)
#: The number of a socket that is none any more.
_CLOSED = -1
#: How the printer is, and nothing else.
_QUESTIONS = re.compile(rb"(\x10\x04[\x01-\x04])*")


class Proxy:
    """Stands between tills and one printer.

    Parameters
    ----------
    printer: host and port.
    stock: where codes come from.
    encoding: as for `Paper`.
    """

    def __init__(
        self, printer: tuple[str, int], profile: Profile, rule: Rule, stock: Stock, encoding: str = "cp437"
    ) -> None:
        self._printer, self._rule, self._stock = printer, rule, stock
        self._paper = Paper(profile, encoding)
        #: Of the connection that is looked into.
        self._turn = asyncio.Lock()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        #: To the printer; those that are not there yet, too.
        self._outgoing: set[socket.socket] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port, a free one for 0.

        Raises
        ------
        OSError
        """
        self._server = await asyncio.start_server(self._serve, host, port)
        self._stock.start()
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """End it, and the connections that there are."""
        if self._server:
            for listener in self._server.sockets:
                asyncio.get_running_loop().remove_reader(listener)
            for _ in range(3):  # who was accepted in this very moment has a task of its own only some turns later,
                await asyncio.sleep(0)  # and is lost if the server is closed before
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._stock.close()

    async def _serve(self, from_till: asyncio.StreamReader, to_till: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs this in one
        self._connections.add(task)
        try:
            await self._connect(from_till, to_till)
        except asyncio.CancelledError:
            to_till.transport.abort()  # `stop`: asyncio would say on the terminal that nobody asked how it ended
        finally:
            self._connections.discard(task)

    async def _connect(self, from_till: asyncio.StreamReader, to_till: asyncio.StreamWriter) -> None:
        if self._is_own(to_till):
            structlog.get_logger().error("the address of the printer leads back to this proxy: correct --printer")
            await _close(to_till, reset=True)
            return
        with contextlib.ExitStack() as opened:
            try:
                async with asyncio.timeout(CONNECT_WITHIN):
                    from_printer, to_printer = await self._reach(opened)
            except (OSError, TimeoutError) as problem:
                structlog.get_logger().warning("the printer cannot be reached", why=str(problem))
                self._paper.reset()  # as it will be when it has been switched on
                await _close(to_till, reset=True)
            else:
                await self._join(from_till, to_till, from_printer, to_printer)

    def _is_own(self, to_till: asyncio.StreamWriter) -> bool:
        """Whether the other end is not a till, but ourselves: each connection would make a further one, for ever."""
        peer = to_till.get_extra_info("peername")  # None: it has gone already
        return peer in [each.getsockname() for each in self._outgoing if each.fileno() != _CLOSED]

    async def _reach(self, opened: contextlib.ExitStack) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to the printer, at whichever of its addresses it can be reached."""
        loop, why = asyncio.get_running_loop(), OSError("it has no address")
        for family, kind, number, _, address in await loop.getaddrinfo(*self._printer, type=socket.SOCK_STREAM):
            try:
                connection = opened.enter_context(socket.socket(family, kind, number))
                # Before it is there: the other end may be accepted, by us, before we hear that it is.
                self._outgoing.add(connection)
                opened.callback(self._outgoing.discard, connection)
                connection.setblocking(False)
                await loop.sock_connect(connection, address)
                return await asyncio.open_connection(sock=connection)
            except OSError as problem:
                why = problem
        raise why

    async def _join(
        self,
        from_till: asyncio.StreamReader,
        to_till: asyncio.StreamWriter,
        from_printer: asyncio.StreamReader,
        to_printer: asyncio.StreamWriter,
    ) -> None:
        """Bring each side's words to the other."""
        for writer in (to_till, to_printer):
            _prepare(writer)
        receipts = asyncio.create_task(self._receipts(from_till, to_printer))
        answers = asyncio.create_task(_answers(from_printer, to_till))
        broken = False
        try:
            await self._until_both_have_hung_up(receipts, answers)
        except OSError as problem:
            structlog.get_logger().warning("the connection broke", why=str(problem))
            self._paper.forget()
            broken = True
        finally:
            receipts.cancel()
            answers.cancel()
            await _close(to_till, to_printer, reset=broken)
            await asyncio.gather(receipts, answers, return_exceptions=True)

    async def _until_both_have_hung_up(self, receipts: asyncio.Task[None], answers: asyncio.Task[None]) -> None:
        await asyncio.wait({receipts, answers}, return_when=asyncio.FIRST_COMPLETED)
        if answers.done():
            answers.result()
        await receipts
        # Until the printer hangs up, too: closed with answers unread, a connection takes back what it has sent.
        await asyncio.wait({answers}, timeout=HANG_UP_WITHIN)
        if answers.done():
            answers.result()

    async def _receipts(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            # Printers serve one after the other, too.
            await asyncio.wait_for(self._turn.acquire(), TURN_WITHIN)
        except TimeoutError:
            structlog.get_logger().warning("two connections at once: receipts of the second go as they are")
            await self._forward(reader, writer)
        else:
            try:
                await self._look(reader, writer)
            finally:
                self._turn.release()
        writer.write_eof()
        await writer.drain()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await _read(reader):
            if not _QUESTIONS.fullmatch(data):
                self._paper.forget()
            writer.write(data)
            await writer.drain()

    async def _look(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        insertion = Insertion(self._paper, self._rule)
        while data := await _read(reader):
            held = insertion.held
            try:
                pieces = list(insertion.feed(data))
            except Exception:
                structlog.get_logger().exception("receipts go as they are from here on, on this connection")
                self._paper.forget()
                writer.write(held + data)
                await self._forward(reader, writer)
                return
            for piece in pieces:
                writer.write(piece if isinstance(piece, bytes) else await self._code(piece))
            await writer.drain()
        writer.write(insertion.held)

    async def _code(self, where: Insert) -> bytes:
        try:
            code = await self._stock.take(where.reference)
        except Exception:
            structlog.get_logger().exception("a receipt goes as it is")
            return b""
        return where.before + code + where.after if code else b""


async def _answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What the printer says, to a till that may have gone: then the printer is listened to all the same."""
    while data := await reader.read(AT_ONCE):
        with contextlib.suppress(ConnectionError):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()


async def _read(reader: asyncio.StreamReader) -> bytes:
    """What the till says next; nothing when it has hung up, in whatever way."""
    try:
        return await reader.read(AT_ONCE)
    except ConnectionError:
        return b""


def _prepare(writer: asyncio.StreamWriter) -> None:
    # `drain` waits until all has left: a printer that is slow or without paper makes the till wait, as it would itself.
    writer.transport.set_write_buffer_limits(0)
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


async def _close(*writers: asyncio.StreamWriter, reset: bool) -> None:
    for writer in writers:
        if reset:
            connection: socket.socket = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):  # it may be closed already
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()
        writer.close()
    try:
        async with asyncio.timeout(CLOSED_WITHIN):
            await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)
    except TimeoutError:
        pass
    finally:
        for writer in writers:
            writer.transport.abort()


def serve(
    signer_file: Path,
    listen: str,
    printer: str,
    profile: Profile,
    rule: Rule,
    encoding: str,
    say: Callable[[str], None],
) -> None:
    """Run a proxy until SIGINT or SIGTERM.

    Parameters
    ----------
    signer_file: as `smilepost provision signer` writes it.
    listen: `host:port` for the till.
    printer: `tcp://host:port`, the port 9100 by default.
    encoding: as for `Paper`.

    Raises
    ------
    OSError: it cannot listen.
    ValueError: an address is none. The message is a sentence.
    """
    here, there = _address(f"tcp://{listen}"), _address(printer)
    stock = Stock(lambda: Signer(signer_file), profile, lambda: datetime.now(UTC))
    proxy = Proxy(there, profile, rule, stock, encoding)

    async def run() -> None:
        ended = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        port = await proxy.start(*here)
        say(f"Set the till's printer to port {port} of this machine; the printer behind it is {there[0]}:{there[1]}.")
        await ended.wait()
        await proxy.stop()

    say(WARNING)
    # Codes are drawn in a thread beside; the till's bytes wait no longer for it than this.
    sys.setswitchinterval(0.0005)
    asyncio.run(run())


def _address(text: str) -> tuple[str, int]:
    try:
        where = urlsplit(text)
        if where.scheme == "tcp" and where.hostname:
            return where.hostname, PORT if where.port is None else where.port
    except ValueError:
        pass
    raise ValueError(f"{text!r} is no address: write it like tcp://192.0.2.10:9100.")
