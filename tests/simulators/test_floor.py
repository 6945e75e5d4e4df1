"""The shop floor's page in a real browser, with kiosks that run the real firmware and have no broker."""

import asyncio
import io
import json
import re
import smtplib
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import msgspec
import psutil
import pytest
from aiohttp import web
from PIL import Image
from playwright.async_api import Locator, Page, async_playwright, expect
from sqlalchemy import Engine, select

from collector.fleet.identity import FILE, Identity
from collector.fleet.tables import kiosk_placement
from collector.places.tables import touchpoint
from collector.settings import Settings
from collector.surveys.default import ensure_default
from collector.up.shop import KIOSKS, open_shop
from printer.escpos import render
from printer.profiles import PROFILES
from printer.qr import symbol
from printer.slip import INVITATION, Slip
from simulators.flash_image import read_file, write_file
from simulators.floor.kiosks import NoPlaceForKiosk, flash_of, install_kiosks
from simulators.floor.server import Floor, make_app
from simulators.sms_gateway import TOKEN
from tests.browser import program
from tests.conftest import wait_for_port
from tests.factories import make_shop
from tests.qr_codes import read

OWN = "HTTPS://FEEDBACK.EXAMPLE.COM/Q/ABCDEFGHIJKLMNOPQRSTUVWXYZ23"
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
KIOSK = "riverside-exit"


