"""record --resume: a recording that was killed goes on, and nothing is missing or there twice."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.message import LIVE, Message
from store.catalog import Catalog
from store.events import Event, EventKind
from store.metadata import Status, new_metadata
from store.parts import open_session
from store.query import MessageQuery
from store.reader import SessionReader
from store.writer import SessionWriter
from tests.app.cli.program import Program, ended, first_line, publish, until
from tests.brokers import PrivateBroker


def payloads(path: Path) -> list[bytes]:
    with SessionReader.open(path) as reader:
        return [message.payload for message in reader.stream(MessageQuery())]


def only_session(program: Program) -> Path:
    (stem,) = program.stems()
    return program.sessions / f"{stem}.db"


def killed_recording(program: Program, broker: str, topic: str, *options: str) -> Path:
    """A recording of one message, killed."""
    process = program.start("record", "--broker", broker, "--topic", f"{topic}/#", "--name", "Cut", *options)
    assert "confirmed" in first_line(process)
    publish(broker, (f"{topic}/a", b"1"))
    path = only_session(program)
    until(lambda: payloads(path) == [b"1"])
    ended(process, signal.SIGKILL)
    return path


def continued(program: Program, *arguments: str) -> subprocess.Popen[str]:
    process = program.start("record", "--resume", *arguments)
    line = first_line(process)
    assert line.startswith("Continuing 'Cut'"), (line, ended(process))
    assert "confirmed" in line
    return process


def test_what_the_broker_kept_meanwhile_goes_into_the_session(program: Program, broker: str, topic: str) -> None:
    path = killed_recording(program, broker, topic)
    publish(broker, (f"{topic}/a", b"2"), (f"{topic}/b", b"3"))
    process = continued(program, "Cut")
    publish(broker, (f"{topic}/a", b"4"))
    until(lambda: len(payloads(path)) == 4)
    result = ended(process, signal.SIGTERM)
    assert (result.code, result.err) == (130, "")
    assert payloads(path) == [b"1", b"2", b"3", b"4"]
    info = program.run("info", "Cut", "--json").json
    assert (info["status"], info["messages"], info["gaps"]) == ("completed", 4, 1)
    assert program.run("verify", "Cut").code == 0
    with SessionReader.open(path) as reader:
        events = reader.events()
    assert [event.kind for event in events] == [EventKind.GAP_START, EventKind.STATE, EventKind.GAP_END]
    assert "was interrupted at" in events[1].text


def test_it_can_be_killed_again_and_again(
    program: Program, private_broker: Callable[..., PrivateBroker], topic: str
) -> None:
    broker = private_broker().url
    path = killed_recording(program, broker, topic)
    for number in range(2, 5):
        publish(broker, (f"{topic}/a", b"%d" % number))
        process = continued(program, str(path))
        until(lambda: len(payloads(path)) == number)  # noqa: B023 - called at once
        ended(process, signal.SIGKILL)
    process = continued(program, path.stem)
    assert ended(process, signal.SIGTERM).code == 130
    assert payloads(path) == [b"1", b"2", b"3", b"4"]
    assert program.run("verify", "Cut").code == 0


def test_it_has_the_rest_of_its_limits(program: Program, broker: str, topic: str) -> None:
    path = killed_recording(program, broker, topic, "--max-messages", "3", "--exclude", f"{topic}/noise")
    publish(broker, (f"{topic}/noise", b"n"), *((f"{topic}/a", b"%d" % number) for number in range(2, 6)))
    process = program.start("record", "--resume", "cut", "--json")
    result = ended(process)
    assert (result.code, result.json["status"], result.json["messages"]) == (0, "completed", 3)
    assert payloads(path) == [b"1", b"2", b"3"]


def test_one_that_was_paused_records_again_and_says_so(program: Program, broker: str, topic: str) -> None:
    """Here nobody could resume it by hand."""
    now_ns = SystemClock().now_ns()
    metadata = new_metadata("Cut", now_ns, status=Status.PAUSED, broker=broker, filters=(f"{topic}/#",))
    writer = SessionWriter.create(program.sessions, metadata)
    writer.write([Message(f"{topic}/a", b"1", 1, LIVE, now_ns)])
    writer.add_event(Event(now_ns, EventKind.PAUSE, ""))
    writer.abandon()
    process = program.start("record", "--resume", "Cut")
    line = first_line(process)
    assert "It had been paused, and records again from now on." in line, ended(process)
    publish(broker, (f"{topic}/a", b"2"))
    until(lambda: payloads(writer.db_path) == [b"1", b"2"])
    assert ended(process, signal.SIGTERM).code == 130
    with SessionReader.open(writer.db_path) as reader:
        kinds = [event.kind for event in reader.events()]
    assert [kind for kind in kinds if kind in (EventKind.PAUSE, EventKind.RESUME)] == [
        EventKind.PAUSE,
        EventKind.RESUME,
    ]


def test_a_session_that_ended_or_runs_is_not_continued(program: Program, broker: str, topic: str) -> None:
    assert program.run("record", "--broker", broker, "--topic", topic, "--name", "Done", "--duration", "0.1").code == 0
    refused = program.run("record", "--resume", "Done")
    assert (refused.code, refused.out) == (1, "")
    assert "'Done' has ended: only an interrupted recording can be continued" in refused.error_line
    process = program.start("record", "--broker", broker, "--topic", topic, "--name", "Running")
    assert "confirmed" in first_line(process)
    refused = program.run("record", "--resume", "Running")
    assert "is being recorded by a running program" in refused.error_line
    assert ended(process, signal.SIGTERM).code == 130


def test_one_that_had_not_begun_is_left_to_the_page_where_it_waits(program: Program) -> None:
    metadata = new_metadata("Guided", SystemClock().now_ns(), status=Status.RECORDING, broker="mqtt://localhost:1")
    SessionWriter.create(program.sessions, metadata).abandon()
    refused = program.run("record", "--resume", "Guided")
    assert (refused.code, refused.out) == (1, "")
    assert "'Guided' had not begun, and begins on the Record page only" in refused.error_line


@pytest.mark.parametrize("damage", [b"\xff" * 100, b""], ids=["header", "emptied"])
def test_of_a_damaged_one_it_says_how_to_keep_what_is_there(program: Program, damage: bytes) -> None:
    metadata = new_metadata("Cut", SystemClock().now_ns(), status=Status.IN_PROGRESS, broker="mqtt://localhost:1")
    writer = SessionWriter.create(program.sessions, metadata)
    writer.write([Message("a", b"1", 1, LIVE, metadata.started_ns)])
    writer.abandon()
    writer.db_path.write_bytes(damage + (writer.db_path.read_bytes()[100:] if damage else b""))
    for rest in program.sessions.glob("*.db-*"):
        rest.unlink()
    refused = program.run("record", "--resume", str(writer.db_path))
    assert refused.code == 1
    assert f"To keep what its log has run 'session-manager repair {writer.db_path}'" in refused.error_line
    assert program.run("repair", str(writer.db_path)).code == 0
    assert payloads(writer.db_path) == [b"1"]
    writer.db_path.with_suffix(".log").unlink()
    writer.db_path.write_bytes(b"x" * 100)
    assert "start a new recording" in program.run("record", "--resume", str(writer.db_path)).error_line


def test_an_unknown_session_is_one_sentence(program: Program) -> None:
    result = program.run("record", "--resume", "nothing")
    assert result.code == 2
    assert "There is no session 'nothing'" in result.error_line


@pytest.mark.parametrize(
    ("options", "named"),
    [(("--topic", "a"), "--topic"), (("--name", "x", "--max-messages", "5"), "--name, --max-messages")],
)
def test_options_that_contradict_are_wrong_usage(program: Program, options: tuple[str, ...], named: str) -> None:
    result = program.run("record", "--resume", "Cut", *options)
    assert result.code == 2
    assert f"leave out {named}." in result.error_line


def test_without_its_broker_nothing_is_done(
    program: Program, private_broker: Callable[..., PrivateBroker], topic: str
) -> None:
    broker = private_broker()
    path = killed_recording(program, broker.url, topic)
    broker.stop()
    result = program.run("record", "--resume", "Cut")
    assert result.code == 1
    assert str(broker.port) in result.error_line
    with SessionReader.open(path) as reader:
        assert reader.metadata.status.active


def test_a_size_ends_a_recording(program: Program, broker: str, topic: str) -> None:
    process = program.start("record", "--broker", broker, "--topic", topic, "--max-size", "0.2", "--name", "Small")
    assert "confirmed" in first_line(process)
    for number in range(20):
        publish(broker, (topic, b"%02d" % number + b"x" * 20_000))
    assert ended(process).code == 0
    info = program.run("info", "Small", "--json").json
    assert info["status"] == "completed"
    assert 3 <= info["messages"] <= 12


def stored(folder: Path) -> int:
    """How many messages the only session there holds."""
    (entry,) = Catalog(folder).sessions()
    return 0 if entry.summary is None else entry.summary.messages


def test_a_recording_goes_on_in_parts_and_they_are_one_session(program: Program, broker: str, topic: str) -> None:
    payloads = [b"%02d" % number + b"x" * 100_000 for number in range(30)]
    limits = ("--split-size", "1", "--max-messages", str(len(payloads)))
    process = program.start("record", "--broker", broker, "--topic", topic, "--name", "Parts", *limits)
    assert "confirmed" in first_line(process)
    for count in (10, 20, 30):  # a part is only ended between two transactions
        publish(broker, *((topic, payload) for payload in payloads[count - 10 : count]))
        until(lambda: stored(program.sessions) >= count)  # noqa: B023 - called at once
    assert ended(process).code == 0
    (info,) = program.run("list", "--json").json
    assert info["messages"] == len(payloads)
    assert info["parts"] >= 3
    assert program.run("verify", "Parts").code == 0
    with open_session(Path(info["path"])) as reader:
        assert [message.payload for message in reader.stream()] == payloads


def test_parts_that_are_too_small_are_refused(program: Program, broker: str) -> None:
    result = program.run("record", "--broker", broker, "--split-size", "0.01")
    assert result.code == 2
    assert "at least 1,000,000 bytes" in result.error_line
