"""The boards' own files on the bench, in the MicroPython VM: `test_boards` runs these."""

import asyncio
import json
import os

from simulators.boards import machine, power_up
from simulators.boards.machine import PowerOff

power_up("rp2", {})  # the boards' modules ask for the hardware as soon as they are imported

from boards import esp32_c3, esp32_s3, microcontroller, pico_2_w, pico_w  # noqa: E402
from kiosk import wifi  # noqa: E402
from kiosk.debounce import Debouncer  # noqa: E402
from kiosk.presses import Edges  # noqa: E402
from kiosk.record import RATING  # noqa: E402
from micropython import heap_lock, heap_unlock  # noqa: E402
from workbench import mounted, small_flash  # noqa: E402

BOARDS = [("rp2", pico_w.Board), ("rp2", pico_2_w.Board), ("esp32", esp32_s3.Board), ("esp32", esp32_c3.Board)]
WIFI = {"name": "shop", "password": "secret", "country": "UA"}
SECOND = 1000


def on_each_board(story):
    for family, board in BOARDS:
        bench = power_up(family, {"shop": "secret"})
        story(bench, board())


def press(bench, board, button, level):
    """Move a contact with the heap locked: a handler that allocates fails here."""
    pin = bench.pins[board.BUTTONS[button]]
    if bench.family == "rp2":  # a hard interrupt
        heap_lock()
    try:
        pin.drive(level)
    finally:
        if bench.family == "rp2":
            heap_unlock()


def test_a_press_reaches_the_queue_with_its_button():
    now = [1000]

    def story(bench, board):
        edges, debouncer, presses = Edges(), Debouncer(board.buttons), []
        for button in range(board.buttons):
            assert board.level(button) == 1
            debouncer.start(button, 1, 0)

        def take(button, level, ticks):
            if debouncer.see(button, level, ticks) == RATING:
                presses.append((button, debouncer.began(button)))

        board.arm(edges.put)
        for button in range(board.buttons):
            for level in (0, 1, 0):  # it bounces
                press(bench, board, button, level)
                now[0] += 1
            edges.drain(take)
            assert board.level(button) == 0
            now[0] += debouncer.settle
            take(button, board.level(button), now[0])
            press(bench, board, button, 1)
            now[0] += 100
            edges.drain(take)
        assert presses == [(button, now[0] - 108 * (board.buttons - button)) for button in range(board.buttons)]

    microcontroller.ticks_ms, usual = lambda: now[0], microcontroller.ticks_ms
    try:
        on_each_board(story)
    finally:
        microcontroller.ticks_ms = usual


def test_a_storm_of_edges_allocates_nothing_and_drops_what_is_too_much():
    def story(bench, board):
        edges, seen = Edges(), []
        board.arm(edges.put)
        for _ in range(100):
            for level in (0, 1):
                press(bench, board, 0, level)
        edges.drain(lambda button, level, _: seen.append((button, level)))
        assert len(seen) >= 60
        assert seen[:2] == [(0, 0), (0, 1)]

    on_each_board(story)


def test_each_button_has_its_light_and_its_brightness():
    def lit(bench, board):
        return [bench.pins[number].pwm.duty for number in board.LIGHTS]

    def story(bench, board):
        board.light(None, 0)
        assert not any(lit(bench, board))
        board.light(2, 100)
        assert lit(bench, board) == ([65535] if len(board.LIGHTS) == 1 else [0, 65535, 0, 0])
        board.light(board.buttons, 1)
        assert [duty > 0 for duty in lit(bench, board)] == ([True] if len(board.LIGHTS) == 1 else [False] * 3 + [True])
        board.light(1, 50)
        assert lit(bench, board)[0] == 65535 // 4
        board.light(None, 0)
        assert not any(lit(bench, board))

    on_each_board(story)


def test_it_sounds_and_falls_silent():
    async def tune(board, sounder, name):
        heard, running = [], asyncio.create_task(board.run())
        board.sound(name, 100)
        while not heard or sounder.duty:
            if sounder.duty and heard[-1:] != [sounder.hertz]:
                heard.append(sounder.hertz)
                assert sounder.duty == 65535 // 2
            await asyncio.sleep(0)
        running.cancel()
        return heard

    def story(bench, board):
        assert asyncio.run(tune(board, bench.pins[board.SOUNDER].pwm, "thanks")) == [1760]

    on_each_board(story)


def test_the_watchdog_waits_a_little_longer_than_it_is_fed():
    def story(bench, board):
        assert bench.watchdog is None
        board.start_watchdog()
        assert 8000 < bench.watchdog.timeout <= 8388
        board.feed()
        assert bench.watchdog.fed == 1

    on_each_board(story)


