import asyncio

from screens import FONT, PAPER, code, play, rest, thanks

# isort: split
from boards.displays import fitted, ssd1681
from kiosk.page import Page
from kiosk.screen import Screen

from simulators.display import SSD1681Panel, ST7789Panel


def lcd(panel=None):
    panel = panel or ST7789Panel()
    return panel, fitted("st7789", panel.spi, panel.cs, panel.dc, panel.rst, panel.backlight)


def paper(panel=None, shadows=None):
    panel = panel or SSD1681Panel()
    return panel, fitted("ssd1681", panel.spi, panel.cs, panel.dc, panel.rst, panel.busy, shadows)


def draw(display, picture):
    for _ in Page(display.canvas, display.width, display.height, FONT).draw(picture):
        pass


def shows(panel, display):
    """Return whether a shopper sees what is on the canvas."""
    return panel.dots() == bytes(display._dots)


def refused(call, *arguments):
    try:
        call(*arguments)
    except ValueError as fault:
        return str(fault)
    return None


def test_what_is_on_the_canvas_comes_to_the_glass():
    for make in (lcd, paper):
        panel, display = make()

        async def scene(panel=panel, display=display):
            for picture in (rest(), thanks(1), code()[1], rest()):
                draw(display, picture)
                assert not shows(panel, display)
                await display.show()
                assert shows(panel, display)

        play(scene())


def test_the_colours_are_ink_on_paper():
    panel, display = lcd()
    display.canvas.fill(PAPER)
    display.canvas.fill_rect(100, 100, 8, 8, 0)
    play(display.show())
    assert [abs(a - b) <= 8 for a, b in zip(panel.colour(0, 0), (0xFA, 0xF8, 0xF5))] == [True] * 3  # noqa: B905
    assert [abs(a - b) <= 8 for a, b in zip(panel.colour(103, 103), (0x1C, 0x1B, 0x1A))] == [True] * 3  # noqa: B905


def test_an_lcd_is_sent_only_the_rows_that_have_changed():
    async def scene():
        panel, display = lcd()
        draw(display, rest())
        await display.show()
        before = panel.received
        await display.show()
        assert panel.received == before
        display.canvas.fill_rect(20, 30, 40, 1, 0)
        await display.show()
        assert shows(panel, display)
        assert 0 < panel.received - before < 4000  # one band of 30

    play(scene())


def test_an_lcd_shows_no_snow():
    async def scene():
        panel, display = lcd()
        lit = []
        panel.backlight._changed = lambda level: lit.append((level, shows(panel, display)))
        draw(display, rest())
        await display.show()
        assert lit[-1] == (1, True)
        assert not [level for level, _ in lit[:-1] if level]

    play(scene())


def test_an_lcd_goes_dark_and_comes_back():
    async def scene():
        panel, display = lcd()
        draw(display, rest())
        await display.show()
        await display.close()
        assert panel.asleep
        assert not panel.on
        assert not panel.backlight.value()
        await display.show()
        assert shows(panel, display)

    play(scene())


def test_others_work_while_an_lcd_is_sent():
    async def scene():
        _, display = lcd()
        draw(display, rest())
        turns = [0]

        async def other():
            while True:
                turns[0] += 1
                await asyncio.sleep(0)

        working = asyncio.create_task(other())
        await display.show()
        working.cancel()
        assert turns[0] >= 30

    play(scene())


def test_paper_flickers_only_at_first_and_when_it_may():
    async def scene():
        panel, display = paper()
        for picture in (rest(), thanks(1), code()[1], rest()):
            draw(display, picture)
            await display.show()
        assert panel.refreshes == ["full", "partial", "partial", "partial"]
        assert panel.asleep
        assert display.shadows == 3
        assert not display.worn
        for _ in range(ssd1681.MOST_SHADOWS - 3):
            await display.show()
        assert display.worn
        await display.show(True)
        assert panel.refreshes[-1] == "full"
        assert shows(panel, display)
        assert not display.worn

    play(scene())


def test_paper_remembers_while_the_board_sleeps():
    async def scene():
        panel, display = paper()
        draw(display, rest())
        await display.show()
        _, display = paper(panel, shadows=display.shadows)  # the board has woken up
        draw(display, thanks(4))
        await display.show()
        assert panel.refreshes == ["full", "partial"]
        assert shows(panel, display)
        assert display.shadows == 1

    play(scene())


def test_paper_is_blank_when_closed():
    async def scene():
        panel, display = paper()
        draw(display, rest())
        await display.show()
        await display.close()
        assert panel.dots() == b"\xff" * 5000
        assert panel.asleep
        draw(display, rest())
        await display.show()
        assert shows(panel, display)

    play(scene())


def test_paper_that_stays_busy_is_given_up_and_started_anew():
    async def scene():
        panel, display = paper()
        draw(display, rest())
        await display.show()
        panel.busy.broken = True
        try:
            await display.show()
            raise AssertionError("it cannot have been shown")
        except OSError:
            pass
        panel.busy.broken = False
        draw(display, thanks(1))
        await display.show()
        assert panel.refreshes == ["full", "full"]
        assert shows(panel, display)

    patience, ssd1681.PATIENCE = ssd1681.PATIENCE, 20
    try:
        play(scene())
    finally:
        ssd1681.PATIENCE = patience


def test_a_screen_on_each_display():
    for make in (lcd, paper):
        panel, display = make()

        async def scene(panel=panel, display=display):
            screen = Screen(display, font=FONT)
            running = asyncio.create_task(screen.run())
            for picture in (rest(), thanks(2), {"kind": "closed"}, code()[1]):
                screen.show(picture)
                while screen.busy:
                    await asyncio.sleep(0)
                if picture["kind"] != "closed":
                    assert shows(panel, display)
            running.cancel()

        play(scene())


def test_there_is_no_other_display():
    assert refused(fitted, "hd44780", None, None, None, None, None) == "no such display: hd44780"


# The simulated chips are as strict as a real one is silent.


def test_a_chip_refuses_a_command_that_it_does_not_know():
    for make in (lcd, paper):
        panel, display = make()
        assert refused(display._bus.send, 0xEE) == "unknown command 0xee"
        assert refused(panel.init, 80_000_000, 0, 0) == "the chip cannot follow"


def test_a_chip_refuses_what_it_cannot_hear():
    panel, display = lcd(ST7789Panel(clock=lambda: 0))
    assert refused(display._bus.send, 0x11) == "too soon"
    assert refused(display._bus.send, 0x2C, b"\x00\x00") == "not 16 bits a dot"
    panel, display = paper()
    assert refused(display._bus.send, 0x24, b"\x00") == "register 0x01 is not set"
    display._bus.send(0x10, b"\x01")
    assert refused(display._bus.send, 0x12) == "the chip does not listen now"
    panel.rst.value(0)
    assert refused(display._bus.send, 0x12) == "the chip is held in reset"


def test_a_partial_refresh_does_not_touch_what_did_not_change():
    # If the driver did not say what was on the paper before, what it was would stay.
    async def scene():
        panel, display = paper()
        display.canvas.fill(PAPER)
        await display.show()
        panel._memories[0x26][:] = bytes(5000)
        panel._memories[0x26][0] = 0xFF
        panel._paper[0] = 0
        await display.show()
        assert panel.dark(0, 0)
        assert not panel.dark(8, 0)

    play(scene())
