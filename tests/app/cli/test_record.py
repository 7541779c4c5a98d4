"""record: against a real broker, ended in every way it can end."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mqtt.local_broker import start_private
from store.query import MessageQuery
from store.reader import SessionReader
from tests.app.cli.program import Program, await_line, ended, first_line, publish, until
from tests.brokers import PrivateBroker, make_password_file
from tests.mqtt.scripted_broker import scripted_broker
from tests.ports import free_port


def recorded(program: Program) -> int:
    """How many messages are on disk in the one session, also while it is being written."""
    stems = program.stems()
    if not stems:
        return 0
    with SessionReader.open(program.sessions / f"{stems[0]}.db") as reader:
        return reader.count(MessageQuery())


def messages_of(program: Program) -> list[tuple[str, bytes]]:
    (stem,) = program.stems()
    with SessionReader.open(program.sessions / f"{stem}.db") as reader:
        return [(message.topic, message.payload) for message in reader.stream(MessageQuery())]


def confirmed(process: subprocess.Popen[str]) -> None:
    """The one line says that the broker has confirmed the subscription."""
    line = first_line(process)
    assert "confirmed" in line, (line, ended(process))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_finishes_the_session(program: Program, broker: str, topic: str, number: signal.Signals) -> None:
    process = program.start("record", "--broker", broker, "--topic", f"{topic}/#", "--name", "One")
    confirmed(process)
    publish(broker, (f"{topic}/a", b"1"), (f"{topic}/b", b"\xff\x00"))
    until(lambda: recorded(program) == 2)
    result = ended(process, number)
    assert (result.code, result.err) == (130, "")
    assert "Recorded: 2 messages on 2 topics" in result.out
    info = program.run("info", "One", "--json").json
    assert (info["status"], info["messages"], info["source"]) == ("completed", 2, "Unknown")
    assert info["ended_at"]
    assert program.run("verify", "One").code == 0
    assert sorted(path.suffix for path in program.sessions.iterdir() if not path.name.startswith(".")) == [
        ".db",
        ".log",
    ]


def test_a_refused_subscription_is_said_at_once_and_leaves_no_session(program: Program) -> None:
    """Without waiting for a confirmation that never comes."""
    with scripted_broker() as broker:
        broker.refuses = frozenset({"secret/#"})
        refused = program.run("record", "--broker", broker.url, "--topic", "a", "--topic", "secret/#")
    assert refused.code == 1
    assert "refuses the subscription to secret/#. Check whether this user may" in refused.error_line
    assert program.stems() == []


def test_a_quality_of_service_that_the_broker_lowers_is_said_while_it_records(program: Program) -> None:
    with scripted_broker() as broker:
        broker.grants = 0
        process = program.start("record", "--broker", broker.url, "--topic", "a/#", "--duration", "1")
        result = ended(process)
    assert "grants a lower quality of service than asked for to a/#" in result.out


def test_it_ends_at_the_number_of_messages(program: Program, broker: str, topic: str) -> None:
    process = program.start("record", "--broker", broker, "--topic", f"{topic}/#", "--max-messages", "3")
    confirmed(process)
    publish(broker, *((f"{topic}/{number}", b"x") for number in range(5)))
    result = ended(process)
    assert (result.code, result.err) == (0, "")
    assert messages_of(program) == [(f"{topic}/{number}", b"x") for number in range(3)]


def test_it_ends_after_its_duration_and_prints_the_session_as_json(program: Program, broker: str, topic: str) -> None:
    arguments = (
        "--duration",
        "0.3",
        "--name",
        "Short",
        "--source",
        "Hall 3",
        "--note",
        "n",
        "--tag",
        "b",
        "--tag",
        "a",
        "--tag",
        "b",
        "--json",
    )
    result = program.run("record", "--broker", broker, "--topic", f"{topic}/#", *arguments)
    assert result.code == 0
    assert "confirmed" in result.err, "with --json only the document is on standard output"
    printed = result.json
    assert (printed["name"], printed["source"], printed["note"], printed["messages"]) == ("Short", "Hall 3", "n", 0)
    assert printed["tags"] == ["b", "a"]
    assert printed["status"] == "completed"
    assert printed == program.run("info", "Short", "--json").json


def test_filters_and_presets_decide_what_is_written(program: Program, broker: str, topic: str) -> None:
    process = program.start(
        "record", "--broker", broker, "--topic", f"{topic}/#", "--topic", "/j1/txt/1/i/cam", "--preset", "No-Camera",
        "--exclude", f"{topic}/noise/#", "--max-messages", "2",
    )  # fmt: skip
    confirmed(process)
    publish(broker, ("/j1/txt/1/i/cam", b"c"), (f"{topic}/noise/a", b"n"), (f"{topic}/a", b"1"), (f"{topic}/b", b"2"))
    assert ended(process).code == 0
    assert messages_of(program) == [(f"{topic}/a", b"1"), (f"{topic}/b", b"2")]


def test_presets_of_the_settings_add_to_those_of_the_factory(program: Program, broker: str, topic: str) -> None:
    (program.folder / "session-manager.toml").write_text(
        f'sources = ["APS Freiburg"]\n[presets]\n"My noise" = ["{topic}/noise/#"]\n', encoding="utf-8"
    )
    process = program.start(
        "record", "--broker", broker, "--topic", f"{topic}/#", "--topic", "/j1/txt/1/i/cam", "--preset", "no-camera",
        "--preset", "my-noise", "--exclude", f"{topic}/x", "--source", "aps freiburg", "--max-messages", "2",
    )  # fmt: skip
    confirmed(process)
    noise = [("/j1/txt/1/i/cam", b"c"), (f"{topic}/noise/a", b"n"), (f"{topic}/x", b"x")]
    publish(broker, *noise, (f"{topic}/a", b"1"), *noise, (f"{topic}/b", b"2"))
    assert ended(process).code == 0
    assert messages_of(program) == [(f"{topic}/a", b"1"), (f"{topic}/b", b"2")]
    (found,) = program.run("list", "--json").json
    assert found["exclude"] == ["/j1/txt/1/i/cam", f"{topic}/noise/#", f"{topic}/x"]
    assert (found["source"], found["outcome"]) == ("APS Freiburg", "unknown")


def test_a_wrong_preset_is_one_sentence_that_names_all(program: Program) -> None:
    result = program.run("record", "--preset", "no-camra")
    assert result.code == 2
    assert "There is no preset 'no-camra'. There are: no-camera, no-sensors, " in result.error_line


def test_leaving_everything_out_is_one_sentence(program: Program, broker: str, topic: str) -> None:
    result = program.run("record", "--broker", broker, "--topic", f"{topic}/a", "--exclude", f"{topic}/#")
    assert result.code == 2
    assert "Nothing would be recorded" in result.error_line
    assert program.stems() == []


def test_stored_messages_are_recorded_only_when_asked_for(program: Program, broker: str, topic: str) -> None:
    publish(broker, (f"{topic}/state", b"on"), retain=True)
    try:
        arguments = ("record", "--broker", broker, "--topic", f"{topic}/#", "--duration", "0.3", "--json")
        assert program.run(*arguments).json["messages"] == 0
        assert program.run(*arguments, "--retained").json["messages"] == 1
    finally:
        publish(broker, (f"{topic}/state", b""), retain=True)


@pytest.mark.parametrize("name", ["a/b\\c", "..", "üß 🙂", "x" * 300, "<b>'\"", "a\nb"])
def test_any_name_is_kept_as_typed(program: Program, broker: str, topic: str, name: str) -> None:
    result = program.run("record", "--broker", broker, "--topic", topic, "--name", name, "--duration", "0.1", "--json")
    assert result.code == 0, result.err
    assert result.json["name"] == name
    assert Path(result.json["path"]).parent.resolve() == program.sessions.resolve()


def test_no_broker_is_one_sentence_and_leaves_no_session(program: Program) -> None:
    port = free_port()
    result = program.run("record", "--broker", f"mqtt://localhost:{port}")
    assert result.code == 1
    assert str(port) in result.error_line
    assert not program.stems()


def test_an_unknown_host_is_one_sentence(program: Program) -> None:
    result = program.run("record", "--broker", "mqtt://no-such-host.invalid")
    assert result.code == 1
    assert "no-such-host.invalid" in result.error_line


def test_a_folder_that_cannot_be_written_is_one_sentence(program: Program, broker: str) -> None:
    (program.folder / "taken").write_text("a file")
    result = program.run("record", "--broker", broker, "--output", "taken/below")
    assert result.code == 1
    assert "taken" in result.error_line
    assert "--output" in result.error_line


def test_without_a_broker_no_folder_is_left_behind(program: Program) -> None:
    result = program.run("record", "--broker", f"mqtt://localhost:{free_port()}", "--output", "new/below")
    assert result.code == 1
    assert not (program.folder / "new").exists()
    assert not program.sessions.exists()


def test_output_chooses_the_folder(program: Program, broker: str, topic: str) -> None:
    result = program.run(
        "record", "--broker", broker, "--topic", topic, "--output", "here", "--duration", "0.1", "--json"
    )
    assert Path(result.json["path"]).parent.name == "here"
    assert not program.sessions.exists()


def test_a_password_is_never_stored_or_printed(program: Program, broker: str, topic: str) -> None:
    url = broker.replace("mqtt://", "mqtt://me:hush-hush@")
    result = program.run("record", "--broker", url, "--topic", topic, "--duration", "0.1", "--json")
    assert result.code == 0, result.err
    assert "SESSION_MANAGER_BROKER_PASSWORD" in result.err
    assert "hush" not in result.out + result.err
    assert all(b"hush" not in path.read_bytes() for path in program.sessions.iterdir())


def test_it_waits_for_a_broker_that_goes_and_comes_back(program: Program) -> None:
    port = free_port()
    running = start_private(port)
    process = program.start("record", "--broker", running.url, "--max-messages", "2", "--name", "Cut")
    try:
        confirmed(process)
        publish(running.url, ("cli-record/a", b"before"))
        until(lambda: recorded(program) == 1)
        running.stop(10)
        await_line(process, "The broker is gone, the recording waits for it.")
        running = start_private(port)
        await_line(process, "The broker is back")
        until(_publishes_until_recorded(running.url, process))
        result = ended(process)
    finally:
        process.kill()
        running.stop(10)
    assert (result.code, result.err) == (0, "")
    assert "Possibly missing: what was published during 1 gap (" in result.out.splitlines()[-1]
    info = program.run("info", "Cut", "--json").json
    assert (info["messages"], info["gaps"], info["status"]) == (2, 1, "completed")


def _publishes_until_recorded(url: str, process: subprocess.Popen[str]) -> Callable[[], bool]:
    """The broker that came back is new: it knows the subscription a moment after the connection."""

    def ended_or_published() -> bool:
        if process.poll() is None:
            publish(url, ("cli-record/b", b"after"))
        return process.poll() is not None

    return ended_or_published


def test_a_broker_with_a_password_takes_it_from_the_variable(
    program: Program, private_broker: Callable[..., PrivateBroker], tmp_path: Path
) -> None:
    passwords = make_password_file(tmp_path, "me", "hush-hush")
    guarded = private_broker(extra=f"allow_anonymous false\npassword_file {passwords}").url
    arguments = ("record", "--broker", guarded.replace("://", "://me@"), "--duration", "0.1")
    right = program.run(*arguments, SESSION_MANAGER_BROKER_PASSWORD="hush-hush")
    assert (right.code, right.err) == (0, "")
    wrong = program.run(*arguments, SESSION_MANAGER_BROKER_PASSWORD="wrong-one")
    assert wrong.code == 1
    assert "password" in wrong.error_line
    assert "wrong-one" not in wrong.error_line


def test_a_reader_that_goes_away_still_leaves_a_finished_session(program: Program, broker: str, topic: str) -> None:
    """As in `session-manager record | head -1`."""
    process = program.start("record", "--broker", broker, "--topic", topic, "--name", "Piped")
    confirmed(process)
    assert process.stdout
    process.stdout.close()
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) in (1, 130)
    assert process.stderr
    assert process.stderr.read() == ""
    process.stderr.close()
    assert program.run("info", "Piped", "--json").json["status"] == "completed"


def test_ctrl_c_ends_the_wait_for_a_broker_that_does_not_answer(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = program.start("record", "--broker", f"mqtt://127.0.0.1:{silent.getsockname()[1]}")
        caller, _ = silent.accept()
        result = ended(process, signal.SIGINT)
        caller.close()
    assert (result.code, result.out, result.err) == (130, "", "")
    assert not program.stems()