def test_the_clock():
    def story(bench, board):
        board.set_clock(1_763_758_812_401)
        assert bench.clock == (2025, 11, 21, 4, 21, 0, 12, 0)

    on_each_board(story)


def started_again(board, fault=None):
    try:
        board.restart(fault)
    except PowerOff as off:
        return off.args == ("reset",)
    return False


def test_why_it_has_started():
    for family, board in BOARDS:
        bench = power_up(family, {})
        assert board().reset_cause() == 1
        bench.restart(machine.WDT_RESET)
        assert board().reset_cause() == 2
        assert started_again(board())
        assert board().reset_cause() == 3
        assert started_again(board(), ValueError("a fault"))
        assert board().reset_cause() == 3
        bench.restart(machine.WDT_RESET)
        assert board().reset_cause() == 2, "what was meant before does not count"


def on_flash(**files):
    """Put such files on the board's flash; the board looks for them where it is."""
    os.chdir("/")
    storage = mounted(small_flash())
    for name, content in files.items():
        storage.replace(name + ".json", content if isinstance(content, bytes) else json.dumps(content).encode())
    os.chdir("/bench")


async def until_joined(bench, board):
    """Run the board until it is in the network, in a time that runs a second at each turn; return the two tasks."""
    board.start_watchdog()  # without it the radio stays off: it can hang a board
    running, joining = asyncio.create_task(board.run()), asyncio.create_task(board.join())
    while not joining.done():
        bench.air.now += SECOND
        await asyncio.sleep(0)
    return running, joining


def test_it_joins_the_network_of_its_file():
    async def story(bench, board):
        told = []
        board.tell = told.append
        await board.power_on("exit-1")
        assert (bench.hostname, bench.wlan, board.resolver(), board.signal()) == ("exit-1", None, None, None)
        board.link(False)
        running, joining = await until_joined(bench, board)
        await joining
        assert bench.country == "UA"
        assert bench.wlan.settings["pm"] == board._chip.settings["pm"]
        assert board.resolver() == ("192.168.1.1", 53)
        assert board.signal() == -61
        assert told == ['Wi-Fi "shop": joined, signal -61 dBm']
        board.link(True)
        running.cancel()

    wifi.WATCH, wifi.LOOK, usual = 1, 1, (wifi.WATCH, wifi.LOOK)
    on_flash(wifi=WIFI)
    try:
        on_each_board(lambda bench, board: asyncio.run(story(bench, board)))
    finally:
        wifi.WATCH, wifi.LOOK = usual
        os.chdir("/")


def test_a_technician_sees_what_is_in_reach_and_how_the_wifi_is():
    async def story(bench, board):
        assert board.wifi() == "off"
        bench.air.networks["guests"] = ""
        looking = asyncio.create_task(board.scan())
        await asyncio.sleep(0)
        assert bench.wlan is None  # a radio can hang a board: not before there is a watchdog
        running, joining = await until_joined(bench, board)
        await joining
        assert await looking == [["guests", -50, False], ["shop", -57, True]]
        assert board.wifi() == "joined"
        bench.air.networks.clear()
        while board.wifi() == "joined":
            bench.air.now += SECOND
            await asyncio.sleep(0)
        running.cancel()
        assert board.wifi() in ("gone", "not found")

    wifi.WATCH, wifi.LOOK, usual = 1, 1, (wifi.WATCH, wifi.LOOK)
    on_flash(wifi=WIFI)
    try:
        on_each_board(lambda bench, board: asyncio.run(story(bench, board)))
        on_flash()
    finally:
        wifi.WATCH, wifi.LOOK = usual
        os.chdir("/")


def test_without_a_network_of_its_own_it_says_so_and_goes_on():
    def story(bench, board):
        for content in ({}, {"wifi": b"{"}):
            on_flash(**content)
            fault = None
            try:
                board.start_watchdog()
                asyncio.run(board.join())
            except OSError as raised:
                fault = str(raised)
            assert "wifi.json cannot be read" in fault

    on_each_board(story)
    os.chdir("/")


def shown(bench, board, picture):
    """Bring a picture to the glass; return how many bytes went over the bus."""

    async def story():
        running = asyncio.create_task(board.run())
        board.screen(picture)
        while board.busy():
            await asyncio.sleep(0)
        running.cancel()

    asyncio.run(story())
    return bench.spi.written if bench.spi else 0


def thanks(button):
    return {"kind": "thanks", "button": button, "text": [["en", "Thank you!"]]}


WITH_SCREEN = [(family, board) for family, board in BOARDS if board is not esp32_c3.Board]


def test_a_screen_shows_what_it_is_given():
    for family, board in WITH_SCREEN:
        bench = power_up(family, {})
        on_flash(screen={"driver": "st7789"})
        running = board()
        assert bench.spi is None, "the buttons come first"
        whole = shown(bench, running, thanks(2))
        assert whole > 240 * 240 * 2
        assert bench.pins[board.SCREEN[3]].value() == 1, "its backlight"
        assert 0 < shown(bench, running, thanks(3)) - whole < whole // 2, "only what has changed"
    os.chdir("/")


