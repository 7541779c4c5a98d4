"""simulate and broker: real traffic on a real broker."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

from mqtt.mosquitto import find_mosquitto
from store.parts import open_session
from store.query import MessageQuery
from tests.app.cli.program import Program, ended, first_line, publish
from tests.ports import free_port


def test_broker_prints_its_url_serves_it_and_ends(program: Program) -> None:
    port = free_port()
    process = program.start("broker", "--port", str(port))
    assert first_line(process) == f"mqtt://localhost:{port}\n"
    publish(f"mqtt://127.0.0.1:{port}", ("cli/broker", b"x"))
    result = ended(process, signal.SIGINT)
    assert (result.code, result.err) == (130, "")
    again = program.start("broker", "--port", str(port))
    assert str(port) in first_line(again)
    assert ended(again, signal.SIGTERM).code == 130


def test_broker_serves_websockets_where_it_is_told_to(program: Program) -> None:
    port, websocket_port = free_port(), free_port()
    process = program.start("broker", "--port", str(port), "--websocket-port", str(websocket_port))
    first_line(process)
    url = first_line(process).strip()
    assert url == f"ws://localhost:{websocket_port}"
    recorded = program.run("record", "--broker", url, "--duration", "0.1")
    ended(process, signal.SIGTERM)
    assert (recorded.code, recorded.err) == (0, "")


def test_a_port_that_is_taken_is_one_sentence(program: Program) -> None:
    port = free_port()
    first = program.start("broker", "--port", str(port))
    first_line(first)
    second = program.run("broker", "--port", str(port))
    ended(first, signal.SIGTERM)
    assert second.code == 1
    assert str(port) in second.error_line


def test_broker_says_that_its_mosquitto_was_killed_and_fails(program: Program, tmp_path: Path) -> None:
    """The Mosquitto is a shell script that notes its process id and becomes the real one."""
    mosquitto = find_mosquitto()
    noting = tmp_path / "bin" / "mosquitto"
    noting.parent.mkdir()
    noting.write_text(f'#!/bin/sh\necho $$ > "{tmp_path}/pid"\nexec "{mosquitto}" "$@"\n', encoding="utf-8")
    noting.chmod(0o755)
    process = program.start("broker", PATH=f"{noting.parent}:{os.environ['PATH']}")
    first_line(process)
    os.kill(int((tmp_path / "pid").read_text("utf-8")), signal.SIGKILL)
    result = ended(process)
    assert result.code == 1
    assert re.fullmatch(r"Error: Mosquitto on port \d+ has ended \(by the signal SIGKILL\).*", result.error_line)


def test_simulate_publishes_the_factory_until_it_is_interrupted(program: Program, broker: str) -> None:
    process = program.start("simulate", "--broker", broker, "--speed", "20", "--seed", "7")
    assert "with --seed 7." in first_line(process)
    recording = program.run("record", "--broker", broker, "--topic", "module/#", "--max-messages", "5", "--json")
    assert recording.code == 0, recording
    result = ended(process, signal.SIGINT)
    assert (result.code, result.err) == (130, "")
    assert "published" in result.out


def test_simulate_ends_with_its_orders(program: Program, broker: str) -> None:
    result = program.run("simulate", "--broker", broker, "--speed", "1000", "--orders", "red,white", "--seed", "1")
    assert (result.code, result.err) == (0, "")
    assert "2 orders done" in result.out


def test_without_a_seed_no_two_factories_have_the_same_order_ids_and_the_seed_is_said(
    program: Program, broker: str
) -> None:
    said = [program.run("simulate", "--broker", broker, "--speed", "1000", "--orders", "red").out for _ in range(2)]
    seeds = [found[1] for out in said if (found := re.search(r"with --seed (\d+)\.", out))]
    assert len(set(seeds)) == 2


def test_an_unknown_colour_is_a_usage_error(program: Program, broker: str) -> None:
    result = program.run("simulate", "--broker", broker, "--orders", "green")
    assert result.code == 2
    assert "green" in result.error_line.lower()


def test_simulate_answers_an_order_from_outside_with_a_fault(program: Program, broker: str) -> None:
    process = program.start(
        "simulate", "--broker", broker, "--speed", "500", "--seed", "1", "--idle", "--fault", "quality:RED"
    )
    assert "Simulating" in first_line(process)
    recorder = program.start("record", "--broker", broker, "--topic", "ccu/order/completed", "--max-messages", "1")
    assert "confirmed" in first_line(recorder)
    publish(broker, ("ccu/order/request", b'{"type": "RED", "orderType": "PRODUCTION", "timestamp": "t"}'))
    assert ended(recorder).code == 0
    ended(process, signal.SIGINT)
    with open_session(program.sessions / f"{program.stems()[0]}.db") as reader:
        (message,) = reader.stream(MessageQuery())
    assert [(order["type"], order["state"]) for order in json.loads(message.payload)] == [("RED", "ERROR")]


def test_a_fault_that_does_not_exist_is_a_usage_error(program: Program, broker: str) -> None:
    result = program.run("simulate", "--broker", broker, "--fault", "fire")
    assert result.code == 2
    assert "choose from quality, blocked, silent-fts, fts-off, low-battery, sensor" in result.error_line
