"""Rules that hit nothing are said."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay.barriers import parse_barrier
from replay.faults import parse_fault
from replay.status import ReplayRequest
from replay.unused import unused_rules

SESSION = Path("order.db")
TOPICS = ["ccu/order/request", "fts/state"]


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        (ReplayRequest(SESSION, remap=("ccu/#=a/#", "ccv/#=a/#")), "The topic rule 'ccv/#=a/#'"),
        (ReplayRequest(SESSION, remap=("re:^ft=x",)), ""),
        (ReplayRequest(SESSION, faults=(parse_fault("drop 1% of a/#"),)), "The fault 'drop 1% of a/#'"),
        (ReplayRequest(SESSION, faults=(parse_fault("drop 1% of fts/#"), parse_fault("outage 5s at 3s"))), ""),
        (ReplayRequest(SESSION, barriers=(parse_barrier("after a until key"),)), "The barrier 'after a until key'"),
        (ReplayRequest(SESSION, barriers=(parse_barrier("at 3 until key"), parse_barrier("before # until key"))), ""),
    ],
)
def test_a_rule_that_fits_no_topic_is_named(request_: ReplayRequest, named: str):
    wanted = (f"{named} fits none of the replayed topics: it does nothing.",) if named else ()
    assert unused_rules(request_, TOPICS) == wanted
