"""Messages to people of the house, in each language. What a customer wrote is not in them: the link leads to it."""

from collections.abc import Mapping

STAFF: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "en": {
        "new": {
            "subject": "{shop}: case #{case} is yours",
            "body": "A customer of {shop} waits for an answer. It is your turn.\n{text}\n{link}",
            "short": "{shop}: case #{case} is yours. {text} {link}",
        },
        "added": {
            "subject": "{shop}: the customer wrote to case #{case}",
            "body": "The customer of case #{case} of {shop} has added something. Please look at it.\n{text}\n{link}",
            "short": "{shop}: the customer wrote to case #{case}. {text} {link}",
        },
        "reminder": {
            "subject": "{shop}: case #{case} still waits",
            "body": "Case #{case} of {shop} still waits for somebody to take it.\n{text}\n{link}",
            "short": "{shop}: case #{case} still waits. {text} {link}",
        },
        "climbed": {
            "subject": "{shop}: case #{case} has climbed to you",
            "body": "Case #{case} of {shop} was not settled in time. It is your turn now.\n{text}\n{link}",
            "short": "{shop}: case #{case} has climbed to you. {text} {link}",
        },
        "review": {
            "subject": "{shop}: case #{case} waits for your sign-off",
            "body": "Somebody has resolved case #{case} of {shop}. A second person has to agree.\n{text}\n{link}",
            "short": "{shop}: case #{case} waits for your sign-off. {text} {link}",
        },
        "alert": {
            "subject": "{shop}: alert",
            "body": "{shop} needs a look.\n{text}\n{link}",
            "short": "{shop}: {text} {link}",
        },
        "over": {
            "subject": "{shop}: well again",
            "body": "{text}\n{link}",
            "short": "{shop}: {text} {link}",
        },
        "device": {
            "subject": "{shop}: a sign-in from a new device",
            "body": "Somebody has signed in to Smilepost with your account, from a device "
            "that was not seen before:\n{text}\n"
            "If that was you, all is well. If it was not: change your password, "
            "and sign all other devices out.\n{link}",
            "short": "{shop}: your Smilepost account was signed in from a new device ({text}). Was it not you? {link}",
        },
        "test": {
            "subject": "{shop}: a test message",
            "body": "This is a test. Whoever reads it hears of cases and alerts, too.\n{link}",
            "short": "{shop}: a test message. It works. {link}",
        },
        "invited": {
            "subject": "{shop}: you can sign in",
            "body": "You can now sign in to Smilepost for {shop}. Your name there:\n{text}\n"
            "The link signs you in once, within three days. Then you choose a password.\n{link}",
            "short": "{shop}: sign in to Smilepost as {text} within three days: {link}",
        },
    },
    "uk": {
        "new": {
            "subject": "{shop}: справа № {case} ваша",
            "body": "Клієнт «{shop}» чекає на відповідь. Ваша черга.\n{text}\n{link}",
            "short": "{shop}: справа № {case} ваша. {text} {link}",
        },
        "added": {
            "subject": "{shop}: клієнт написав до справи № {case}",
            "body": "Клієнт «{shop}» доповнив справу № {case}. Будь ласка, погляньте.\n{text}\n{link}",
            "short": "{shop}: клієнт написав до справи № {case}. {text} {link}",
        },
        "reminder": {
            "subject": "{shop}: справа № {case} досі чекає",
            "body": "Справа № {case} у «{shop}» досі чекає, щоб хтось її взяв.\n{text}\n{link}",
            "short": "{shop}: справа № {case} досі чекає. {text} {link}",
        },
        "climbed": {
            "subject": "{shop}: справа № {case} піднялася до вас",
            "body": "Справу № {case} у «{shop}» не залагодили вчасно. Тепер ваша черга.\n{text}\n{link}",
            "short": "{shop}: справа № {case} піднялася до вас. {text} {link}",
        },
        "review": {
            "subject": "{shop}: справа № {case} чекає на вашу згоду",
            "body": "Справу № {case} у «{shop}» вирішено. Потрібна згода другої людини.\n{text}\n{link}",
            "short": "{shop}: справа № {case} чекає на вашу згоду. {text} {link}",
        },
        "alert": {
            "subject": "{shop}: тривога",
            "body": "На «{shop}» треба глянути.\n{text}\n{link}",
            "short": "{shop}: {text} {link}",
        },
        "over": {
            "subject": "{shop}: знову гаразд",
            "body": "{text}\n{link}",
            "short": "{shop}: {text} {link}",
        },
        "device": {
            "subject": "{shop}: вхід із нового пристрою",
            "body": "Хтось увійшов до Smilepost під вашим обліковим записом із "
            "пристрою, якого раніше не було:\n{text}\n"
            "Якщо це були ви, усе гаразд. Якщо ні: змініть пароль і завершіть сеанси на всіх інших пристроях.\n{link}",
            "short": "{shop}: у ваш обліковий запис Smilepost увійшли з нового пристрою ({text}). Це не ви? {link}",
        },
        "test": {
            "subject": "{shop}: пробне повідомлення",
            "body": "Це перевірка. Хто її читає, почує й про справи та тривоги.\n{link}",
            "short": "{shop}: пробне повідомлення. Працює. {link}",
        },
        "invited": {
            "subject": "{shop}: ви можете увійти",
            "body": "Тепер ви можете входити до Smilepost для «{shop}». Ваше ім’я там:\n{text}\n"
            "Посилання впускає один раз, протягом трьох днів. Потім ви оберете пароль.\n{link}",
            "short": "{shop}: увійдіть до Smilepost як {text} протягом трьох днів: {link}",
        },
    },
    "pl": {
        "new": {
            "subject": "{shop}: sprawa nr {case} jest Twoja",
            "body": "Klient {shop} czeka na odpowiedź. Twoja kolej.\n{text}\n{link}",
            "short": "{shop}: sprawa nr {case} jest Twoja. {text} {link}",
        },
        "added": {
            "subject": "{shop}: klient dopisał coś w sprawie nr {case}",
            "body": "Klient {shop} dodał coś do sprawy nr {case}. Proszę spojrzeć.\n{text}\n{link}",
            "short": "{shop}: klient dopisał coś w sprawie nr {case}. {text} {link}",
        },
        "reminder": {
            "subject": "{shop}: sprawa nr {case} nadal czeka",
            "body": "Sprawa nr {case} w {shop} nadal czeka, aż ktoś ją weźmie.\n{text}\n{link}",
            "short": "{shop}: sprawa nr {case} nadal czeka. {text} {link}",
        },
        "climbed": {
            "subject": "{shop}: sprawa nr {case} trafiła wyżej, do Ciebie",
            "body": "Sprawy nr {case} w {shop} nie załatwiono na czas. Teraz Twoja kolej.\n{text}\n{link}",
            "short": "{shop}: sprawa nr {case} trafiła do Ciebie. {text} {link}",
        },
        "review": {
            "subject": "{shop}: sprawa nr {case} czeka na Twoją zgodę",
            "body": "Sprawę nr {case} w {shop} rozwiązano. Potrzebna jest zgoda drugiej osoby.\n{text}\n{link}",
            "short": "{shop}: sprawa nr {case} czeka na Twoją zgodę. {text} {link}",
        },
        "alert": {
            "subject": "{shop}: alarm",
            "body": "Trzeba spojrzeć na {shop}.\n{text}\n{link}",
            "short": "{shop}: {text} {link}",
        },
        "over": {
            "subject": "{shop}: znów w porządku",
            "body": "{text}\n{link}",
            "short": "{shop}: {text} {link}",
        },
        "device": {
            "subject": "{shop}: logowanie z nowego urządzenia",
            "body": "Ktoś zalogował się do Smilepost na Twoje konto z urządzenia, którego wcześniej nie było:\n{text}\n"
            "Jeśli to Ty, wszystko w porządku. Jeśli nie: zmień hasło i wyloguj wszystkie inne urządzenia.\n{link}",
            "short": "{shop}: na Twoje konto Smilepost zalogowano się z nowego urządzenia ({text}). To nie Ty? {link}",
        },
        "test": {
            "subject": "{shop}: wiadomość próbna",
            "body": "To jest próba. Kto ją czyta, dowie się też o sprawach i alertach.\n{link}",
            "short": "{shop}: wiadomość próbna. Działa. {link}",
        },
        "invited": {
            "subject": "{shop}: możesz się zalogować",
            "body": "Możesz teraz logować się do Smilepost dla {shop}. Twoja nazwa:\n{text}\n"
            "Link loguje jeden raz, w ciągu trzech dni. Potem wybierzesz hasło.\n{link}",
            "short": "{shop}: zaloguj się do Smilepost jako {text} w ciągu trzech dni: {link}",
        },
    },
    "de": {
        "new": {
            "subject": "{shop}: Fall #{case} ist Ihrer",
            "body": "Jemand wartet bei {shop} auf eine Antwort. Sie sind an der Reihe.\n{text}\n{link}",
            "short": "{shop}: Fall #{case} ist Ihrer. {text} {link}",
        },
        "added": {
            "subject": "{shop}: neue Nachricht zu Fall #{case}",
            "body": "Wer sich mit Fall #{case} an {shop} gewandt hat, hat etwas ergänzt. Bitte sehen Sie nach.\n"
            "{text}\n{link}",
            "short": "{shop}: neue Nachricht zu Fall #{case}. {text} {link}",
        },
        "reminder": {
            "subject": "{shop}: Fall #{case} wartet noch",
            "body": "Fall #{case} von {shop} wartet noch darauf, dass ihn jemand übernimmt.\n{text}\n{link}",
            "short": "{shop}: Fall #{case} wartet noch. {text} {link}",
        },
        "climbed": {
            "subject": "{shop}: Fall #{case} ist bei Ihnen angekommen",
            "body": "Fall #{case} von {shop} wurde nicht rechtzeitig gelöst. Jetzt sind Sie an der Reihe.\n"
            "{text}\n{link}",
            "short": "{shop}: Fall #{case} ist bei Ihnen angekommen. {text} {link}",
        },
        "review": {
            "subject": "{shop}: Fall #{case} wartet auf Ihre Zustimmung",
            "body": "Fall #{case} von {shop} ist gelöst. Eine zweite Person muss zustimmen.\n{text}\n{link}",
            "short": "{shop}: Fall #{case} wartet auf Ihre Zustimmung. {text} {link}",
        },
        "alert": {
            "subject": "{shop}: Alarm",
            "body": "Jemand sollte nach {shop} sehen.\n{text}\n{link}",
            "short": "{shop}: {text} {link}",
        },
        "over": {
            "subject": "{shop}: wieder in Ordnung",
            "body": "{text}\n{link}",
            "short": "{shop}: {text} {link}",
        },
        "device": {
            "subject": "{shop}: Anmeldung von einem neuen Gerät",
            "body": "Jemand hat sich mit Ihrem Konto bei Smilepost angemeldet, von einem "
            "Gerät, das vorher nicht da war:\n{text}\n"
            "Waren Sie es, ist alles gut. Wenn nicht: ändern Sie Ihr Passwort und "
            "melden Sie alle anderen Geräte ab.\n{link}",
            "short": "{shop}: Anmeldung mit Ihrem Smilepost-Konto von einem neuen Gerät "
            "({text}). Waren Sie es nicht? {link}",
        },
        "test": {
            "subject": "{shop}: eine Probe",
            "body": "Das ist eine Probe. Wer sie liest, hört auch von Fällen und Alarmen.\n{link}",
            "short": "{shop}: eine Probe. Es geht. {link}",
        },
        "invited": {
            "subject": "{shop}: Sie können sich anmelden",
            "body": "Sie können sich jetzt bei Smilepost für {shop} anmelden. Ihr Name dort:\n{text}\n"
            "Der Link meldet Sie einmal an, innerhalb von drei Tagen. Danach wählen Sie ein Passwort.\n{link}",
            "short": "{shop}: Melden Sie sich innerhalb von drei Tagen als {text} bei Smilepost an: {link}",
        },
    },
    "ru": {
        "new": {
            "subject": "{shop}: дело № {case} ваше",
            "body": "Клиент «{shop}» ждёт ответа. Ваша очередь.\n{text}\n{link}",
            "short": "{shop}: дело № {case} ваше. {text} {link}",
        },
        "added": {
            "subject": "{shop}: клиент написал к делу № {case}",
            "body": "Клиент «{shop}» дополнил дело № {case}. Пожалуйста, взгляните.\n{text}\n{link}",
            "short": "{shop}: клиент написал к делу № {case}. {text} {link}",
        },
        "reminder": {
            "subject": "{shop}: дело № {case} всё ещё ждёт",
            "body": "Дело № {case} в «{shop}» всё ещё ждёт, чтобы его кто-то взял.\n{text}\n{link}",
            "short": "{shop}: дело № {case} всё ещё ждёт. {text} {link}",
        },
        "climbed": {
            "subject": "{shop}: дело № {case} поднялось к вам",
            "body": "Дело № {case} в «{shop}» не уладили вовремя. Теперь ваша очередь.\n{text}\n{link}",
            "short": "{shop}: дело № {case} поднялось к вам. {text} {link}",
        },
        "review": {
            "subject": "{shop}: дело № {case} ждёт вашего согласия",
            "body": "Дело № {case} в «{shop}» решено. Нужно согласие второго человека.\n{text}\n{link}",
            "short": "{shop}: дело № {case} ждёт вашего согласия. {text} {link}",
        },
        "alert": {
            "subject": "{shop}: тревога",
            "body": "На «{shop}» надо взглянуть.\n{text}\n{link}",
            "short": "{shop}: {text} {link}",
        },
        "over": {
            "subject": "{shop}: снова в порядке",
            "body": "{text}\n{link}",
            "short": "{shop}: {text} {link}",
        },
        "device": {
            "subject": "{shop}: вход с нового устройства",
            "body": "Кто-то вошёл в Smilepost под вашей учётной записью с устройства, "
            "которого раньше не было:\n{text}\n"
            "Если это были вы, всё в порядке. Если нет: смените пароль и завершите "
            "сеансы на всех других устройствах.\n{link}",
            "short": "{shop}: в вашу учётную запись Smilepost вошли с нового устройства ({text}). Это не вы? {link}",
        },
        "test": {
            "subject": "{shop}: пробное сообщение",
            "body": "Это проверка. Кто её читает, узнает и об обращениях и тревогах.\n{link}",
            "short": "{shop}: пробное сообщение. Работает. {link}",
        },
        "invited": {
            "subject": "{shop}: вы можете войти",
            "body": "Теперь вы можете входить в Smilepost для «{shop}». Ваше имя там:\n{text}\n"
            "Ссылка впускает один раз, в течение трёх дней. Затем вы выберете пароль.\n{link}",
            "short": "{shop}: войдите в Smilepost как {text} в течение трёх дней: {link}",
        },
    },
}
