"""Who told whom: messages as a sequence diagram in Mermaid's language, in which a stranger's text stays text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

MAX_ARROWS: Final = 120
"""More make a picture that nobody reads; the first ones are drawn."""
MAX_PARTICIPANTS: Final = 12
"""Further ones are drawn as one."""
LABEL_CHARS: Final = 60
OTHERS: Final = "others"
_PLAIN: Final = re.compile(r"[^A-Za-z0-9 ]")
_END: Final = re.compile(r"\bend\b", re.IGNORECASE)
"""Mermaid takes the word for the end of a block wherever it stands."""


class Arrow(NamedTuple):
    """A message from one participant to another one."""

    sender: str
    receiver: str
    text: str


Route = Callable[[str], tuple[str, str]]
"""From whom to whom the messages on a topic go."""


def broadcast(topic: str) -> tuple[str, str]:
    """For topics of which nothing else is known: what they are about tells everybody."""
    levels = [level for level in topic.split("/") if level]
    return "/".join(levels[:-1]) or topic, "everybody"


def sequence_diagram(arrows: Sequence[Arrow]) -> str:
    """The diagram's source; consecutive equal arrows are drawn once, with their number. Empty without any arrow."""
    drawn = _merged(arrows)[:MAX_ARROWS]
    if not drawn:
        return ""
    names = list(dict.fromkeys(name for arrow, _ in drawn for name in (arrow.sender, arrow.receiver)))
    own, more = names[:MAX_PARTICIPANTS], names[MAX_PARTICIPANTS:]
    ids = {name: f"p{number}" for number, name in enumerate(own)} | dict.fromkeys(more, "px")
    lines = ["sequenceDiagram"]
    lines += (f"    participant {ids[name]} as {escaped(name)}" for name in own)
    lines += [f"    participant px as {OTHERS}"] if more else []
    for arrow, count in drawn:
        times = f" ×{count}" if count > 1 else ""
        lines.append(f"    {ids[arrow.sender]}->>{ids[arrow.receiver]}: {escaped(arrow.text + times)}")
    return "\n".join(lines)


def drawn_arrows(arrows: Sequence[Arrow]) -> int:
    """How many arrows a diagram of these needs, without any limit."""
    return len(_merged(arrows))


def _merged(arrows: Sequence[Arrow]) -> list[tuple[Arrow, int]]:
    found: list[tuple[Arrow, int]] = []
    for arrow in arrows:
        if found and found[-1][0] == arrow:
            found[-1] = arrow, found[-1][1] + 1
        else:
            found.append((arrow, 1))
    return found


def escaped(text: str) -> str:
    """Text for Mermaid: letters, digits and blanks as they are, all else as the code of its character (`#35;`)."""
    shown = text if len(text) <= LABEL_CHARS else f"{text[: LABEL_CHARS - 1]}…"
    visible = "".join(one if one.isprintable() else "\ufffd" for one in shown) or " "
    without_end = _END.sub(lambda found: f"\u2060{found[0][0]}\u2060{found[0][1:]}", visible)
    return _PLAIN.sub(lambda found: f"#{ord(found[0])};", without_end)
