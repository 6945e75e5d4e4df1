"""What is read out to a caller before their address is kept; these very words are stored as what was agreed to."""

from datetime import date

from babel.dates import format_date

_CONSENT = {
    "uk": "Чи можна зберегти вашу адресу або номер, щоб відповісти вам про цей випадок, і ні для чого іншого? "
    "Ми зітремо це {day}",
    "en": "May we keep your address or number to answer you about this, and for nothing else? We erase it on {day}.",
    "pl": "Czy możemy zapisać Pana/Pani adres lub numer, żeby odpowiedzieć w tej sprawie i w żadnym innym celu? "
    "Usuniemy go {day}.",
    "de": "Dürfen wir Ihre Adresse oder Nummer behalten, um Ihnen in dieser Sache zu antworten, und für nichts "
    "anderes? Wir löschen sie am {day}.",
    "ru": "Можно сохранить ваш адрес или номер, чтобы ответить вам об этом случае, и ни для чего другого? "
    "Мы сотрём его {day}",
}
#: Languages that somebody may be spoken to in.
LANGUAGES = tuple(_CONSENT)


def consent(language: str, erase_on: date) -> str:
    """The question, with the day on which the address is erased."""
    return _CONSENT[language].format(day=format_date(erase_on, "long", locale=language))
