"""The lower half of the page as HTML: orders and the newest messages; and what is said at its top."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from html import escape as esc

from factory_view.arrival import Arrival
from factory_view.feed import Snapshot
from factory_view.orders import Order, Step
from factory_view.words import capital, chip, clock, dot, nothing, piece, section, state_words, tone, took

COMPLETED_SHOWN = 6
MESSAGES_SHOWN = 15
PAYLOAD_SHOWN = 160
"""Characters."""
MARKS = {"FINISHED": "✓", "ERROR": "✕", "CANCELLED": "–", "IN_PROGRESS": "▸"}
ALL = "All"
KINDS: dict[str, tuple[str, ...]] = {
    "Stations": ("module/",),
    "Vehicles": ("fts/",),
    "Orders": ("ccu/order/",),
    "Control": ("ccu/state/", "ccu/pairing/", "ccu/set/", "ccu/global"),
    "Sensors": ("osf/", "/j1/txt/1/i/"),
}
"""Kinds of messages by how their topics begin."""


def status_html(now: Snapshot, address: str, zone: tzinfo) -> str:
    """The name of the page, and how the connection is."""
    kind, words = ("good", "connected") if now.connected else ("bad" if now.problem else "idle", "not connected")
    last = f"<span>last message {clock(now.last_at, zone)}</span>" if now.last_at else ""
    rate = f"<span>{now.rate:.1f} messages/s</span>" if now.connected else ""
    return (
        f'<div class="top"><h1>Factory</h1><div class="status">{chip(dot(kind) + words, "plain")}'
        f"<span>{esc(address)}</span>{rate}{last}</div></div>"
    )


def lost_html(now: Snapshot, address: str, zone: tzinfo) -> str:
    """Said while there is no connection."""
    if not now.problem:
        return _notice("idle", f"Connecting to {esc(address)} …", "")
    since = f" What you see is as it was at {clock(now.last_at, zone)}." if now.last_at else ""
    return _notice(
        "bad",
        f"No connection to the broker at {esc(address)}: {esc(now.problem)}.",
        f"{since} It is tried again every few seconds, and this page goes on by itself. If it lasts: is the broker "
        "switched on, and is it the right one? Its address is in the variables MQTT_HOST and MQTT_PORT.",
    )


def empty_html(address: str) -> str:
    """Said while there is a connection and nothing has arrived."""
    return _notice(
        "idle",
        "Waiting for the factory",
        f"Connected to {esc(address)}, and nothing has been published there yet. Switch the factory on: its stations "
        "appear here as soon as they report. If it runs already, this is not its broker: set the variables MQTT_HOST "
        "and MQTT_PORT, and start this dashboard again.",
    )


def _notice(kind: str, title: str, words: str) -> str:
    return f'<div class="notice {kind}">{dot(kind)}<div><b>{title}</b><p>{words}</p></div></div>'


def active_html(orders: list[Order] | None, zone: tzinfo) -> str:
    """The orders that are being carried out, with their steps."""
    if orders is None:
        return section("Active orders", nothing("Not known yet: the factory tells it with the next change."))
    if not orders:
        return section("Active orders", nothing("None at the moment."))
    return section("Active orders", "".join(_active(order, zone) for order in orders), str(len(orders)))


def _active(order: Order, zone: tzinfo) -> str:
    steps = "".join(_step(step) for step in order.steps)
    began = f" since {clock(order.started, zone)}" if order.started else ""
    share = order.done / len(order.steps) * 100 if order.steps else 0
    return (
        f'<article class="order" data-order="{esc(order.id)}" data-state="{esc(order.state)}"><header>'
        f"{piece(order.colour)}<b>{capital(order.kind)}, {esc(order.colour.lower())}</b>"
        f"{chip(state_words(order.state), tone(order.state))}"
        f"<span>{order.done} of {len(order.steps)} steps{began}</span><code>{esc(order.id[:8])}</code></header>"
        f'<i class="bar"><i style="width:{share:.0f}%"></i></i><ol>{steps}</ol></article>'
    )


def _step(step: Step) -> str:
    mark = MARKS.get(step.state, "")
    return f'<li class="{tone(step.state)}">{mark} {esc(step.name)} <small>{took(step.seconds)}</small></li>'


def completed_html(orders: list[Order] | None, zone: tzinfo) -> str:
    """The latest of the orders that are done."""
    if orders is None:
        return section("Completed orders", nothing("Not known yet: the factory tells it when an order ends."))
    if not orders:
        return section("Completed orders", nothing("None yet."))
    rows = "".join(_completed(order, zone) for order in orders[:COMPLETED_SHOWN])
    more = len(orders) - COMPLETED_SHOWN
    note = f"{len(orders)}, the latest {COMPLETED_SHOWN} are shown" if more > 0 else str(len(orders))
    return section("Completed orders", f'<div class="done">{rows}</div>', note)


def _completed(order: Order, zone: tzinfo) -> str:
    ended = f"{clock(order.ended, zone)}" if order.ended else ""
    return (
        f'<article data-order="{esc(order.id)}" data-state="{esc(order.state)}">{piece(order.colour)}'
        f"<b>{capital(order.kind)}, {esc(order.colour.lower())}</b><code>{esc(order.id[:8])}</code>"
        f"<span>{took(order.seconds)}</span><time>{ended}</time>"
        f"{chip(state_words(order.state), tone(order.state))}</article>"
    )


def messages_html(newest: Sequence[Arrival], kind: str, zone: tzinfo) -> str:
    """The newest messages of a kind, the latest one first."""
    begins = KINDS.get(kind, ("",))
    shown = [one for one in newest if one.topic.startswith(begins)][:MESSAGES_SHOWN]
    if not shown:
        return nothing("None of this kind yet.")
    return f'<div class="messages">{"".join(_message(one, zone) for one in shown)}</div>'


def _message(one: Arrival, zone: tzinfo) -> str:
    payload = one.payload[: 4 * PAYLOAD_SHOWN].decode("utf-8", "replace")[:PAYLOAD_SHOWN]
    return (
        f"<div><time>{clock(one.at, zone, milliseconds=True)}</time><b>{esc(one.topic)}</b>"
        f"<code>{esc(payload) or 'deleted'}</code></div>"
    )
