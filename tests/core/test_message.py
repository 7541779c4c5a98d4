"""Messages and their MQTT 5 properties."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.message import FROM_DUMP, LIVE, LIVE_RETAINED, Message, Properties
from tests.any_properties import properties_with

texts = st.text(max_size=20)
properties = properties_with(texts)


@given(properties)
def test_properties_survive_json(found: Properties) -> None:
    """Order and repetition of user properties, and every byte of the correlation data, come back."""
    back = Properties.from_json(json.loads(json.dumps(found.to_json())))
    assert (back or Properties()) == found


def test_no_properties_is_none() -> None:
    """An empty object, or one with unknown names only, says nothing about a message."""
    assert Properties.from_json({}) is None
    assert Properties.from_json({"topic_alias": 3}) is None


@pytest.mark.parametrize(
    "value",
    [
        {"content_type": 3},
        {"message_expiry_interval": "soon"},
        {"correlation_data": "not base64!"},
        {"user_properties": "a=b"},
        {"user_properties": [["a"]]},
        {"user_properties": [["a", 1]]},
    ],
)
def test_properties_of_the_wrong_type_are_refused(value: dict[str, object]) -> None:
    """A damaged file is noticed, not guessed at."""
    with pytest.raises(ValueError, match=r"MQTT property|base64|Base64|padding|alphabet"):
        Properties.from_json(value)


def test_the_retain_flag_is_set_for_live_retained_and_stored_messages() -> None:
    """`retained` is the flag as MQTT knows it."""
    flags = {kind: Message("a", b"", 0, kind, 0).retained for kind in (LIVE, LIVE_RETAINED, FROM_DUMP)}
    assert flags == {LIVE: False, LIVE_RETAINED: True, FROM_DUMP: True}
