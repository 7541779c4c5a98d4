"""A session of what a stranger may publish: every tab must show it as text, without an exception."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from core.message import NS_PER_SECOND, Message
from store.metadata import Status, new_metadata
from store.writer import SessionWriter

START_NS: Final = 1_795_245_303_000_000_000
"""2026-11-21 07:15:03 UTC."""
MARKUP: Final = (
    "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'> **b** :red[x] $x$ [l](http://x)"
)
"""Where it is run, a page has `window.hacked`; where it is shown as text, this stands on the page as it is."""
ORDER: Final = "ccu/order/active"
BIG_BYTES: Final = 10_000_000

PAYLOADS: Final = (
    b"",
    b"{" * 10,
    b"[" * 100_000 + b"]" * 100_000,
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b'{"value": NaN, "other": Infinity, "less": -Infinity}',
    b'{"state": "RUNNING", "state": "FINISHED", "state": null}',
    b'{"value": ' + b"9" * 5_000 + b', "small": -1e-400, "large": 1e400}',
    b'{"\\u0000": "\\ud800", "": {"": [null, true, {}]}}',
    b'[{"orderId": {"nested": []}, "state": 7, "productionSteps": "none", "ts": "yesterday", "timestamp": 1e300}]',
    b'{"orderId": ["x"], "actionState": [], "actionStates": {}, "headerId": "one", "serialNumber": null}',
    MARKUP.encode(),
    ('{"' + MARKUP.replace("'", "") + '": "' + MARKUP.replace("'", "") + '"}').encode(),
    b"\xff\xfe\x00\x80 not UTF-8",
    b"\xef\xbb\xbf" + b'{"with": "a byte order mark"}',
    "\u202e right to left \u0000 null \x1b[31m escape".encode(),
    b'{"data": "data:image/png;base64,AAAA", "image": "data:image/svg+xml;base64,PHN2Zz4="}',
    b"1e999",
    b'"text"',
)
"""In a row on each of the topics."""
TOPICS: Final = (
    ORDER,
    "ccu/order/completed",
    "module/v1/ff/SVR3QA0022/state",
    "fts/v1/ff/5iO4/state",
    f"a/{MARKUP}",
    "a//b/ /\u202e\u0007",
    "$share/x",
    "x" * 2_000,
    "/",
)


def hostile_messages() -> list[Message]:
    """Each payload on each topic, a few of them at one instant and before the session's start, and one of 10 MB."""
    many = [(topic, payload) for payload in PAYLOADS for topic in TOPICS]
    big = b'{"values": ["' + b"x" * BIG_BYTES + b'"]}'
    return [
        Message(topic, payload, number % 3, number % 2, START_NS + (number // 4 - 5) * NS_PER_SECOND // 10)
        for number, (topic, payload) in enumerate([*many, (ORDER, big)])
    ]


def write_hostile_session(folder: Path, messages: list[Message] | None = None) -> tuple[str, Path]:
    """Such a session in a folder, finished; its id and its `.db`."""
    begun = new_metadata(MARKUP, START_NS, source=MARKUP, note=MARKUP, tags=(MARKUP,), status=Status.IN_PROGRESS)
    writer = SessionWriter.create(folder, begun)
    all_of_them = hostile_messages() if messages is None else messages
    writer.write(all_of_them)
    writer.close(begun.with_changes(status=Status.COMPLETED, ended_ns=all_of_them[-1].at_ns))
    return begun.id, writer.db_path


@pytest.fixture(scope="session")
def hostile_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `.db` of such a session, which nobody may change: `from tests.hostile import hostile_path`."""
    return write_hostile_session(tmp_path_factory.mktemp("hostile"))[1]
