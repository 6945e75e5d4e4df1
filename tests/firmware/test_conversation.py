import random

from kiosk.conversation import Backoff
from kiosk.record import EVENT, PERHAPS_REPEATED, RECORD_LOST, REFUSED, REOPENED
from workbench import UTC, Bench, PaperCollector, rating


def pressed(count, answered=True, **journal):
    bench = Bench(**journal)
    for number in range(1, count + 1):
        bench.press(number)
    if answered:
        assert bench.says()[0] == "status"
        bench.ack(0)
    return bench


def numbers(frame):
    """Return (first, last) of a frame."""
    return frame["first"], frame["first"] + len(frame["records"]) - 1


def sent_up(bench, collector):
    """Let everything be said and answered until there is nothing left to send."""
    for _ in range(1000):
        topic, message = bench.says_next()
        answer = collector.hear(topic, message)
        bench.hears("ack", **answer)
        if collector.cursors.get(bench.journal.epoch, 0) == bench.journal.last:
            return
    raise AssertionError("it never ends")


def test_status_first_and_no_frame_before_the_first_ack():
    bench = pressed(3, answered=False)
    for _ in range(10):
        topic, message = bench.says_next()
        assert topic == "status"
    bench.ack(0)
    topic, message = bench.says()
    assert topic == "up"
    assert numbers(message) == (1, 3)


def test_what_a_status_says():
    bench = pressed(3, answered=False)
    bench.ticks.forward(1500)
    _, message = bench.says()
    health = message.pop("health")
    assert message == {
        "v": 1,
        "boot": 1,
        "connection": 1,
        "state": "online",
        "epoch": bench.journal.epoch,
        "seq": 3,
        "confirmed": 0,
        "settings": 0,
        "secret": 1,
    }
    assert health == {"board": "bench", "uptime": 1500, "clock_error": 0, "depth": 3}


def test_the_age_of_the_oldest_record():
    bench = Bench()
    bench.journal.append((1, 1, 0, 1, 400, 0, 0))
    bench.ticks.forward(1500)
    assert bench.says()[1]["health"]["oldest"] == 1100


def test_a_will_says_offline_and_nothing_of_health():
    bench = Bench()
    will = bench.talk.status("offline")
    assert b'"state":"offline"' in will
    assert b"health" not in will


def test_what_a_frame_says():
    bench = pressed(2)
    bench.ticks.forward(700)
    assert bench.says() == (
        "up",
        {
            "v": 1,
            "epoch": bench.journal.epoch,
            "held": 1,
            "first": 1,
            "boot": 1,
            "uptime": 700,
            "utc": UTC + 700,
            "records": [list(rating(1)), list(rating(2))],
        },
    )


def test_one_unconfirmed_frame():
    bench = pressed(150)
    assert numbers(bench.says()[1]) == (1, 100)
    bench.press(151)
    assert bench.says() is None
    bench.ack(100)
    assert numbers(bench.says()[1]) == (101, 151)
    bench.ack(151)
    assert bench.says() is None


def test_the_frame_goes_again_until_it_is_confirmed_with_longer_and_longer_pauses():
    bench = pressed(3)
    first = bench.says_on("up")
    delays = []
    for _ in range(9):
        before = bench.clock.uptime()
        again = bench.says_on("up")
        assert numbers(again) == numbers(first)
        delays.append(bench.clock.uptime() - before)
    for delay, expected in zip(delays, [2, 4, 8, 16, 32, 64, 128, 256, 300]):  # noqa: B905 - not in MicroPython
        assert 800 * expected <= delay <= 1200 * expected


def test_status_goes_again_until_the_first_ack():
    bench = pressed(0, answered=False)
    bench.says_on("status")
    delays = []
    for _ in range(7):
        before = bench.clock.uptime()
        bench.says_on("status")
        delays.append(bench.clock.uptime() - before)
    for delay, expected in zip(delays, [2, 4, 8, 16, 32, 60, 60]):  # noqa: B905 - not in MicroPython
        assert 800 * expected <= delay <= 1200 * expected


def test_status_every_minute():
    bench = pressed(0)
    for minute in range(1, 4):
        bench.says_on("status")
        assert bench.clock.uptime() == 60_000 * minute
        bench.ack(0)


def test_the_collector_may_ask_to_wait():
    bench = pressed(3)
    bench.ack(0, wait=7000)
    assert bench.says() is None
    bench.ticks.forward(6999)
    assert bench.says() is None
    bench.ticks.forward(1)
    assert bench.says()[0] == "up"


def test_ack_sets_the_clock_and_status_tells_by_how_much():
    bench = pressed(0)
    assert bench.clock.utc() == UTC
    bench.ticks.forward(1000)
    bench.ack(0)
    assert bench.says_on("status")["health"]["clock_error"] == -1000


def test_only_an_ack_trims():
    bench = pressed(12, segment=5)
    bench.says_on("up")
    for _ in range(5):
        bench.says_next()
    assert bench.journal.held == 1
    bench.ack(12)
    assert bench.journal.held == 6


