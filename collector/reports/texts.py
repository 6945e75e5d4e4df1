"""What reports and results say, in each language."""

from collections.abc import Mapping
from dataclasses import dataclass

from collector.insights.faces import Face
from collector.reports.days import Period


@dataclass(frozen=True)
class Words:
    #: What it is called, by how long it is about.
    titles: Mapping[Period, str]
    faces: Mapping[Face, str]
    index: str
    of_100: str
    counted: str
    #: Against the same days before: more than chance, not more, too few to say.
    surely: str
    same: str
    too_few: str
    #: What it is compared with.
    against: Mapping[Period, str]
    nothing: str
    closed: str
    closed_days: str
    by_day: str
    by_touchpoint: str
    by_store: str
    stores: str
    other_stores: str
    #: Heads of the table.
    place: str
    ratings: str
    change: str
    reasons: str
    cases: str
    opened: str
    resolved: str
    late: str
    waiting: str
    improvements: str
    trust: str
    uptime: str
    on_its_way: str
    explained: str
    made: str
    page: str
    #: In the mail alone.
    look: str
    why: str
    #: On the wall.
    results: str
    voices: str
    you_said: str
    thanks: str
    tell: str


def _faces(*words: str) -> dict[Face, str]:
    return dict(zip(Face, words, strict=True))


def _by_period(day: str, week: str, month: str) -> dict[Period, str]:
    return {"day": day, "week": week, "month": month}


