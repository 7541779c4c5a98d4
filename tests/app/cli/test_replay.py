"""replay: against a real broker; the exit code says whether it was faithful."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mqtt.client import SharedClient
from mqtt.local_broker import start_private
from store.parts import open_session
from tests.app.cli.program import Program, await_message, ended, first_line
from tests.app.cli.sessions import message, write_session
from tests.app.cli.terminal import Terminal
from tests.conftest import PATIENCE
from tests.ports import free_port

REPORT_KEYS = {
    "planned",
    "published",
    "confirmed",
    "failed",
    "reconnects",
    "duration_seconds",
    "timing_error_ms",
    "drift_ms",
    "faithful",
    "reason",
}


@pytest.fixture
def short(program: Program, topic: str) -> Path:
    """Twenty messages within a fifth of a second, at all qualities of service."""
    messages = [message(number * 10, f"{topic}/{number % 3}", qos=number % 3) for number in range(20)]
    return write_session(program.sessions, "Short", messages)


@pytest.fixture
def long(program: Program, topic: str) -> Path:
    """Ten messages within ten minutes."""
    return write_session(program.sessions, "Long", [message(number * 60_000, topic) for number in range(11)])


def test_max_speed_is_faithful_and_exit_code_0(program: Program, broker: str, short: Path) -> None:
    result = program.run("replay", "Short", "--broker", broker, "--speed", "max", "--report", "report.json", "--json")
    assert result.code == 0, result
    report = result.json
    assert report.keys() >= REPORT_KEYS
    assert report["timing_error_ms"].keys() >= {"p50", "p99", "max"}
    assert (report["planned"], report["published"], report["confirmed"], report["failed"]) == (20, 20, 20, 0)
    assert report["faithful"]
    assert json.loads((program.folder / "report.json").read_text()) == report


def test_what_is_replayed_is_what_arrives(program: Program, broker: str, topic: str, short: Path) -> None:
    recording = program.start(
        "record", "--broker", broker, "--topic", f"{topic}/#", "--qos", "2", "--max-messages", "40", "--name", "Again"
    )
    assert "confirmed" in first_line(recording)
    assert program.run("replay", "Short", "--broker", broker, "--speed", "max", "--loop", "2").code == 0
    assert ended(recording).code == 0
    assert [(one["topic"], one["messages"]) for one in program.run("topics", "Again", "--json").json] == [
        (one["topic"], 2 * one["messages"]) for one in program.run("topics", "Short", "--json").json
    ]


def test_range_and_filters_choose_what_is_planned(program: Program, broker: str, topic: str, short: Path) -> None:
    def planned(*arguments: str) -> int:
        run = program.run("replay", "Short", "--broker", broker, "--speed", "max", "--json", *arguments)
        assert run.code == 0, run
        return int(run.json["planned"])

    assert planned("--start", "0.05", "--end", "0.1") == 5
    assert planned("--topic", f"{topic}/0") == 7
    assert planned("--exclude", f"{topic}/0", "--qos", "0", "--no-retain") == 13
    assert planned("--retain", "recorded") == planned("--retain", "never", "--no-retain") == 20


def test_plain_lines_tell_people_the_verdict(program: Program, broker: str, short: Path) -> None:
    result = program.run("replay", "Short", "--broker", broker, "--speed", "max")
    assert result.err == ""
    begin, *_, verdict = result.out.strip().splitlines()
    assert begin.startswith("Replaying 'Short', 20 messages, as fast as the broker confirms")
    assert "Replayed 20 of 20 messages" in verdict
    assert verdict.endswith(": faithful")


def test_with_the_flag_on_all_messages_the_broker_keeps_the_last_one_of_every_topic(
    program: Program, broker: str, topic: str, short: Path, client_factory: Callable[..., SharedClient]
) -> None:
    """And the proof expects it."""
    result = program.run(
        "replay", "Short", "--broker", broker, "--speed", "max", "--retain", "always", "--prove", "--json"
    )
    assert result.code == 0, result
    assert result.json["transforms"] == ["Every message has the retain flag."]
    assert result.json["proof"]["unchecked"] == []
    stored = client_factory().fetch_retained((f"{topic}/#",))
    assert [one.topic for one in stored] == [f"{topic}/{number}" for number in range(3)]


def test_a_broker_that_is_not_marked_is_refused_with_the_way_around(program: Program, short: Path) -> None:
    """192.0.2.1 is nobody's address (RFC 5737): whoever tries to connect there hangs."""
    result = program.run("replay", "Short", "--broker", "mqtt://192.0.2.1")
    assert result.code == 1
    assert "mqtt://192.0.2.1" in result.error_line
    assert "--allow-live" in result.error_line
    refused = program.run("simulate", "--broker", "mqtt://192.0.2.1")
    assert refused.code == 1
    assert "mqtt://192.0.2.1" in refused.error_line


