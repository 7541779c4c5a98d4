"""The factory's orders as a part of a report: what was ordered, how it went, and what each step took."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from analysis.figure_style import WallClock
from analysis.gantt import GanttBar
from analysis.html_report import Block, Chart, Facts, Heading, Note, Section, Table
from analysis.report_sections import MOST_ROWS, seconds_text
from analysis.rows_html import Bar, Row, legend_html, rows_html
from aps.order_bars import by_order, colour_of, titles
from aps.order_times import step_times
from aps.order_values import Order, OrderState, OrderTrace
from core.message import NS_PER_SECOND

MOST_ORDERS: Final = 60
"""In the chart."""
_FAINT: Final = 0.35
_RESULTS: Final = {
    OrderState.FINISHED: "finished",
    OrderState.ERROR: "failed",
    OrderState.CANCELLED: "cancelled",
    OrderState.OPEN: "open",
}


def order_section(trace: OrderTrace, zone: str) -> Section:
    """The orders of a session; a sentence if there are none."""
    if not trace.orders:
        return Section("Orders", [Note("No order of the factory in this session.")])
    orders = trace.orders[:MOST_ORDERS]
    bars = by_order(trace, orders)
    begin_ns = min((bar.start_ns for bar in bars), default=trace.origin_ns)
    end_ns = max((bar.end_ns for bar in bars), default=trace.end_ns)
    chart = Chart(rows_html(_rows(bars, titles(trace), orders), begin_ns, end_ns, zone))
    more = (
        [Note(f"The first {MOST_ORDERS} of {len(trace.orders):,} orders.")] if len(trace.orders) > MOST_ORDERS else []
    )
    shown = sorted({bar.category for bar in bars})
    legend = Chart(legend_html((name, colour_of(name)) for name in shown))
    return Section("Orders", [_figures(trace), _table(trace, zone), *more, legend, chart, *_steps(orders)])


def _figures(trace: OrderTrace) -> Facts:
    states = [
        (_RESULTS[state].capitalize(), sum(order.state is state for order in trace.orders)) for state in OrderState
    ]
    return Facts([("Orders", f"{len(trace.orders):,}"), *((name, f"{count:,}") for name, count in states if count)])


def _table(trace: OrderTrace, zone: str) -> Table:
    clock, names = WallClock(zone, trace.origin_ns), titles(trace)
    headers = ("Order", "Requested", "Result", "Failed at", "Duration", "In steps", "Waiting", "Workpiece", "Id")
    rows = [
        (
            names[order.id],
            clock.text([order.begin_ns])[0],
            _RESULTS[order.state],
            order.failed_step.name if order.failed_step else "",
            seconds_text((trace.end_of(order) - order.begin_ns) / NS_PER_SECOND),
            seconds_text(order.worked_s),
            seconds_text(order.waited_s),
            order.workpiece_id,
            order.id,
        )
        for order in trace.orders[:MOST_ROWS]
    ]
    return Table(headers, rows, ("Duration", "In steps", "Waiting"), more=len(trace.orders) - MOST_ROWS)


def _rows(bars: Sequence[GanttBar], names: dict[str, str], orders: Sequence[Order]) -> list[Row]:
    place = {names[order.id]: position for position, order in enumerate(orders)}
    in_order = sorted(bars, key=lambda bar: (place.get(bar.lane, len(place)), bar.lane))
    return [Row(lane, [_bar(bar) for bar in found]) for lane, found in groupby(in_order, key=lambda bar: bar.lane)]


def _bar(bar: GanttBar) -> Bar:
    title = "\n".join(filter(None, (bar.label, bar.detail)))
    strength, label = (_FAINT, "") if bar.faint else (1.0, bar.label)
    return Bar(bar.start_ns, bar.end_ns, colour_of(bar.category), title, label, strength, bar.marked)


def _steps(orders: Sequence[Order]) -> list[Block]:
    rows = [
        (
            f"{number} {order.type} {order.colour}",
            str(step.index + 1),
            step.name,
            step.place,
            step.state.replace("_", " ").lower(),
            "" if step.duration_s is None else f"{step.duration_s:,.1f}",
            f"{step.waited_s:,.1f}",
        )
        for number, order in enumerate(orders, 1)
        for step in order.steps
    ]
    headers = ("Order", "Step", "What", "Where", "State", "Seconds", "Waited (s)")
    times = [
        (one.name, f"{one.count:,}", f"{one.median_s:,.1f}", f"{one.longest_s:,.1f}") for one in step_times(orders)
    ]
    return [
        Heading("Steps"),
        Table(headers, rows[:MOST_ROWS], ("Step", "Seconds", "Waited (s)"), more=len(rows) - MOST_ROWS),
        Heading("How long each kind of step took"),
        Table(("Step", "Times", "Median (s)", "Longest (s)"), times, ("Times", "Median (s)", "Longest (s)")),
    ]