def test_an_ack_of_another_epoch_means_nothing():
    bench = pressed(12, answered=False)
    bench.ack(5, epoch=bench.journal.epoch % 1000 + 1)
    assert not bench.talk.answered
    assert bench.clock.utc() is None
    assert bench.says_next()[0] == "status"


def test_what_cannot_be_read_means_nothing():
    bench = pressed(12, answered=False, segment=5)
    good = {"v": 1, "epoch": bench.journal.epoch, "seq": 12, "utc": UTC}
    for name in ("epoch", "seq", "utc"):
        for wrong in (None, "12", 1.5, -1, True, [], {}):
            bench.hears("ack", **dict(good, **{name: wrong}))
    for wrong in (None, 2, "1"):
        bench.hears("ack", **dict(good, v=wrong))
    for payload in (b"", b"{", b"[]", b"null", b"7", b'"ack"', b"\xff\xfe", b"{}"):
        for topic in ("ack", "config", "other"):
            bench.talk.heard(topic, payload)
    for version, settings in ((None, {}), (1, None), (1, []), ("1", {}), (1, {"buttons": 99})):
        bench.hears("config", version=version, settings=settings)
    assert not bench.talk.answered
    assert bench.journal.held == 1
    assert bench.settings.version == 0


def test_frames_stay_small():
    bench = Bench()
    bench.clock.boot = 2**31 - 1
    for _ in range(300):
        bench.journal.append((4, 3, 2**31 - 1, 2**31 - 1, 2**40 - 1, 2**31 - 1, 3))
    bench.says()
    bench.ack(0)
    collector = PaperCollector()
    sent_up(bench, collector)  # `says` checks the size of each
    assert len(collector.taken) == 300


def test_anchors_of_other_boots_and_only_of_those_that_had_a_clock():
    bench = Bench()
    bench.press(1)
    for boot in (1, 2, 3, 4):
        assert bench.clock.boot == boot
        bench.journal.append((1, 1, 0, boot, 5, 0, 0))
        if boot in (1, 3):
            bench.ticks.forward(100)
            bench.ack(0, utc=UTC + boot)
        if boot < 4:
            bench.start()
    bench.says()
    bench.ack(1)
    frame = bench.says_on("up")
    assert sorted(frame["anchors"]) == [[1, 100, UTC + 1], [3, 100, UTC + 3]]


def test_a_frame_says_what_was_lost():
    bench = pressed(26, answered=False, segment=5, capacity=20)
    collector = PaperCollector()
    sent_up(bench, collector)
    assert collector.gaps == [(bench.journal.epoch, 1, 5, "full")]
    assert bench.journal.lost is None
    assert len(collector.taken) == 21


def test_a_collector_from_an_older_backup_gets_what_is_still_here():
    bench = pressed(22, segment=5)
    collector = PaperCollector()
    sent_up(bench, collector)
    collector.cursors[bench.journal.epoch] = 7
    collector.taken = {}
    bench.press(23)
    sent_up(bench, collector)
    assert collector.gaps == [(bench.journal.epoch, 8, 15, None)]
    assert sorted(seq for _, seq in collector.taken) == list(range(16, 24))
    assert bench.talk.status("online")  # and says so without harm


def test_a_frame_refused_goes_one_by_one_and_one_refused_twice_becomes_a_loss():
    bench = pressed(12, answered=False, segment=5)
    poison = list(rating(7))
    collector = PaperCollector(lambda frame: poison in frame["records"])
    sent_up(bench, collector)
    taken = [collector.taken[bench.journal.epoch, seq] for seq in range(1, 13)]
    assert taken[6] == (EVENT, RECORD_LOST, REFUSED) + rating(7)[3:]
    del taken[6]
    assert taken == [rating(number) for number in range(1, 13) if number != 7]
    bench.start()
    assert bench.journal.read(11, 5) == [rating(11), rating(12)]


def test_a_collector_that_refuses_everything_costs_one_record():
    bench = pressed(5, answered=False)
    collector = PaperCollector(lambda _: True)
    for _ in range(50):
        topic, message = bench.says_next()
        bench.hears("ack", **collector.hear(topic, message))
    assert bench.journal.read(2, 10) == [rating(number) for number in range(2, 6)]
    collector.unreadable = None
    sent_up(bench, collector)
    assert len(collector.taken) == 5


def test_a_refusal_of_another_frame_changes_nothing():
    bench = pressed(5)
    bench.says_on("up")
    for refused in ([4, 4], [1, 4], [2, 5], 1, None):
        bench.ack(0, reason="?", refused=refused)
    assert numbers(bench.says_on("up")) == (1, 5)


def test_a_frame_of_which_nothing_could_be_read_goes_one_by_one_and_is_never_a_loss():
    bench = pressed(5)
    bench.says_on("up")
    for _ in range(4):
        bench.ack(0, reason="?")
        assert numbers(bench.says_on("up")) == (1, 1)
    assert bench.journal.read(1, 1) == [rating(1)]


