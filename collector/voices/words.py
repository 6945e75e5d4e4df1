"""How channels and themes are said on the pages of voices, and a comment with what was looked for in it."""

import unicodedata
from collections.abc import Mapping

from flask_babel import gettext as _
from markupsafe import Markup, escape

from collector.ratings.kinds import Channel
from collector.voices.themes.folding import fold, words
from collector.voices.themes.policy import Theme


def channel_name(channel: Channel) -> str:
    """A channel where several stand side by side."""
    names: Mapping[Channel, str] = {
        Channel.KIOSK_BUTTON: _("Kiosk buttons"),
        Channel.KIOSK_TOUCH: _("Kiosk touch screen"),
        Channel.KIOSK_QR: _("Kiosk's code"),
        Channel.RECEIPT_QR: _("Receipt"),
        Channel.POSTER_QR: _("Poster"),
        Channel.WEB: _("Web"),
        Channel.HOTLINE: _("Hotline"),
        Channel.EMAIL: _("E-mail"),
        Channel.SMS: _("SMS"),
        Channel.MESSENGER: _("Messenger"),
        Channel.REVIEW: _("Reviews"),
    }
    return names[channel]


def theme_name(key: str, theme: Theme | None) -> str:
    """A theme as its organisation calls it, else in our words."""
    if theme is not None and theme.name:
        return theme.name
    ours: Mapping[str, str] = {
        "queue": _("Queue and waiting"),
        "staff": _("Staff and service"),
        "price": _("Prices and offers"),
        "range": _("Range and stock"),
        "quality": _("Quality and freshness"),
        "cleanliness": _("Cleanliness"),
        "payment": _("Till and payment"),
        "returns": _("Returns and complaints"),
        "comfort": _("Comfort in the store"),
        "access": _("Getting in and around"),
        "orders": _("Orders and delivery"),
    }
    return ours.get(key, key)


def theme_names(themes: Mapping[str, Theme]) -> dict[str, str]:
    return {key: theme_name(key, theme) for key, theme in themes.items()}


def with_found(comment: str, search: str) -> Markup:
    """A comment in which the words that were looked for stand out."""
    begins = tuple(fold(search))
    said = unicodedata.normalize("NFC", comment)
    shown, at = Markup(), 0
    for word in words(said) if begins else ():
        if word.start >= at and word.folded.startswith(begins):
            shown += escape(said[at : word.start]) + Markup("<mark>%s</mark>") % said[word.start : word.end]
            at = word.end
    return shown + escape(said[at:])


FILTERS = (channel_name, with_found)
