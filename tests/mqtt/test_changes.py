"""Change by change, whatever the broker holds becomes what is wanted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.topics import covering_set
from mqtt.changes import Change, next_change
from mqtt.connect import Protocol
from mqtt.grants import DOUBTFUL, Grant, is_granted

FILTERS = st.sampled_from(["#", "a/#", "a/b", "+/b", "a/+", "b/#"])
PROTOCOLS = st.sampled_from([Protocol.V5, Protocol.V311, Protocol.BRIDGE])
GRANTS = st.just(DOUBTFUL) | st.builds(Grant, st.integers(0, 2), st.integers(0, 2), PROTOCOLS)


@given(st.sets(FILTERS), st.dictionaries(FILTERS, GRANTS), st.integers(0, 2), PROTOCOLS)
def test_two_changes_lead_to_what_is_wanted(
    wanted: set[str], held: dict[str, Grant], qos: int, protocol: Protocol
) -> None:
    """And what is to be given up is subscribed no more, and nothing is given up before the rest is there."""
    for _ in range(2):
        change = next_change(wanted, held, (), qos, protocol)
        assert not set(change.subscribing) & set(change.leaving)
        assert not change.raises or (set(change.subscribing) <= held.keys() and not change.leaving)
        held |= dict.fromkeys(change.subscribing, Grant(qos, qos, protocol))
        assert change.raises or all(is_granted(held, one, qos) for one in wanted)
        for one in change.leaving:
            del held[one]
    assert next_change(wanted, held, (), qos, protocol) == Change()
    assert held.keys() == covering_set(wanted)
    assert all(is_granted(held, one, qos) for one in wanted)


@given(st.sets(FILTERS), st.dictionaries(FILTERS, GRANTS), st.sets(FILTERS, min_size=1), PROTOCOLS)
def test_what_was_refused_is_not_asked_for_again(
    wanted: set[str], held: dict[str, Grant], refused: set[str], protocol: Protocol
) -> None:
    change = next_change(wanted, held, refused, 2, protocol)
    assert not refused.difference(held) & set(change.subscribing)
    assert not change.raises or not refused & set(change.subscribing)
