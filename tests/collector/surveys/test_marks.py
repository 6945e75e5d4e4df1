"""What is nobody's opinion, and what only looks like it."""

import pytest

from collector.ratings.kinds import Mark
from collector.surveys.marks import OF_RATINGS, OWN_PHONE, SHOP_SCREEN, AnswerMark, is_spam, pace


@pytest.mark.parametrize(
    "comment",
    [
        "Cheap watches at https://example.com/watches",
        "visit WWW.example.com now",
        "bestcasino.online/win",
        "aaaaaaa",
        "ааааа",
        "1111111",
        "😀😀😀😀😀",
        "👍🏽 👍🏽 👍🏽 👍🏽",
        "sdfghjk",
        "sdfghjkl qwrtpsdf",
        "йцкнгшщз",
    ],
)
def test_spam(comment: str) -> None:
    assert is_spam(comment)
    assert not is_spam(comment, has_contact=True)  # somebody wants an answer


@pytest.mark.parametrize(
    "comment",
    [
        None,
        "",
        "   ",
        "ok",
        "No.",
        "!!!!!!",
        "👎",
        "👍👍",
        "Супер 👍👍👍👍👍",
        "Queue. Only one till open.at noon",
        "Długa kolejka, zły krzyż",
        "Dlouhá fronta, smrt krk",
        "Warteschlange!",
        "Чомусь не працює термінал",
        "фывапролдж",  # struck at random, but it can be spoken, and nobody can tell
        "5/5",
        "100",
        "شكرا جزيلا",
        "とても良い",
        "Sch.",
        "Cash desk 4, 18:30, receipt 123456",
    ],
)
def test_what_somebody_may_have_meant(comment: str | None) -> None:
    assert not is_spam(comment)


def test_marks_of_answers_are_marks_of_ratings() -> None:
    assert set(OF_RATINGS) == set(AnswerMark)
    assert OF_RATINGS[AnswerMark.NONE] is Mark.COUNTED
    assert len(set(OF_RATINGS.values())) == len(AnswerMark)


def test_a_screen_for_all_may_answer_more_often_than_a_phone() -> None:
    assert pace(is_kiosk=False) is OWN_PHONE
    assert pace(is_kiosk=True) is SHOP_SCREEN
    assert SHOP_SCREEN.answers * OWN_PHONE.within > OWN_PHONE.answers * SHOP_SCREEN.within
