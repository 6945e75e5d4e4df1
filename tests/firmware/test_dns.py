import asyncio

from kiosk import dns
from kiosk.dns import ADDRESS, ALIAS, question, read, resolve

from simulators.dns_server import DNSServer

ZONE = {
    "broker.example": "192.0.2.7",
    "www.example": "broker.example",
    "far.example": "near.example",
    "near.example": "www.example",
    "round.example": "round.example",
    "dangling.example": "nowhere.example",
}
PATIENCE = {"silent": 0.1, "nonsense": 0.1}  # s, where no answer will come


def ask(*names, mood="well", then=None):
    """Return what a board that starts now learns of each name; `then` is the server's mood after the first."""

    async def run():
        dns._known.clear()
        server = DNSServer(ZONE, mood)
        serving = asyncio.create_task(server.serve())
        learned = []
        try:
            for name in names:
                try:
                    learned.append(await resolve(name, server.address, PATIENCE.get(server.mood, 60)))
                except OSError as fault:
                    learned.append(str(fault))
                server.mood = then or mood
        finally:
            serving.cancel()
            server.close()
        return learned, server.asked

    return asyncio.run(run())


def test_an_address_is_asked_nobody():
    assert ask("192.0.2.1", "2001:db8::1") == (["192.0.2.1", "2001:db8::1"], [])


def test_a_name():
    assert ask("broker.example") == (["192.0.2.7"], ["broker.example"])


def test_case_and_a_dot_at_the_end_do_not_matter():
    assert ask("Broker.Example", "broker.example.")[0] == ["192.0.2.7", "192.0.2.7"]


def test_aliases_are_followed():
    assert ask("far.example") == (["192.0.2.7"], ["far.example"])
    chain = ["far.example", "near.example", "www.example", "broker.example"]
    assert ask("far.example", mood="terse") == (["192.0.2.7"], chain)


def test_aliases_that_lead_nowhere_have_an_end():
    assert "no address for round.example" in ask("round.example")[0][0]
    assert "there is no such name" in ask("dangling.example")[0][0]


def test_each_trouble_has_its_words():
    assert "there is no such name" in ask("other.example")[0][0]
    assert "refuses (5)" in ask("broker.example", mood="refusing")[0][0]
    assert "no answer" in ask("broker.example", mood="silent")[0][0]
    assert "no answer" in ask("broker.example", mood="nonsense")[0][0]


def test_a_lost_question_is_asked_again_and_late_answers_do_no_harm():
    dns.AGAIN, usual = 40, dns.AGAIN
    try:
        assert ask("broker.example", mood="slow") == (["192.0.2.7"], ["broker.example"] * 2)
    finally:
        dns.AGAIN = usual


def test_the_last_good_answer_stays_when_the_server_fails():
    for mood in ("silent", "refusing", "nonsense"):
        assert ask("broker.example", "broker.example", then=mood)[0] == ["192.0.2.7"] * 2, mood


def test_where_nobody_listens_there_is_no_long_wait():
    async def run():
        dns._known.clear()
        server = DNSServer({})
        server.close()
        try:
            await resolve("broker.example", server.address, 60)
        except OSError as fault:
            return str(fault)

    assert "no answer" not in asyncio.run(run())


def test_the_loop_lives_while_a_server_is_silent():
    async def run():
        dns._known.clear()
        server = DNSServer(ZONE, "silent")
        serving = asyncio.create_task(server.serve())
        asking = asyncio.create_task(resolve("broker.example", server.address, 60))
        while not server.asked:
            await asyncio.sleep(0)
        for _ in range(100):
            await asyncio.sleep(0)
        waiting = not asking.done()
        for task in (asking, serving):
            task.cancel()
        server.close()
        return waiting

    assert asyncio.run(run())


def test_a_torn_answer_is_never_believed():
    name = "far.example"
    server = DNSServer(ZONE)
    try:
        asked = question(7, name)
        answer = server._answer(asked, name)
    finally:
        server.close()
    assert read(answer, 7, name) == (ADDRESS, "192.0.2.7")
    assert read(answer, 8, name) is None
    assert read(asked, 7, name) is None
    for length in range(len(answer)):
        try:
            torn = read(answer[:length], 7, name)
        except (IndexError, ValueError):
            continue
        raise AssertionError((length, torn))


def test_an_alias_alone_is_asked_on():
    server = DNSServer(ZONE, "terse")
    try:
        assert read(server._answer(question(7, "www.example"), "www.example"), 7, "www.example") == (
            ALIAS,
            "broker.example",
        )
    finally:
        server.close()
