"""The replay figures as tables, and what they say about the bars."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from itertools import groupby, pairwise
from typing import Final

from benchmarks.load import REAL
from benchmarks.replays.contenders import LOOP, OURS, PEER, PLAYER
from benchmarks.replays.figures import Lateness
from benchmarks.replays.rows import MemoryRow, Rate, RateRow, TimingRow

TIMING_HEADERS: Final = ("", "p50 ms", "p99 ms", "max ms", "drift ms", "missing", "of")
RATE_HEADERS: Final = (
    "",
    "confirmed/s (least, most)",
    "x paho publish()",
    "delivered/s, with a subscriber",
    "x mqtt-recorder",
    "CPU µs/message",
    "missing",
    "of",
)
MEMORY_HEADERS: Final = ("messages", "peak MB", "confirmed")
MEGABYTE: Final = 1_000_000
PEAK_MB: Final = 250.0
GROWTH_MB: Final = 10.0
"""Less is flat: it is what one run differs from another."""
P99_MS: Final = 1.0
DRIFT_MS: Final = 0.1
"""Less is no drift: it is what one median differs from another."""
TIMES: Final = 4.0

Cells = Sequence[str]
Table = tuple[str, list[Cells]]
"""Title, and rows with the headers first."""


def tables(timing: Sequence[TimingRow], rates: Sequence[RateRow], memory: Sequence[MemoryRow] = ()) -> list[Table]:
    """In the order of the document."""
    found: list[Table] = []
    for load, of_load in groupby(timing, key=lambda row: row.load):
        rows = list(of_load)
        cells = [TIMING_HEADERS, *(_timing(row) for row in rows)]
        found.append((f"Replay, {_what(load)}, QoS 1, original speed: {rows[0].rate:g} messages/s", cells))
    for load, of_rates in groupby(rates, key=lambda row: row.load):
        group = list(of_rates)
        cells = [RATE_HEADERS, *(_rate(row, group) for row in group)]
        found.append((f"Replay, {_what(load)}, QoS 1, as fast as possible", cells))
    if memory:
        title = f"{OURS} --speed max, 200 B, QoS 1: memory at the peak"
        found.append((title, [MEMORY_HEADERS, *(_memory(row) for row in memory)]))
    return found


def bars(
    timing: Sequence[TimingRow], rates: Sequence[RateRow], memory: Sequence[MemoryRow] = ()
) -> list[tuple[str, str, str, bool]]:
    """What, found, wanted, whether it is reached."""
    found: list[tuple[str, str, str, bool]] = []
    for load in dict.fromkeys(row.load for row in timing):
        where = f"replay, {_what(load)}, original speed"
        ours, peer = _timed(timing, load, OURS), _timed(timing, load, PEER)
        if ours is None:
            continue
        p99, drift = _median(ours, lambda run: run.p99_ms), _median(ours, lambda run: run.drift_ms)
        found.append((f"{where}: p99 at the subscriber", f"{p99:.2f} ms", f"at most {P99_MS:g} ms", p99 <= P99_MS))
        found.append((f"{where}: drift", f"{drift:+.3f} ms", "none", abs(drift) <= DRIFT_MS))
        if peer is not None:
            theirs = _median(peer, lambda run: run.p99_ms)
            found.append((f"{where}: p99 of {PEER}", f"{theirs:.2f} ms", "more than ours", theirs > p99))
    for load in dict.fromkeys(row.load for row in rates):
        group = [row for row in rates if row.load == load]
        for name in (OURS, PLAYER):
            ratio = _ratio(_of(group, name), _of(group, LOOP), lambda run: run.rate)
            if ratio is not None:
                what = f"{name}, {_what(load)}, as fast as possible, all confirmed: times paho's publish() loop"
                found.append((what, f"{ratio:.1f}", f"at least {TIMES:g}", ratio >= TIMES))
    return [*found, *_memory_bars([row for row in memory if row.runs])]


def _memory_bars(rows: Sequence[MemoryRow]) -> list[tuple[str, str, str, bool]]:
    found = []
    for row in rows:
        peak, what = _peak_mb(row), f"a replay of {row.messages:,} messages, as fast as possible: peak memory"
        found.append((what, f"{peak:.0f} MB", f"at most {PEAK_MB:g} MB", peak <= PEAK_MB))
    for less, more in pairwise(rows):
        growth = _peak_mb(more) - _peak_mb(less)
        what = f"replays, memory from {less.messages:,} to {more.messages:,} messages"
        found.append((what, f"{growth:+.0f} MB", "flat", growth <= GROWTH_MB))
    return found


def _timing(row: TimingRow) -> Cells:
    if not row.runs:
        return (row.contender, f"not measured: {row.problem}", *[""] * (len(TIMING_HEADERS) - 2))
    return (
        row.contender,
        f"{_median(row, lambda run: run.p50_ms):,.2f}",
        f"{_median(row, lambda run: run.p99_ms):,.2f}",
        f"{max(run.max_ms for run in row.runs):,.2f}",
        f"{_median(row, lambda run: run.drift_ms):+,.2f}",
        f"{sum(run.missing for run in row.runs):,}",
        f"{sum(run.messages + run.missing for run in row.runs):,}",
    )


def _rate(row: RateRow, group: Sequence[RateRow]) -> Cells:
    if not row.runs:
        return (row.contender, f"not measured: {row.problem}", *[""] * (len(RATE_HEADERS) - 2))
    rates = [run.rate for run in row.runs]
    confirmed = f"{statistics.median(rates):,.0f} ({min(rates):,.0f}, {max(rates):,.0f})" if min(rates) else "not told"
    to_loop = _ratio(row, _of(group, LOOP), lambda run: run.rate) if min(rates) else None
    to_peer = _ratio(row, _of(group, PEER), lambda run: run.delivered_rate)
    return (
        row.contender,
        confirmed,
        "" if to_loop is None else f"{to_loop:.1f}",
        f"{statistics.median(run.delivered_rate for run in row.runs):,.0f}",
        "" if to_peer is None else f"{to_peer:.1f}",
        f"{statistics.median(run.cpu_us for run in row.runs):,.1f}",
        f"{sum(run.messages - run.delivered for run in row.runs):,}",
        f"{sum(run.messages for run in row.runs):,}",
    )


def _memory(row: MemoryRow) -> Cells:
    if not row.runs:
        return (f"{row.messages:,}", f"not measured: {row.problem}", "")
    return f"{row.messages:,}", f"{_peak_mb(row):,.0f}", f"{min(run.confirmed for run in row.runs):,}"


def _peak_mb(row: MemoryRow) -> float:
    return max(run.peak_bytes for run in row.runs) / MEGABYTE


def _what(load: str) -> str:
    return "real mix" if load == REAL else f"{load} B"


def _timed(rows: Sequence[TimingRow], load: str, contender: str) -> TimingRow | None:
    return next((row for row in rows if (row.load, row.contender) == (load, contender) and row.runs), None)


def _of(rows: Sequence[RateRow], contender: str) -> RateRow | None:
    return next((row for row in rows if row.contender == contender and row.runs), None)


def _median(row: TimingRow, of: Callable[[Lateness], float]) -> float:
    return statistics.median(of(run) for run in row.runs)


def _ratio(row: RateRow | None, to: RateRow | None, of: Callable[[Rate], float]) -> float | None:
    if row is None or to is None:
        return None
    theirs = statistics.median(of(run) for run in to.runs)
    return statistics.median(of(run) for run in row.runs) / theirs if theirs else None
