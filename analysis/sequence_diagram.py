"""Who told whom: messages as a sequence diagram in Mermaid's language, in which a stranger's text stays text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

MAX_ARROWS: Final = 40
"""More make a picture that nobody reads."""
MAX_PARTICIPANTS: Final = 12
"""Further ones are drawn as one."""
LABEL_CHARS: Final = 48
NAME_CHARS: Final = 24
NARROW: Final = (
    '%%{init: {"sequence": {"width": 90, "height": 36, "actorMargin": 12, "messageMargin": 22, "boxMargin": 4}}}%%'
)
"""Closer together than Mermaid draws it, so that the text stays readable."""
OTHERS: Final = "others"
_PLAIN: Final = re.compile(r"[^A-Za-z0-9 ]")
_END: Final = re.compile(r"\bend\b", re.IGNORECASE)
"""Mermaid takes the word for the end of a block wherever it stands."""


class Arrow(NamedTuple):
    """A message from one participant to another one."""

    sender: str
    receiver: str
    text: str


class Arrows(NamedTuple):
    """Equal arrows one after the other."""

    arrow: Arrow
    often: int


def merged(arrows: Sequence[Arrow]) -> list[Arrows]:
    """Consecutive equal arrows as one."""
    found: list[Arrows] = []
    for arrow in arrows:
        if found and found[-1].arrow == arrow:
            found[-1] = Arrows(arrow, found[-1].often + 1)
        else:
            found.append(Arrows(arrow, 1))
    return found


def sequence_diagram(arrows: Sequence[Arrows]) -> str:
    """The diagram's source, of the first MAX_ARROWS; empty without any."""
    drawn = arrows[:MAX_ARROWS]
    if not drawn:
        return ""
    names = list(dict.fromkeys(name for one in drawn for name in (one.arrow.sender, one.arrow.receiver)))
    own, more = names[:MAX_PARTICIPANTS], names[MAX_PARTICIPANTS:]
    ids = {name: f"p{number}" for number, name in enumerate(own)} | dict.fromkeys(more, "px")
    lines = [NARROW, "sequenceDiagram"]
    lines += (f"    participant {ids[name]} as {escaped(name, NAME_CHARS)}" for name in own)
    lines += [f"    participant px as {OTHERS}"] if more else []
    for arrow, often in drawn:
        times = f" ×{often}" if often > 1 else ""
        lines.append(f"    {ids[arrow.sender]}->>{ids[arrow.receiver]}: {escaped(arrow.text + times)}")
    return "\n".join(lines)


def escaped(text: str, longest: int = LABEL_CHARS) -> str:
    """Text for Mermaid: letters, digits and blanks as they are, all else as the code of its character (`#35;`)."""
    shown = text if len(text) <= longest else f"{text[: longest - 1]}…"
    visible = "".join(one if one.isprintable() else "\ufffd" for one in shown) or " "
    without_end = _END.sub(lambda found: f"\u2060{found[0][0]}\u2060{found[0][1:]}", visible)
    return _PLAIN.sub(lambda found: f"#{ord(found[0])};", without_end)
