"""What somebody types into the editor."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from collector.surveys.default import DEFINITION
from collector.surveys.definition import Comment, Nps, Opens, Reason, Reasons, Smileys
from collector.surveys.editor import forms
from collector.surveys.editor.edit import reason_numbers
from collector.surveys.schedule import Schedule


@pytest.fixture(autouse=True)
def request_of_a_page(app: Flask) -> Iterator[None]:
    """Sentences are said in the language of a request."""
    with app.test_request_context():
        yield


def typed(*several: tuple[str, Any], **fields: Any) -> MultiDict[str, str]:
    return MultiDict([*several, *fields.items()])


def test_words_in_every_language() -> None:
    before = Nps(3, {"de": "Alt", "en": "Old", "he": "ישן"})
    sent = typed(
        ("text-en", "  How\nlikely\x07 is it? "),
        ("text-uk", "Чи?"),
        ("text-de", ""),
        ("text-he", "חדש"),
        ("text-xx", "?"),
    )
    after = forms.question(sent, before, set())
    assert after == Nps(3, {"en": "How likely is it?", "he": "חדש", "uk": "Чи?"})
    assert list(after.text) == ["en", "he", "uk"]


def test_how_many_faces() -> None:
    before = Smileys(1, {"en": "How?"})
    for sent, buttons in (("5", 5), ("2", 2), ("1", 4), ("6", 4), ("many", 4)):
        after = forms.question(typed(("text-en", "How?"), ("buttons", sent)), before, set())
        assert after == Smileys(1, {"en": "How?"}, buttons)  # type: ignore[arg-type]


def test_a_comment_may_do_without_words() -> None:
    assert forms.question(typed(), Comment(3, {"en": "Say"}), set()) == Comment(3, {})


def lines(rows: list[Reason], field: str) -> list[tuple[str, Any]]:
    """The form's fields of the lines of reasons."""
    numbers = [(f"{field}-{at}", str(row.number)) for at, row in enumerate(rows)]
    texts = [(f"{field}-{at}-{tag}", text) for at, row in enumerate(rows) for tag, text in row.text.items()]
    return [*numbers, *texts]


def test_reasons_keep_their_numbers_however_often_the_form_is_sent() -> None:
    before = Reasons(2, {"en": "Good?"}, {"en": "Bad?"}, (Reason(4, {"en": "Quick"}),), (Reason(1, {"en": "Queue"}),))
    used = {1, 4, 9}
    bad, good = forms.rows(before.bad, used), forms.rows(before.good, used)
    assert [row.number for row in bad] == [1, 10, 11, 12, 13, 14]
    assert [row.number for row in good] == [4, 15, 16, 17, 18, 19]
    bad[0], bad[1] = Reason(1, {"en": "Long queue"}), Reason(10, {"en": "Dirty"})
    good[0] = Reason(4, {})
    sent = typed(*lines(bad, "bad"), *lines(good, "good"), ("why_bad-en", "Bad?"), ("why_good-en", "Good?"))
    after = forms.question(sent, before, {1, 4, 9})
    assert after == Reasons(
        2, {"en": "Good?"}, {"en": "Bad?"}, (), (Reason(1, {"en": "Long queue"}), Reason(10, {"en": "Dirty"}))
    )
    assert isinstance(after, Reasons)
    assert forms.question(sent, after, {1, 4, 9, 10}) == after


def test_a_number_that_somebody_makes_up_is_not_taken() -> None:
    before = DEFINITION.why
    assert before
    used = reason_numbers([DEFINITION])
    rows = [Reason(7, {"en": "Not mine"}), Reason(1, {"en": "Mine"}), Reason(5000, {"en": "Too high"})]
    after = forms.question(typed(*lines(rows, "bad")), before, used)
    assert isinstance(after, Reasons)
    assert [each.number for each in after.bad] == [13, 1, 14]


def test_rules() -> None:
    before = Opens(words={"en": ("lawyer",), "he": ("עורך",)})
    sent = typed(
        ("below", "bad"), ("nps_at_most", "4"), ("contact", "1"), ("words-en", "Lawyer, ill,\nILL ; "), ("words-he", "")
    )
    assert forms.opens(sent, before) == Opens(
        below=50, bad_with_words=False, nps_at_most=4, contact=True, words={"en": ("lawyer", "ill")}
    )
    kept = forms.opens(typed(("below", ""), ("nps_at_most", "11"), ("bad_with_words", "1")), Opens(below=33))
    assert kept == Opens(below=33, bad_with_words=True, nps_at_most=None, contact=False)


def test_a_schedule() -> None:
    sent = typed(
        ("since", "2026-12-01"), ("until", "2026-12-24"), ("weekday", "sun"), ("weekday", "sat"), ("from", "17:00")
    )
    sent.add("to", "21:00")
    assert forms.schedule(sent) == Schedule(date(2026, 12, 1), date(2026, 12, 24), ("sat", "sun"), ("17:00", "21:00"))
    every = [("weekday", each) for each in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")]
    assert forms.schedule(typed(*every, since="", until="soon")) == Schedule()


@pytest.mark.parametrize(
    ("sent", "against"),
    [
        ({"since": "2026-12-02", "until": "2026-12-01"}, {"until": "The last day comes before the first."}),
        ({"from": "17:00"}, {"hours": "Give both times, or none: from 17:00 to 21:00."}),
        ({"from": "17:00", "to": "25:00"}, {"hours": "Give both times, or none: from 17:00 to 21:00."}),
        ({"from": "09:00", "to": "09:00"}, {"hours": "Give both times, or none: from 17:00 to 21:00."}),
    ],
)
def test_what_would_be_never_is_said(sent: dict[str, str], against: dict[str, str]) -> None:
    with pytest.raises(forms.NotYet) as reason:
        forms.schedule(typed(**sent))
    assert reason.value.problems == against


def test_a_name() -> None:
    assert forms.name(typed(name=" Spring  2027 ")) == "Spring 2027"
    for name in ("", "   ", "x" * 101):
        with pytest.raises(forms.NotYet, match="Give it a name"):
            forms.name(typed(name=name))
