"""Each step of priority hears all that the one before it hears, and no message twice."""

from __future__ import annotations

import pytest

from aps.priorities import PRIORITIES, priority_filters, priority_name
from core.topics import matches

TOPICS = {
    "module/v1/ff/SVR3QA0022/state": 1,
    "module/v1/ff/SVR3QA0022/instantAction": 1,
    "fts/v1/ff/5iO4/order": 2,
    "ccu/order/active": 3,
    "ccu/pairing/state": 4,
    "module/v1/ff/NodeRed/SVR4H76530/state": 5,
    "/j1/txt/1/i/bme680": 5,
    "osf/arduino/gas/mq2-1/state": 5,
    "/j1/txt/1/i/quality_check": 5,
    "/j1/txt/1/i/cam": 6,
    "dsp/aiqs/action": 6,
}


@pytest.mark.parametrize("priority", PRIORITIES)
def test_a_topic_is_heard_from_its_own_step_on_and_once(priority: int) -> None:
    filters = priority_filters(priority)
    for topic, first in TOPICS.items():
        assert sum(matches(one, topic) for one in filters) == (priority >= first), topic


def test_each_step_has_a_name() -> None:
    assert len({priority_name(priority) for priority in PRIORITIES}) == len(PRIORITIES) == 6
