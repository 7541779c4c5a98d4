"""A dataclass of options is what typer would see as a list of parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer
from typer.testing import CliRunner

from app.cli.option_group import spread


@dataclass(frozen=True)
class Options:
    speed: Annotated[str, typer.Option("--speed", metavar="X|max", help="How fast.")] = "1"
    topic: Annotated[list[str] | None, typer.Option("--topic", help="Which.")] = None
    loud: Annotated[bool, typer.Option("--loud")] = False


def play(session: Annotated[str, typer.Argument(metavar="SESSION")], options: Options) -> int:
    """Play something."""
    typer.echo(f"{session} {options}")
    return 0


def run(*arguments: str) -> str:
    application = typer.Typer()
    application.command()(spread(play))
    result = CliRunner().invoke(application, list(arguments))
    assert result.exit_code == 0, result.output
    return result.output


def test_each_field_is_an_option_with_its_default():
    assert run("one") == f"one {Options()}\n"


def test_what_is_given_comes_as_one_value():
    given = ("one", "--speed", "max", "--topic", "a", "--topic", "b", "--loud")
    assert run(*given) == f"one {Options('max', ['a', 'b'], loud=True)}\n"


def test_help_shows_them_all():
    text = run("--help")
    assert all(word in text for word in ("Play something.", "SESSION", "--speed", "X|max", "How fast.", "--loud"))
