"""The exit codes of every command."""

from __future__ import annotations

from typing import Final

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
NOT_AS_IT_SHOULD_BE: Final = 3
"""Done, but the replay was not faithful, verify found damage, or repair could not save all."""
INTERRUPTED: Final = 130
"""By SIGINT, SIGTERM or SIGHUP, with the state saved."""
