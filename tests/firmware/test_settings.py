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
