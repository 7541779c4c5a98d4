"""Time stamps as text: ISO 8601 to nanoseconds since the epoch, and back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from core.message import NS_PER_SECOND

_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9})\d*)?\s*(Z|z|[+-]\d\d(?::?\d\d)?)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INT64 = 2**63
_OUT_OF_ORDER_NS = 60 * NS_PER_SECOND
"""In the hour that is repeated, a step back by more than this is the clocks' and not that of a late message."""


def seconds_text(second: int) -> str:
    """`2025-08-26T16:38:54`, in UTC."""
    return (_EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")


def iso(at_ns: int) -> str:
    """`2025-08-26T16:38:54.183763+00:00`; nine digits of a second if it is not a whole microsecond."""
    second, rest = divmod(at_ns, NS_PER_SECOND)
    fraction = f"{rest:09d}" if rest % 1000 else f"{rest // 1000:06d}"
    return f"{seconds_text(second)}.{fraction}+00:00"


class TimestampParser:
    """Reads the time stamps of one file, in their order.

    A time without a zone belongs to `zone`. In the hour that is repeated when clocks are put back it counts as the
    first pass, until the times step back: from then on as the second.
    """

    def __init__(self, zone: tzinfo = UTC) -> None:
        self.naive = 0
        """How many times had no zone."""
        self._zone = zone
        self._last_naive_ns = -_INT64
        self._cached = ("", "", 0)

    def parse(self, text: str) -> int:
        """Nanoseconds since the epoch. Raises ValueError for anything but a date and time of ISO 8601."""
        found = _ISO.fullmatch(text)
        if found is None:
            raise ValueError(f"'{text[:40]}' is not a time")
        date, clock, fraction, offset = found.groups()
        rest = int(fraction.ljust(9, "0")) if fraction else 0
        if offset is None:
            return self._naive(f"{date}T{clock}", rest)
        moment = f"{date}T{clock}"
        if (moment, offset) != self._cached[:2]:
            self._cached = (moment, offset, _whole_ns(datetime.fromisoformat(moment + _normal(offset))))
        return _fitting(self._cached[2] + rest, text)

    def _naive(self, moment: str, rest: int) -> int:
        self.naive += 1
        local = datetime.fromisoformat(moment).replace(tzinfo=self._zone)
        at_ns = _whole_ns(local) + rest
        if at_ns < self._last_naive_ns - _OUT_OF_ORDER_NS:
            second_pass = _whole_ns(local.replace(fold=1)) + rest
            at_ns = max(at_ns, second_pass)
        self._last_naive_ns = max(self._last_naive_ns, at_ns)
        return _fitting(at_ns, moment)


def _normal(offset: str) -> str:
    if offset in "Zz":
        return "+00:00"
    digits = offset[1:].replace(":", "").ljust(4, "0")
    return f"{offset[0]}{digits[:2]}:{digits[2:]}"


def _whole_ns(moment: datetime) -> int:
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * NS_PER_SECOND


def _fitting(at_ns: int, text: str) -> int:
    if not -_INT64 <= at_ns < _INT64:
        raise ValueError(f"'{text[:40]}' is outside of the years 1678 to 2261")
    return at_ns
