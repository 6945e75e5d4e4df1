"""How a server of the simulated world stops listening."""

import asyncio


async def close(server: asyncio.Server) -> None:
    """Listen no more; who was accepted, be it in this very moment, is a connection that the server knows of.

    asyncio accepts in one turn of its loop, makes the transport in the next, tells the protocol in the one after it,
    and that one's task begins in the third. Of a server that is closed in between it loses the connection: nobody
    closes it. So first nobody is accepted any more, then those turns pass.
    """
    for listener in server.sockets:
        asyncio.get_running_loop().remove_reader(listener)
    for _ in range(3):
        await asyncio.sleep(0)
    server.close()
