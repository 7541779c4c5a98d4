"""The real client: a dashboard that only subscribes, in a real browser, cannot tell a replay from the factory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from factory_view.feed import Broker, Feed
from factory_view.orders import active_orders, completed_orders
from replay.status import ReplayRequest
from tests.brokers import PrivateBroker, start_on_a_free_port
from tests.end_to_end.conftest import ARTEFACTS
from tests.end_to_end.dashboards import SAMPLE, STORAGE_ORDER, Stand, active, await_that, finished, shown, stand
from tests.end_to_end.test_screens import watch

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Visit = Callable[..., Page]
AWAKE = """() => {
    window.least = {cards: 99, styled: 99, opacity: 1, height: 1e9};
    const look = () => {
        const parts = [...document.querySelectorAll('[data-testid="stElementContainer"]')];
        const cards = [...document.querySelectorAll('.card')];
        least.cards = Math.min(least.cards, cards.length);
        least.styled = Math.min(least.styled, cards.filter(one => getComputedStyle(one).display === 'flex').length);
        least.opacity = Math.min(least.opacity, ...parts.map(one => Number(getComputedStyle(one).opacity)));
        least.height = Math.min(least.height, document.querySelector('.plan')?.offsetHeight ?? 0);
        requestAnimationFrame(look);
    };
    look();
}"""
"""Looks at every frame that the browser paints, and keeps the worst."""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateBroker]:
    """One of its own: the recordings of the factory have the same topics in all tests."""
    running = start_on_a_free_port(tmp_path_factory.mktemp("broker"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def one_stand(broker: PrivateBroker) -> Iterator[Stand]:
    with stand(broker.url) as running:
        yield running


@pytest.fixture
def factory(one_stand: Stand) -> Iterator[Stand]:
    """Nothing is known of the factory at the beginning."""
    yield one_stand
    one_stand.clear()


def keep(page: Page, name: str) -> None:
    """A picture for people to look at."""
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"dashboard-{name}.png")


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth <= window.innerWidth"))


def test_at_ten_times_the_speed_the_order_moves_to_finished(factory: Stand, visitor: Visit) -> None:
    """Nothing flickers, in wide and narrow windows, light and dark; and the page calls nobody outside."""
    page = visitor("about:blank")
    outside, _ = watch(page)
    page.goto(factory.url)
    expect(page.get_by_text("Waiting for the factory").first).to_be_visible()
    keep(page, "empty")
    factory.play(ReplayRequest(SAMPLE, start_s=20, end_s=62, speed=10))
    expect(active(page).first).to_be_visible()
    expect(page.locator(".card")).to_have_count(7)
    page.evaluate(AWAKE)
    factory.pause_at(45)
    expect(active(page).get_by_text("3 of 4 steps").first).to_be_visible()
    keep(page, "order")
    factory.player.resume()
    expect(finished(page).first).to_be_visible()
    expect(active(page)).to_have_count(0)
    factory.await_end()
    least = page.evaluate("window.least")
    assert (least["cards"], least["styled"], least["opacity"]) == (7, 7, 1)
    assert least["height"] > 100
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for name, width in {"narrow": 420, "wide": 1400}.items():
            page.set_viewport_size({"width": width, "height": 1000})
            page.wait_for_function("width => document.querySelector('.plan').offsetWidth < width", arg=width)
            assert fits(page), f"{name}, {scheme}"
            keep(page, f"{name}-{scheme}")
    assert outside == []


def test_at_the_original_speed_from_the_middle_the_state_before_is_there_at_once(
    factory: Stand, visitor: Visit
) -> None:
    """The order's first three steps lie before the range: the dashboard knows them all the same."""
    page = visitor(factory.url)
    factory.play(ReplayRequest(SAMPLE, start_s=57, end_s=61.5, speed=1, paused=True))
    expect(active(page).get_by_text("3 of 4 steps").first).to_be_visible()
    expect(page.locator('[data-vehicle="5iO4"]').first).to_have_attribute("data-node", "SVR3QA0022")
    expect(page.locator(".card")).to_have_count(7)
    expect(page.locator(".shelf:not(.empty)")).to_have_count(6)
    factory.player.resume()
    expect(finished(page).first).to_be_visible()
    expect(page.locator(".shelf:not(.empty)")).to_have_count(7)
    factory.await_end()


def test_killed_and_restarted_in_the_middle_it_shows_what_it_showed_before(factory: Stand, visitor: Visit) -> None:
    """What the factory publishes with the retain flag the broker gives again; the open page goes on by itself."""
    page = visitor(factory.url)
    factory.play(ReplayRequest(SAMPLE, end_s=62, speed=30))
    factory.pause_at(45)
    expect(active(page).get_by_text("3 of 4 steps").first).to_be_visible()
    expect(page.locator(".card", has_text="HBW").get_by_text("PICK running").first).to_be_visible()
    before = shown(page)
    assert any("PICKrunning" in text for text in before)
    heard = page.locator('[data-card="SVR3QA0022"] footer span').last
    expect(heard).not_to_have_text("not heard yet")
    factory.kill_dashboard()
    factory.restart_dashboard()
    expect(heard).to_have_text("not heard yet")  # drawn by the new one: what the broker had in store is no sign of life
    expect(active(page).get_by_text("3 of 4 steps").first).to_be_visible()
    assert shown(page) == before
    factory.player.seek(10)
    expect(active(page).get_by_text("0 of 4 steps").first).to_be_visible()
    factory.player.resume()
    expect(finished(page).first).to_be_visible()
    factory.await_end()


def test_what_nobody_retains_a_restarted_dashboard_learns_with_the_next_message(factory: Stand) -> None:
    """As with the factory: what was published without the flag before it came, it cannot know."""
    factory.play(ReplayRequest(SAMPLE, end_s=62, speed=30, retain=False))
    factory.pause_at(45)
    restarted = Feed(Broker(factory.broker.host, factory.broker.port))
    restarted.start()
    try:
        await_that(lambda: restarted.snapshot().connected)
        assert restarted.snapshot().topics == {}
        factory.player.resume()
        factory.await_end()
        await_that(lambda: active_orders(restarted.snapshot()) == [])
        (order,) = completed_orders(restarted.snapshot()) or []
        assert (order.id[:8], order.state) == (STORAGE_ORDER, "FINISHED")
    finally:
        restarted.stop()


def test_without_the_broker_it_says_so_and_goes_on_by_itself(
    factory: Stand, broker: PrivateBroker, visitor: Visit, tmp_path: Path
) -> None:
    """What it shows then is marked as old; what the broker no longer has is forgotten when it is back."""
    page = visitor(factory.url)
    factory.play(ReplayRequest(SAMPLE, end_s=30, speed=30))
    factory.await_end()
    expect(active(page).first).to_be_visible()
    broker.stop()
    try:
        expect(page.get_by_text("No connection to the broker at localhost").first).to_be_visible()
        expect(active(page).first).to_be_visible()
        keep(page, "lost")
    finally:
        broker.start()
    expect(page.get_by_text("Waiting for the factory").first).to_be_visible()
    expect(page.get_by_text("No connection to the broker")).to_have_count(0)
    assert factory.client.await_connected(30)
