"""The entry point: errors become one line and an exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.main import run
from tests.app.cli.program import Program

WRONG_USAGE = [
    (["nope"], "No such command 'nope'. See 'session-manager --help'."),
    (["lst"], "No such command 'lst'. Did you mean 'list'? See 'session-manager --help'."),
    (["list", "--bogus"], "No such option: --bogus. See 'session-manager list --help'."),
    (["replay"], "Missing argument 'SESSION'. See 'session-manager replay --help'."),
    (["import"], "Missing argument 'FILE...'. See 'session-manager import --help'."),
    (["record", "--qos", "3"], "'--qos': it must be at most 2. See"),
    (["record", "--qos", "one"], "'--qos': it must be a whole number. See"),
    (["record", "--max-messages", "0"], "'--max-messages': it must be at least 1. See"),
    (["record", "--duration", "long"], "'--duration': it must be a number. See"),
    (["record", "--duration", "0"], "--duration takes more than 0 seconds, not 0."),
    (["record", "--duration", "nan"], "--duration takes more than 0 seconds, not nan."),
    (["record", "--duration", "inf"], "--duration takes more than 0 seconds, not inf."),
    (["record", "--topic", "a/#/b"], "'a/#/b' is not a topic filter: '#' must be the whole last level."),
    (["record", "--topic", ""], "A topic filter must not be empty."),
    (["record", "--exclude", "a+"], "'a+' is not a topic filter"),
    (["record", "--preset", "nothing"], "There is no preset 'nothing'. There are: no-camera, no-sensors"),
    (["record", "--broker", "http://localhost"], "'http://localhost' is not a broker's URL"),
    (["record", "--broker", "mqtt://"], "'mqtt://' is not a broker's URL"),
    (["record", "--broker", "elsewhere"], "'elsewhere' is no broker: give a URL such as mqtt://localhost:1883"),
    (["replay", "x", "--speed", "0"], "--speed takes a number above 0"),
    (["replay", "x", "--speed", "-2"], "--speed takes a number above 0"),
    (["replay", "x", "--speed", "nan"], "--speed takes a number above 0"),
    (["replay", "x", "--speed", "fast"], "or 'max', not 'fast'."),
    (["replay", "x", "--loop", "0"], "--loop takes a number of at least 1, or 'forever', not '0'."),
    (["replay", "x", "--topic", "#/a"], "'#/a' is not a topic filter"),
    (["simulate", "--speed", "0"], "--speed takes a number above 0"),
    (["simulate", "--orders", ","], "--orders takes colours"),
    (["import", "x", "--timezone", "Mars/Phobos"], "'Mars/Phobos' is not a time zone"),
    (["import", "x", "--timezone", "../../etc/passwd"], "'../../etc/passwd' is not a time zone"),
    (["import", "x", "--timezone", "Europe"], "'Europe' is not a time zone"),
    (["import", "x", "--timezone", ""], "'' is not a time zone"),
    (["broker", "--port", "0"], "'--port'"),
    (["up", "--environment", "moon"], "'--environment': 'moon' is not one of 'mock', 'replay', 'live'. See"),
    (["up", "--host", "moon"], "'host' is wrong: it must be an IP address or localhost (given: 'moon')."),
    (["--config", "absent.toml", "list"], "absent.toml does not exist"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG_USAGE, ids=[" ".join(case[0]) for case in WRONG_USAGE])
def test_wrong_usage_is_one_line_and_exit_code_2(
    arguments: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert captured.err.startswith("Error: ")
    assert said in captured.err
    assert list(tmp_path.iterdir()) == [], "a wrong request leaves nothing behind"


def test_without_a_command_it_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    assert "Commands:" in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("session-manager ")


def test_a_wrong_setting_is_one_sentence(program: Program) -> None:
    (program.folder / "session-manager.toml").write_text("prot = 8507\n")
    result = program.run("list")
    assert result.code == 2
    assert "'prot' is not a setting" in result.error_line


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    """As in `session-manager --help | head -1`."""
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.run(
        [sys.executable, "-m", "app.cli.main", "--help"],
        stdout=writing,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        check=False,
        text=True,
    )
    os.close(writing)
    assert (process.returncode, process.stderr) == (1, "")


HEAVY = ("streamlit", "pandas", "numpy", "plotly", "amqtt", "fastapi", "uvicorn")


def test_a_command_loads_nothing_heavy_that_it_does_not_need(program: Program) -> None:
    """`session-manager list` has to answer at once."""
    code = (
        "import sys; from app.cli.main import run; assert run(['list']) == 0;"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=program.folder, check=True, capture_output=True, text=True
    ).stdout
    assert found.splitlines()[-1] == "[]"
