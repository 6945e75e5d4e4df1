"""The catalogues: what the code says, and what it says in Ukrainian and Russian.

A message is what stands in the code, in English. Its key is the singular, for one that has a plural, too. Where one
word means two things, the code says which (`pgettext`): that context stands before the singular, as gettext has it.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

#: Languages besides English, and the rules of their plurals: 1, 21 … · 2–4, 22–24 … · 0, 5–20 …
PLURALS = dict.fromkeys(
    ("uk", "ru"),
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2)",
)
FORMS = 3

#: Between a context and what is said in it.
_IN_CONTEXT = "\4"
#: What stands in the code, by its key: the plural, or "".
Said: TypeAlias = Mapping[str, str]

_HERE = Path(__file__).parent
_METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
_WORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "sentence": None,  # what is kept in English (`collector.sentences`)
}
#: What is wrong with a logo, `printer` says, which knows no gettext; pages say it in their language.
_LOGO: dict[str, Any] = {"NotALogo": None}
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|%")
_MARKUP = re.compile(r"</?[a-zA-Z][^>]*>|&#?\w+;|https?://\S+|`[^`]+`")


class SaidTwice(ValueError):
    """One singular has two plurals: gettext keeps one of them only."""


def sources(root: Path = _HERE.parent) -> dict[str, tuple[str, set[str]]]:
    """The messages of the code: the plural ("" for none), and the files that say it, by their keys.

    Raises
    ------
    SaidTwice
    """
    found: dict[str, tuple[str, set[str]]] = {}
    pages = extract_from_dir(root, _METHODS, {"**/templates/**.html": {"silent": "false"}}, _WORDS, comment_tags=())
    logo = extract_from_file("python", root.parent / "printer" / "logo.py", _LOGO, comment_tags=())
    beside = (("printer/logo.py", *each) for each in logo)
    for file, _line, message, _comments, context in itertools.chain(pages, beside):
        singular, plural = message if isinstance(message, tuple) else (message, "")
        if context:
            singular = f"{context}{_IN_CONTEXT}{singular}"
        before, files = found.setdefault(singular, (plural, set()))
        if plural and before and plural != before:
            raise SaidTwice(f"{singular!r}: {before!r} and {plural!r}")
        found[singular] = plural or before, files | {file}
    return found


def said() -> Said:
    """The messages of the code."""
    return {singular: plural for singular, (plural, _files) in sources().items()}


def catalogue(language: str) -> Catalog:
    """What the messages are in a language; empty where nothing is written yet."""
    file = po_file(language)
    if not file.exists():
        return Catalog(language)
    with file.open("rb") as reading:
        return read_po(reading, locale=language)


def updated(old: Catalog, code: Said) -> Catalog:
    """A catalogue with exactly the messages of the code; what was said of them stays, and nothing is guessed."""
    new = Catalog(old.locale)
    for key, plural in sorted(code.items()):
        known = _known(old, key)
        forms = _forms(known) if known else []
        if plural:
            string: str | tuple[str, ...] = tuple(forms) if len(forms) == FORMS else ("",) * FORMS
        else:
            string = forms[0] if len(forms) == 1 else ""
        _add(new, key, plural, string)
    return new


def unfit(catalog: Catalog, code: Said) -> Iterator[str]:
    """What is wrong with a catalogue, message by message: missing, unsure, or other placeholders and markup."""
    for key, plural in sorted(code.items()):
        known = _known(catalog, key)
        forms = _forms(known) if known else []
        if known is None or not all(forms):
            yield f"missing: {key!r}"
        elif known.fuzzy:
            yield f"unsure: {key!r}"
        elif len(forms) != (FORMS if plural else 1):
            yield f"needs {FORMS if plural else 1} forms, has {len(forms)}: {key!r}"
        else:
            yield from _against(_split(key)[1], plural, forms)
    for message in catalog:
        if message.id and key_of(message) not in code:
            yield f"nowhere in the code: {key_of(message)!r}"


def _against(singular: str, plural: str, forms: list[str]) -> Iterator[str]:
    # Each form of a plural says the number: the first one stands for 21, too.
    model = plural or singular
    for form in forms:
        for what, pattern in (("placeholders", _PLACEHOLDER), ("markup", _MARKUP)):
            own, wanted = (Counter(pattern.findall(text)) for text in (form, model))
            if own != wanted:
                yield f"other {what} ({_listed(own)}, not {_listed(wanted)}): {singular!r} → {form!r}"
        if _rim(form) != _rim(model):
            yield f"other space around it: {singular!r} → {form!r}"


def _listed(found: Counter[str]) -> str:
    return " ".join(found.elements()) or "none"


def _rim(text: str) -> tuple[bool, bool]:
    return text[:1].isspace(), text[-1:].isspace()


def key_of(message: Message) -> str:
    singular = str(message.id[0] if isinstance(message.id, list | tuple) else message.id)
    return f"{message.context}{_IN_CONTEXT}{singular}" if message.context else singular


def _split(key: str) -> tuple[str | None, str]:
    """The context, and the singular."""
    context, between, singular = key.rpartition(_IN_CONTEXT)
    return (context if between else None), singular


def _known(catalog: Catalog, key: str) -> Message | None:
    context, singular = _split(key)
    return catalog.get(singular, context)


def _add(catalog: Catalog, key: str, plural: str, string: str | tuple[str, ...] = "") -> None:
    context, singular = _split(key)
    catalog.add((singular, plural) if plural else singular, string, context=context)


def _forms(message: Message) -> list[str]:
    return [form or "" for form in (message.string if isinstance(message.string, list | tuple) else [message.string])]


def po_file(language: str) -> Path:
    return _HERE / language / "LC_MESSAGES" / "messages.po"


def mo_file(language: str) -> Path:
    return po_file(language).with_suffix(".mo")


def write_template(code: Said) -> None:
    """The messages without any language, for programs that translators use."""
    template = Catalog()
    for key, plural in sorted(code.items()):
        _add(template, key, plural)
    (_HERE / "messages.pot").write_bytes(_as_po(template, {}))


def write(language: str, catalog: Catalog) -> None:
    """Keep a catalogue: the file to write in and the one that runs. No times in them: nothing changes for nothing."""
    head = {"Language": language, "Plural-Forms": f"{PLURALS[language]};"}
    text = _as_po(catalog, head)
    po_file(language).parent.mkdir(parents=True, exist_ok=True)
    po_file(language).write_bytes(text)
    mo_file(language).write_bytes(compiled(text, language))


def compiled(po: bytes, language: str) -> bytes:
    """A catalogue as programs read it."""
    catalog = read_po(BytesIO(po), locale=language)
    catalog.creation_date = catalog.revision_date = datetime(1970, 1, 1, tzinfo=UTC)  # else it is now, each time
    for message in list(catalog):
        if message.id and not all(_forms(message)):  # then a page says it in English, and not at all otherwise
            catalog.delete(_split(key_of(message))[1], message.context)
    with BytesIO() as file:
        write_mo(file, catalog)
        return file.getvalue()


def _as_po(catalog: Catalog, head: Mapping[str, str]) -> bytes:
    fields = {**head, "Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit"}
    lines = "".join(f'"{name}: {value}\\n"\n' for name, value in fields.items())
    with BytesIO() as file:
        write_po(file, catalog, width=118, omit_header=True, sort_output=True, ignore_obsolete=True)
        return f'msgid ""\nmsgstr ""\n{lines}\n'.encode() + file.getvalue()
