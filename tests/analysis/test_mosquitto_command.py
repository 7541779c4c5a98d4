"""The copied command publishes the very message, whatever is in it, and a shell does nothing else with it."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given

from analysis.mosquitto_command import ARGUMENT_BYTES, publish_command
from core.message import FROM_DUMP, LIVE, LIVE_RETAINED, Message, Properties
from core.payload import text_of
from mqtt.client import SharedClient
from tests.builders import any_message
from tests.mqtt.listening import Collected

NASTY = (
    b"'; touch hacked; '", b"$(touch hacked)", b"`touch hacked`", b"-r", b"--help", b"a\nb", b"\\'\\", "ä€😀".encode(),
    b"!!", b"%s%d\\n", b" ", b"", b"\xff\x00\x01", b"\0", "\u202eabc".encode(), b"\x1b[31m", b'{"state": "it\'s"}',
)  # fmt: skip
PROPERTIES = Properties(content_type="it's", response_topic="a/b", user_properties=(("k 'x'", "$HOME"), ("k", "")))


@given(any_message)
def test_a_shell_reads_the_words_of_the_message(message: Message) -> None:
    command = publish_command(message, 7)
    words = shlex.split(command.text.split("| base64 -d | ")[-1])
    assert words[:5] == ["mosquitto_pub", "-h", "localhost", "-q", str(message.qos)]
    assert ("-r" in words[:6]) == message.retained
    if words[-1] == "-n":
        assert message.payload == b""
        words.append("")
    elif words[-1] == "-s":
        assert text_of(message.payload) is None or not message.payload.decode().isprintable()
        words.append("")
    else:
        assert (words[-2], words[-1].encode()) == ("-m", message.payload)
    assert words[-4:-2] == ["-t", message.topic]


def test_a_large_payload_is_read_from_a_file() -> None:
    command = publish_command(Message("a", b"x" * (ARGUMENT_BYTES + 1), 0, LIVE, 0), 12)
    assert command.file_name == "message-12.bin"
    assert command.text == "mosquitto_pub -h localhost -q 0 -t a -f message-12.bin"


def test_the_retain_flag_is_that_of_the_message() -> None:
    flags = {
        kind: " -r " in publish_command(Message("a", b"1", 1, kind, 0), 1).text
        for kind in (LIVE, LIVE_RETAINED, FROM_DUMP)
    }
    assert flags == {LIVE: False, LIVE_RETAINED: True, FROM_DUMP: True}


def test_correlation_data_that_is_no_text_is_left_out_and_that_is_said() -> None:
    properties = Properties(correlation_data=b"\xff", content_type="a b")
    command = publish_command(Message("a", b"1", 1, LIVE, 0, properties), 1)
    assert "correlation data" in command.note
    assert "-V 5 -D publish content-type 'a b' -t a" in command.text


def test_a_broker_receives_the_message(
    broker: str, topic: str, tmp_path: Path, client_factory: Callable[..., SharedClient]
) -> None:
    """Through a real shell, with the real program; nothing else happens there."""
    if shutil.which("mosquitto_pub") is None:
        pytest.skip("mosquitto_pub is not installed")
    client, received = client_factory(), Collected()
    client.add_listener(received)
    client.subscribe(f"{topic}/#", 2)
    sent = [
        Message(f"{topic}/it's $HOME `id` ä", payload, number % 3, LIVE, 0, PROPERTIES if number == 1 else None)
        for number, payload in enumerate(NASTY)
    ]
    for number, message in enumerate(sent, 1):
        line = publish_command(message, number).text.replace("-h localhost", f"-h 127.0.0.1 -p {urlsplit(broker).port}")
        subprocess.run(["sh", "-c", line], check=True, cwd=tmp_path, timeout=30)
        received.await_count(number)
    got = received.await_count(len(sent))
    assert [one[:3] for one in got] == [one[:3] for one in sent]
    assert got[1].properties == PROPERTIES
    assert list(tmp_path.iterdir()) == []
