"""What a validator says about a wrong value, in plain words."""

from __future__ import annotations

import re
from typing import Final

_PLAIN: Final = (
    ("Value error, ", ""),
    (r"Input should be a valid number\b.*", "it must be a number"),
    (r"Input should be a valid integer\b.*", "it must be a whole number"),
    (r"Input should be a valid boolean\b.*", "it must be true or false"),
    (r"Input should be a valid string\b", "it must be text"),
    (r"Input should be a valid dictionary\b.*", "it must be a table of settings"),
    (r"Input should be a valid tuple\b.*", "it must be a list"),
    (r"Input is not a valid path\b.*", "it must be a path"),
    (r"Input should be greater than or equal to", "it must be at least"),
    (r"Input should be less than or equal to", "it must be at most"),
    (r"Input should be", "it must be"),
    (r"Field required", "it is missing"),
    (r"'[^']*' does not appear to be an IPv4 or IPv6 address", "it must be an IP address or localhost"),
)


def in_plain_words(text: str) -> str:
    """`text` without the phrases that only programmers know."""
    for pattern, words in _PLAIN:
        text = re.sub(pattern, words, text)
    return text
