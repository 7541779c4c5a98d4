"""The dashboard is a stranger to this project: it imports nothing of it, publishes nothing, and knows no recordings."""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "dashboard"
SOURCES = sorted(FOLDER.rglob("*.py"))
ITS_LIBRARIES = {"streamlit", "paho"}
ITS_OWN = {"factory_view"}
PUBLISHING = {"publish", "will_set"}


def imported(source: Path) -> set[str]:
    """The top-level packages that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import could lead anywhere"
            found.add(str(node.module).split(".")[0])
    return found


def test_there_is_something_to_look_at() -> None:
    assert FOLDER / "dashboard.py" in SOURCES
    assert len(SOURCES) > 5


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_it_imports_nothing_of_this_project(source: Path) -> None:
    assert imported(source) <= ITS_LIBRARIES | ITS_OWN | sys.stdlib_module_names


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_it_only_subscribes(source: Path) -> None:
    attributes = {
        node.attr for node in ast.walk(ast.parse(source.read_text("utf-8"))) if isinstance(node, ast.Attribute)
    }
    assert not attributes & PUBLISHING


@pytest.mark.parametrize("source", [*SOURCES, *FOLDER.rglob("*.css")], ids=lambda source: source.name)
def test_it_knows_of_no_replay(source: Path) -> None:
    """Whatever it shows, it shows of a factory."""
    words = source.read_text(encoding="utf-8").lower()
    assert not [word for word in ("replay", "session", "recording", "userproperty", "simulat") if word in words]


def test_it_reports_nothing_and_calls_nobody() -> None:
    settings = tomllib.loads((FOLDER / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["server"]["address"] == "127.0.0.1"
    assert settings["server"]["port"] == 8503
    for source in [*SOURCES, *FOLDER.rglob("*.css")]:
        assert "https://" not in source.read_text(encoding="utf-8")
