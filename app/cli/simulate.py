"""`session-manager simulate`: publishes what a factory would, for those who have none."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from app import format as fmt
from app.cli import context as contexts
from app.cli import output
from app.cli.exit_codes import FAILED, INTERRUPTED, OK
from app.cli.options import BrokerOption
from core.errors import UsageError

if TYPE_CHECKING:
    from app.cli.interrupts import Interrupts
    from aps.simulator.simulator import Simulator, SimulatorStatus
    from core.clock import Clock


def register(application: typer.Typer) -> None:
    """Adds the command."""
    application.command()(simulate)


def simulate(
    context: typer.Context,
    broker: BrokerOption = None,
    speed: Annotated[float, typer.Option(metavar="X", help="Times the speed of the real factory.")] = 1.0,
    seed: Annotated[int, typer.Option(metavar="N", help="Another seed, another course of events.")] = 1,
    orders: Annotated[
        str | None,
        typer.Option(metavar="red,white,...", help="End when an order of each of these colours has ended."),
    ] = None,
) -> int:
    """Publish what a factory would.

    Ends when the orders have ended; without --orders when it is interrupted.
    """
    from app.cli.connecting import check_reachable, connected, environment_for
    from app.cli.interrupts import interruptible
    from app.cli.replaying import publishable
    from aps.simulator.simulator import Simulator
    from core.clock import SystemClock

    if not math.isfinite(speed) or speed <= 0:
        raise UsageError(f"--speed takes a number above 0, not {speed:g}.")
    colours = _colours(orders)
    environment = publishable(environment_for(broker, contexts.settings(context), "replay"), allowed=False)
    clock = SystemClock()
    check_reachable(environment)
    with interruptible() as interrupts, connected(environment, clock, interrupts) as client:
        simulator = Simulator(client, clock, seed=seed, speed=speed, orders=colours)
        simulator.start()
        output.line(f"Simulating a factory on {environment.display_url}. Ctrl-C ends it.")
        final = _run(simulator, clock, interrupts)
    output.line(_line(final))
    if interrupts.requested:
        return INTERRUPTED
    if final.problem:
        output.error(final.problem)
        return FAILED
    return OK


def _colours(orders: str | None) -> list[str] | None:
    """`red,white` as the colours of the factory's messages; None without the option. The simulator checks them."""
    if orders is None:
        return None
    colours = [one.strip().upper() for one in orders.split(",") if one.strip()]
    if not colours:
        raise UsageError("--orders takes colours, such as red,white,blue.")
    return colours


def _run(simulator: Simulator, clock: Clock, interrupts: Interrupts) -> SimulatorStatus:
    from app.cli.connecting import STOP_TIMEOUT_S, TICK_S
    from app.cli.progress import Progress

    try:
        with Progress(clock) as progress:
            while simulator.status().running and not interrupts.wait(TICK_S):
                progress.update(_line(simulator.status()))
    finally:
        simulator.stop(STOP_TIMEOUT_S)
    return simulator.status()


def _line(status: SimulatorStatus) -> str:
    activity = f", {status.activity}" if status.activity else ""
    return (
        f"{fmt.counted(status.published, 'message')} published, {fmt.counted(status.orders_done, 'order')} "
        f"done{activity}"
    )
