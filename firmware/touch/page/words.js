// The few words that are the page's own. A shop's language that is not here goes without them.

export const WORDS = {
  en: { "very-good": "very good", good: "good", neutral: "so-so", bad: "bad", "very-bad": "very bad",
    about: "What was it about?", skip: "Skip", done: "Done", moment: "One moment, please." },
  uk: { "very-good": "дуже добре", good: "добре", neutral: "ні так, ні так", bad: "погано", "very-bad": "дуже погано",
    about: "Про що йдеться?", skip: "Пропустити", done: "Готово", moment: "Хвилинку, будь ласка." },
  pl: { "very-good": "bardzo dobrze", good: "dobrze", neutral: "tak sobie", bad: "źle", "very-bad": "bardzo źle",
    about: "O co chodziło?", skip: "Pomiń", done: "Gotowe", moment: "Chwileczkę." },
  de: { "very-good": "sehr gut", good: "gut", neutral: "geht so", bad: "schlecht", "very-bad": "sehr schlecht",
    about: "Worum ging es?", skip: "Überspringen", done: "Fertig", moment: "Einen Moment, bitte." },
  fr: { "very-good": "très bien", good: "bien", neutral: "moyen", bad: "mal", "very-bad": "très mal",
    about: "De quoi s’agit-il ?", skip: "Passer", done: "Terminé", moment: "Un instant, s’il vous plaît." },
  es: { "very-good": "muy bien", good: "bien", neutral: "regular", bad: "mal", "very-bad": "muy mal",
    about: "¿De qué se trata?", skip: "Omitir", done: "Listo", moment: "Un momento, por favor." },
  it: { "very-good": "molto bene", good: "bene", neutral: "così così", bad: "male", "very-bad": "molto male",
    about: "Di che cosa si tratta?", skip: "Salta", done: "Fatto", moment: "Un momento, per favore." },
  cs: { "very-good": "velmi dobře", good: "dobře", neutral: "jde to", bad: "špatně", "very-bad": "velmi špatně",
    about: "O co šlo?", skip: "Přeskočit", done: "Hotovo", moment: "Okamžik, prosím." },
};
