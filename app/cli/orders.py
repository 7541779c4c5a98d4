"""`session-manager orders`: the factory's orders in a session, each with its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app import format as fmt
from app.cli import context as contexts
from app.cli import output
from app.cli.exit_codes import OK
from app.cli.options import JsonOption, SessionArgument

if TYPE_CHECKING:
    from aps.order_values import Order, OrderTrace, Step


def register(application: typer.Typer) -> None:
    """Adds the command."""
    application.command()(orders)


def orders(
    context: typer.Context,
    session: SessionArgument,
    order: Annotated[
        str | None,
        typer.Option("--order", metavar="ID", help="Only this order, with its steps; a part of its id is enough."),
    ] = None,
    json: JsonOption = False,
) -> int:
    """List the factory's orders of a session.

    Each with its type, colour, result, times, workpiece and, as JSON or with --order, its steps.
    """
    from app.cli.order_shapes import order_json
    from app.cli.progress import shown
    from aps.order_lookup import order_named
    from aps.order_trace import order_trace
    from store.parts import open_session

    path = contexts.find_readable(context, session).path
    with open_session(path) as reader, shown("Reading the orders") as progress:
        trace = order_trace(reader, progress)
    found = trace.orders if order is None else (order_named(trace, order),)
    if json:
        output.as_json([order_json(one) for one in found])
    elif order is not None:
        _print_steps(trace, found[0])
    elif found:
        _print_orders(trace)
    else:
        output.line("There is no order of the factory in this session.")
    _tell_unanswered(trace)
    return OK


def _print_orders(trace: OrderTrace) -> None:
    headers = ("TYPE", "COLOUR", "STATE", "REQUESTED", "DURATION", "WAITED", "STEPS", "FAILED AT", "WORKPIECE", "ORDER")
    rows = (
        (
            one.type,
            one.colour,
            one.state.value,
            output.moment(one.begin_ns),
            fmt.duration(trace.duration_s(one)),
            fmt.duration(one.waited_s),
            f"{sum(step.ended_ns is not None for step in one.steps)} of {len(one.steps)}",
            one.failed_step.name if one.failed_step else "",
            one.workpiece_id,
            one.id,
        )
        for one in trace.orders
    )
    output.table(headers, rows, right=("DURATION", "WAITED", "STEPS"))
    for one in trace.orders:
        if one.note:
            output.note(f"{one.id}: {one.note}")


def _print_steps(trace: OrderTrace, order: Order) -> None:
    output.fields(
        [
            ("Order", order.id),
            ("Type", f"{order.type} {order.colour}"),
            ("State", order.state.value),
            ("Requested", output.moment(order.requested_ns)),
            ("Ended", output.moment(order.ended_ns)),
            ("Duration", fmt.duration(trace.duration_s(order))),
            ("Workpiece", order.workpiece_id),
            ("Stored by", order.storage_order_id),
            ("Note", order.note),
        ]
    )
    headers = ("STEP", "WHAT", "BY", "STATE", "STARTED", "DURATION", "WAITED", "RESULT")
    output.table(headers, map(_step_row, order.steps), right=("STEP", "DURATION", "WAITED"))


def _step_row(step: Step) -> tuple[str, ...]:
    return (
        str(step.index),
        step.name,
        step.evidence.serial,
        step.state,
        output.moment(step.started_ns),
        fmt.duration(step.duration_s),
        fmt.duration(step.waited_s) if step.started_ns is not None else fmt.NOTHING,
        step.evidence.result,
    )


def _tell_unanswered(trace: OrderTrace) -> None:
    for one in trace.unanswered:
        what = " ".join(part for part in (one.type, one.colour, one.workpiece_id) if part)
        why = "was refused: the workpiece was given back" if one.refused else "had no answer in this session"
        output.note(f"A request ({what}, {output.moment(one.request.at_ns)}) {why}.")
