"""What two runs of the factory have in common, whatever their times and ids are."""

from __future__ import annotations

import pytest

from aps.key_messages import FILTERS, key_message
from core.message import Message
from core.topics import matches

HBW, AGV = "module/v1/ff/SVR3QA0022", "fts/v1/ff/5iO4"


@pytest.mark.parametrize(
    ("topic", "payload", "said"),
    [
        ("ccu/order/request", b'{"orderType":"STORAGE","type":"RED"}', "Order STORAGE RED requested"),
        ("ccu/order/request", b'{"type":"RED"}', "Order RED requested"),
        ("ccu/order/response", b'{"orderType":"STORAGE","type":"RED"}', "Order STORAGE RED accepted"),
        ("ccu/order/completed", b'[{"orderType":"STORAGE","type":"RED","state":"ERROR"}]', "Order STORAGE RED ERROR"),
        ("ccu/order/completed", b"[]", None),
        (f"{HBW}/order", b'{"action":{"command":"PICK","id":"x"}}', "HBW told to PICK"),
        (f"{HBW}/state", b'{"actionState":{"command":"DROP","state":"FINISHED","result":"04ab"}}', "HBW DROP FINISHED"),
        (f"{HBW}/state", b'{"actionState":null}', None),
        (f"{AGV}/order", b'{"nodes":[{"id":"1"},{"id":"SVR3QA0022"}]}', "AGV-1 sent to HBW"),
        (f"{AGV}/state", b'{"lastNodeId":"SVR3QA0022","actionState":{"command":"DOCK","state":"FINISHED"}}',
         "AGV-1 docked at HBW"),
        (f"{AGV}/state", b'{"lastNodeId":"1","actionState":{"command":"PASS","state":"FINISHED"}}', None),
        ("/j1/txt/1/i/quality_check", b'{"result":"FAILED"}', "Quality check FAILED"),
    ],
)  # fmt: skip
def test_a_key_message_says_what_happened(topic: str, payload: bytes, said: str | None):
    assert key_message(Message(topic, payload, 0, 0, 1)) == said
    assert any(matches(one, topic) for one in FILTERS)


@pytest.mark.parametrize("topic", ["ccu/state/stock", f"{HBW}/connection", "module/v1/ff/NodeRed/x/state", "", "a"])
def test_other_topics_have_no_key_messages(topic: str):
    assert key_message(Message(topic, b'{"state":"RUNNING","action":{"command":"PICK"}}', 0, 0, 1)) is None


@pytest.mark.parametrize("payload", [b"", b"7", b"null", b'[[{"nodes":1}]]', b'{"action":[],"nodes":[1],"type":{}}'])
def test_strange_payloads_do_no_harm(payload: bytes):
    for topic in FILTERS:
        key_message(Message(topic.replace("+", "x"), payload, 0, 0, 1))
