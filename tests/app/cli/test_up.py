"""up: what it refuses before anything is started."""

from __future__ import annotations

import socket

from tests.app.cli.program import Program


def test_a_port_in_use_is_one_sentence(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = program.run("up", "--port", str(port))
    assert result.code == 2
    assert f"127.0.0.1:{port}" in result.error_line


def test_an_address_that_others_can_reach_is_refused(program: Program) -> None:
    result = program.run("up", "--host", "0.0.0.0")
    assert result.code == 2
    assert "0.0.0.0" in result.error_line
