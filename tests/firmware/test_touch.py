"""The touch front in a real browser: from a finger to the journal, and what the screen shows meanwhile."""

import asyncio
import contextlib
import http.client
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from boards.raspberry_pi import Board
from kiosk.front import CHOOSE_MS, READ_MS, THANKS_MS, Front
from kiosk.record import RATING, REASON, TOUCH
from kiosk.settings import Settings
from pi_bench import SETTINGS, furnish, in_a_thread, mock_pins, recorded, terminal
from playwright.sync_api import expect
from workbench import Memory

from printer.qr import symbol
from tests.browser import chromium, scan, window
from tests.conftest import free_ports
from tests.waiting import until

PROGRAM = Path(__file__).parents[2] / "firmware" / "pi" / "kiosk_pi.py"
LINK = "HTTPS://SHOP.EXAMPLE.COM.UA/Q/ABCDEFGHIJKLMNOPQRSTUVWXYZ23"
SCREENS = [(800, 480), (1280, 800), (480, 800), (720, 1280)]
FOUR = {
    "uk": "Як вам сьогодні у нас?",
    "en": "How was your visit today?",
    "pl": "Jak oceniasz dzisiejszą wizytę?",
    "de": "Wie war Ihr Besuch heute?",
}


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


def of_a_rating(records):
    """Return (kind, value, extra, flags) of the ratings and reasons among records, with the seqs of the ratings."""
    return [(seq, *record[:3], record[6]) for seq, record in enumerate(records, 1) if record[0] in (RATING, REASON)]


def test_a_touched_face_is_in_the_journal_when_the_screen_thanks(tmp_path, browser):
    with terminal(tmp_path, touch=True, reasons={}) as kiosk, window(browser, 800, 480) as page:
        page.goto(kiosk.board.page.address)
        page.get_by_role("button", name="very good").click()
        expect(page.get_by_role("heading", name="Дякуємо! Thank you!")).to_be_visible()
        expect(page.locator(".face.very-good")).to_be_visible()
        expect(page.get_by_role("heading", name="Як вам сьогодні у нас?")).to_be_visible()
        page.get_by_role("button", name="дуже погано very bad").click()
        expect(page.locator(".face.very-bad")).to_be_visible()
    assert of_a_rating(recorded(tmp_path)) == [(2, RATING, 1, 0, TOUCH), (3, RATING, 4, 0, TOUCH)]


def test_reasons_are_others_for_good_than_for_bad_and_belong_to_their_rating(tmp_path, browser):
    with terminal(tmp_path, touch=True) as kiosk, window(browser, 1280, 800) as page:
        page.goto(kiosk.board.page.address)
        page.get_by_role("button", name="very bad").click()
        page.get_by_role("button", name="Не було товару Out of stock").click()
        page.get_by_role("button", name="very good").click()
        expect(page.get_by_role("button", name="Quick")).to_be_visible()
        expect(page.get_by_role("button", name="Long queue")).to_have_count(0)
        page.get_by_role("button", name="Вибір Choice").click()
        page.get_by_role("button", name="дуже добре").click()
        page.get_by_role("button", name="Пропустити Skip").click()
        expect(page.get_by_role("heading", name="How was your visit today?")).to_be_visible()
    assert [record[1:4] for record in of_a_rating(recorded(tmp_path))] == [
        (RATING, 4, 0),
        (REASON, 3, 2),
        (RATING, 1, 0),
        (REASON, 2, 4),
        (RATING, 1, 0),
    ]


def test_a_finger_that_stays_is_one_press(tmp_path, browser):
    with terminal(tmp_path, touch=True, reasons={}) as kiosk, window(browser) as page:
        page.goto(kiosk.board.page.address)
        page.get_by_role("button", name="very good").hover()
        page.mouse.down()  # and not up again
        expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
        expect(page.get_by_role("heading", name="How was your visit today?")).to_be_visible()
        page.mouse.up()
        page.get_by_role("button", name="very bad").click()
        expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    assert [record[2] for record in of_a_rating(recorded(tmp_path))] == [1, 4]


def test_a_keyboard_does_all_of_it(tmp_path, browser):
    with terminal(tmp_path, touch=True) as kiosk, window(browser) as page:
        page.goto(kiosk.board.page.address)
        expect(page.get_by_role("button", name="very bad")).to_be_visible()
        page.keyboard.press("4")
        expect(page.get_by_role("button", name="Long queue")).to_be_visible()
        page.keyboard.press("6")
        expect(page.get_by_role("button", name="very good")).to_be_visible()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Quick")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="very good")).to_be_visible()
    assert [record[1:3] for record in of_a_rating(recorded(tmp_path))] == [(RATING, 4), (REASON, 6), (RATING, 1)]


