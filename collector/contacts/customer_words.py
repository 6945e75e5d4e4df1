"""Messages to customers, in each language. A paragraph a line; {text} alone in its line is what somebody wrote."""

from collections.abc import Mapping

#: Below each mail: why it came, and what the link below it is for; and the latter for a text message.
FOOTERS: Mapping[str, tuple[str, str, str]] = {
    "en": ("You get this because you left this address with us.", "No more messages:", "Stop:"),
    "uk": ("Ви отримали це, бо залишили нам цю адресу.", "Більше не писати:", "Стоп:"),
    "pl": ("Dostajesz tę wiadomość, bo zostawiono nam ten adres.", "Nie pisać więcej:", "Stop:"),
    "de": ("Sie bekommen dies, weil uns diese Adresse gegeben wurde.", "Keine Nachrichten mehr:", "Stopp:"),
    "ru": ("Вы получили это, потому что оставили нам этот адрес.", "Больше не писать:", "Стоп:"),
}

CUSTOMERS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "en": {
        "receipt": {
            "subject": "{shop} has your message",
            "body": "Thank you for telling us. {shop} has your message, and somebody looks into it.\n"
            "On this page you see what happens, and can add something:\n{link}",
            "short": "{shop} has your message. See what happens: {link}",
        },
        "progress": {
            "subject": "{shop} takes care of your message",
            "body": "Somebody takes care of your message to {shop} now.\nSee what happens, or add something:\n{link}",
            "short": "Somebody takes care of your message to {shop} now: {link}",
        },
        "reply": {
            "subject": "{shop} has written to you",
            "body": "{shop} writes:\n{text}\nAnswer on this page:\n{link}",
            "short": "{shop}: {text} Answer: {link}",
        },
        "outcome": {
            "subject": "{shop} has an answer for you",
            "body": "{shop} writes:\n{text}\nIs it put right? Say yes or no on this page:\n{link}",
            "short": "{shop}: {text} Is it put right? {link}",
        },
        "recovery": {
            "subject": "Did {shop} put it right?",
            "body": "You told {shop} what went wrong, and got an answer.\n"
            "How content are you with how it was put right? One tap is enough:\n{link}",
            "short": "Did {shop} put it right? One tap: {link}",
        },
        "thanks": {
            "subject": "Thank you from {shop}",
            "body": "Thank you for your kind words. The people of {shop} have read them.",
            "short": "Thank you for your kind words! {shop}",
        },
        "review": {
            "subject": "Thank you from {shop}",
            "body": "Thank you for your kind words. The people of {shop} have read them.\n"
            "If you like, tell others, too:\n{link}",
            "short": "{shop}: thank you! If you like, tell others, too: {link}",
        },
        "invitation": {
            "subject": "How was it at {shop}?",
            "body": "You were at {shop}. How was it? One tap is enough:\n{link}",
            "short": "How was it at {shop}? One tap: {link}",
        },
    },
    "uk": {
        "receipt": {
            "subject": "«{shop}»: ваше звернення в нас",
            "body": "Дякуємо, що сказали нам. «{shop}» отримав ваше звернення, і ним уже займаються.\n"
            "На цій сторінці видно, що відбувається, і можна щось додати:\n{link}",
            "short": "{shop}: ваше звернення в нас. Перебіг: {link}",
        },
        "progress": {
            "subject": "«{shop}»: вашим зверненням займаються",
            "body": "Вашим зверненням до «{shop}» тепер займаються.\nСтежте або додайте щось:\n{link}",
            "short": "{shop}: вашим зверненням займаються: {link}",
        },
        "reply": {
            "subject": "«{shop}» написав вам",
            "body": "«{shop}» пише:\n{text}\nВідповісти можна на цій сторінці:\n{link}",
            "short": "{shop}: {text} Відповісти: {link}",
        },
        "outcome": {
            "subject": "«{shop}»: відповідь для вас",
            "body": "«{shop}» пише:\n{text}\nЧи все виправлено? Скажіть «так» або «ні» на цій сторінці:\n{link}",
            "short": "{shop}: {text} Все гаразд? {link}",
        },
        "recovery": {
            "subject": "«{shop}»: чи ми все виправили?",
            "body": "Ви розповіли «{shop}», що було не так, і отримали відповідь.\n"
            "Чи задоволені ви тим, як це виправили? Досить одного дотику:\n{link}",
            "short": "{shop}: чи ми все виправили? Один дотик: {link}",
        },
        "thanks": {
            "subject": "Дякуємо! «{shop}»",
            "body": "Дякуємо за добрі слова. Люди в «{shop}» їх прочитали.",
            "short": "Дякуємо за добрі слова! {shop}",
        },
        "review": {
            "subject": "Дякуємо! «{shop}»",
            "body": "Дякуємо за добрі слова. Люди в «{shop}» їх прочитали.\nЯкщо бажаєте, розкажіть і іншим:\n{link}",
            "short": "{shop}: дякуємо! Розкажіть і іншим: {link}",
        },
        "invitation": {
            "subject": "«{shop}»: як вам у нас?",
            "body": "Ви були в «{shop}». Як вам у нас? Досить одного дотику:\n{link}",
            "short": "{shop}: як вам у нас? Один дотик: {link}",
        },
    },
    "pl": {
        "receipt": {
            "subject": "{shop}: mamy Twoje zgłoszenie",
            "body": "Dziękujemy za wiadomość. {shop} ma Twoje zgłoszenie i ktoś się nim zajmuje.\n"
            "Na tej stronie widać, co się dzieje, i można coś dodać:\n{link}",
            "short": "{shop}: mamy Twoje zgłoszenie. Co się dzieje: {link}",
        },
        "progress": {
            "subject": "{shop}: ktoś zajmuje się Twoim zgłoszeniem",
            "body": "Ktoś zajmuje się teraz Twoim zgłoszeniem do {shop}.\n"
            "Zobacz, co się dzieje, albo coś dodaj:\n{link}",
            "short": "{shop}: ktoś zajmuje się Twoim zgłoszeniem: {link}",
        },
        "reply": {
            "subject": "{shop}: wiadomość dla Ciebie",
            "body": "{shop} pisze:\n{text}\nOdpowiedz na tej stronie:\n{link}",
            "short": "{shop}: {text} Odpowiedz: {link}",
        },
        "outcome": {
            "subject": "{shop}: odpowiedź dla Ciebie",
            "body": "{shop} pisze:\n{text}\nCzy wszystko naprawione? Powiedz tak lub nie na tej stronie:\n{link}",
            "short": "{shop}: {text} Naprawione? {link}",
        },
        "recovery": {
            "subject": "{shop}: czy wszystko naprawiliśmy?",
            "body": "{shop} wie od Ciebie, co poszło nie tak, i odpowiedź już jest u Ciebie.\n"
            "Jak oceniasz to, jak sprawę naprawiono? Wystarczy jedno dotknięcie:\n{link}",
            "short": "{shop}: czy wszystko naprawiliśmy? Jedno dotknięcie: {link}",
        },
        "thanks": {
            "subject": "{shop}: dziękujemy!",
            "body": "Dziękujemy za dobre słowa. Ludzie z {shop} je przeczytali.",
            "short": "Dziękujemy za dobre słowa! {shop}",
        },
        "review": {
            "subject": "{shop}: dziękujemy!",
            "body": "Dziękujemy za dobre słowa. Ludzie z {shop} je przeczytali.\n"
            "Jeśli chcesz, powiedz też innym:\n{link}",
            "short": "{shop}: dziękujemy! Powiedz też innym: {link}",
        },
        "invitation": {
            "subject": "{shop}: jak było u nas?",
            "body": "Niedawna wizyta w {shop}: jak było? Wystarczy jedno dotknięcie:\n{link}",
            "short": "{shop}: jak było u nas? Jedno dotknięcie: {link}",
        },
    },
    "de": {
        "receipt": {
            "subject": "{shop} hat Ihre Nachricht",
            "body": "Danke, dass Sie es uns sagen. {shop} hat Ihre Nachricht, und jemand kümmert sich darum.\n"
            "Auf dieser Seite sehen Sie, was geschieht, und können etwas hinzufügen:\n{link}",
            "short": "{shop} hat Ihre Nachricht. Was geschieht: {link}",
        },
        "progress": {
            "subject": "{shop} kümmert sich um Ihre Nachricht",
            "body": "Jemand kümmert sich jetzt um Ihre Nachricht an {shop}.\n"
            "Sehen Sie, was geschieht, oder fügen Sie etwas hinzu:\n{link}",
            "short": "Jemand kümmert sich jetzt um Ihre Nachricht an {shop}: {link}",
        },
        "reply": {
            "subject": "{shop} hat Ihnen geschrieben",
            "body": "{shop} schreibt:\n{text}\nAntworten Sie auf dieser Seite:\n{link}",
            "short": "{shop}: {text} Antworten: {link}",
        },
        "outcome": {
            "subject": "{shop} hat eine Antwort für Sie",
            "body": "{shop} schreibt:\n{text}\nIst es wieder gut? Sagen Sie Ja oder Nein auf dieser Seite:\n{link}",
            "short": "{shop}: {text} Ist es wieder gut? {link}",
        },
        "recovery": {
            "subject": "Hat {shop} es wieder gut gemacht?",
            "body": "Sie haben {shop} gesagt, was nicht gut war, und eine Antwort bekommen.\n"
            "Wie zufrieden sind Sie damit, wie es gelöst wurde? Ein Tippen genügt:\n{link}",
            "short": "Hat {shop} es wieder gut gemacht? Ein Tippen: {link}",
        },
        "thanks": {
            "subject": "Danke von {shop}",
            "body": "Danke für Ihre freundlichen Worte. Die Leute von {shop} haben sie gelesen.",
            "short": "Danke für Ihre freundlichen Worte! {shop}",
        },
        "review": {
            "subject": "Danke von {shop}",
            "body": "Danke für Ihre freundlichen Worte. Die Leute von {shop} haben sie gelesen.\n"
            "Wenn Sie mögen, sagen Sie es auch anderen:\n{link}",
            "short": "{shop}: danke! Sagen Sie es auch anderen: {link}",
        },
        "invitation": {
            "subject": "Wie war es bei {shop}?",
            "body": "Sie waren bei {shop}. Wie war es? Ein Tippen genügt:\n{link}",
            "short": "Wie war es bei {shop}? Ein Tippen: {link}",
        },
    },
    "ru": {
        "receipt": {
            "subject": "«{shop}»: ваше обращение у нас",
            "body": "Спасибо, что сказали нам. «{shop}» получил ваше обращение, и им уже занимаются.\n"
            "На этой странице видно, что происходит, и можно что-то добавить:\n{link}",
            "short": "{shop}: ваше обращение у нас. Что происходит: {link}",
        },
        "progress": {
            "subject": "«{shop}»: вашим обращением занимаются",
            "body": "Вашим обращением в «{shop}» теперь занимаются.\nСледите или добавьте что-то:\n{link}",
            "short": "{shop}: вашим обращением занимаются: {link}",
        },
        "reply": {
            "subject": "«{shop}» написал вам",
            "body": "«{shop}» пишет:\n{text}\nОтветить можно на этой странице:\n{link}",
            "short": "{shop}: {text} Ответить: {link}",
        },
        "outcome": {
            "subject": "«{shop}»: ответ для вас",
            "body": "«{shop}» пишет:\n{text}\nВсё исправлено? Скажите «да» или «нет» на этой странице:\n{link}",
            "short": "{shop}: {text} Всё в порядке? {link}",
        },
        "recovery": {
            "subject": "«{shop}»: всё ли мы исправили?",
            "body": "Вы рассказали «{shop}», что было не так, и получили ответ.\n"
            "Довольны ли вы тем, как это исправили? Достаточно одного касания:\n{link}",
            "short": "{shop}: всё ли мы исправили? Одно касание: {link}",
        },
        "thanks": {
            "subject": "Спасибо! «{shop}»",
            "body": "Спасибо за добрые слова. Люди в «{shop}» их прочитали.",
            "short": "Спасибо за добрые слова! {shop}",
        },
        "review": {
            "subject": "Спасибо! «{shop}»",
            "body": "Спасибо за добрые слова. Люди в «{shop}» их прочитали.\nЕсли хотите, расскажите и другим:\n{link}",
            "short": "{shop}: спасибо! Расскажите и другим: {link}",
        },
        "invitation": {
            "subject": "«{shop}»: как вам у нас?",
            "body": "Вы были в «{shop}». Как вам у нас? Достаточно одного касания:\n{link}",
            "short": "{shop}: как вам у нас? Одно касание: {link}",
        },
    },
}
