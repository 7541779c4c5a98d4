"""`session-manager broker`: a broker of one's own on this machine, for tests and for trying things."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import output
from app.cli.exit_codes import INTERRUPTED

if TYPE_CHECKING:
    from mqtt.local_broker import LocalBroker

POLL_S = 1.0
"""A signal ends the waiting at once; so often it is looked whether the broker still runs."""


def register(application: typer.Typer) -> None:
    """Adds the command."""
    application.command()(broker)


def broker(
    port: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=65_535, help="Port for MQTT instead of a free one.")
    ] = None,
    websocket_port: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=65_535, help="Also serve MQTT over WebSockets on this port.")
    ] = None,
) -> int:
    """Run a private broker.

    Only this machine can reach it, on a free port unless one is given. Prints its URL and runs until interrupted.
    """
    from app.cli.connecting import STOP_TIMEOUT_S
    from app.cli.interrupts import interruptible
    from mqtt.local_broker import start_private

    with interruptible() as interrupts:
        running = start_private(port, websocket_port)
        try:
            output.line(running.url)
            if running.websocket_port is not None:
                output.line(f"ws://localhost:{running.websocket_port}")
            output.line(f"{running.description} Ctrl-C ends it.")
            while not interrupts.wait(POLL_S):
                _check(running)
        finally:
            running.stop(STOP_TIMEOUT_S)
    return INTERRUPTED


def _check(running: LocalBroker) -> None:
    """Raises BrokerError when it has ended by itself."""
    problem = running.why_ended()
    if problem is not None:
        raise problem