def test_allow_live_lifts_the_refusal(program: Program, broker: str, short: Path) -> None:
    live = {"SESSION_MANAGER_ENVIRONMENTS__LIVE__URL": broker}
    assert program.run("replay", "Short", "--broker", "live", "--speed", "max", **live).code == 1
    assert program.run("replay", "Short", "--broker", "live", "--speed", "max", "--allow-live", **live).code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order_with_its_report(
    program: Program, broker: str, long: Path, number: signal.Signals
) -> None:
    process = program.start("replay", "Long", "--broker", broker, "--report", "report.json")
    assert "Replaying 'Long'" in first_line(process)
    result = ended(process, number)
    assert (result.code, result.err) == (130, "")
    report = json.loads((program.folder / "report.json").read_text())
    assert not report["faithful"]
    assert report["published"] < report["planned"] == 11


def test_a_broker_that_goes_away_makes_it_not_faithful(program: Program) -> None:
    """The replay waits for the broker, goes on, and says what the interruption did to the timing."""
    messages = [message(number * 100, "cli-replay/cut") for number in range(60)]
    write_session(program.sessions, "Cut", messages)
    port = free_port()
    running = start_private(port)
    process = program.start("replay", "Cut", "--broker", running.url, "--report", "report.json")
    try:
        assert "Replaying 'Cut'" in first_line(process)
        await_message(running.url, "cli-replay/cut")
        running.stop(10)
        running = start_private(port)
        result = ended(process)
    finally:
        process.kill()
        running.stop(10)
    report = json.loads((program.folder / "report.json").read_text())
    assert result.code == 3, (result, report)
    assert report["reconnects"] >= 1
    assert not report["faithful"]
    assert report["reason"]
    assert "not faithful: " in result.out


def test_no_broker_is_one_sentence(program: Program, short: Path) -> None:
    port = free_port()
    result = program.run("replay", "Short", "--broker", f"mqtt://localhost:{port}")
    assert result.code == 1
    assert str(port) in result.error_line


def test_a_report_that_cannot_be_written_is_said_before_the_replay(program: Program, broker: str, long: Path) -> None:
    result = program.run("replay", "Long", "--broker", broker, "--report", "absent/report.json")
    assert result.code == 1
    assert "absent/report.json" in result.error_line


def test_a_damaged_session_is_one_sentence(program: Program, short: Path) -> None:
    """And said before anything about the broker, which is not needed for it."""
    short.write_bytes(b"no database")
    result = program.run("replay", str(short), "--broker", f"mqtt://localhost:{free_port()}")
    assert result.code == 1
    assert short.name in result.error_line


def test_nothing_to_replay_is_said_before_a_broker_is_needed(program: Program, short: Path) -> None:
    nowhere = f"mqtt://localhost:{free_port()}"
    result = program.run("replay", "Short", "--broker", nowhere, "--topic", "not/there")
    assert (result.code, result.out) == (2, "")
    assert "No message of 'Short' matches" in result.error_line
    write_session(program.sessions, "Empty", [])
    result = program.run("replay", "Empty", "--broker", nowhere)
    assert (result.code, result.out) == (2, "")
    assert "'Empty' has no messages" in result.error_line


def test_everything_that_can_be_asked_for_at_once(program: Program, broker: str, topic: str, short: Path) -> None:
    """A playlist, renamed, from a mark's place on, with faults and a barrier, twice, and proved."""
    write_session(program.sessions, "Second", [message(number * 10, f"{topic}/more") for number in range(5)])
    result = program.run(
        *("replay", "Short", "--then", "Second", "--broker", broker, "--speed", "max", "--loop", "2", "--json"),
        *("--remap", f"{topic}/#={topic}/new/#", "--prefix", "test", "--shift-timestamps", "--preload", "none"),
        *("--wait", "at 0.05 until quiet 0.1", "--fault", f"duplicate 100% of {topic}/more", "--seed", "7"),
        *("--max-gap", "1", "--loop-pause", "0.1", "--clear-retained", "--prove"),
    )
    assert result.code == 3, result
    report = result.json
    assert (report["planned"], report["published"], report["proof"]["delivered"]) == (50, 60, 60)
    assert report["sessions"] == ["Short", "Second"]
    assert report["faults"] == {"duplicate": 10}
    assert report["barriers"] == ["at 0.05 until quiet 0.1"] * 2
    assert any("test/" in sentence for sentence in report["transforms"])


def test_the_broker_is_named_while_it_replays(program: Program, broker: str, short: Path) -> None:
    """Also where the replay has ended before it is known."""
    for speed in ("max", "1"):
        result = program.run("replay", "Short", "--broker", broker, "--speed", speed)
        assert f"{broker.removeprefix('mqtt://')} is " in result.out


