import asyncio

from kiosk import wifi
from kiosk.wifi import WiFi

from simulators.wlan import CYW43, ESP32, Air

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
CHIPS = [(CYW43, wifi.CYW43), (ESP32, wifi.ESP32), (ESP32, wifi.ESP32_ON_BATTERY)]


class Shop:
    """A shop's Wi-Fi and a board in it, and time that is moved by hand."""

    def __init__(self, radio, chip, networks=None, password="secret"):  # noqa: S107 - it is none
        self.air = Air({"shop": "secret"} if networks is None else networks)
        self.radio = radio(self.air)
        self.chip, self.lines = chip, []
        self.wifi = WiFi(self.radio, chip, "shop", password, self.lines.append)
        self._due = 0

    async def want(self):
        """Begin to join; return the task, which ends when there is a network."""
        joining = asyncio.create_task(self.wifi.join())
        await asyncio.sleep(0)
        return joining

    async def live(self, duration):
        """Let so many ms go by; the board looks when it has asked to."""
        end = self.air.now + duration
        while self._due <= end:
            self.air.now = self._due
            self._due += self.wifi.look(self._due)
        self.air.now = end
        await asyncio.sleep(0)

    @property
    def said(self):
        return self.lines[-1].split(": ")[1] if self.lines else None


def with_each_chip(story, **circumstances):
    for radio, chip in CHIPS:
        asyncio.run(story(Shop(radio, chip, **circumstances)))


def test_the_radio_is_off_until_somebody_wants_to_join():
    async def story(shop):
        await shop.live(MINUTE)
        assert not shop.radio.active()
        joining = await shop.want()
        await shop.live(10 * SECOND)
        assert joining.done()
        assert shop.lines == ['Wi-Fi "shop": joined, signal -61 dBm']
        assert shop.wifi.signal() == -61

    with_each_chip(story)


def test_power_saving_is_set_each_time_the_radio_is_switched_on():
    async def story(shop):
        for _ in range(2):
            await shop.want()
            await shop.live(10 * SECOND)
            assert shop.radio.settings["pm"] == shop.chip.settings["pm"]
            shop.wifi.leave()
            assert not shop.radio.settings

    with_each_chip(story)


def test_each_trouble_has_its_own_words():
    def trouble(words, minutes=1, gives_address=True, hung=False, **circumstances):
        async def story(shop):
            shop.air.gives_address, shop.radio.dead = gives_address, hung
            joining = await shop.want()
            await shop.live(minutes * MINUTE)
            assert shop.said == words, shop.lines
            assert not joining.done()
            joining.cancel()

        with_each_chip(story, **circumstances)

    trouble(wifi.NO_NETWORK, networks={"next door": "secret"})
    trouble(wifi.WRONG_PASSWORD, minutes=3, password="sekret")
    trouble(wifi.NO_ADDRESS, gives_address=False)
    trouble(wifi.MUTE, hung=True)


def test_an_open_network():
    async def story(shop):
        joining = await shop.want()
        await shop.live(10 * SECOND)
        assert joining.done()

    with_each_chip(story, networks={"shop": ""}, password=None)


def test_one_refusal_of_a_right_password_is_not_told():
    async def story(shop):
        shop.radio.false_refusals = 2
        joining = await shop.want()
        await shop.live(2 * MINUTE)
        assert joining.done()
        assert not [line for line in shop.lines if wifi.WRONG_PASSWORD in line]

    asyncio.run(story(Shop(CYW43, wifi.CYW43)))


def test_a_trouble_is_told_once_however_long_it_lasts():
    async def story(shop):
        joining = await shop.want()
        await shop.live(3 * HOUR)
        assert shop.lines == ['Wi-Fi "shop": ' + wifi.NO_NETWORK]
        assert shop.radio.connects < 300  # about one a minute: the air is shared
        joining.cancel()

    with_each_chip(story, networks={})


def test_it_comes_back_within_two_minutes_of_the_network():
    async def story(shop):
        await shop.want()
        await shop.live(HOUR)
        shop.air.networks = {}
        await shop.live(12 * HOUR)
        joining = await shop.want()
        assert not joining.done()
        shop.air.networks = {"shop": "secret"}
        await shop.live(2 * MINUTE)
        assert joining.done()

    with_each_chip(story)


