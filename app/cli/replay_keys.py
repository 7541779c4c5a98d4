"""What the keys of `session-manager replay` do."""

from __future__ import annotations

from collections.abc import Callable

from core.errors import StateError, UsageError
from replay.player import Player, ReplayState

SEEK_S = 10.0
HELP = (
    "Keys: space pause and resume, n step, left and right 10 s back and on, + and - speed, m as fast as possible, "
    "r back to the start, Enter opens a barrier, q stop."
)


def press(player: Player, key: str) -> str:
    """Does what the key stands for. Returns a sentence for the user; empty if there is nothing to say."""
    action = _ACTIONS.get(key)
    if action is None:
        return ""
    try:
        action(player)
    except (StateError, UsageError) as error:
        return str(error)
    return ""


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
