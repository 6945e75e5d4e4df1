import asyncio
import os
from binascii import crc32

from screens import DID, FONT, QUESTION, SIZES, TELL, Sheet, code, drawn, play, rest, thanks

# isort: split
from kiosk import font
from kiosk.face import face
from kiosk.screen import Screen

ALPHABETS = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;!?-()%&/+'\"",
    "ĄĆĘŁŃÓŚŹŻąćęłńóśźż",
    "ÄÖÜäöüß„“",
    "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯабвгґдеєжзиіїйклмнопрстуфхцчшщьюяʼ’«»—…№",
    "ЁЪЫЭёъыэЎў",
    "ČĎĚŇŘŠŤŮŽčďěňřšťůž",
    "ÀÂÇÉÈÊËÎÏÔŒÙÛŸàâçéèêëîïôœùûÿÁÍÑÓÚáíñóú¿¡ÃÕãõ",
    "ŐŰőűĂȘȚășțĀĒĢĪĶĻŅŪāēģīķļņūĖĮŲėįųĞİŞğışÅÆØåæø€",
)


def test_the_letters_of_the_shops_languages():
    for alphabet in ALPHABETS:
        for sign in alphabet:
            assert FONT.knows(sign) or sign == "Ÿ", sign
    assert not FONT.knows("☺")
    assert not FONT.knows("漢")


def test_the_letters_stay_small():
    assert os.stat(font._FILE)[6] <= 16 * 1024  # noqa: PTH116 - not in MicroPython


def test_an_unknown_sign_is_a_box():
    for size in FONT.sizes:
        sheet, other = Sheet(40, FONT.line(size)), Sheet(40, FONT.line(size))
        FONT.draw(sheet.canvas, 2, 0, "☺", size)
        FONT.draw(other.canvas, 2, 0, "漢", size)
        assert sheet.dots == other.dots
        left, top, right, bottom = sheet.box()
        assert "#" * (right - left + 1) in sheet.row(top)
        assert "#" * (right - left + 1) in sheet.row(bottom)


def test_words_are_as_wide_as_they_are_drawn():
    for size in FONT.sizes:
        sheet = Sheet(240, FONT.line(size))
        assert FONT.draw(sheet.canvas, 5, 0, "Žižkův Їжак", size) == 5 + FONT.width("Žižkův Їжак", size)
        left, _, right, _ = sheet.box()
        assert 3 <= left <= 8
        assert -3 <= right - 5 - FONT.width("Žižkův Їжак", size) <= 2


def test_at_rest_the_question_in_all_languages_as_large_as_fits():
    for (width, height), size in zip(SIZES, (15, 20, 28, 15)):  # noqa: B905 - not in MicroPython
        sheet = drawn(rest(), width, height)
        assert sheet.size_of("Як вам") == sheet.size_of("How was") == size


def test_you_said_we_did_stands_below_and_is_smaller():
    sheet = drawn(rest(did=DID), 240, 240)
    assert sheet.size_of("сьогодні") == sheet.size_of("visit") == 20
    assert sheet.size_of("друга каса.") == 20
    assert sheet.size_of("long queues.") is None  # two languages would leave the question too little
    assert drawn(rest(did=DID), 200, 200).size_of("друга каса.") == 15


def test_you_said_we_did_is_whole_or_not_there():
    assert drawn(rest(did=DID), 128, 128).dots == drawn(rest(), 128, 128).dots


def test_a_question_too_long_for_the_screen_ends_in_dots():
    long = [["uk", "Чи легко ви знайшли сьогодні все, по що прийшли, і чи допоміг вам хтось із працівників магазину?"]]
    sheet = drawn(rest(long), 128, 128)
    assert sheet.size_of("Чи легко") == 15
    assert sheet.size_of("…") == 15