@pytest.fixture
def floor_settings(tmp_path: Path) -> Settings:
    """Settings of a floor whose kiosks know their shop's settings, and no broker that answers."""
    settings = Settings.load(environ={}, data=tmp_path)
    own = symbol(OWN)
    values = {
        "buttons": 4,
        "bad": [3, 4],
        "languages": ["uk", "en"],
        "question": {"en": "How was your visit today?", "uk": "Як вам сьогодні у нас?"},
        "thanks": {"en": "Thank you!", "uk": "Дякуємо!"},
        "tell": {"en": "Tell us what went wrong", "uk": "Розкажіть, що пішло не так"},
        "qr": [own.size, own.packed()],
    }
    for name in KIOSKS:
        image = flash_of(settings, name)
        image.parent.mkdir(exist_ok=True)
        identity = Identity(kiosk=name, host="127.0.0.1", port=1, n=1, secret="secret", tls=False)
        write_file(image, FILE, msgspec.json.encode(identity))
        write_file(image, "settings.json", json.dumps({"version": 1, "settings": values}).encode())
    return settings


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[str]:
    """The floor with one kiosk switched on; yields its address."""
    floor = Floor(settings)
    runner = web.AppRunner(make_app(settings, floor), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    kiosk = floor.kiosks[KIOSK]
    try:
        await kiosk.plug_in()
        await kiosk.wait_until(lambda: kiosk.front.armed)
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await kiosk.pull_plug()
        await runner.cleanup()


@asynccontextmanager
async def pages(url: str, *looks: tuple[dict[str, int], str]) -> AsyncIterator[list[Page]]:
    """The floor in windows of these sizes and colour schemes."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program(), args=["--no-sandbox", "--disable-gpu"])
        windows, troubles = [], []
        for viewport, colours in looks:
            page = await browser.new_page(viewport=viewport, color_scheme=colours)  # type: ignore[arg-type]
            page.on("pageerror", lambda trouble: troubles.append(str(trouble)))
            await page.goto(url)
            windows.append(page)
        yield windows
        await browser.close()
        assert not troubles


def screen_of(page: Page) -> Locator:
    return page.locator(f"#{KIOSK} .screen")


async def press(page: Page, face: str) -> None:
    await page.locator(f"#{KIOSK}").get_by_role("button", name=face, exact=True).click()


def run(test: Coroutine[None, None, None]) -> None:
    asyncio.run(test)


def test_the_screen_shows_a_code_that_scans_in_every_window(floor_settings: Settings) -> None:
    async def test() -> None:
        looks = [(size, colours) for size in (DESKTOP, PHONE) for colours in ("light", "dark")]
        async with opened(floor_settings) as url, pages(url, *looks) as windows:
            await expect(screen_of(windows[0]).locator("p")).to_have_text(
                ["Як вам сьогодні у нас?", "How was your visit today?"]
            )
            await press(windows[0], "very bad")
            for page in windows:
                await expect(screen_of(page).locator("p")).to_have_text(
                    ["Розкажіть, що пішло не так", "Tell us what went wrong"], timeout=15_000
                )
                code = screen_of(page).get_by_role("img", name="QR code")
                box = await code.bounding_box()
                assert box is not None
                assert box["width"] / (symbol(OWN).size + 8) >= 4
                picture = Image.open(io.BytesIO(await code.screenshot())).convert("RGB")
                inside = picture.crop((1, 1, picture.width - 1, picture.height - 1))
                assert set(inside.get_flattened_data()) == {(0, 0, 0), (255, 255, 255)}  # crisp
                assert read(picture) == OWN
                await screen_of(page).scroll_into_view_if_needed()
                assert read(Image.open(io.BytesIO(await page.screenshot()))) == OWN
                assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    run(test())


def test_a_good_press_is_thanked_and_the_next_shopper_asked(floor_settings: Settings) -> None:
    async def test() -> None:
        async with opened(floor_settings) as url, pages(url, (PHONE, "light")) as [page]:
            await press(page, "bad")
            code = screen_of(page).get_by_role("img")
            await expect(code).to_be_visible()
            await press(page, "good")
            await expect(screen_of(page)).to_have_attribute("data-kind", "thanks")
            await expect(code).to_have_count(0)
            await expect(screen_of(page)).to_have_attribute("data-kind", "rest")
            await expect(page.locator(f"#{KIOSK} .lit")).to_have_text("2")

    run(test())


def test_only_whoever_is_at_this_machine_presses(floor_settings: Settings) -> None:
    def answer(url: str, data: bytes | None = None, **headers: str) -> int:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as response:
                return int(response.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code

    async def test() -> None:
        async with opened(replace(floor_settings, host="shop.example.com")) as url:
            assert await asyncio.to_thread(answer, url) == 200
            assert await asyncio.to_thread(answer, url, Host="shop.example.com") == 403
            assert await asyncio.to_thread(answer, url, Host="example.com") == 403
            pressing = f"{url}kiosks/{KIOSK}/press"
            assert await asyncio.to_thread(answer, pressing, b"button=1", Origin="http://example.com") == 403
            assert await asyncio.to_thread(answer, pressing, b"button=1") == 200

    run(test())


def test_floor_is_on_this_machine_alone_wherever_the_console_is(settings: Settings, engine: Engine) -> None:
    with engine.begin() as connection:
        open_shop(connection)
    exposed = replace(settings, host="0.0.0.0")  # noqa: S104 - what is to be shown to stay closed
    command = [sys.executable, "-m", "collector", "simulate", "floor"]
    process = subprocess.Popen(command, env=exposed.environment(), stderr=subprocess.DEVNULL)
    try:
        wait_for_port(settings.floor_port)
        listening = [each.laddr.ip for each in psutil.Process(process.pid).net_connections() if each.status == "LISTEN"]
        assert set(listening) == {"127.0.0.1"}
    finally:
        process.terminate()
        process.wait()


def test_kiosks_stand_in_the_store_of_the_installation(settings: Settings, engine: Engine) -> None:
    with engine.begin() as connection:
        make_shop(connection, "Lakeside")
        shop = make_shop(connection)
        ensure_default(connection)
        install_kiosks(connection, settings)
        stores = select(touchpoint.c.store_id).join(kiosk_placement, kiosk_placement.c.touchpoint_id == touchpoint.c.id)
        assert connection.execute(stores).scalars().all() == [shop.store, shop.store]


def test_kiosks_go_where_kiosks_find_the_broker(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("the organisation's CA")
    told = replace(settings, kiosk_broker="mqtts://broker.example", broker_ca=tmp_path / "ca.pem")
    with engine.begin() as connection:
        open_shop(connection)
        install_kiosks(connection, told)
    [flash, *_] = (settings.data / "kiosks").iterdir()
    known = msgspec.json.decode(read_file(flash, FILE), type=Identity)
    assert (known.host, known.port, known.tls, known.ca) == ("broker.example", 8883, True, "the organisation's CA")


def test_an_installation_with_other_stores_has_no_place_for_virtual_kiosks(settings: Settings, engine: Engine) -> None:
    with engine.begin() as connection:
        make_shop(connection, "Lakeside")
        with pytest.raises(NoPlaceForKiosk, match=r"of the store Riverside, which this installation does not have"):
            install_kiosks(connection, settings)


def test_the_printer_s_lights_and_buttons_say_how_it_is(floor_settings: Settings) -> None:
    async def test() -> None:
        async with opened(floor_settings) as url, pages(url, (PHONE, "light"), (DESKTOP, "dark")) as windows:
            for page in windows:
                printer = page.locator("#printer")
                power, roll, fault = (printer.locator(f".{light} .word") for light in ("power", "roll", "fault"))
                await expect(fault).to_have_text("none")
                await expect(printer.get_by_text("No paper has come out yet.")).to_be_visible()
                for press, undo, light, word in (
                    ("Let the roll run low", "Put a full roll in", roll, "almost used up"),
                    ("Take the paper out", "Put paper in", fault, "waits for paper"),
                    ("Open the cover", "Close the cover", fault, "cover open"),
                    ("Jam the blade", "Free the blade", fault, "blade stuck"),
                    ("Switch to offline", "Switch to online", fault, "offline"),
                    ("Pull the plug", "Plug in", power, "off"),
                ):
                    await printer.get_by_role("button", name=press, exact=True).click()
                    await expect(light).to_have_text(word)
                    await printer.get_by_role("button", name=undo, exact=True).click()
                    await expect(fault).to_have_text("none")
                    await expect(printer.get_by_role("status")).to_have_text("That is well again.")
                assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    run(test())


def test_paper_comes_out_of_the_printer_and_scans_in_every_window(floor_settings: Settings) -> None:
    async def test() -> None:
        floor = Floor(floor_settings)
        port = await floor.printer.start()
        runner = web.AppRunner(make_app(floor_settings, floor), access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            async with pages(
                f"http://127.0.0.1:{runner.addresses[0][1]}/", (PHONE, "dark"), (DESKTOP, "light")
            ) as windows:
                slip = Slip("Riverside", INVITATION["en"], OWN, "0042", "en")
                heard, sender = await asyncio.open_connection("127.0.0.1", port)
                sender.write(render(slip, PROFILES["epson-80"], 1).data)
                await heard.readexactly(7)
                sender.close()
                for page in windows:
                    strip = page.locator("#printer figure img")
                    await expect(strip).to_have_attribute("alt", re.compile("Riverside.*Receipt 0042"))
                    await strip.scroll_into_view_if_needed()
                    assert read(Image.open(io.BytesIO(await strip.screenshot()))) == OWN
                await windows[0].get_by_role("button", name="Off and on again").click()
                await expect(windows[0].locator("#printer").get_by_role("status")).to_contain_text("on again")
        finally:
            await floor.printer.stop()
            await runner.cleanup()

    run(test())


def test_what_customers_are_told_arrives_on_their_phone_with_links_to_tap(floor_settings: Settings) -> None:
    link = "HTTP://LOCALHOST:8080/Q/ABCDEFGHIJKLMNOPQRSTUVWXYZ23"

    def text_message(port: int) -> int:
        body = json.dumps({"to": "+380501234567", "text": f"Riverside answers. Look: {link}.", "reference": "a"})
        headers = {"Authorization": f"Bearer {TOKEN}"}
        request = urllib.request.Request(f"http://127.0.0.1:{port}/messages", body.encode(), headers)
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)

    def mail(port: int) -> None:
        letter = EmailMessage()
        letter["Subject"], letter["To"], letter["From"] = "Your case", "oksana@example.org", "shop@example.com"
        letter.set_content(f"Good day!\n\nWhat happened: {link}\n<script>alert(1)</script>\n")
        with smtplib.SMTP("127.0.0.1", port) as server:
            server.send_message(letter)

    async def test() -> None:
        floor = Floor(floor_settings)
        texts, mailboxes = await floor.phone.gateway.start(), await floor.phone.mailboxes.start()
        runner = web.AppRunner(make_app(floor_settings, floor), access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
            async with pages(url, (PHONE, "dark"), (DESKTOP, "light")) as windows:
                phones = [page.locator("#phone") for page in windows]
                for phone in phones:
                    await expect(phone.get_by_text("Nothing has arrived yet.")).to_be_visible()
                assert await asyncio.to_thread(text_message, texts) == 201
                await asyncio.to_thread(mail, mailboxes)
                for page, phone in zip(windows, phones, strict=True):
                    messages = phone.get_by_role("listitem")
                    await expect(messages).to_have_count(2)
                    await expect(messages.nth(0)).to_contain_text("Mail to oksana@example.org")
                    await expect(messages.nth(0).get_by_role("heading")).to_have_text("Your case")
                    await expect(messages.nth(0)).to_contain_text("<script>alert(1)</script>")
                    await expect(messages.nth(1)).to_contain_text("Text message to +380501234567")
                    await expect(messages.nth(1)).to_contain_text(f"Riverside answers. Look: {link}.")
                    await expect(messages.nth(1).get_by_role("link")).to_have_attribute("href", link)
                    await expect(phone.get_by_text("Nothing has arrived yet.")).to_be_hidden()
                    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        finally:
            await floor.phone.stop()
            await runner.cleanup()

    run(test())
