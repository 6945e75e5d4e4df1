"""What stands in the places of a message, as its language writes it: in pages' templates and in code alike."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypeVar

from flask import Flask
from flask_babel import Babel, Domain, get_translations
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from collector.words import number

Text = TypeVar("Text", str, Markup)


class Speaking(Babel):  # type: ignore[misc] # Flask-Babel has no types
    """Flask-Babel, with these rules for what is put into its messages:

    - the number by which a plural is chosen is said as the language writes it: 1,204 ratings;
    - what ends in a dot of its own (22 лист., 2027 р.) has no second one at a sentence's end.
    """

    def init_app(self, app: Flask, *args: Any, **kwargs: Any) -> None:
        super().init_app(app, *args, **kwargs)
        app.jinja_env.globals.update(gettext=_gettext, ngettext=_ngettext, pgettext=_pgettext)

    @cached_property
    def domain_instance(self) -> Domain:
        return _InCode(domain=self.domain)


class _InCode(Domain):  # type: ignore[misc]
    def gettext(self, string: str, **values: Any) -> str:
        text = str(self.get_translations().ugettext(string))
        return filled(text, values) if values else text

    def ngettext(self, singular: str, plural: str, num: int, **values: Any) -> str:
        text = str(self.get_translations().ungettext(singular, plural, num))
        return filled(text, {"num": number(num), **values})


@pass_eval_context
def _gettext(page: EvalContext, message: str, /, **values: Any) -> str:
    return filled(_as_in(page, get_translations().ugettext(message)), values)


@pass_eval_context
def _ngettext(page: EvalContext, singular: str, plural: str, num: int, /, **values: Any) -> str:
    text = get_translations().ungettext(singular, plural, num)
    return filled(_as_in(page, text), {"num": number(num), **values})


@pass_eval_context
def _pgettext(page: EvalContext, context: str, message: str, /, **values: Any) -> str:
    return filled(_as_in(page, get_translations().upgettext(context, message)), values)


def _as_in(page: EvalContext, text: str) -> str:
    return Markup(text) if page.autoescape else text  # noqa: S704 - our own words; what is put into them is escaped


def filled(text: Text, values: Mapping[str, Any]) -> Text:
    """A message with what belongs into it; a template's is always a pattern, as Jinja has it."""
    if not values and "%" not in text:  # most of a page, and quicker so
        return text
    said = text % values
    for value in values.values():
        if isinstance(value, str) and value.endswith("."):
            ending = str(escape(value)) if isinstance(text, Markup) else value
            said = type(text)(str(said).replace(f"{ending}.", ending))
    return said
