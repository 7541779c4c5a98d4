"""The Replay page after a replay: the report, and what can be done with it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.services import Services
from app.state import Key
from app.widgets.replay_report import as_json
from replay.barriers import parse_barrier
from replay.faults import parse_fault
from replay.player import ReplayRequest
from tests import builders
from tests.app.screens.conftest import HOSTILE, Show, keys, markdown, seen, works


@pytest.fixture
def stage(services: Services) -> Services:
    """With a broker of its own, and nobody else on it."""
    services.client("mock")
    services.mock.stop()
    return services


def replay(services: Services, *, prove: bool = False, name: str = "mock", **options: Any) -> None:
    """Of five messages, played to the end."""
    path = builders.session(services.folder, builders.messages(5))
    services.start_replay(ReplayRequest(path, **{"speed": None, **options}), name, prove=prove)
    assert services.player.wait(30)


def metric(app: AppTest, label: str) -> str:
    return next(str(one.value) for one in app.metric if one.label == label)


def test_a_proved_replay_has_a_certificate(show: Show, stage: Services):
    replay(stage, prove=True)
    app = works(show("replay"))
    assert "Certificate of delivery" in seen(app)
    assert "received all 5 messages exactly as they were published" in seen(app)
    assert [metric(app, label) for label in ("Expected", "Delivered", "Missing", "Foreign")] == ["5", "5", "0", "0"]


def test_without_a_proof_there_is_none(show: Show, stage: Services):
    replay(stage)
    assert "Certificate" not in seen(works(show("replay")))


def test_the_verdict_and_what_was_done_are_said(show: Show, stage: Services):
    replay(stage, faults=(parse_fault("drop 100% of a/c"),), remap=("a/#=test/#",), start_s=0.05)
    app = works(show("replay"))
    assert "Not faithful: Faults on purpose: 2 x drop." in seen(app)
    assert "Topics are renamed by the rule a/#=test/#." in seen(app)
    assert "Before the first message: 1 message, the last one of every topic before the start." in seen(app)


def test_how_late_messages_were_is_a_figure_where_they_were_due(show: Show, stage: Services):
    replay(stage, speed=100.0)
    assert "How late the messages left" in seen(works(show("replay")))
    replay(stage)
    assert "How late the messages left" not in seen(works(show("replay")))


def test_one_that_failed_says_why_in_red(show: Show, stage: Services):
    replay(stage, barriers=(parse_barrier("at 0.2 until message nobody/there within 0.1"),))
    app = works(show("replay"))
    assert "Failed: The barrier" in seen(app)
    assert len(app.error) == 1


def test_it_is_replayed_again_with_the_same_settings(show: Show, stage: Services):
    replay(stage, exclude=("a/c",))
    first = stage.player.status().run_id
    app = works(show("replay"))
    works(app.button(Key.REPLAY_AGAIN).click().run())
    assert stage.player.wait(30)
    report = stage.player.report()
    assert report is not None
    assert report.run_id != first
    assert report.confirmed == 3


def test_what_was_confirmed_by_hand_is_not_replayed_again_with_one_click(show: Show, stage: Services):
    address = stage.environments.get("live").display_url
    path = builders.session(stage.folder, builders.messages(5))
    stage.start_replay(ReplayRequest(path, paused=True), "live", confirmed=address)
    stage.player.stop()
    app = works(show("replay"))
    assert Key.REPLAY_FORGET in keys(app)
    assert Key.REPLAY_AGAIN not in keys(app)


def test_the_report_is_closed(show: Show, stage: Services):
    replay(stage)
    app = works(show("replay"))
    works(app.button(Key.REPLAY_FORGET).click().run())
    assert "Last replay" not in seen(app)


def test_closing_the_report_does_not_touch_a_replay_that_has_begun_meanwhile(show: Show, stage: Services):
    replay(stage)
    app = works(show("replay"))
    path = builders.session(stage.folder, builders.messages(3, step_s=60.0))
    stage.start_replay(ReplayRequest(path, start_s=30.0), "mock")
    works(app.button(Key.REPLAY_FORGET).click().run())
    assert stage.player.status().active
    assert stage.player.status().state == "playing"


def test_the_report_can_be_downloaded(show: Show, stage: Services):
    replay(stage, prove=True)
    app = works(show("replay"))
    report = stage.player.report()
    assert report is not None
    assert app.get("download_button")[0].proto.label == "Report as JSON"
    file = json.loads(as_json(report))
    assert (file["run_id"], file["speed"], file["proof"]["delivered"]) == (report.run_id, "max", 5)


def test_markup_in_a_report_is_shown_as_text(show: Show, stage: Services):
    content = [builders.message(f"a/{text}", offset_s=float(n)) for n, text in enumerate(HOSTILE)]
    path = builders.session(stage.folder, content, name="**x** <b>x</b>")
    request = ReplayRequest(
        path,
        (path,),
        speed=None,
        remap=("a/**x**/#=b/`x`/#",),
        barriers=(parse_barrier("after a/<b>x</b> until quiet 0.01 of :red[x]"),),
    )
    stage.start_replay(request, "mock", prove=True)
    assert stage.player.wait(30)
    app = works(show("replay"))
    assert "Last replay" in markdown(app)
    assert "until quiet" in seen(app)
    assert not [text for text in HOSTILE if text in markdown(app)]
