from kiosk.settings import DEFAULTS, FILE, Settings
from workbench import Memory


def test_a_new_kiosk_has_something_to_ask():
    settings = Settings(Memory())
    assert settings.version == 0
    assert settings["buttons"] == 4
    assert settings["question"]["en"]


def test_settings_stay():
    storage = Memory()
    assert Settings(storage).take(3, {"buttons": 5, "question": {"uk": "Як вам?"}})
    settings = Settings(storage)
    assert (settings.version, settings["buttons"], settings["question"]) == (3, 5, {"uk": "Як вам?"})
    assert settings["thanks"] == DEFAULTS["thanks"]


def test_settings_of_an_older_firmware():
    storage = Memory()
    storage.replace(FILE, b'{"version": 3, "settings": {"buttons": 5}}')
    settings = Settings(storage)
    assert (settings.version, settings["buttons"], settings["bad"], settings["qr"]) == (3, 5, [], None)


def test_texts_come_in_the_shops_order():
    settings = Settings(Memory())
    words = {"en": "How?", "de": "Wie?", "uk": "Як?", "pl": "Jak?"}
    assert settings.take(1, {"languages": ["uk", "fr", "en"], "question": words, "tell": {"en": "Tell"}})
    assert settings.texts("question") == [["uk", "Як?"], ["en", "How?"], ["de", "Wie?"], ["pl", "Jak?"]]
    assert settings.texts("tell") == [["en", "Tell"]]


def test_the_touchpoints_own_code():
    settings = Settings(Memory())
    assert settings.take(1, {"qr": [29, "c" * 144]})
    assert settings["qr"] == [29, "c" * 144]
    assert settings.take(2, {"qr": None})
    assert settings["qr"] is None


def test_a_version_that_is_in_force_is_ignored():
    settings = Settings(Memory())
    assert settings.take(3, {"buttons": 5})
    assert not settings.take(3, {"buttons": 2})
    assert settings["buttons"] == 5


def test_an_older_version_is_a_change_like_any_other():
    settings = Settings(Memory())
    assert settings.take(3, {"buttons": 5})
    assert settings.take(2, {"buttons": 3})
    assert (settings.version, settings["buttons"]) == (2, 3)


def test_what_cannot_be_used_changes_nothing():
    settings = Settings(Memory())
    for values in (
        {"buttons": 0},
        {"buttons": 11},
        {"buttons": "4"},
        {"languages": "uk"},
        {"languages": [["uk"]]},
        {"question": "?"},
        {"tell": None},
        {"bad": 4},
        {"qr": []},
        {"qr": [29, "c" * 143]},
        {"qr": ["29", "c" * 144]},
        {"qr": [20, "c" * 68]},
        {"qr": [29, 144]},
        {"questions": [{"en": "?"}] * 7},
        {"questions": ["?"]},
        {"weekdays": [0] * 6},
        {"weekdays": [1] * 7},
        {"reasons": {"bad": [{"en": "?"}] * 7}},
        {"reasons": []},
        {"light": 0},
        {"light": 101},
        {"sound": -1},
        {"repeat": "2000"},
        {"hours": [[]] * 6},
        {"hours": [[480, 1260]] * 7},
        {"offsets": [[0]]},
        {"did": "more tills"},
    ):
        assert not settings.take(1, values), values
    assert settings.version == 0


def test_a_damaged_file_is_fetched_anew():
    storage = Memory()
    storage.replace(FILE, b"{")
    assert Settings(storage).version == 0


def test_a_change_is_told():
    told = []
    settings = Settings(Memory())
    settings.when_changed = lambda: told.append(settings["buttons"])
    settings.take(1, {"buttons": 2})
    assert told == [2]


def test_which_question_is_asked_when():
    settings = Settings(Memory())
    values = {"question": {"en": "A?"}, "questions": [{"en": "B?"}, {"en": "C?"}], "weekdays": [0, 1, 2, 0, 0, 0, 1]}
    assert settings.take(1, values)
    assert settings.asked(None) == (0, [["en", "A?"]])
    assert [settings.asked((weekday, 600))[0] for weekday in range(7)] == [0, 1, 2, 0, 0, 0, 1]
    assert settings.asked((2, 600)) == (2, [["en", "C?"]])


def test_reasons_are_different_for_good_and_bad():
    settings = Settings(Memory())
    reasons = {"good": [{"en": "Staff"}], "bad": [{"en": "Queue", "uk": "Черга"}, {"en": "Price"}]}
    assert settings.take(1, {"bad": [3, 4], "languages": ["uk", "en"], "reasons": reasons})
    assert settings.reasons(1) == [[["en", "Staff"]]]
    assert settings.reasons(4) == [[["uk", "Черга"], ["en", "Queue"]], [["en", "Price"]]]


def test_what_a_board_has_no_use_for_is_kept_on_flash_alone():
    storage = Memory()
    assert Settings(storage, ("reasons",)).take(1, {"reasons": {"bad": [{"en": "Queue"}]}, "bad": [4]})
    assert Settings(storage, ("reasons",)).reasons(4) == []
    assert Settings(storage).reasons(4) == [[["en", "Queue"]]]


def test_a_flipped_bit_never_keeps_a_kiosk_from_starting():
    storage = Memory()
    values = {"buttons": 4, "bad": [3, 4], "weekdays": [0, 1, 0, 0, 0, 0, 0], "questions": [{"en": "B?"}]}
    assert Settings(storage).take(1, values)
    whole = storage.read(FILE)
    for at in range(len(whole)):
        for bit in range(8):
            flipped = bytearray(whole)
            flipped[at] ^= 1 << bit
            storage.replace(FILE, flipped)
            settings = Settings(storage)
            for weekday in range(7):
                settings.asked((weekday, 0))
            settings.reasons(4)
            settings.texts("thanks")


def test_settings_that_flash_does_not_take_come_again():
    class Full(Memory):
        def replace(self, path, data):
            raise OSError(28)

    settings = Settings(Full())
    assert not settings.take(1, {"buttons": 2})
    assert (settings.version, settings["buttons"]) == (0, 4)