def test_buttons_and_screen_are_one_kiosk(tmp_path, browser):
    with terminal(tmp_path, touch=True, reasons={}) as kiosk, window(browser) as page:
        page.goto(kiosk.board.page.address)
        expect(page.get_by_role("button", name="very good")).to_be_visible()
        kiosk.press(3)
        expect(page.locator("[data-kind=thanks] .face.bad")).to_be_visible()
    assert [record[4] for record in of_a_rating(recorded(tmp_path))] == [0]


class Screen:
    """A board's page; the test decides what it shows, and moves the time."""

    def __init__(self, loop, settings):
        self._loop = loop
        self.board = Board(touch=True, port=0, pins=mock_pins())
        self.told = []
        self.board.when_touched = lambda button: self.told.append(("touched", button))
        self.board.when_chosen = lambda reason: self.told.append(("chosen", reason))
        asyncio.run_coroutine_threadsafe(self.board.power_on("exit-1"), loop).result()
        self.settings = Settings(Memory())
        assert self.settings.take(1, {**SETTINGS, **settings})
        self.front = Front(self.board, self.settings, lambda: None)

    def do(self, action, *arguments):
        """Call something of the board's in its own thread."""

        async def there():
            return action(*arguments)

        return asyncio.run_coroutine_threadsafe(there(), self._loop).result()


@contextlib.contextmanager
def looking(browser, size=(1280, 800), by_hand=False, **settings):
    """A screen, and the browser that shows it; by_hand: the browser's time stands still until it is moved."""
    with in_a_thread() as loop:
        screen = Screen(loop, settings)
        try:
            with window(browser, *size) as page:
                if by_hand:
                    page.clock.install()
                page.goto(screen.board.page.address)
                yield screen, page
        finally:
            screen.do(screen.board.page.close)


def test_a_screen_that_was_left_alone_goes_back_to_rest(browser):
    with looking(browser) as (screen, page):
        screen.do(screen.front.rest)
        screen.do(screen.front.pressed, (7, 1), 1, 1000)
        expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
        screen.do(screen.front.settle, 1000 + READ_MS)
        expect(page.get_by_role("button", name="Quick")).to_be_visible()
        screen.do(screen.front.settle, 1000 + READ_MS + CHOOSE_MS - 1)
        expect(page.get_by_role("button", name="Quick")).to_be_visible()
        screen.do(screen.front.settle, 1000 + READ_MS + CHOOSE_MS)
        expect(page.get_by_role("heading", name="How was your visit today?")).to_be_visible()


def test_a_closed_shop_shows_nothing(browser):
    with looking(browser) as (screen, page):
        screen.do(screen.board.screen, {"kind": "closed"})
        expect(page.locator("body[data-kind=closed]")).to_be_visible()
        assert page.locator("main").inner_text() == ""
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"


@pytest.mark.parametrize("size", SCREENS)
def test_its_code_can_be_read_and_ends_when_one_is_done(browser, size):
    code = symbol(LINK)
    with looking(browser, size) as (screen, page):
        picture = {"kind": "qr", "text": screen.settings.texts("tell"), "size": code.size, "bits": code.packed()}
        screen.do(screen.board.screen, picture)
        expect(page.get_by_role("heading", name="Tell us what went wrong")).to_be_visible()
        assert scan(page.locator("body")) == LINK
        page.get_by_role("button", name="Done").click()
        until(lambda: screen.told, "the page to say so")
        assert screen.told == [("chosen", 0)]


@pytest.mark.parametrize("size", SCREENS)
def test_everything_fits_and_whatever_can_be_touched_is_20_mm(browser, size):
    """20 mm are 23.3 % of the shorter side of the smallest screen, 7 inches."""
    with looking(browser, size) as (screen, page):
        for languages in (["en"], ["uk", "en"], ["uk", "en", "pl"], ["uk", "en", "pl", "de"]):
            text = [[language, FOUR[language]] for language in languages]
            for picture in (
                {"kind": "rest", "text": text, "did": text},
                {"kind": "thanks", "button": 4, "text": text},
                {"kind": "reasons", "button": 4, "reasons": [text] * 6},
                {"kind": "qr", "text": text, "size": 29, "bits": symbol(LINK).packed()},
            ):
                screen.do(screen.board.screen, picture)
                shown = f"[data-kind={picture['kind']}] main [lang={languages[-1 if len(languages) < 4 else 0]}]"
                expect(page.locator(shown).first).to_be_visible()
                boxes, touchable = page.evaluate("""() => ["h1, main > *, nav, .pick", ".pick"].map((things) =>
                    [...document.querySelectorAll(things)].filter((thing) => thing.checkVisibility()).map((thing) => {
                        const { left, top, right, bottom, width, height } = thing.getBoundingClientRect();
                        return { left, top, right, bottom, width, height };
                    }))""")
                for box in boxes:
                    assert min(box["left"], box["top"]) >= 0, (picture, box)
                    assert box["right"] <= size[0] + 0.5, (picture, box)
                    assert box["bottom"] <= size[1] + 0.5, (picture, box)
                for box in touchable:
                    assert min(box["width"], box["height"]) >= 0.233 * min(size), (picture, box)


