"""What the keys of `session-manager replay` do."""

from __future__ import annotations

from collections.abc import Callable

from app.cli.replay_options import speed_of
from app.replay_words import moved_into_range
from core.errors import SessionManagerError
from replay.player import Player, ReplayState

SEEK_S = 10.0
HELP = (
    "Keys: space pause and resume, n step, t step to a topic, left and right 10 s back and on, g go to a time or mark, "
    "+ and - speed, x any speed, m as fast as possible, r back to the start, Enter opens a barrier, q stop."
)
BACKSPACE = ("\x7f", "\b")


class ReplayKeys:
    """Does what keys stand for. Some begin a line, which is typed and ends with Enter; Escape gives it up."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._line: str | None = None
        self._key = ""

    @property
    def typing(self) -> str:
        """The line so far, with what is asked for; empty if none is typed."""
        return "" if self._line is None else f"{_LINES[self._key][0]}: {self._line}"

    def press(self, key: str) -> str:
        """Returns a sentence for the user; empty if there is nothing to say."""
        if self._line is not None:
            return self._typed(self._line, key)
        if key in _LINES:
            self._key, self._line = key, ""
        elif key in _ACTIONS:
            return _said(_ACTIONS[key], self._player)
        return ""

    def _typed(self, line: str, key: str) -> str:
        if key == "\n":
            self._line = None
            return _said(_LINES[self._key][1], self._player, line.strip()) if line.strip() else ""
        if key == "escape":
            self._line = None
        elif key in BACKSPACE:
            self._line = line[:-1]
        elif len(key) == 1 and key.isprintable():
            self._line = line + key
        return ""


def _said(action: Callable[..., object], *args: object) -> str:
    """What the action says itself, or why it failed."""
    try:
        said = action(*args)
    except SessionManagerError as error:
        return str(error)
    return said if isinstance(said, str) else ""


def _pause_or_resume(player: Player) -> None:
    if player.status().state is ReplayState.PAUSED:
        player.resume()
    else:
        player.pause()


def _seek(by_s: float) -> Callable[[Player], object]:
    return lambda player: player.seek(player.status().position_s + by_s)


def _faster(factor: float) -> Callable[[Player], object]:
    """From `max` it goes back to the original speed."""
    return lambda player: player.set_speed((player.status().speed or 1.0 / factor) * factor)


def _go_to(player: Player, text: str) -> str:
    wanted_s = player.place_of(text)
    return moved_into_range(text, wanted_s, player.seek(wanted_s))


_LINES: dict[str, tuple[str, Callable[[Player, str], object]]] = {
    "g": ("Go to (seconds, m:ss or a mark)", _go_to),
    "t": ("Step to the next message on", Player.step),
    "x": ("Speed, such as 2.5 or max", lambda player, text: player.set_speed(speed_of(text))),
}
_ACTIONS: dict[str, Callable[[Player], object]] = {
    " ": _pause_or_resume,
    "n": Player.step,
    "left": _seek(-SEEK_S),
    "right": _seek(SEEK_S),
    "+": _faster(2.0),
    "-": _faster(0.5),
    "m": lambda player: player.set_speed(None),
    "r": Player.reset,
    "\n": Player.release,
    "q": Player.stop,
}
