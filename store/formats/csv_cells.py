"""Text in the cells of a CSV file that a spreadsheet never takes for a formula, and back.

A cell that begins like a formula gets an apostrophe in front, as a spreadsheet itself would write it. With another
separator than ours, the semicolon of many countries, a cell may begin in the middle of ours: a text in which a formula
could begin there is written as `'base64:` and its bytes. See OWASP, "CSV Injection".
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from typing import Final

COLUMNS: Final = ("timestamp", "topic", "payload", "encoding", "qos", "retain", "properties", "session")
BASE64: Final = "base64"
"""The value of `encoding` for a payload that is not written as text."""

_BEGINS_LIKE_A_FORMULA = re.compile(r"""['\t\r\n]|[\s"]*[=+\-@＝＋－＠]""")
_HAS_A_FORMULA = re.compile(r"""[;|\t\r\n][\s"']*[=+\-@＝＋－＠]|\0""")
_ENCODED: Final = "'base64:"
"""No text is written like this otherwise: after an apostrophe of ours comes what begins like a formula."""


def cell(text: str) -> str:
    """The cell that holds `text`."""
    if _HAS_A_FORMULA.search(text):
        return _ENCODED + b64encode(text.encode("utf-8")).decode("ascii")
    return f"'{text}" if _BEGINS_LIKE_A_FORMULA.match(text) else text


def text_of(found: str) -> str:
    """What `cell` was given. Raises ValueError for a cell that is encoded wrongly."""
    if found.startswith(_ENCODED):
        return b64decode(found.removeprefix(_ENCODED), validate=True).decode("utf-8")
    return found.removeprefix("'")


def payload_cells(payload: bytes) -> tuple[str, str]:
    """The cells `payload` and `encoding`."""
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if _HAS_A_FORMULA.search(text):
        return cell(b64encode(payload).decode("ascii")), BASE64
    return cell(text), ""


def payload_of(found: str, encoding: str) -> bytes:
    """What `payload_cells` was given. Raises ValueError."""
    if encoding == BASE64:
        return b64decode(text_of(found), validate=True)
    if encoding:
        raise ValueError(f"its encoding is {encoding[:20]!r}, not base64 or nothing")
    return text_of(found).encode("utf-8", "surrogateescape")  # bytes that another program put in
