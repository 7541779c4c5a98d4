"""The dashboard of the factory: what is connected, where the vehicle is, which orders run, what is in stock.

    streamlit run examples/dashboard/dashboard.py

The broker is at MQTT_HOST and MQTT_PORT, by default localhost:1883.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from factory_view.feed import Broker, Feed, Snapshot
from factory_view.floor import plan_html, stations_html, stock_html, vehicles_html
from factory_view.lists import (
    ALL,
    KINDS,
    active_html,
    completed_html,
    empty_html,
    lost_html,
    messages_html,
    status_html,
)
from factory_view.orders import active_orders, completed_orders
from factory_view.plan import plan_of
from factory_view.stations import stations, stock, vehicles
from factory_view.words import section, zone_of

STYLE = Path(__file__).with_name("factory_view") / "style.css"
FLOOR_SECONDS = 0.5
MESSAGES_SECONDS = 1.0


@st.cache_resource(show_spinner=False, on_release=Feed.stop)
def feed() -> Feed:
    """The one connection of this program."""
    found = Feed(Broker.from_environment())
    found.start()
    return found


@st.fragment(run_every=FLOOR_SECONDS)
def floor() -> None:
    """Everything but the messages, all of it as of one moment."""
    now, moment = feed().snapshot(), datetime.now(UTC)
    zone, address = zone_of(st.context.timezone), feed().broker.address
    st.html(status_html(now, address, zone))
    if not now.connected:
        st.html(lost_html(now, address, zone))
    if now.topics:
        factory(now, moment)
    elif now.connected:
        st.html(empty_html(address))


def factory(now: Snapshot, moment: datetime) -> None:
    """Plan, vehicles, stock, stations and orders."""
    zone = zone_of(st.context.timezone)
    standing, driving = stations(now), vehicles(now)
    names = {station.serial: station.name for station in standing}
    wide, side = st.columns([3, 2], gap="medium")
    wide.html(plan_html(plan_of(now), standing, driving, moment))
    side.html(vehicles_html(driving, names, moment) + stock_html(stock(now)))
    st.html(stations_html(standing, moment))
    left, right = st.columns([3, 2], gap="medium")
    left.html(active_html(active_orders(now), zone))
    right.html(completed_html(completed_orders(now), zone))


@st.fragment(run_every=MESSAGES_SECONDS)
def messages() -> None:
    """The newest messages, of all kinds or of one."""
    now = feed().snapshot()
    if not now.newest:
        return
    st.html(section("Newest messages", ""))
    kind = st.pills("Kind", [ALL, *KINDS], default=ALL, key="kind", label_visibility="collapsed", required=True)
    st.html(messages_html(now.newest, kind or ALL, zone_of(st.context.timezone)))


st.set_page_config(page_title="Factory", page_icon=str(STYLE.with_name("icon.svg")), layout="wide")
st.html(f'<style>{STYLE.read_text(encoding="utf-8")}</style><i class="look"></i>')
floor()
messages()
