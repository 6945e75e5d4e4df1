"""What a browser calls itself, in words by which its owner knows it again (pure)."""

import re

#: The first that is found counts: most browsers claim to be several others as well.
_BROWSERS = (
    ("Edge", r"\bEdg(e|A|iOS)?/"),
    ("Opera", r"\b(OPR|Opera)/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\b(Firefox|FxiOS)/"),
    ("Chrome", r"\b(Chrome|CriOS|Chromium)/"),
    ("Safari", r"\bSafari/"),
)
_SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("macOS", r"\bMacintosh\b"),
    ("Linux", r"\bLinux\b"),
)


def device_of(user_agent: str) -> str:
    """`Firefox · Android`; empty where it says nothing that we know."""
    found = (next((name for name, sign in known if re.search(sign, user_agent)), "") for known in (_BROWSERS, _SYSTEMS))
    return " · ".join(name for name in found if name)