def test_an_access_point_that_restarts():
    async def story(shop):
        await shop.want()
        await shop.live(HOUR)
        shop.air.networks = {}
        await shop.live(5 * SECOND)
        assert shop.said in (wifi.GONE, wifi.NO_NETWORK)
        assert shop.wifi.signal() is None
        shop.air.networks = {"shop": "secret"}
        joining = await shop.want()
        await shop.live(30 * SECOND)
        assert joining.done()

    with_each_chip(story)


def test_a_radio_that_hangs_is_switched_off_and_on():
    async def story(shop):
        await shop.want()
        await shop.live(HOUR)
        shop.radio.hung = True
        joining = await shop.want()
        await shop.live(5 * MINUTE)
        assert shop.radio.switched_on == 2
        assert joining.done()

    with_each_chip(story)


def test_a_link_that_flaps_is_not_chased():
    async def story(shop):
        shop.radio.drops_after = 2 * SECOND
        await shop.want()
        await shop.live(HOUR)
        assert 50 < shop.radio.connects < 100
        assert shop.radio.switched_on > 10
        shop.radio.drops_after = None
        joining = await shop.want()
        await shop.live(2 * MINUTE)
        assert joining.done()

    with_each_chip(story)


def test_a_radio_that_lies_is_found_out_by_the_collectors_silence():
    async def story(shop):
        await shop.want()
        await shop.live(MINUTE)
        shop.wifi.link(True)
        await shop.live(HOUR)
        shop.wifi.link(False)
        shop.radio.deaf = True
        for _ in range(wifi.DOUBTS):
            assert (await shop.want()).done()  # and the connection comes to nothing
            await shop.live(MINUTE)
        joining = await shop.want()
        assert not joining.done()
        assert shop.said == wifi.DEAF
        await shop.live(MINUTE)
        assert joining.done()
        assert not shop.radio.deaf

    with_each_chip(story)


def test_a_collector_that_answers_raises_no_doubts():
    async def story(shop):
        for _ in range(5 * wifi.DOUBTS):
            joining = await shop.want()
            await shop.live(MINUTE)
            assert joining.done()
            shop.wifi.link(True)
            shop.wifi.link(False)
        assert shop.radio.connects == 1

    with_each_chip(story)


def started_again(shop, after):
    """Return whether the board asks to be started again within `after` ms."""

    async def story():
        try:
            await shop.live(after)
        except OSError as fault:
            return "no word from the collector" in str(fault)
        return False

    return story()


def test_the_last_resort_is_for_what_had_worked_since_the_start():
    async def story(shop):
        shop.radio.dead = shop.radio.hung = True
        joining = await shop.want()
        assert not await started_again(shop, 48 * HOUR)
        shop.radio.dead = False
        await shop.live(10 * MINUTE)
        assert joining.done()
        shop.wifi.link(True)
        await shop.live(24 * HOUR)
        shop.wifi.link(False)
        shop.radio.dead = shop.radio.hung = True
        joining = await shop.want()
        assert not await started_again(shop, 3 * HOUR)
        assert await started_again(shop, 2 * HOUR)
        joining.cancel()

    with_each_chip(story)


def test_a_battery_board_switches_its_radio_off():
    async def story(shop):
        await shop.want()
        await shop.live(MINUTE)
        shop.wifi.leave()
        assert not shop.radio.active()
        await shop.live(MINUTE)
        assert not shop.radio.active()
        joining = await shop.want()
        await shop.live(10 * SECOND)
        assert joining.done()

    with_each_chip(story)


def test_it_runs_by_the_boards_own_clock():
    async def story(shop):
        running = asyncio.create_task(shop.wifi.run())
        joining = await shop.want()
        while not joining.done():
            shop.air.now += SECOND
            await asyncio.sleep(0)
        running.cancel()

    wifi.WATCH, wifi.LOOK, usual = 1, 1, (wifi.WATCH, wifi.LOOK)
    try:
        asyncio.run(story(Shop(CYW43, wifi.CYW43)))
    finally:
        wifi.WATCH, wifi.LOOK = usual
