"""What is given out as a free port is nobody else's."""

from __future__ import annotations

import socket

import pytest

from tests import ports


def test_a_port_is_given_out_once_also_before_anybody_listens_there(monkeypatch: pytest.MonkeyPatch) -> None:
    port = ports.free_port()
    monkeypatch.setattr(ports, "FIRST", port)
    monkeypatch.setattr(ports, "LAST", port + 1)
    with socket.create_server(("127.0.0.1", port)):
        pass  # whoever asked for it can listen there
    with pytest.raises(AssertionError, match="no port is free"):
        ports.free_port()


def test_what_was_given_out_long_ago_is_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "CLAIMED", 0)
    port = ports.free_port()
    monkeypatch.setattr(ports, "FIRST", port)
    monkeypatch.setattr(ports, "LAST", port + 1)
    assert ports.free_port() == port
