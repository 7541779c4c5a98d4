"""Every command and option is explained, in its help and in docs/command-line.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer.main

from app.cli.main import application

DOCUMENT = (Path(__file__).parents[3] / "docs" / "command-line.md").read_text(encoding="utf-8")
ROOT = typer.main.get_command(application)
COMMANDS = dict(ROOT.commands)  # type: ignore[attr-defined]  # typer's group class is private
OPTIONS = [
    (name, option)
    for name, command in [("", ROOT), *COMMANDS.items()]
    for option in command.params
    if "--help" not in option.opts
]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_documented(name: str) -> None:
    assert COMMANDS[name].help
    assert f"`{name}" in DOCUMENT or f"session-manager {name}" in DOCUMENT


@pytest.mark.parametrize(("name", "option"), OPTIONS, ids=[f"{name} {option.opts[0]}" for name, option in OPTIONS])
def test_an_option_is_documented(name: str, option: Any) -> None:
    assert option.help, "an option explains itself"
    written = option.opts[0]
    assert written in _section(name) if written.startswith("--") else True


def _section(command: str) -> str:
    """What the document says about one command: its own section, or its row in a table; the rules count for all."""
    rules = DOCUMENT.split("\n## record\n")[0]
    own = [part for part in DOCUMENT.split("\n## ") if part.split("\n")[0] == command]
    rows = [row for row in DOCUMENT.splitlines() if row.startswith(f"| `{command}")]
    return "\n".join([rules, *own, *rows])


def test_the_help_names_the_exit_codes() -> None:
    for code in ("0 done", "1 failed", "2 wrong usage", "3 done, but", "130 interrupted"):
        assert code in (ROOT.help or "")
