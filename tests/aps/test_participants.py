"""Topics say who tells whom."""

from __future__ import annotations

import pytest

from aps.participants import route


@pytest.mark.parametrize(
    ("topic", "sender", "receiver"),
    [
        ("module/v1/ff/SVR3QA0022/order", "CCU", "HBW"),
        ("module/v1/ff/SVR3QA0022/state", "HBW", "CCU"),
        ("module/v1/ff/SVR4H73275/instantAction", "CCU", "DPS"),
        ("module/v1/ff/NodeRed/SVR4H76530/order", "Node-RED", "AIQS (TXT)"),
        ("module/v1/ff/NodeRed/SVR4H76530/state", "AIQS (TXT)", "Node-RED"),
        ("module/v1/ff/NodeRed/status", "Node-RED", "CCU"),
        ("fts/v1/ff/5iO4/state", "AGV-1", "CCU"),
        ("fts/v1/ff/leJ4/order", "CCU", "AGV-2"),
        ("ccu/order/request", "Dashboard", "CCU"),
        ("ccu/order/active", "CCU", "Dashboard"),
        ("ccu/set/reset", "Dashboard", "CCU"),
        ("ccu/pairing/pair_fts", "Dashboard", "CCU"),
        ("ccu/pairing/state", "CCU", "Dashboard"),
        ("ccu/global", "CCU", "Node-RED"),
        ("/j1/txt/1/f/i/order", "CCU", "Cloud gateway"),
        ("/j1/txt/1/f/o/order", "Cloud gateway", "CCU"),
        ("/j1/txt/1/i/quality_check", "AIQS (TXT)", "Dashboard"),
        ("/j1/txt/1/i/ldr", "DPS (TXT)", "Dashboard"),
        ("/j1/txt/1/c/ldr", "Cloud gateway", "DPS (TXT)"),
        ("osf/arduino/gas/mq2-1/state", "Arduino", "Everybody"),
        ("dsp/aiqs/action", "DSP", "Everybody"),
        ("home/kitchen/light", "home/kitchen", "Everybody"),
        ("light", "light", "Everybody"),
        ("/", "/", "Everybody"),
    ],
)
def test_who_tells_whom(topic: str, sender: str, receiver: str):
    assert route(topic) == (sender, receiver)
