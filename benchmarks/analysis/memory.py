"""How much memory a step takes at its peak, as the operating system sees it."""

from __future__ import annotations

import gc
import re
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc/self")
_FROM_NOW_ON: Final = "5"
"""Written to `clear_refs` it sets the peak back to what is in use (proc(5))."""


class Peak:
    """What a step adds to the memory in use, at its peak."""

    def __init__(self) -> None:
        gc.collect()
        try:
            (_PROC / "clear_refs").write_text(_FROM_NOW_ON)
        except OSError:
            self._before: int | None = None  # not Linux
        else:
            self._before = _kilobytes("VmRSS")

    def added_bytes(self) -> int:
        """Since it was made; 0 where that cannot be known."""
        return 0 if self._before is None else max(0, _kilobytes("VmHWM") - self._before) * 1024


def _kilobytes(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", (_PROC / "status").read_text(), re.MULTILINE)
    return int(found[1]) if found else 0