def test_a_language_that_does_not_fit_is_left_out_whole():
    many = QUESTION + [["de", "Wie war Ihr Einkauf heute?"], ["pl", "Jak minęły zakupy?"]]
    sheet = drawn(rest(many), 128, 128)
    assert sheet.size_of("visit") == 15
    assert sheet.size_of("heute?") is None
    assert sheet.size_of("zakupy?") is None
    assert drawn(rest(many), 240, 240).size_of("zakupy?")


def test_a_word_too_long_is_broken():
    for width, height in SIZES:
        sheet = drawn(rest([["de", "Rindfleischetikettierungsüberwachungsaufgabe"]]), width, height)
        left, _, right, _ = sheet.box()
        assert left > 0
        assert right < width - 1
        assert sheet.size_of("Rindfl")


def test_no_word_stands_alone_on_the_last_line_where_it_can_be_helped():
    assert drawn(rest([["en", "You said: long queues. Now a second till opens at 5 pm."]]), 240, 240).size_of(
        "at 5 pm."
    )


def test_words_keep_away_from_the_edges():
    pictures = [rest(), rest(did=DID), thanks(1), thanks(4), code()[1]]
    for width, height in SIZES:
        for picture in pictures:
            left, top, right, bottom = drawn(picture, width, height).box()
            assert min(left - 3, top - 2, width - 4 - right, height - 3 - bottom) >= 0, (width, picture)


def test_thanks_with_the_pressed_face():
    for width, height in SIZES:
        faces = set()
        for button in (1, 2, 3, 4):
            sheet = drawn(thanks(button), width, height)
            faces.add(crc32(sheet.dots))
            assert sheet.size_of("Дякуємо!")
            assert bool(sheet.size_of("Thank you!")) == (
                height > 122
            )  # a lower one has no room for the second language
        assert len(faces) == 4


def test_faces_differ_in_outline():
    for button, round_one in ((1, True), (2, True), (3, False), (4, False)):
        sheet = drawn(thanks(button, []), 200, 200)
        _, top, _, _ = sheet.box()
        assert sheet.box()[2] - sheet.box()[0] + 1 == 100  # half the screen
        row = sheet.row(top)
        assert (row.count("#") < 40) == round_one


def test_which_face_a_button_has():
    assert [face(button, 4) for button in (1, 2, 3, 4)] == ["very good", "good", "bad", "very bad"]
    assert [face(button, 5) for button in (1, 3, 5)] == ["very good", "neutral", "very bad"]
    assert [face(button, 2) for button in (0, 1, 2, 3)] == [None, "very good", "very bad", None]


def test_a_button_without_a_face_is_thanked_in_words():
    assert drawn(thanks(7), 200, 200).size_of("Thank you!") == 28