def test_other_publishers_are_said_once_and_counted_in_the_report(
    program: Program, broker: str, short: Path, client_factory: Callable[..., SharedClient]
) -> None:
    """On MQTT 5 even with the very messages of the session."""
    other = client_factory()
    with open_session(short) as reader:
        messages = list(reader.stream())
    ending = threading.Event()

    def publish() -> None:
        while not ending.wait(0.02):
            other.publish_batch(messages).wait(PATIENCE)

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        result = program.run("replay", "Short", "--broker", broker, "--speed", "0.1")
    finally:
        ending.set()
        thread.join()
    assert result.code == 3
    assert result.out.count("Live and replay mix") == 2, "when it is noticed, and in the verdict"


def test_a_proved_replay_is_a_certificate(program: Program, broker: str, short: Path) -> None:
    result = program.run("replay", "Short", "--broker", broker, "--speed", "max", "--prove", "--json")
    assert result.code == 0, result
    proof = result.json["proof"]
    assert (proof["expected"], proof["delivered"], proof["missing"]) == (20, 20, 0)
    told = program.run("replay", "Short", "--broker", broker, "--speed", "max", "--prove").out
    assert "20 of 20 sent ones seen by an independent witness: faithful" in told


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--loop", "0"), "at least 1"),
        (("--speed", "fast"), "--speed"),
        (("--start", "the jam"), "neither a time (seconds or m:ss) nor a mark"),
        (("--start", "-1"), "takes 0 or more seconds, not -1."),
        (("--end", "0.1", "--start", "0.2"), "--end 0.1 is not after --start 0.2"),
        (("--start", "0.1", "--end", "0.1"), "--end 0.1 is not after --start 0.1"),
        (("--preload", "nowhere"), "is not a folder"),
        (("--wait", "soon"), "The barrier 'soon' cannot be used"),
        (("--fault", "burn 1%"), "burn"),
        (("--remap", "a"), "The topic rule 'a' cannot be used"),
        (("--prefix", "a/#"), "prefix"),
        (("--retain", "sometimes"), "'sometimes' is neither recorded nor always nor never"),
        (("--retain", "always", "--no-retain"), "contradict each other"),
        (("--paused",), "there is no terminal"),
        (("--wait", "at 0.1 until key"), "there is no terminal"),
        (("--loop", "forever", "--end", "0.001"), "has no duration"),
    ],
)
def test_a_wrong_option_is_one_line_that_names_it(
    program: Program, broker: str, short: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = program.run("replay", "Short", "--broker", broker, *arguments)
    assert (result.code, words in result.error_line) == (2, True), result


def test_a_wrong_file_of_a_preload_folder_is_named_before_anything_is_sent(
    program: Program, short: Path, tmp_path: Path
) -> None:
    (tmp_path / "torn.json").write_text('{"topic": "a"', "utf-8")
    result = program.run("replay", "Short", "--broker", "mqtt://localhost:1", "--preload", str(tmp_path))
    assert (result.code, "torn.json is not valid JSON" in result.error_line) == (2, True), result


def test_keys_steer_it_on_a_terminal(program: Program, broker: str, long: Path) -> None:
    """Two steps, a speed, a place, and the end, typed while it waits before the first message."""
    terminal = Terminal(program, "replay", "Long", "--broker", broker, "--paused", "--report", "report.json")
    terminal.await_text("q stop")
    terminal.type("nn")
    terminal.await_text("at 1x, 2 of 11 published")
    terminal.type("x2.5\n")
    terminal.await_text("at 2.5x, 2 of 11 published")
    terminal.type("g5:00\n")
    terminal.await_text("5:00 of 10:00")
    terminal.type("q")
    assert terminal.ended() == 3
    report = json.loads((program.folder / "report.json").read_text())
    assert (report["published"], report["confirmed"]) == (2, 2)
    assert report["warnings"] == ["2 messages went out step by step, by hand."]


def test_each_barrier_that_waits_for_a_key_is_seen_and_opened_by_enter(program: Program, broker: str, short: Path):
    """The second one says the same as the first, and closes at once after it: the line shows that it is shut."""
    options = ["--broker", broker, "--speed", "max", "--end", "0.03", "--wait", "after # until key"]
    terminal = Terminal(program, "replay", "Short", *options)
    for published in (1, 2, 3):
        terminal.await_text(f"waits for Enter, 0:00 of 0:00 at max, {published} of 3 published")
        terminal.type("\n")
    assert terminal.ended() == 0


def test_why_it_failed_is_said_once(program: Program, broker: str, short: Path) -> None:
    wait = "at 0.05 until message nobody/answers within 0.1"
    result = program.run("replay", "Short", "--broker", broker, "--wait", wait)
    assert result.code == 3
    assert (result.out.count("stayed closed"), result.err.count("stayed closed")) == (0, 1)
    assert "not faithful: It published only" in result.out
