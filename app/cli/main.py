"""The entry point `session-manager`: its commands, and how an error becomes one line and an exit code."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
import typer.main

from app.cli import (
    broker,
    compare,
    cutting,
    editing,
    exporting,
    importing,
    orders,
    output,
    record,
    replay,
    sessions,
    simulate,
    templates,
    up,
)
from app.cli.context import Options
from app.cli.exit_codes import FAILED, INTERRUPTED, OK
from app.reasons import in_plain_words
from core.errors import SessionManagerError

PROGRAM = "session-manager"
HELP = (
    "A video recorder for MQTT: record what flows through a broker, look at it, replay it with the original timing. "
    "Exit codes: 0 done; 1 failed; 2 wrong usage; 3 done, but not as it should be; 130 interrupted, state saved."
)
COLLECT_AFTER: Final = 10_000
"""New objects after which Python looks for garbage that refers to itself. Messages never do, and with Python's own 700
the search takes a tenth of the time that it takes to record them."""

application = typer.Typer(
    help=HELP, add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
)
for _group in (
    up,
    record,
    replay,
    sessions,
    orders,
    templates,
    compare,
    cutting,
    editing,
    importing,
    exporting,
    simulate,
    broker,
):
    _group.register(application)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        output.line(f"{PROGRAM} {version('mqtt-session-manager')}")
        raise typer.Exit


@application.callback()
def _global_options(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings file instead of session-manager.toml.")
    ] = None,
    sessions_folder: Annotated[
        Path | None,
        typer.Option("--sessions", metavar="DIR", help="Folder of the recordings instead of the one in the settings."),
    ] = None,
    version: Annotated[  # noqa: ARG001 - the callback answers it
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    context.obj = Options(config=config, sessions_folder=sessions_folder)


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; nothing but a programming error leaves it as an exception."""
    output.prepare_streams()
    gc.set_threshold(COLLECT_AFTER)
    try:
        code = _call(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _swallow_output()
        return FAILED
    return code


def _call(arguments: Sequence[str] | None) -> int:
    """With `standalone_mode=False` a command's return value, its exit code, comes back here."""
    command = typer.main.get_command(application)
    try:
        code = command(args=arguments, prog_name=PROGRAM, standalone_mode=False)
    except typer.TyperException as error:
        return _usage(error)
    except typer.Abort:
        return INTERRUPTED
    except SessionManagerError as error:
        output.error(str(error))
        return error.exit_code
    except BrokenPipeError:
        raise
    except OSError as error:
        output.error(f"{error.filename or 'The operating system'}: {error.strerror or error}.")
        return FAILED
    return code if isinstance(code, int) else OK


def _usage(error: typer.TyperException) -> int:
    """One line instead of a panel, with the way to the help; without any argument the help itself."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else PROGRAM
    if type(error).__name__ == "NoArgsIsHelpError":
        output.plain_error(error.format_message())
    else:
        sentence = in_plain_words(error.format_message()).rstrip(".")
        output.error(f"{sentence}{'' if sentence.endswith('?') else '.'} See '{path} --help'.")
    return error.exit_code


def _swallow_output() -> None:
    """Nobody reads any more (`| head`): the interpreter must not complain when it flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(run())
