"""What forms that people fill in have in common: their own numbers, and the text that is typed into them."""

import re
import secrets
import unicodedata

from flask import abort, request

#: A form's own number, that makes a second tap the same answer; as `new_nonce` makes it.
NONCE = re.compile(r"[A-Za-z0-9_-]{22}")
#: What a page that stood open since an earlier version has in its form may look otherwise.
_LONGEST_KEY = 64


def new_nonce() -> str:
    """What makes one form one: two taps on its button are the same change."""
    return secrets.token_urlsafe(16)


def sent_key() -> str:
    """The number of the form that was sent, as `form_key` made it in the page: what was asked with it is asked once."""
    key = request.form.get("key", "")
    if not 1 <= len(key) <= _LONGEST_KEY:
        abort(400)
    return key


def clean(text: str) -> str:
    """Without what cannot be seen, but for the ends of lines."""
    text = text.replace("\r\n", "\n")
    return "".join(
        char for char in text if char == "\n" or unicodedata.category(char) not in {"Cc", "Cs", "Co"}
    ).strip()


def line(text: str) -> str:
    """The same in one line, words one space apart."""
    return " ".join(clean(text).split())