TEXTS: Mapping[str, Words] = {
    "uk": Words(
        titles=_by_period("Звіт за день", "Звіт за тиждень", "Звіт за місяць"),
        faces=_faces("дуже добре", "добре", "так собі", "погано", "дуже погано"),
        index="Індекс",
        of_100="зі 100",
        counted="Враховано оцінок: {count}",
        surely="{change} ± {margin} проти {before}: це більше за випадковість.",
        same="{change} ± {margin} проти {before}: у межах випадковості.",
        too_few="Замало оцінок, щоб порівняти з тим, що було раніше.",
        against=_by_period("того самого дня тижнем раніше", "тижня перед тим", "місяця перед тим"),
        nothing="Ніхто не залишив оцінки.",
        closed="зачинено",
        closed_days="Зачинених днів: {count}; вони не враховані.",
        by_day="Як ішло день за днем?",
        by_touchpoint="Де було добре, а де ні?",
        by_store="Які магазини потребують уваги?",
        stores="Магазини",
        other_stores="Інші магазини",
        place="Місце",
        ratings="Оцінок",
        change="Зміна",
        reasons="Чому клієнти незадоволені?",
        cases="Що сталося зі скаргами?",
        opened="Надійшло",
        resolved="Вирішено",
        late="Без відповіді вчасно",
        waiting="Чекають зараз",
        improvements="Ви сказали, ми зробили",
        trust="Враховано {counted} з {all} оцінок; фільтр відклав {marked} %.",
        uptime="Кіоски працювали {percent} % часу.",
        on_its_way="Ще в дорозі: {count}.",
        explained="Індекс: 0–100, середнє облич (100 / 66,7 / 33,3 / 0); ± означає 95-відсотковий інтервал.",
        made="Складено {when}",
        page="{page} / {pages}",
        look="Докладніше у Smilepost",
        why="Цей звіт для вас вибрано у Smilepost ({author}). Змінити або зупинити його:",
        results="Що ви нам сказали",
        voices="Ваших оцінок: {count}",
        you_said="Ви сказали, ми зробили",
        thanks="Дякуємо!",
        tell="Кажіть нам і далі: кнопкою або кодом на чеку.",
    ),
    "en": Words(
        titles=_by_period("Daily report", "Weekly report", "Monthly report"),
        faces=_faces("very good", "good", "neutral", "bad", "very bad"),
        index="Index",
        of_100="of 100",
        counted="Ratings counted: {count}",
        surely="{change} ± {margin} against {before}: more than chance.",
        same="{change} ± {margin} against {before}: no more than chance.",
        too_few="Too few ratings to compare with what was before.",
        against=_by_period("the same day a week earlier", "the week before", "the month before"),
        nothing="Nobody left a rating.",
        closed="closed",
        closed_days="Closed days: {count}; they are not counted.",
        by_day="How did it go, day by day?",
        by_touchpoint="Where was it good, and where not?",
        by_store="Which stores need somebody?",
        stores="Stores",
        other_stores="The other stores",
        place="Place",
        ratings="Ratings",
        change="Change",
        reasons="Why are customers unhappy?",
        cases="What became of complaints?",
        opened="Came in",
        resolved="Resolved",
        late="Not answered in time",
        waiting="Waiting now",
        improvements="You said, we did",
        trust="Counted: {counted} of {all} ratings; the filter set {marked} % aside.",
        uptime="The kiosks were up {percent} % of the time.",
        on_its_way="Still on their way: {count}.",
        explained="Index: 0–100, the mean of the faces (100 / 66.7 / 33.3 / 0); ± is the 95 % interval.",
        made="Made {when}",
        page="{page} / {pages}",
        look="Look closer in Smilepost",
        why="This report was chosen for you in Smilepost (by {author}). To change or end it:",
        results="What you told us",
        voices="Your ratings: {count}",
        you_said="You said, we did",
        thanks="Thank you!",
        tell="Keep telling us: by a button, or by the code on your receipt.",
    ),
    "pl": Words(
        titles=_by_period("Raport dzienny", "Raport tygodniowy", "Raport miesięczny"),
        faces=_faces("bardzo dobrze", "dobrze", "tak sobie", "źle", "bardzo źle"),
        index="Indeks",
        of_100="na 100",
        counted="Policzone oceny: {count}",
        surely="{change} ± {margin} wobec {before}: więcej niż przypadek.",
        same="{change} ± {margin} wobec {before}: w granicach przypadku.",
        too_few="Za mało ocen, żeby porównać z tym, co było wcześniej.",
        against=_by_period("tego samego dnia tydzień wcześniej", "poprzedniego tygodnia", "poprzedniego miesiąca"),
        nothing="Nikt nie zostawił oceny.",
        closed="zamknięte",
        closed_days="Dni zamknięte: {count}; nie są liczone.",
        by_day="Jak było dzień po dniu?",
        by_touchpoint="Gdzie było dobrze, a gdzie nie?",
        by_store="Które sklepy potrzebują uwagi?",
        stores="Sklepy",
        other_stores="Pozostałe sklepy",
        place="Miejsce",
        ratings="Oceny",
        change="Zmiana",
        reasons="Dlaczego klienci są niezadowoleni?",
        cases="Co się stało ze skargami?",
        opened="Wpłynęło",
        resolved="Rozwiązano",
        late="Bez odpowiedzi na czas",
        waiting="Czeka teraz",
        improvements="Mówiliście, zrobiliśmy",
        trust="Policzono {counted} z {all} ocen; filtr odłożył {marked} %.",
        uptime="Kioski działały przez {percent} % czasu.",
        on_its_way="Jeszcze w drodze: {count}.",
        explained="Indeks: 0–100, średnia twarzy (100 / 66,7 / 33,3 / 0); ± to przedział 95 %.",
        made="Sporządzono {when}",
        page="{page} / {pages}",
        look="Więcej w Smilepost",
        why="Ten raport wybrano dla Ciebie w Smilepost ({author}). Zmiana lub rezygnacja:",
        results="Co nam powiedzieliście",
        voices="Wasze oceny: {count}",
        you_said="Mówiliście, zrobiliśmy",
        thanks="Dziękujemy!",
        tell="Mówcie dalej: przyciskiem albo kodem na paragonie.",
    ),
    "de": Words(
        titles=_by_period("Tagesbericht", "Wochenbericht", "Monatsbericht"),
        faces=_faces("sehr gut", "gut", "mittel", "schlecht", "sehr schlecht"),
        index="Index",
        of_100="von 100",
        counted="Gezählte Bewertungen: {count}",
        surely="{change} ± {margin} gegenüber {before}: mehr als Zufall.",
        same="{change} ± {margin} gegenüber {before}: nicht mehr als Zufall.",
        too_few="Zu wenige Bewertungen für einen Vergleich mit früher.",
        against=_by_period("demselben Tag eine Woche früher", "der Woche davor", "dem Monat davor"),
        nothing="Niemand hat bewertet.",
        closed="geschlossen",
        closed_days="Geschlossene Tage: {count}; sie zählen nicht.",
        by_day="Wie lief es Tag für Tag?",
        by_touchpoint="Wo war es gut, wo nicht?",
        by_store="Welche Filialen brauchen jemanden?",
        stores="Filialen",
        other_stores="Die übrigen Filialen",
        place="Ort",
        ratings="Bewertungen",
        change="Änderung",
        reasons="Warum sind Kunden unzufrieden?",
        cases="Was wurde aus Beschwerden?",
        opened="Eingegangen",
        resolved="Gelöst",
        late="Nicht rechtzeitig beantwortet",
        waiting="Warten jetzt",
        improvements="Gesagt, getan",
        trust="Gezählt: {counted} von {all} Bewertungen; {marked} % hat der Filter beiseitegelegt.",
        uptime="Die Kioske liefen {percent} % der Zeit.",
        on_its_way="Noch unterwegs: {count}.",
        explained="Index: 0–100, Mittel der Gesichter (100 / 66,7 / 33,3 / 0); ± ist das 95-%-Intervall.",
        made="Erstellt {when}",
        page="{page} / {pages}",
        look="Mehr in Smilepost",
        why="Dieser Bericht wurde in Smilepost für Sie ausgewählt (von {author}). Ändern oder beenden:",
        results="Was Sie uns gesagt haben",
        voices="Ihre Bewertungen: {count}",
        you_said="Sie sagten, wir taten",
        thanks="Danke!",
        tell="Sagen Sie es uns weiter: per Knopf oder mit dem Code auf dem Kassenbon.",
    ),
    "ru": Words(
        titles=_by_period("Отчёт за день", "Отчёт за неделю", "Отчёт за месяц"),
        faces=_faces("очень хорошо", "хорошо", "так себе", "плохо", "очень плохо"),
        index="Индекс",
        of_100="из 100",
        counted="Учтено оценок: {count}",
        surely="{change} ± {margin} против {before}: это больше случайности.",
        same="{change} ± {margin} против {before}: в пределах случайности.",
        too_few="Слишком мало оценок, чтобы сравнить с тем, что было раньше.",
        against=_by_period("того же дня неделей раньше", "недели перед тем", "месяца перед тем"),
        nothing="Никто не оставил оценки.",
        closed="закрыто",
        closed_days="Закрытых дней: {count}; они не учтены.",
        by_day="Как шло день за днём?",
        by_touchpoint="Где было хорошо, а где нет?",
        by_store="Каким магазинам нужно внимание?",
        stores="Магазины",
        other_stores="Остальные магазины",
        place="Место",
        ratings="Оценок",
        change="Изменение",
        reasons="Чем клиенты недовольны?",
        cases="Что стало с жалобами?",
        opened="Поступило",
        resolved="Решено",
        late="Без ответа вовремя",
        waiting="Ждут сейчас",
        improvements="Вы сказали, мы сделали",
        trust="Учтено {counted} из {all} оценок; фильтр отложил {marked} %.",
        uptime="Киоски работали {percent} % времени.",
        on_its_way="Ещё в пути: {count}.",
        explained="Индекс: 0–100, среднее лиц (100 / 66,7 / 33,3 / 0); ± означает 95-процентный интервал.",
        made="Составлено {when}",
        page="{page} / {pages}",
        look="Подробнее в Smilepost",
        why="Этот отчёт выбран для вас в Smilepost ({author}). Изменить или остановить его:",
        results="Что вы нам сказали",
        voices="Ваших оценок: {count}",
        you_said="Вы сказали, мы сделали",
        thanks="Спасибо!",
        tell="Говорите нам и дальше: кнопкой или кодом на чеке.",
    ),
}