def test_a_journal_that_went_back_opens_a_new_epoch_and_a_new_connection():
    bench = pressed(12, answered=False, segment=5)
    epoch = bench.journal.epoch
    bench.says_on("status")
    bench.ack(13)
    assert bench.journal.held == 1
    assert bench.says() is None
    assert bench.talk.over
    assert bench.journal.epoch != epoch
    bench.talk.begin()
    assert not bench.talk.over
    status = bench.says_on("status")
    assert (status["epoch"], status["seq"], status["connection"]) == (bench.journal.epoch, 13, 2)
    collector = PaperCollector()
    bench.hears("ack", **collector.hear("status", status))
    sent_up(bench, collector)
    taken = [collector.taken[bench.journal.epoch, seq] for seq in range(1, 14)]
    assert taken[0][:3] == (EVENT, REOPENED, 12)
    assert [record[4] for record in taken[1:]] == list(range(1, 13))
    assert not any(record[6] & PERHAPS_REPEATED for record in taken)  # pressed since the start: nobody can have them


def test_a_journal_that_went_back_and_has_grown_past_what_the_collector_has():
    """An old copy with 5 records comes to life and records 7 more; the collector has 8 of the lost journal."""
    bench = pressed(5, answered=False, segment=5)
    bench.start()
    for number in range(6, 13):
        bench.press(number)
    bench.says_on("status")
    bench.ack(8)
    assert bench.says() is None
    assert bench.talk.over
    assert [record[4] for record in bench.journal.read(2, 100)] == list(range(1, 13))


def test_an_ack_of_the_old_epoch_comes_late():
    bench = pressed(3)
    epoch = bench.journal.epoch
    bench.ack(4)
    bench.says()
    bench.talk.begin()
    bench.ack(99, epoch=epoch)
    assert not bench.talk.answered
    assert bench.journal.last == 4


def test_settings_come_and_are_told_at_once():
    bench = pressed(0)
    bench.hears("config", version=3, settings={"buttons": 3})
    assert bench.settings["buttons"] == 3
    assert bench.says()[1]["settings"] == 3
    bench.hears("config", version=3, settings={"buttons": 2})
    assert bench.says() is None
    assert bench.settings["buttons"] == 3


def test_the_code_of_a_press_is_handed_on():
    bench = pressed(3)
    bench.says_on("up")
    codes = []
    bench.talk.when_coded = lambda *code: codes.append(code)
    bench.ack(3, qr=[2, 29, "c" * 144])
    assert codes == [((bench.journal.epoch, 2), 29, "c" * 144)]
    assert bench.journal.held == 1
    assert bench.says() is None


def test_a_code_that_cannot_be_read_is_none_and_the_ack_counts():
    bench = pressed(3)
    bench.says_on("up")
    bench.talk.when_coded = None
    for code in (None, [], 3, "c", [3], [3, 29], ["3", 29, "c" * 144], [3, 29, "c" * 143], [3, 29, "c" * 144, 1]):
        bench.ack(3, qr=code)
    assert bench.says() is None


def test_after_a_new_connection_everything_begins_with_a_status():
    bench = pressed(3)
    bench.says_on("up")
    bench.talk.begin()
    topic, status = bench.says()
    assert (topic, status["connection"]) == ("status", 2)
    assert bench.says() is None
    bench.ack(2)
    assert numbers(bench.says()[1]) == (3, 3)


def test_chaos():
    """Acks get lost, repeated, delayed and swapped, connections break, the kiosk restarts: each press arrives once."""
    for seed in range(6):
        random.seed(seed)
        bench = Bench(segment=5)
        collector = PaperCollector()
        under_way = []
        pressed_so_far = 0
        for _ in range(400):
            dice = random.randint(0, 19)
            if dice < 4:
                pressed_so_far += 1
                bench.press(pressed_so_far)
            elif dice < 10:
                bench.ticks.forward(random.randint(1, 5000))
                said = bench.says()
                if said:
                    under_way.append(collector.hear(*said))
            elif dice < 16 and under_way:
                at = random.randint(0, len(under_way) - 1)
                bench.hears("ack", **under_way[at])
                if dice < 14:
                    under_way.pop(at)
            elif dice == 16 and under_way:
                under_way.pop()
            elif dice == 17:
                bench.talk.begin()
            elif dice == 18:
                bench.start()
            elif under_way:
                under_way.append({"v": 1, "epoch": 12345, "seq": 10**6, "utc": UTC})
        sent_up(bench, collector)
        assert not collector.gaps
        assert [collector.taken[bench.journal.epoch, seq][4] for seq in range(1, pressed_so_far + 1)] == list(
            range(1, pressed_so_far + 1)
        )


def test_backoff_spreads_kiosks():
    delays = set()
    for _ in range(100):
        delays.add(Backoff(1000, 8000).next())
    assert len(delays) > 10
    assert 800 <= min(delays) <= max(delays) <= 1200
