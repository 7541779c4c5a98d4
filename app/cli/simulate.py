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
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="The course of events, to repeat it; without: another each time.")
    ] = None,
    orders: Annotated[
        str | None,
        typer.Option(
            metavar="red,white:storage,...", help="End when these orders have ended: production, or :storage."
        ),
    ] = None,
    parallel: Annotated[int, typer.Option(metavar="N", help="How many of the orders are under way at a time.")] = 1,
    idle: Annotated[bool, typer.Option("--idle", help="Only react: no orders of its own.")] = False,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[:TARGET][=PROBABILITY]",
            help="Something goes wrong: quality, blocked, silent-fts, fts-off, low-battery or sensor.",
        ),
    ] = None,
    rate: Annotated[float, typer.Option(metavar="X", help="Times as many sensor messages, for load tests.")] = 1.0,
    vehicles: Annotated[int, typer.Option(metavar="1|2", help="How many vehicles drive.")] = 1,
    camera: Annotated[bool, typer.Option("--camera", help="A camera picture each second.")] = False,
) -> int:
    """Publish what a factory would, and react to orders and commands as it would.

    Ends when the orders have ended; without --orders when it is interrupted.
    """
    from app.cli.connecting import CONNECT_TIMEOUT_S, check_reachable, connected, environment_for
    from app.cli.interrupts import interruptible
    from app.cli.replaying import publishable
    from aps.simulator import Fault, Faults, Scenario, Simulator, fresh_seed
    from core.clock import SystemClock

    if not math.isfinite(speed) or speed <= 0:
        raise UsageError(f"--speed takes a number above 0, not {speed:g}.")
    seed = fresh_seed() if seed is None else seed
    scenario = Scenario(seed, speed, _listed(orders), idle, parallel, rate, vehicles, camera)
    scenario.check()
    faults = Faults(tuple(Fault.parse(text) for text in fault or ()))
    environment = publishable(environment_for(broker, contexts.settings(context), "replay"), allowed=False)
    clock = SystemClock()
    check_reachable(environment)
    with interruptible() as interrupts, connected(environment, clock, interrupts) as client:
        simulator = Simulator(client, clock, scenario, faults, source=client)
        simulator.start()
        client.await_subscribed(CONNECT_TIMEOUT_S)  # from the line on that says so it reacts
        output.line(f"Simulating a factory on {environment.display_url} with --seed {seed}. Ctrl-C ends it.")
        final = _run(simulator, clock, interrupts)
    return _told(final, interrupted=interrupts.requested)


def _told(final: SimulatorStatus, *, interrupted: bool) -> int:
    """Says how it ended; returns the exit code."""
    output.line(_line(final))
    if final.refusal:
        output.line(final.refusal)
    if interrupted:
        return INTERRUPTED
    if final.problem:
        output.error(final.problem)
        return FAILED
    return OK


def _listed(orders: str | None) -> list[str] | None:
    """`red,white:storage` as the single orders; None without the option. The simulator checks them."""
    if orders is None:
        return None
    listed = [one.strip() for one in orders.split(",") if one.strip()]
    if not listed:
        raise UsageError("--orders takes colours, such as red,white,blue:storage.")
    return listed


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