def test_epaper_keeps_count_of_its_shadows_over_a_sleep():
    bench = power_up("esp32", {})
    on_flash(screen={"driver": "ssd1681"})
    board = esp32_s3.Board()
    shown(bench, board, thanks(2))
    shown(bench, board, thanks(3))
    asleep(board, 60, b"to keep")
    bench.wake()
    board = esp32_s3.Board()
    assert board.kept() == b"to keep"
    shown(bench, board, thanks(2))
    assert board._display.shadows == 2
    os.chdir("/")


def test_no_screen_and_no_screen_that_is_known():
    told = []

    def story(bench, board):
        board.tell = told.append
        on_flash()
        assert shown(bench, board, thanks(2)) == 0
        assert told == []
        for content in ({"driver": "cathode ray"}, b"{"):
            again = type(board)()
            again.tell = told.append
            on_flash(screen=content)
            assert shown(bench, again, thanks(2)) == 0
            assert len(told) == 1
            assert not [line for line in told if "no screen" not in line]
            told.clear()

    on_each_board(story)
    os.chdir("/")


def asleep(board, seconds, keep, stuck=()):
    try:
        board.sleep(seconds, keep, stuck)
    except PowerOff as off:
        return off.args
    return None


def test_the_press_that_wakes_it_is_known_though_the_finger_is_gone():
    bench = power_up("esp32", {"shop": "secret"})
    board = esp32_s3.Board()
    assert (board.battery_powered, board.kept(), board.woken_by()) == (True, b"", [])
    board.light(1, 100)
    assert asleep(board, 3600, b"to keep") == ("deep sleep", 3_600_000)
    assert bench.pins[15].pwm.duty == 0
    bench.wake(6)
    board = esp32_s3.Board()
    assert bench.pins[6].value() == 1
    assert (board.woken_by(), board.kept(), board.reset_cause()) == ([2], b"to keep", 4)
    assert asleep(board, 60, b"more") == ("deep sleep", 60_000)
    bench.wake(4, 7)
    assert esp32_s3.Board().woken_by() == [0, 3]


def test_the_timer_wakes_it_for_no_press():
    bench = power_up("esp32", {})
    asleep(esp32_s3.Board(), 60, b"to keep")
    bench.registers[machine.EXT1_STATUS] = 1 << 5  # of a night long ago
    bench.wake()
    board = esp32_s3.Board()
    assert (board.woken_by(), board.kept(), board.reset_cause()) == ([], b"to keep", 4)


def test_what_it_kept_does_not_outlive_another_start():
    bench = power_up("esp32", {})
    asleep(esp32_s3.Board(), 60, b"to keep")
    bench.restart(machine.WDT_RESET)
    board = esp32_s3.Board()
    assert (board.woken_by(), board.kept()) == ([], b"")


def test_a_stuck_button_does_not_wake_it_and_one_that_is_pressed_just_now_does():
    bench = power_up("esp32", {})
    board = esp32_s3.Board()
    bench.pins[4].drive(0)
    bench.pins[6].drive(0)
    asleep(board, 60, b"", [0])
    assert bench.wakes_on == [5, 6, 7]
    asleep(board, 60, b"", range(4))
    assert bench.wakes_on == []


def test_the_radio_is_off_while_it_sleeps():
    async def story(bench, board):
        running, _ = await until_joined(bench, board)
        assert bench.wlan.active()
        asleep(board, 60, b"")
        assert not bench.wlan.active()
        running.cancel()

    wifi.WATCH, wifi.LOOK, usual = 1, 1, (wifi.WATCH, wifi.LOOK)
    on_flash(wifi=WIFI)
    bench = power_up("esp32", {"shop": "secret"})
    try:
        asyncio.run(story(bench, esp32_s3.Board()))
    finally:
        wifi.WATCH, wifi.LOOK = usual
        os.chdir("/")


def test_the_battery_is_measured_behind_its_divider():
    bench = power_up("esp32", {})
    bench.microvolts = 1_950_500
    assert esp32_s3.Board().battery() == 3901
    assert esp32_c3.Board().battery() is None


def test_what_a_board_is():
    names = []
    os.chdir("/")

    def story(bench, board):
        names.append(board.name)
        assert (board.touch, board.serial(), board.buttons) == (False, "", 4)
        assert len(set(board.BUTTONS) | set(board.LIGHTS) | {board.SOUNDER}) == 4 + len(board.LIGHTS) + 1

    on_each_board(story)
    assert names == ["pico_w", "pico_2_w", "esp32_s3", "esp32_c3"]
