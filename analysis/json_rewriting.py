"""Changes texts and numbers inside JSON, and keeps all else: order, doubled keys, how numbers are written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product, starmap
from typing import Any, Final


class Literal(str):
    """A number, NaN or Infinity, as it was written."""

    __slots__ = ()


class Pairs(list[tuple[str, Any]]):
    """An object, with its keys in order, doubled ones too."""


def parse(text: str) -> Any:
    """JSON as Pairs, lists, str, Literal, bool and None. Raises ValueError, RecursionError."""
    return json.loads(text, object_pairs_hook=Pairs, parse_float=Literal, parse_int=Literal, parse_constant=Literal)


def rewritten(document: Any, of_key: Callable[[str], str], of_value: Callable[[tuple[str, ...], Any], Any]) -> Any:
    """The same document with other keys and values. `of_value` gets the fields around a value, outermost first."""

    def walk(node: Any, fields: tuple[str, ...]) -> Any:
        if isinstance(node, Pairs):
            return Pairs((of_key(name), walk(value, (*fields, name))) for name, value in node)
        if isinstance(node, list):
            return [walk(value, fields) for value in node]
        return of_value(fields, node)

    return walk(document, ())


@dataclass(frozen=True, slots=True)
class Style:
    """How JSON text is laid out in one line."""

    comma: str = ","
    colon: str = ":"
    ascii_only: bool = False

    def write(self, node: Any) -> str:
        """What `parse` reads, as text."""
        if isinstance(node, Pairs):
            return f"{{{self.comma.join(f'{self._text(name)}{self.colon}{self.write(one)}' for name, one in node)}}}"
        if isinstance(node, list):
            return f"[{self.comma.join(map(self.write, node))}]"
        return str(node) if isinstance(node, Literal) else self._text(node)

    def _text(self, value: Any) -> str:
        return json.dumps(value, ensure_ascii=self.ascii_only)


_HALF: Final = r"\ud"
_STYLES: Final = tuple(starmap(Style, product((",", ", "), (":", ": "), (False, True))))


def style_of(document: Any, text: str) -> Style:
    """The one in which the document is that text; the narrowest if there is none, as with line breaks.

    Half of a surrogate pair can be written only as an escape.
    """
    ascii_only, comma, colon = text.isascii(), ", " in text, ": " in text
    likely = sorted(
        _STYLES,
        key=lambda one: (one.ascii_only != ascii_only, (one.comma == ", ") != comma, (one.colon == ": ") != colon),
    )
    fitting = (style for style in likely if style.write(document) == text)
    return next(fitting, Style(ascii_only=text.isascii() or _HALF in text.lower()))
