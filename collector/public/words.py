"""What the customers' pages say, in each language. A survey's own words are in its definition."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time

from collector.insights.faces import Face

#: Languages by their tags, as they call themselves.
NAMES = {"uk": "Українська", "en": "English"}
#: How dates are written.
_LOCALES = {"uk": "uk_UA", "en": "en_GB"}


class Words:
    """The words in one language; `words["send"]`, or `words("erased", day=…)` where something is put in."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = _TEXTS[language]

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def __call__(self, name: str, **values: Any) -> str:
        return self._texts[name].format(**values)

    def day(self, day: date) -> str:
        """19 February 2027."""
        return format_date(day, "long", locale=_LOCALES[self.language])

    def moment(self, moment: datetime, zone: ZoneInfo) -> str:
        """21 November, 23:40."""
        locale = _LOCALES[self.language]
        return ", ".join(
            (
                format_skeleton("MMMMd", moment, tzinfo=zone, locale=locale),
                format_time(moment, "short", tzinfo=zone, locale=locale),
            )
        )

    def face(self, face: Face) -> str:
        return self._texts[face]


def choose(asked: str | None, accepted: Sequence[str]) -> str:
    """The language of a page: the one asked for by a tap, else the first that the browser accepts, else English.

    Parameters
    ----------
    accepted: tags of `Accept-Language`, the most wanted first.
    """
    wanted = [asked or "", *(tag.partition("-")[0].lower() for tag in accepted)]
    return next((tag for tag in wanted if tag in _TEXTS), "en")


_TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        Face.VERY_GOOD: "very good",
        Face.GOOD: "good",
        Face.NEUTRAL: "neither",
        Face.BAD: "bad",
        Face.VERY_BAD: "very bad",
        "language": "Language",
        "pressed": "You pressed “{face}”.",
        "comment": "In your own words",
        "if you like": "if you like",
        "contact": "E-mail or phone, if you want an answer",
        "consent": "I agree that {shop} keeps this address to answer me about this visit, and for nothing else. "
        "It is erased on {day}.",
        "send": "Send",
        "choose a face": "Tap one of the faces first, then send.",
        "consent missing": "To keep your e-mail or phone we need your yes: tick the box below it, or empty the field.",
        "contact unclear": "That looks like neither an e-mail address nor a phone number. Look at it once more.",
        "many answers": "Very many answers come from here right now. Wait a while, then send again: what you wrote "
        "is still here.",
        "thanks": "Thank you!",
        "thanks, read": "The people of {shop} read what you said, today.",
        "thanks, case": "The people of {shop} look into it now.",
        "thanks, contact": "You get an answer at the address you left.",
        "thanks, no name": "Nobody there knows your name.",
        "case link": "Follow what happens here, without an account. Keep this address:",
        "see case": "See what happens",
        "close": "You can close this page.",
        "used": "This code has been answered.",
        "used, then": "One answer belongs to each receipt or press. Is there more to tell? Ask at the counter.",
        "expired": "This code is too old.",
        "expired, then": "It was good for a while after your visit. Ask at the counter if there is something to tell.",
        "unknown": "This code leads nowhere.",
        "unknown, then": "Perhaps a letter was mistyped: look at the code once more, or scan it again. "
        "Ask at the counter if it stays like this.",
        "not yet": "Your press is on its way.",
        "not yet, then": "This page looks again by itself in a few seconds.",
        "too often": "Too many codes were tried from here.",
        "too often, then": "Wait 15 minutes, then scan the code again.",
        "case": "What happens with your message",
        "received": "We have your message.",
        "waits": "Somebody of the shop looks at it next.",
        "seen": "Somebody of the shop has seen it and takes care of it.",
        "seen above": "Somebody there takes care of it.",
        "climbed 1": "The regional manager looks into it now.",
        "climbed 2": "The head office looks into it now.",
        "resolved": "It is resolved.",
        "said": "The answer:",
        "your words": "You wrote:",
        "page stays": "This page stays at this address; look again whenever you like.",
    },
    "uk": {
        Face.VERY_GOOD: "дуже добре",
        Face.GOOD: "добре",
        Face.NEUTRAL: "ні так, ні так",
        Face.BAD: "погано",
        Face.VERY_BAD: "дуже погано",
        "language": "Мова",
        "pressed": "Ви натиснули «{face}».",
        "comment": "Своїми словами",
        "if you like": "за бажанням",
        "contact": "E-mail або телефон, якщо хочете відповіді",
        "consent": "Я погоджуюся, що {shop} зберігає цю адресу, щоб відповісти мені про цей візит, і ні для чого "
        "іншого. Її буде стерто {day}",
        "send": "Надіслати",
        "choose a face": "Спершу торкніться одного з облич, тоді надсилайте.",
        "consent missing": "Щоб зберегти ваш e-mail чи телефон, нам потрібна ваша згода: поставте позначку під полем "
        "або залиште поле порожнім.",
        "contact unclear": "Це не схоже ні на e-mail, ні на номер телефону. Погляньте ще раз.",
        "many answers": "Звідси зараз надходить дуже багато відповідей. Зачекайте трохи й надішліть ще раз: усе, "
        "що ви написали, лишається тут.",
        "thanks": "Дякуємо!",
        "thanks, read": "Люди в «{shop}» прочитають ваші слова сьогодні.",
        "thanks, case": "Люди в «{shop}» уже розбираються.",
        "thanks, contact": "Ви отримаєте відповідь на залишену адресу.",
        "thanks, no name": "Вашого імені там ніхто не знає.",
        "case link": "Стежте, що відбувається, без реєстрації. Збережіть цю адресу:",
        "see case": "Переглянути перебіг",
        "close": "Сторінку можна закрити.",
        "used": "На цей код уже відповіли.",
        "used, then": "На кожен чек чи натискання є одна відповідь. Хочете додати? Скажіть на касі.",
        "expired": "Цей код застарів.",
        "expired, then": "Він діяв певний час після вашого візиту. Якщо є що сказати, зверніться на касу.",
        "unknown": "Цей код нікуди не веде.",
        "unknown, then": "Можливо, десь помилка в літері: погляньте на код ще раз або відскануйте його знову. "
        "Якщо не допоможе, запитайте на касі.",
        "not yet": "Ваше натискання ще в дорозі.",
        "not yet, then": "Ця сторінка сама перевірить ще раз за кілька секунд.",
        "too often": "Звідси пробували забагато кодів.",
        "too often, then": "Зачекайте 15 хвилин і відскануйте код знову.",
        "case": "Що відбувається з вашим зверненням",
        "received": "Ми отримали ваше звернення.",
        "waits": "Далі його перегляне хтось із магазину.",
        "seen": "У магазині його побачили й розбираються.",
        "seen above": "Там уже розбираються.",
        "climbed 1": "Тепер ним займається регіональний керівник.",
        "climbed 2": "Тепер ним займається головний офіс.",
        "resolved": "Справу вирішено.",
        "said": "Відповідь:",
        "your words": "Ви написали:",
        "page stays": "Ця сторінка залишається за цією адресою; заходьте коли завгодно.",
    },
}
