"""`session-manager compare`: two sessions side by side; is one a faithful copy of the other?"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from app import format as fmt
from app.cli import context as contexts
from app.cli import output
from app.cli.exit_codes import NOT_AS_IT_SHOULD_BE, OK
from app.cli.options import ExcludeOption, JsonOption, TopicOption, checked_filters
from core.errors import UsageError
from core.message import NS_PER_SECOND
from store.naming import shortened

if TYPE_CHECKING:
    from analysis.compare import TopicPair
    from analysis.copy_check import CopyReport
    from analysis.copy_differences import Difference
    from analysis.key_messages import Course, KeyMessage, Step
    from analysis.template_compare import TemplatePair
    from app.comparing import Chosen, RunComparison
    from aps.order_compare import OrderPair
    from aps.order_values import Order
    from store.reading import Reader

SHOWN: Final = 10
"""So many differences are printed for people; `--json` prints more."""

Argument = Annotated[str, typer.Argument(help="A session: a path, a file name without ending, or part of a name.")]


def register(application: typer.Typer) -> None:
    """Adds the command."""
    application.command()(compare)


def compare(
    context: typer.Context,
    a: Argument,
    b: Argument,
    timing_tolerance: Annotated[
        float, typer.Option("--timing-tolerance", metavar="MS", help="Milliseconds by which a time may differ.")
    ] = 100.0,
    strict: Annotated[
        bool, typer.Option("--strict", help="Only whether B is a faithful copy: no topics, course, orders, templates.")
    ] = False,
    topic: TopicOption = None,
    exclude: ExcludeOption = None,
    json: JsonOption = False,
) -> int:
    """Compare two sessions, and say whether B is a faithful copy of A.

    Faithful: the same messages, in the same order, each at the same time since the first one. Ends with 3 if it is not.
    """
    from app.cli.compare_shapes import comparison_json
    from app.comparing import Chosen
    from store.parts import open_session

    if not (math.isfinite(timing_tolerance) and timing_tolerance >= 0):
        raise UsageError(f"--timing-tolerance takes 0 or more milliseconds, not {timing_tolerance:g}.")
    chosen = Chosen(checked_filters(topic), checked_filters(exclude))
    first, second = (contexts.find_readable(context, one) for one in (a, b))
    with open_session(first.path) as left, open_session(second.path) as right:
        copy, runs = _compared(left, right, chosen, timing_tolerance, strict=strict)
        if not copy.compared and (topic or exclude):
            raise UsageError("Neither session has a message on these topics, so nothing is compared. Check --topic and "
                             "--exclude.")  # fmt: skip
        if json:
            output.as_json(comparison_json(copy, runs, left, right))
        else:
            _print_copy(copy, left, right)
            _print_runs(runs)
    return OK if copy.faithful else NOT_AS_IT_SHOULD_BE


def _compared(
    left: Reader, right: Reader, chosen: Chosen, tolerance_ms: float, *, strict: bool
) -> tuple[CopyReport, RunComparison | None]:
    """With a bar on standard error: the result alone goes to standard output."""
    from app.cli.progress import Progress
    from app.comparing import compare_sessions, strict_comparison
    from core.clock import SystemClock

    with Progress(SystemClock(), sys.stderr) as shown:

        def progress(done: int, total: int) -> None:
            shown.update(f"Comparing: {100 * done // max(1, total)} %", done, total)

        if strict:
            return strict_comparison(left, right, chosen, tolerance_ms, progress), None
        found = compare_sessions(left, right, chosen, tolerance_ms, progress)
        return found.copy, found.runs


def _print_copy(copy: CopyReport, left: Reader, right: Reader) -> None:
    error = copy.timing_error_ms
    counts = (copy.same, copy.missing, copy.extra, copy.changed, copy.out_of_order)
    names = ("same", "missing", "extra", "changed", "out of order")
    timing = f"p50 {error.p50:,.1f} ms, p99 {error.p99:,.1f} ms, max {error.max:,.1f} ms"
    output.fields(
        [
            ("A", shortened(left.metadata.name)),
            ("B", shortened(right.metadata.name)),
            ("Messages", ", ".join(f"{count:,} {name}" for count, name in zip(counts, names, strict=True))),
            ("Timing error", timing if copy.same else "none: no message is the same"),
            ("Verdict", " ".join([f"B is {'a' if copy.faithful else 'no'} faithful copy of A.", *copy.reasons()])),
        ]
    )
    _print_differences(copy.differences, left, right)


def _print_runs(runs: RunComparison | None) -> None:
    if runs is None:
        return
    output.line("")
    output.line(f"Course: {_course_words(runs.course)}")
    _print_topics(runs.topics)
    _print_orders(runs.orders)
    _print_templates(runs.templates)


def _course_words(course: Course) -> str:
    place = course.first_difference
    if not course.steps:
        return "no key messages"
    common = f"{course.common:,} of {fmt.counted(len(course.steps), 'key message')} in common"
    if place is None:
        return f"the same: {common}"
    step = course.steps[place]
    here = [f"{side} '{shortened(one.label)}' at {fmt.offset(one.offset_s)}" for side, one in _sides(step) if one]
    return f"{common}; the first difference: {' and '.join(here)}"


def _sides(step: Step) -> tuple[tuple[str, KeyMessage | None], ...]:
    return ("only A has", step.left), ("only B has", step.right)


def _print_differences(differences: Sequence[Difference], left: Reader, right: Reader) -> None:
    if not differences:
        return
    output.line("")
    rows = [
        (
            one.kind.replace("_", " "),
            shortened(one.topic),
            _place(one.left_id, one.left_at_ns, left),
            _place(one.right_id, one.right_at_ns, right),
            ", ".join(one.changes),
        )
        for one in differences[:SHOWN]
    ]
    output.table(("DIFFERENCE", "TOPIC", "IN A", "IN B", "WHAT"), rows)
    if len(differences) > SHOWN:
        output.line("More differences are in the output of --json.")


def _place(message_id: int | None, at_ns: int | None, reader: Reader) -> str:
    if message_id is None or at_ns is None:
        return ""
    return f"{message_id:,} at {fmt.offset((at_ns - reader.metadata.started_ns) / NS_PER_SECOND)}"


def _print_topics(pairs: Sequence[TopicPair]) -> None:
    from analysis.compare import TopicChange

    changed = [pair for pair in pairs if pair.change is not TopicChange.ALIKE]
    if not changed:
        return
    output.line("")
    rows = [
        (
            shortened(pair.topic),
            pair.change,
            f"{pair.left_messages:,}",
            f"{pair.right_messages:,}",
            f"{pair.left_rate:,.2f}",
            f"{pair.right_rate:,.2f}",
        )
        for pair in changed
    ]
    right = ("MESSAGES A", "MESSAGES B", "PER SECOND A", "PER SECOND B")
    output.table(("TOPIC", "CHANGE", *right), rows, right=right)


def _print_orders(pairs: Sequence[OrderPair]) -> None:
    if not pairs:
        return
    output.line("")
    rows = [
        (pair.name, _order_words(pair.left, pair.left_s), _order_words(pair.right, pair.right_s),
         "" if pair.difference_s is None else f"{pair.difference_s:+,.1f} s")
        for pair in pairs
    ]  # fmt: skip
    output.table(("ORDER", "IN A", "IN B", "B - A"), rows, right=("B - A",))


def _order_words(order: Order | None, seconds: float | None) -> str:
    if order is None:
        return ""
    return order.state if seconds is None else f"{order.state} in {seconds:,.1f} s"


def _print_templates(pairs: Sequence[TemplatePair]) -> None:
    if not pairs:
        return
    output.line("")
    rows = [
        (shortened(pair.topic), pair.change, shortened(f"{one.path} {one.what}") if one else "")
        for pair in pairs
        for one in pair.fields or (None,)
    ]
    output.table(("TEMPLATE", "CHANGE", "FIELD"), rows)
