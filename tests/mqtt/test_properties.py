"""MQTT 5 properties survive the way to paho's form and back."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties as PahoProperties

from core.message import Properties
from mqtt.properties import from_paho, subscription_ids, to_paho
from tests.any_properties import properties_with

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
properties = properties_with(texts)


def empty() -> Any:
    """As paho makes them for a PUBLISH without properties; Any, for paho has no types here."""
    return PahoProperties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]


@given(properties)
def test_properties_survive_packing_and_unpacking(ours: Properties):
    theirs: Any = to_paho(ours)
    received = empty()
    received.unpack(theirs.pack())
    assert from_paho(received) == (None if ours == Properties() else ours)


def test_no_properties_stay_none():
    assert to_paho(None) is None
    assert from_paho(None) is None
    assert from_paho(empty()) is None


def test_subscription_identifiers_belong_to_the_connection_and_not_to_the_message():
    received = empty()
    received.SubscriptionIdentifier = 7
    received.SubscriptionIdentifier = 8
    assert subscription_ids(received) == (7, 8)
    assert from_paho(received) is None
    assert subscription_ids(None) == ()
