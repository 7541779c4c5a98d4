"""Text that came over MQTT, from a file or from a person is shown as it is, never as markup."""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&\"'=^/@])")
_BREAK = "\u2060"
"""The word joiner: invisible, without width. It keeps Streamlit from turning escaped text into icons and links."""
_SHORTCODE = re.compile(r":(?=(?:[a-z0-9_+\-]*[a-z+\-][a-z0-9_+\-]*(?:/[a-z0-9_]+)?|100|1234):)", re.IGNORECASE)
"""`:name:`, `:material/name:`; of those without a letter only two are icons, and times and ports have many colons."""
_LINK = re.compile(r"(?<=[a-z])(?=://)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def plain(text: str) -> str:
    """`text` for a place where Streamlit reads markdown: a label, a caption, an error. It looks like the original."""
    one_line = _CONTROL.sub("\ufffd", text).replace("\n", " ").replace("\t", " ")
    broken = _LINK.sub(_BREAK, _SHORTCODE.sub(":" + _BREAK, one_line))
    return _PUNCTUATION.sub(r"\\\1", broken)


def shortened(text: str, longest: int = 120) -> str:
    """At most `longest` characters, with an ellipsis where something is missing."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def parts(*texts: str) -> str:
    """`a · b`: facts in a row, which is broken between them rather than within one."""
    return " · ".join(text.replace(" ", "\u00a0") for text in texts)
