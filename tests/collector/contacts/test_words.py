"""What messages say: complete in every language, short enough for a telephone, the links whole."""

import re
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.contacts.customer_words import CUSTOMERS, FOOTERS
from collector.contacts.messages import What
from collector.contacts.parts import MOST, fitted, parts
from collector.contacts.policy import LIFETIMES
from collector.contacts.staff_words import STAFF
from collector.contacts.words import LANGUAGES, Facts, for_customer, for_staff

LINK = "https://feedback.example.ua/Q/ABCDEFGHIJKLMNOPQRSTUVWXYZ23"
FACTS = Facts("Універмаг на Хрещатику 12", "", LINK, f"{LINK}/stop")


def test_every_language_has_every_message() -> None:
    assert set(CUSTOMERS) == set(STAFF) == set(FOOTERS) == set(LANGUAGES)
    made_elsewhere = {"report"}  # reports.letter
    for language in LANGUAGES:
        assert CUSTOMERS[language].keys() == {*LIFETIMES, "reply"}
        assert STAFF[language].keys() == {*get_args(What)} - made_elsewhere


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("purpose", list(LIFETIMES))
def test_a_message_to_a_customer(language: str, purpose: str) -> None:
    is_of_a_case = purpose in {"receipt", "progress", "outcome", "recovery"}
    letter = for_customer(language, purpose, replace(FACTS, case="7" if is_of_a_case else ""))
    assert parts(letter.short) <= MOST
    assert letter.body[-1] == FACTS.stop
    if purpose != "thanks":
        assert LINK in letter.body
        assert f" {LINK}" in letter.short
    # A case's page has the button that stops them.
    assert (f"{LINK}/stop" in letter.short) is not is_of_a_case
    assert FACTS.shop in letter.subject
    for text in (letter.subject, *letter.body, letter.short):
        assert not re.search(r"[{}]|  |\n", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_about_a_case_a_text_message_has_one_link(language: str) -> None:
    letter = for_customer(language, "outcome", Facts("Riverside", "Усе {link} гаразд.", LINK, f"{LINK}/stop", "7"))
    assert letter.short.count("https://") == 1
    assert "Усе {link} гаразд." in letter.short  # what people write is theirs
    assert "Усе {link} гаразд." in letter.body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", list(STAFF["en"]))
def test_a_message_to_the_staff(language: str, what: str) -> None:
    link = "https://feedback.example.ua/cases/184"
    letter = for_staff(language, what, Facts("Riverside", "", link, "", "184"))
    assert letter.body[-1] == link
    assert letter.short.endswith(link)
    assert parts(letter.short) <= MOST
    assert what in {"alert", "over", "invited", "device", "test"} or "184" in letter.subject


def test_parts_of_a_text_message() -> None:
    assert [parts("a" * size) for size in (0, 160, 161, 306, 307)] == [1, 1, 2, 2, 3]
    assert [parts("ї" * size) for size in (70, 71, 134, 135, 201, 202)] == [1, 2, 2, 3, 3, 4]
    assert parts("€" * 80) == 1
    assert parts("€" * 81) == 2
    assert parts("😀" * 35) == 1
    assert parts("😀" * 36) == 2


@given(st.text(max_size=1500))
def test_a_long_text_is_cut_and_the_link_never(text: str) -> None:
    message = fitted(f"Riverside: {{text}} Answer: {LINK}", text)
    assert parts(message) <= MOST
    assert message.endswith(LINK)


def test_a_cut_text_ends_with_a_word() -> None:
    message = fitted("Shop: {text} End", "Двері зачинено " * 50)
    assert message.endswith(" End")
    assert re.search(r"(Двері|зачинено)… End$", message)
