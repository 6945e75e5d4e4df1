"""The console says the same in each of its languages. `make translations` brings the files up to date."""

from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from collector.translations.catalogues import PLURALS, Said, catalogue, mo_file, po_file, said, unfit, updated

CODE = {"One kiosk in <b>%(shop)s</b>": "%(num)s kiosks in <b>%(shop)s</b>", "Here": ""}
WELL = {
    "One kiosk in <b>%(shop)s</b>": (
        "%(num)s кіоск у <b>%(shop)s</b>",
        "%(num)s кіоски у <b>%(shop)s</b>",
        "%(num)s кіосків у <b>%(shop)s</b>",
    ),
    "Here": "Тут",
}


@pytest.fixture(scope="module")
def code() -> Said:
    return said()


@pytest.mark.parametrize("language", PLURALS)
def test_everything_that_the_code_says_is_said_in_each_language(language: str, code: Said) -> None:
    against = list(unfit(catalogue(language), code))
    first = "\n".join(against[:20])
    assert not against, f"{len(against)} messages of {len(code)} to see to in {po_file(language)}:\n{first}"


@pytest.mark.parametrize("language", PLURALS)
def test_what_runs_is_what_is_written(language: str) -> None:
    with mo_file(language).open("rb") as file:
        runs = GNUTranslations(file)
    for message in catalogue(language):
        if not message.id or not message.string or not all(message.string):
            continue
        if isinstance(message.id, tuple):
            assert tuple(runs.ngettext(*message.id, number) for number in (1, 2, 5)) == message.string
        else:
            said = runs.pgettext(message.context, message.id) if message.context else runs.gettext(message.id)
            assert said == message.string


def test_the_rules_of_plurals_are_those_of_the_languages() -> None:
    forms = {1: 0, 21: 0, 101: 0, 2: 1, 4: 1, 22: 1, 0: 2, 5: 2, 11: 2, 12: 2, 14: 2, 20: 2, 111: 2}
    for language in PLURALS:
        with mo_file(language).open("rb") as file:
            plural = GNUTranslations(file).plural  # type: ignore[attr-defined] # it is there, and in no stub
        assert {number: plural(number) for number in forms} == forms


def test_what_fits_passes() -> None:
    assert not list(unfit(_catalog(WELL), CODE))


@pytest.mark.parametrize(
    ("singular", "string", "against"),
    [
        ("Here", "", "missing"),
        ("Here", "Тут %(where)s", "other placeholders"),
        ("Here", "<i>Тут</i>", "other markup"),
        ("Here", " Тут", "other space"),
        ("One kiosk in <b>%(shop)s</b>", ("", "", ""), "missing"),
        ("One kiosk in <b>%(shop)s</b>", ("Кіоск у <b>%(shop)s</b>", *WELL["One kiosk in <b>%(shop)s</b>"][1:]), "num"),
        ("One kiosk in <b>%(shop)s</b>", tuple(f.replace("(shop)s", "(s)s") for f in WELL[next(iter(WELL))]), "other"),
    ],
)
def test_what_does_not_fit_is_named(singular: str, string: str | tuple[str, ...], against: str) -> None:
    found = list(unfit(_catalog({**WELL, singular: string}), CODE))

    assert found
    assert all(against in each and repr(singular) in each for each in found)


def test_a_catalogue_follows_the_code_and_guesses_nothing() -> None:
    before = _catalog({**WELL, "Gone": "Немає"})

    after = updated(before, {**CODE, "Her": ""})

    assert {message.id for message in after if message.id} == {*CODE.items(), "Her", "Here"} - {("Here", "")}
    assert after.get("Here").string == "Тут"
    assert after.get("Her").string == ""
    assert not any(message.fuzzy for message in after if message.id)


def test_unsure_and_unknown_messages_are_named() -> None:
    catalog = _catalog({**WELL, "Gone": "Немає"})
    catalog.get("Here").flags.add("fuzzy")

    assert list(unfit(catalog, CODE)) == ["unsure: 'Here'", "nowhere in the code: 'Gone'"]


def test_the_template_is_that_of_the_code(code: Said) -> None:
    template = Path(po_file("uk").parents[2] / "messages.pot").read_text()

    assert template.count("\nmsgid ") == len(code)


def _catalog(strings: dict[str, str | tuple[str, ...]]) -> Catalog:
    catalog = Catalog("uk")
    for singular, string in strings.items():
        plural = CODE.get(singular)
        catalog.add((singular, plural) if plural else singular, string)
    return catalog
