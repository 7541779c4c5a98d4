"""The properties that a message of MQTT 5 may have."""

from __future__ import annotations

from hypothesis import strategies as st

from core.message import Properties


def properties_with(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Properties]:
    """Any that MQTT 5 knows, none of them too, with such texts in them."""
    return st.builds(
        Properties,
        payload_format_indicator=st.none() | st.sampled_from([0, 1]),
        message_expiry_interval=st.none() | st.integers(0, 2**32 - 1),
        content_type=st.none() | texts,
        response_topic=st.none() | texts,
        correlation_data=st.none() | st.binary(max_size=40),
        user_properties=st.lists(st.tuples(texts, texts), max_size=4).map(tuple),
    )
