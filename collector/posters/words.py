"""What a poster says besides names and the shop's own question, in each language."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    #: As the language calls itself.
    name: str
    #: Where the shop's survey does not ask in this language.
    question: str
    #: Beside the code: what to do, and what it costs.
    invitation: str
    promise: str
    #: Above the address in letters.
    by_hand: str
    #: On the base of a table tent, for whoever folds it.
    base: str
    flap: str


WORDS: Mapping[str, Words] = {
    "uk": Words(
        "Українська",
        "Як вам сьогодні у нас?",
        "Скануйте й скажіть.",
        "Це пів хвилини.",
        "Без камери? Відкрийте адресу:",
        "Це дно. Зігніть аркуш за позначками і підклейте клапан знизу.",
        "Клапан: приклейте під дном.",
    ),
    "en": Words(
        "English",
        "How was your visit today?",
        "Scan and tell us.",
        "It takes half a minute.",
        "No camera? Open this address:",
        "This is the base. Fold along the marks, then glue the flap under it.",
        "Flap: glue under the base.",
    ),
    "pl": Words(
        "Polski",
        "Jak było dziś u nas?",
        "Zeskanuj i powiedz nam.",
        "To pół minuty.",
        "Bez aparatu? Otwórz adres:",
        "To jest spód. Zegnij według znaków i podklej klapkę pod spodem.",
        "Klapka: przyklej pod spodem.",
    ),
    "de": Words(
        "Deutsch",
        "Wie war es heute bei uns?",
        "Scannen und uns sagen.",
        "Eine halbe Minute genügt.",
        "Ohne Kamera? Diese Adresse öffnen:",
        "Das ist der Boden. An den Marken falten, dann die Lasche darunter kleben.",
        "Lasche: unter den Boden kleben.",
    ),
    "ru": Words(
        "Русский",
        "Как вам сегодня у нас?",
        "Отсканируйте и скажите.",
        "Это полминуты.",
        "Без камеры? Откройте адрес:",
        "Это дно. Согните лист по меткам и подклейте клапан снизу.",
        "Клапан: приклейте под дном.",
    ),
}
