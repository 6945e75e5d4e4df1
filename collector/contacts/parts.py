"""Text messages: how many parts one takes, and a text that fits into as many as are allowed."""

#: What one message, and each part of a longer one, holds: letters of GSM 03.38, and of UCS-2 where others are in it.
_GSM_ALONE, _GSM_PART, _UCS_ALONE, _UCS_PART = 160, 153, 70, 67
#: Parts that we send at most.
MOST = 3

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")


def parts(text: str) -> int:
    """How many parts a text message takes on its way."""
    if all(sign in _GSM or sign in _GSM_TWICE for sign in text):
        size, alone, part = len(text) + sum(sign in _GSM_TWICE for sign in text), _GSM_ALONE, _GSM_PART
    else:
        size, alone, part = len(text.encode("utf-16-be")) // 2, _UCS_ALONE, _UCS_PART
    return 1 if size <= alone else -(-size // part)


def fitted(template: str, text: str) -> str:
    """A message of at most `MOST` parts: `template` with the text in place of {text}, cut at a word where it must be.

    The template itself has to fit: the links in it are what must not be cut.
    """
    text = " ".join(text.split())
    if parts(whole := _with(template, text)) <= MOST:
        return whole
    shortest, longest = 0, len(text)
    while shortest < longest:
        middle = (shortest + longest + 1) // 2
        if parts(_with(template, _cut(text, middle))) <= MOST:
            shortest = middle
        else:
            longest = middle - 1
    return _with(template, _cut(text, shortest))


def _with(template: str, text: str) -> str:
    return " ".join(template.replace("{text}", text).split())


def _cut(text: str, length: int) -> str:
    """The text's beginning of so many signs, back to the end of a word if there is one nearby, with an ellipsis."""
    kept = text[:length]
    word = kept.rfind(" ")
    return (kept[:word] if word > length - 15 and word > 0 else kept).rstrip() + "…"
