"""Times as JSON payloads hold them: what one looks like, which moment it is, and how it is moved.

A value is a time if it is ISO 8601 with date and time, or counts seconds, milliseconds, microseconds or nanoseconds
since 1970, and lies in the years 2000 to 2299 or, counted, 2001 to 2286: an unset clock, or a date that stands for
'never', is not moved.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from core.message import NS_PER_SECOND

ISO: Final = (
    rb"2[0-2]\d\d-[01]\d-[0-3]\d[Tt ][0-2]\d:[0-5]\d(?::[0-5]\d(?:[.,]\d{1,18})?)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?"
)
EPOCH: Final = rb"[1-9]\d{9}(?:\d{3}){0,3}(?:\.\d{1,18})?"
_ISO_PARTS: Final = re.compile(rb"(.{10}.\d\d:\d\d)(?:(:\d\d)(?:([.,])(\d+))?)?([Zz]|[+-].*)?")
_NS_OF_DIGITS: Final = {10: NS_PER_SECOND, 13: 1_000_000, 16: 1_000, 19: 1}
"""Nanoseconds in what a number of so many digits counts."""
_MAX_KNOWN: Final = 4_096
"""Times that are remembered with what they became: many a message repeats the times of the one before."""
_EPOCH_BEGIN: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Mover:
    """Moves times by one offset. Each is written back in the form that it had.

    What a time is too coarse for is rounded, by the same amount for all times of the same form: their differences stay,
    and moving them back gives what was there before.
    """

    def __init__(self, offset_ns: int) -> None:
        self._offset_ns = offset_ns
        self._steps: dict[tuple[int, int], int] = {}
        self._known: dict[bytes, bytes | None] = {}

    def moved(self, value: bytes) -> bytes | None:
        """A text that ISO or EPOCH matches; None if it is no time after all, or would leave what can be written."""
        try:
            return self._known[value]
        except KeyError:
            if len(self._known) == _MAX_KNOWN:
                self._known.clear()
            moved = self._known[value] = (self._moved_iso if value[4:5] == b"-" else self._moved_epoch)(value)
            return moved

    def _moved_iso(self, value: bytes) -> bytes | None:
        found = _ISO_PARTS.fullmatch(value)
        assert found is not None, "ISO has matched it"
        moment, seconds, point, fraction, zone = found.groups(b"")
        digits = len(fraction)
        try:
            if not seconds:
                minutes = self._step(1, 60 * NS_PER_SECOND)
                return _text_after(moment, 60 * minutes) + zone
            carry, rest = divmod(int(fraction or b"0") + self._step(10**digits, NS_PER_SECOND), 10**digits)
            text = _text_after(moment + seconds, carry)
        except (ValueError, OverflowError):
            return None
        return b"%b%b%0*d%b" % (text, point, digits, rest, zone) if digits else text + zone

    def _moved_epoch(self, value: bytes) -> bytes | None:
        whole, point, fraction = value.partition(b".")
        digits = len(fraction)
        moved = int(whole + fraction) + self._step(10**digits, _NS_OF_DIGITS[len(whole)])
        if moved < 0:
            return None
        text = b"%0*d" % (digits + 1, moved)
        return text[:-digits] + point + text[-digits:] if digits else text

    def _step(self, steps: int, per_ns: int) -> int:
        """The offset in units of which `steps` make `per_ns`, rounded, with halves away from zero."""
        known = self._steps.get((steps, per_ns))
        if known is None:
            size = (2 * abs(self._offset_ns) * steps + per_ns) // (2 * per_ns)
            known = self._steps[steps, per_ns] = size if self._offset_ns > 0 else -size
        return known


def _text_after(text: bytes, seconds: int) -> bytes:
    """So many seconds after an ISO 8601 time without fraction and zone, as long as that."""
    moment = datetime.fromisoformat(text.decode()) + timedelta(0, seconds)
    return moment.isoformat(chr(text[10])).encode()[: len(text)]


_WHOLE_ISO: Final = re.compile(ISO)
_WHOLE_EPOCH: Final = re.compile(EPOCH)


def moment_ns(text: str) -> tuple[int, bool] | None:
    """The moment of a value, nanoseconds since the epoch, and whether it is ISO 8601; None if it is no time.

    A time without a zone counts as UTC.
    """
    value = text.encode("utf-8", "replace")
    if _WHOLE_EPOCH.fullmatch(value):
        whole, _, fraction = value.partition(b".")
        unit_ns = _NS_OF_DIGITS[len(whole)]
        return int(whole) * unit_ns + int(fraction or b"0") * unit_ns // 10 ** len(fraction), False
    if not _WHOLE_ISO.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(text.replace(",", ".").upper())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (moment - _EPOCH_BEGIN) // timedelta(microseconds=1) * 1_000, True
    except (ValueError, OverflowError):
        return None