def test_of_many_languages_a_tap_chooses_one_and_the_next_shopper_finds_the_first(browser):
    with looking(browser, by_hand=True, languages=list(FOUR), question=FOUR) as (screen, page):
        screen.do(screen.front.rest)
        expect(page.get_by_role("heading")).to_have_text(FOUR["uk"])
        page.get_by_role("button", name="polski").click()
        expect(page.get_by_role("heading")).to_have_text(FOUR["pl"])
        expect(page.get_by_role("button", name="bardzo źle")).to_be_visible()
        page.clock.run_for(5_000)  # and what has passed by itself: its clock goes on
        expect(page.get_by_role("heading")).to_have_text(FOUR["pl"])
        page.clock.run_for(10_000)
        expect(page.get_by_role("heading")).to_have_text(FOUR["uk"])


def test_two_fingers_are_one_press_until_a_picture_answers(browser):
    with looking(browser, reasons={}) as (screen, page):
        screen.do(screen.front.rest)
        expect(page.get_by_role("button", name="very good")).to_be_visible()
        page.get_by_role("button", name="very good").click()
        page.get_by_role("button", name="very good").click()
        screen.do(screen.front.pressed, (7, 1), 1, 1000)
        expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
        screen.do(screen.front.settle, 1000 + THANKS_MS)
        page.get_by_role("button", name="very bad").click()
        until(lambda: len(screen.told) == 2, "the next press")
        assert screen.told == [("touched", 1), ("touched", 4)]


def test_what_was_touched_on_a_picture_that_is_gone_is_dropped(browser):
    with looking(browser) as (screen, page):
        screen.do(screen.front.rest)
        screen.do(screen.board.screen, {"kind": "reasons", "button": 4, "reasons": [[["en", "Long queue"]]]})
        expect(page.get_by_role("button", name="Long queue")).to_be_visible()
        page.evaluate("""() => new Promise((done) => {
            const late = new WebSocket(`ws://${location.host}/front`);
            late.onmessage = (event) => {
                const { number } = JSON.parse(event.data);
                late.send(JSON.stringify({ number: number - 1, touched: 1 }));  // on the question that was there
                late.send(JSON.stringify({ number, touched: 1 }));  // there are no faces on this one
                late.send(JSON.stringify({ number, chosen: 1 }));
                done();
            };
        })""")
        until(lambda: screen.told, "the one that counts")
        assert screen.told == [("chosen", 1)]


def test_the_tone_sounds_in_the_browser(browser):
    with looking(browser) as (screen, page):
        page.evaluate("""() => {
            window.tones = [];
            const start = OscillatorNode.prototype.start;
            OscillatorNode.prototype.start = function (at) {
                window.tones.push(this.frequency.value);
                start.call(this, at);
            };
        }""")
        screen.do(screen.board.sound, "identify", 50)
        until(lambda: page.evaluate("window.tones") == [880, 880, 880], "three tones")


def test_nobody_else_presses_for_a_shopper(browser):
    """Neither a page of another site nor another name for this machine may speak to the kiosk."""
    with looking(browser) as (screen, _):
        host = screen.board.page.address.split("/")[2]

        def status(path, **headers):
            connection = http.client.HTTPConnection(host)
            connection.request("GET", path, headers={"Host": host, **headers})
            with contextlib.closing(connection):
                return connection.getresponse().status

        assert status("/") == 200
        assert status("/", Host="evil.example") == 403
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
        assert status("/front", Origin="http://evil.example", **upgrade) == 403
        assert status("/touch.js") == 200
        assert status("/../../kiosk_main.py") == 404
        assert status("/__init__.py") == 404


class Machine:
    """Runs the program as systemd would, with a touch screen and no pins."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_ports(1)[0]
        furnish(folder, reasons={})
        (folder / "screen.json").write_text(json.dumps({"driver": "touch", "port": self.port}))
        self.process = None

    def start(self):
        command = [sys.executable, "-u", str(PROGRAM), str(self.folder)]
        environment = {**os.environ, "PYTHONWARNINGS": "error"}
        self.process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if "the touch page" in line:
                return
        raise AssertionError("it has ended")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def test_while_the_kiosk_is_away_there_is_nothing_to_touch_and_no_press_is_lost(tmp_path, browser):
    machine = Machine(tmp_path)
    machine.start()
    try:
        with window(browser, 800, 480) as page:
            page.goto(f"http://127.0.0.1:{machine.port}/")
            page.get_by_role("button", name="bad", exact=False).last.click()
            expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
            machine.kill()
            expect(page.get_by_role("heading", name="One moment, please.")).to_be_visible()
            assert page.get_by_role("button").count() == 0
            machine.start()
            page.get_by_role("button", name="very good").click()
            expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    finally:
        machine.kill()
    assert [record[2] for record in of_a_rating(recorded(tmp_path))] == [4, 1]