def test_the_modules_of_a_code_and_its_quiet_zone():
    for width, height in SIZES:
        for words in (TELL, []):
            rows, picture = code(29, words)
            sheet = drawn(picture, width, height)
            dots = find_code(sheet, rows)
            assert dots == max(1, min(width, height) // 37 - (1 if words and width != 250 else 0)), (width, words)


def find_code(sheet, rows):
    """Return the dots a module of the code on a sheet, and see that it is whole, with a white edge of 4 modules."""
    size = len(rows)
    whole = [4 * "." + row + 4 * "." for row in rows]
    blank = 4 * [(size + 8) * "."]
    for dots in range(min(sheet.width, sheet.height) // (size + 8), 0, -1):
        for y in range(sheet.height):
            x = sheet.row(y).find(size * dots * "#")
            if x < 0:
                continue
            left, top = x - 4 * dots, y - 4 * dots
            for number, row in enumerate(blank + whole + blank):
                line = "".join([module * dots for module in row])
                for at in range(top + number * dots, top + (number + 1) * dots):
                    assert sheet.row(at)[left : left + len(line)] == line, number
            return dots
    return None


def test_a_code_too_large_for_the_screen_leaves_the_words():
    _, picture = code(121)
    assert drawn(picture, 128, 128).size_of("Tell us")
    assert drawn(picture, 128, 128).box()


def test_closed_and_unknown_pictures_are_blank():
    for kind in ("closed", "reasons"):
        assert drawn({"kind": kind}, 128, 128).box() is None


def test_drawing_goes_in_small_steps():
    assert Sheet(240, 240).draw(rest(did=DID)) > 40
    assert Sheet(240, 240).draw(thanks(1)) > 10
    assert Sheet(240, 240).draw(code()[1]) > 29


class Glass:
    """A display without a bus: it takes a moment for each picture."""

    def __init__(self):
        self.width = self.height = 128
        self.sheet = Sheet(128, 128)
        self.canvas = self.sheet.canvas
        self.shown, self.worn, self.fails = [], False, 0

    async def show(self, renew=False):
        await asyncio.sleep(0)
        if self.fails:
            self.fails -= 1
            raise OSError("BUSY stays high")
        if renew:
            self.worn = False
        self.shown.append("renewed" if renew else bytes(self.sheet.dots))

    async def close(self):
        self.shown.append("closed")


def scene(script, **settings):
    """Run a script with a screen; return what the glass showed and what was logged."""
    glass, lines = Glass(), []

    async def run():
        screen = Screen(glass, lines.append, FONT, **settings)
        running = asyncio.create_task(screen.run())
        await script(screen, glass)
        running.cancel()

    play(run())
    return glass.shown, lines


async def shown(screen):
    while screen.busy:
        await asyncio.sleep(0)


def dots(picture):
    return bytes(drawn(picture, 128, 128).dots)


def test_pictures_come_to_the_glass():
    async def script(screen, glass):
        assert not screen.busy
        for picture in (rest(), thanks(1), {"kind": "closed"}, rest()):
            screen.show(picture)
            assert screen.busy
            await shown(screen)

    assert scene(script) == ([dots(rest()), dots(thanks(1)), "closed", dots(rest())], [])


def test_an_unfinished_picture_is_given_up_for_a_newer_one():
    async def script(screen, glass):
        screen.show(rest())
        for _ in range(8):
            await asyncio.sleep(0)
        assert not glass.shown
        screen.show(thanks(1))
        screen.show(thanks(2))
        await shown(screen)

    assert scene(script) == ([dots(thanks(2))], [])


def test_a_display_that_does_not_answer_is_tried_again_with_the_next_picture():
    async def script(screen, glass):
        glass.fails = 1
        screen.show(rest())
        await shown(screen)
        screen.show(thanks(1))
        await shown(screen)

    assert scene(script) == ([dots(thanks(1))], ["The screen does not answer: BUSY stays high."])


def test_shadows_are_taken_away_when_nobody_has_pressed_for_a_while():
    async def script(screen, glass):
        screen.show(rest())
        glass.worn = True
        while glass.worn:
            await asyncio.sleep(0)
        screen.show(thanks(1))
        await shown(screen)

    assert scene(script, renew_seconds=0.01) == ([dots(rest()), "renewed", dots(thanks(1))], [])


def test_a_code_is_not_interrupted_by_that():
    async def script(screen, glass):
        screen.show(code()[1])
        glass.worn = True
        await shown(screen)
        for _ in range(100):
            await asyncio.sleep(0)
        assert glass.worn

    assert len(scene(script, renew_seconds=0)[0]) == 1


def test_a_press_while_it_waits_comes_first():
    async def script(screen, glass):
        screen.show(rest())
        glass.worn = True
        await shown(screen)
        screen.show(thanks(1))
        await shown(screen)

    assert scene(script, renew_seconds=60) == ([dots(rest()), dots(thanks(1))], [])


def test_shadows_that_cannot_be_taken_away_are_no_reason_to_stop():
    async def script(screen, glass):
        screen.show(rest())
        await shown(screen)
        glass.worn, glass.fails = True, 1
        screen.show(rest())
        await shown(screen)
        while glass.worn:
            await asyncio.sleep(0)

    pictures, lines = scene(script, renew_seconds=0.01)
    assert pictures == [dots(rest()), "renewed"]
    assert len(lines) == 1
