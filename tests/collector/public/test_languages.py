"""The page's language: the phone's, or the one that is tapped; from left to right or from right to left."""

import re
import string

import pytest
from flask import Flask
from sqlalchemy import Engine

from collector.public import words as languages
from collector.public.words import NAMES, Words
from collector.surveys.definition import LANGUAGES, Comment, Smileys
from tests.collector.customers import FIRST, Phone, ask, form_of, words
from tests.factories import Shop

ARABIC = Smileys(1, {"ar": "كيف كانت زيارتك اليوم؟", "en": "How was your visit today?"})


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_says_everything(language: str) -> None:
    texts, english = languages._TEXTS[language], languages._TEXTS["en"]
    assert texts.keys() == english.keys()
    for name, text in texts.items():
        assert text.strip() == text != ""
        assert placeholders(text) == placeholders(english[name]), name
        assert language == "en" or text != english[name] or name == "consent review", name
    assert set(NAMES) == set(LANGUAGES)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("uk-UA,uk;q=0.9,en;q=0.5", "uk"),
        ("en-GB", "en"),
        ("fr, de;q=0.3", "de"),
        ("en;q=0.3, pl-PL;q=0.8", "pl"),
        ("ru-UA, *;q=0.1", "ru"),
        ("DE-at", "de"),
        ("uk;q=0, pl;q=0.1", "pl"),
        ("fr", "en"),
        ("*", "en"),
        ("not a language; q=what", "en"),
        ("", "en"),
    ],
)
def test_its_language_is_the_phones(app: Flask, phone: Phone, poster: str, header: str, language: str) -> None:
    assert f'<html lang="{language}" dir="ltr">' in Phone(app, header).scan(poster).text


def test_another_language_is_one_tap_away(phone: Phone, poster: str) -> None:
    page = phone.scan(poster)
    offered = re.findall(r'<a href="\?lang=(\w+)" hreflang="\1" lang="\1">([^<]+)</a>', page.text)
    assert offered == [(tag, name) for tag, name in NAMES.items() if tag != "en"]
    ukrainian = phone.scan(poster, lang="uk")
    assert "Як вам сьогодні у нас?" in ukrainian.text
    assert 'href="?lang=en"' in ukrainian.text
    assert '<html lang="en"' in phone.scan(poster, lang="<b>").text


def test_it_stays_through_the_whole_survey(phone: Phone, poster: str) -> None:
    page = phone.tap(poster, 4, lang="de")
    assert "Was war nicht gut?" in page.text
    assert "Vielen Dank!" in words(phone.send(poster, form_of(page)))


def test_changing_it_keeps_what_is_filled_in(phone: Phone, poster: str) -> None:
    form = form_of(phone.tap(poster, 4))
    page = phone.send(poster, form, reasons=[2], comment="Cold soup.", contact="0501234567", agrees=True, to="pl")
    assert page.status_code == 200
    assert '<html lang="pl"' in page.text
    assert "Co było nie tak?" in page.text
    assert re.search(r'value="2" checked', page.text)
    assert "Cold soup.</textarea>" in page.text
    assert 'value="0501234567"' in page.text
    assert re.search(r'name="consent" value="[\d-]+" checked', page.text)
    assert "Dziękujemy!" in words(phone.send(poster, form_of(page), comment="Cold soup."))


def test_the_key_go_sends_the_form_and_changes_no_language(phone: Phone, poster: str) -> None:
    """A browser presses the first button of a form; those of languages come after it."""
    page = phone.tap(poster, 4).text
    assert page.index('<button class="button">') < page.index('<button form="answer" name="to"')


def test_a_survey_in_a_further_language(app: Flask, phone: Phone, poster: str, engine: Engine, riverside: Shop) -> None:
    with engine.begin() as connection:
        ask(connection, riverside.store, ARABIC, Comment(2, {"ar": "قل لنا المزيد"}))
    page = Phone(app, "ar-EG,ar;q=0.9,en;q=0.5").scan(poster)
    # Our own words are in English there, the survey's in its language, and lines begin at the right.
    assert '<html lang="en" dir="rtl">' in page.text
    assert '<h1 lang="ar">كيف كانت زيارتك اليوم؟</h1>' in page.text
    assert "very good" in words(page)
    assert 'href="?lang=ar" hreflang="ar" lang="ar">العربية</a>' in phone.scan(poster).text
    rest = phone.post(poster, {FIRST: "4", "lang": "ar"})
    assert '<label for="comment" lang="ar">قل لنا المزيد' in rest.text
    # In a language that the survey is not in, it is in English; where it is not in English, in what it is in.
    assert '<h1 lang="en">How was your visit today?</h1>' in phone.scan(poster, lang="de").text
    assert 'lang="ar">قل لنا المزيد' in phone.post(poster, {FIRST: "4", "lang": "de"}).text


def test_words_of_a_language_that_we_do_not_have_are_english() -> None:
    assert Words("ar")["send"] == "Send"
