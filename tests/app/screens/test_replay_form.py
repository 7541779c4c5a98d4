"""The form of a replay: what is chosen is what is asked for, what is wrong is said where it was typed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.preflights import Preflights
from app.services import Services
from app.state import Key
from core.message import LIVE_RETAINED, NS_PER_SECOND
from mqtt.identity import Preflight
from replay import expression_time
from replay.barriers import EXAMPLES as BARRIERS
from replay.barriers import BarrierKind, parse_barrier
from replay.faults import EXAMPLES as FAULTS
from replay.faults import FaultKind, parse_fault
from replay.player import ReplayStatus
from replay.status import ReplayRequest, StateBefore, TimeShift
from store.events import Event, EventKind
from tests.app.screens.conftest import HOSTILE, START_NS, markdown, message, seen, works, write_session


@pytest.fixture
def asked(services: Services, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the services were asked to replay, instead of doing it."""
    found: list[dict[str, Any]] = []

    def start(request: ReplayRequest, environment: str, **options: Any) -> ReplayStatus:
        found.append({"request": request, "environment": environment, **options})
        return ReplayStatus()

    monkeypatch.setattr(services, "start_replay", start)
    return found


def start(app: AppTest, asked: list[dict[str, Any]]) -> ReplayRequest:
    works(app.button(Key.REPLAY_START).click().run())
    assert not app.error, app.error[0].value
    request = asked[-1]["request"]
    assert isinstance(request, ReplayRequest)
    return request


def rows(app: AppTest) -> list[tuple[object, ...]]:
    """Of the first table."""
    return [tuple(row) for row in app.dataframe[0].value.itertuples(index=False)]


def write_file(folder: Path, name: str, value: object) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(value), encoding="utf-8")


def test_whoever_touches_nothing_gets_the_session_as_it_was_recorded(show, services, session, asked):
    request = start(show("replay", session=session), asked)
    assert request == ReplayRequest(services.catalog.get(session).path)
    assert asked == [{"request": request, "environment": "replay", "prove": False, "confirmed": ""}]


def test_every_choice_is_asked_for(show, services, session, asked, tmp_path):
    more = write_session(services.folder, "Second", [message(1)])
    write_file(tmp_path / "preload", "a.json", {"topic": "a", "payload": "b"})
    app = works(show("replay", session=session))
    app.segmented_control(Key.REPLAY_SPEED).set_value("10x")
    for key, number in (("FROM", 2.0), ("TO", 50.0), ("LOOP", 3), ("LOOP_PAUSE", 1.5), ("MAX_GAP", 4.0), ("SEED", 7)):
        app.number_input(Key[f"REPLAY_{key}"]).set_value(number)
    app.text_area(Key.REPLAY_INCLUDE).set_value("ccu/#\n\n module/# ")
    app.text_area(Key.REPLAY_EXCLUDE).set_value("osf/#")
    app.text_area(Key.REPLAY_REMAP).set_value("ccu/#=test/#")
    app.text_input(Key.REPLAY_PREFIX).set_value("copy")
    app.segmented_control(Key.REPLAY_QOS).set_value("2")
    app.segmented_control(Key.REPLAY_RETAIN).set_value("never")
    app.multiselect(Key.REPLAY_MORE).set_value([more])
    app.segmented_control(Key.REPLAY_MERGED).set_value("at the same time")
    app.text_area(Key.REPLAY_BARRIERS).set_value("at 12.5 until quiet 2")
    app.text_area(Key.REPLAY_FAULTS).set_value("drop 1% of ccu/#")
    app.segmented_control(Key.REPLAY_SHIFT).set_value("move with each message")
    works(app.segmented_control(Key.REPLAY_STATE).set_value("folder").run())
    app.text_area(Key.REPLAY_SHIFT_FIELDS).set_value("ts\n*At")
    app.text_input(Key.REPLAY_FOLDER).set_value(str(tmp_path / "preload"))
    for key in (Key.REPLAY_CLEAR, Key.REPLAY_PAUSED, Key.REPLAY_PROVE):
        app.checkbox(key).check()
    assert start(app, asked) == ReplayRequest(
        services.catalog.get(session).path,
        more=(services.catalog.get(more).path,),
        merged=True,
        speed=10.0,
        include=("ccu/#", "module/#"),
        exclude=("osf/#",),
        start_s=2.0,
        end_s=50.0,
        loop=3,
        loop_pause_s=1.5,
        max_gap_s=4.0,
        qos=2,
        retain=False,
        remap=("ccu/#=test/#",),
        prefix="copy",
        shift=TimeShift.MESSAGE,
        shift_fields=("ts", "*At"),
        state=StateBefore.FOLDER,
        preload_folder=tmp_path / "preload",
        clear_retained=True,
        barriers=(parse_barrier("at 12.5 until quiet 2"),),
        faults=(parse_fault("drop 1% of ccu/#"),),
        seed=7,
        paused=True,
    )
    assert asked[-1]["prove"] is True


def test_all_messages_can_be_given_the_retain_flag(show, session, asked):
    app = works(show("replay", session=session))
    works(app.segmented_control(Key.REPLAY_RETAIN).set_value("always").run())
    assert "QoS as recorded, always retained" in seen(app)
    assert start(app, asked).retain is True


def test_one_click_leads_back_to_the_usual(show, services, session, asked):
    app = works(show("replay", session=session))
    assert Key.REPLAY_DEFAULTS not in {button.key for button in app.button}
    app.segmented_control(Key.REPLAY_SPEED).set_value("max")
    app.checkbox(Key.REPLAY_FOR_EVER).check()
    works(app.text_area(Key.REPLAY_FAULTS).set_value("drop").run())
    works(app.button(Key.REPLAY_DEFAULTS).click().run())
    assert start(app, asked) == ReplayRequest(services.catalog.get(session).path)


def test_any_speed_and_no_end(show, session, asked):
    app = works(show("replay", session=session))
    works(app.segmented_control(Key.REPLAY_SPEED).set_value("other").run())
    app.number_input(Key.REPLAY_OTHER_SPEED).set_value(3.5)
    works(app.checkbox(Key.REPLAY_FOR_EVER).check().run())
    assert app.number_input(Key.REPLAY_LOOP).disabled
    assert "All 60 messages · 59 s of the session · 17 s at 3.5x · for ever" in seen(app)
    request = start(app, asked)
    assert (request.speed, request.loop) == (3.5, None)


def test_what_remains_is_counted_in_the_chosen_range_and_topics(show, session):
    app = works(show("replay", session=session))
    app.number_input(Key.REPLAY_FROM).set_value(30.0)
    works(app.text_area(Key.REPLAY_INCLUDE).set_value("ccu/#").run())
    assert "10 of 60 messages · 27 s of the session" in seen(app)
    works(app.text_area(Key.REPLAY_INCLUDE).set_value("nobody/#").run())
    assert "No message of this session lies in this part and on these topics" in seen(app)
    assert "after the end" not in seen(app)
    works(app.number_input(Key.REPLAY_TO).set_value(100.0).run())
    assert "UTC, after the end of the session (0:59.0)" in seen(app)


def test_a_part_belongs_to_its_session_and_stays_while_that_one_is_chosen(show, services, session):
    other = write_session(services.folder, "Another", [message(1)])
    app = works(show("replay", session=session))
    app.number_input(Key.REPLAY_FROM).set_value(30.0)
    works(app.number_input(Key.REPLAY_TO).set_value(50.0).run())
    works(app.run())
    assert [app.number_input(key).value for key in (Key.REPLAY_FROM, Key.REPLAY_TO)] == [30.0, 50.0]
    works(app.selectbox(Key.SESSION).set_value(other).run())
    assert [app.number_input(key).value for key in (Key.REPLAY_FROM, Key.REPLAY_TO)] == [None, None]


def test_a_position_is_taken_from_a_mark_and_shown_as_a_time(show, recording, asked):
    recording.write([message(2, at_s=40.0)])
    recording.add_event(Event(START_NS + 12 * NS_PER_SECOND + NS_PER_SECOND // 2, EventKind.MARK, "**jam**"))
    app = works(show("replay", session=recording.metadata.id))
    works(app.selectbox(Key.REPLAY_FROM_MARK).select_index(0).run())
    assert app.number_input(Key.REPLAY_FROM).value == 12.5
    assert "From 2026-11-21 07:15:15.500 UTC (**jam**)" in seen(app)
    assert "**jam**" not in markdown(app)
    assert app.selectbox(Key.REPLAY_FROM_MARK).value is None
    assert start(app, asked).start_s == 12.5


def test_new_names_are_shown_before_anything_is_published(show, session):
    app = works(show("replay", session=session))
    app.text_area(Key.REPLAY_REMAP).set_value(r"ccu/#=test/#")
    works(app.text_input(Key.REPLAY_PREFIX).set_value("copy").run())
    assert rows(app)[0] == ("ccu/order/active", "copy/test/order/active")
    assert "All 3 topics are renamed" in seen(app)
    works(app.text_input(Key.REPLAY_PREFIX).set_value("").run())
    assert "1 of 3 topics is renamed, the others keep their names" in seen(app)
    works(app.text_area(Key.REPLAY_REMAP).set_value("nobody/#=test/#").run())
    assert "No topic is renamed: no rule fits any of the 3 topics." in seen(app)
    works(app.text_area(Key.REPLAY_REMAP).set_value("+/#=one").run())
    assert "'+/#' and 'one' must have the same wildcards" in seen(app)
    assert not app.dataframe


def test_an_expression_that_takes_too_long_is_said_and_not_tried_on_the_page(show, session, monkeypatch):
    monkeypatch.setattr(expression_time, "LIMIT_S", 0.05)
    app = works(show("replay", session=session))
    works(app.text_area(Key.REPLAY_REMAP).set_value("re:^((.*)*)*!$=x").run())
    assert "The topic rule 're:^((.*)*)*!$=x' takes too long for the topic 'ccu/order/active'" in seen(app)
    assert not app.dataframe


def test_topics_that_become_one_are_pointed_out(show, session):
    app = works(show("replay", session=session))
    works(app.text_area(Key.REPLAY_REMAP).set_value("re:^.*$=one").run())
    assert "Several topics become one" in seen(app)


def test_times_are_shown_before_and_after(show, services, asked):
    payload = b'{"ts": "2026-11-21T07:15:03.000Z", "n": 1}'
    some = write_session(services.folder, "Times", [message(1, payload=payload), message(2, payload=payload, at_s=9)])
    app = works(show("replay", session=some))
    works(app.segmented_control(Key.REPLAY_SHIFT).set_value("move with the start").run())
    [(field, before, after, topic)] = rows(app)
    assert (field, before, topic) == ("ts", "2026-11-21T07:15:03.000Z", "ccu/order/active")
    assert str(after).endswith(".000Z")
    assert after != before
    works(app.text_area(Key.REPLAY_SHIFT_FIELDS).set_value("n").run())
    assert "No time was found" in seen(app)
    assert start(app, asked).shift is TimeShift.RUN


def test_a_folder_is_listed_and_what_is_wrong_with_it_said(show, session, asked, tmp_path):
    app = works(show("replay", session=session))
    works(app.segmented_control(Key.REPLAY_STATE).set_value("folder").run())
    works(app.button(Key.REPLAY_START).click().run())
    assert "No folder of messages is given" in seen(app)
    works(app.text_input(Key.REPLAY_FOLDER).set_value(str(tmp_path / "none")).run())
    assert "none cannot be read: No such file or directory. Choose another folder." in seen(app)
    write_file(tmp_path / "preload", "one.json", {"topic": "a/b", "payload": {}, "qos": 2, "retain": True})
    works(app.text_input(Key.REPLAY_FOLDER).set_value(str(tmp_path / "preload")).run())
    assert rows(app) == [("one.json", "a/b", 2, "yes")]
    assert start(app, asked).preload_folder == tmp_path / "preload"


@pytest.mark.parametrize(
    ("examples", "field", "kind", "text"),
    [
        (Key.REPLAY_BARRIER_EXAMPLE, Key.REPLAY_BARRIERS, 1, BARRIERS[BarrierKind.QUIET]),
        (Key.REPLAY_FAULT_EXAMPLE, Key.REPLAY_FAULTS, 0, FAULTS[FaultKind.DROP]),
    ],
)
def test_an_example_becomes_a_line(show, session, examples, field, kind, text):
    app = works(show("replay", session=session))
    works(app.text_area(field).set_value("nonsense").run())
    assert "'nonsense' cannot be used" in seen(app)
    works(app.selectbox(examples).select_index(kind).run())
    assert app.text_area(field).value == f"nonsense\n{text}"
    works(app.button(Key.REPLAY_START).click().run())
    assert "'nonsense' cannot be used" in app.error[0].value.replace("\\", "")


def test_the_choices_survive_another_page(show, session, asked):
    app = works(show("replay", session=session))
    app.number_input(Key.REPLAY_LOOP).set_value(4)
    works(app.segmented_control(Key.REPLAY_SPEED).set_value("other").run())
    app.number_input(Key.REPLAY_OTHER_SPEED).set_value(3.5)
    works(app.text_area(Key.REPLAY_REMAP).set_value("a/#=b/#").run())
    works(app.switch_page("screens/sessions.py").run())
    works(app.switch_page("screens/replay.py").run())
    request = start(app, asked)
    assert (request.loop, request.speed, request.remap) == (4, 3.5, ("a/#=b/#",))


def test_a_session_that_was_deleted_is_no_choice_any_more(show, services, session, asked):
    gone = write_session(services.folder, "Gone", [message(1)])
    app = works(show("replay", session=session))
    works(app.multiselect(Key.REPLAY_MORE).set_value([gone]).run())
    services.catalog.delete(gone)
    works(app.run())
    assert start(app, asked).more == ()


def test_a_live_broker_is_confirmed_by_its_address_each_time(show, services, session, asked):
    app = works(show("replay", session=session))
    works(app.sidebar.segmented_control(Key.ENVIRONMENT).set_value("live").run())
    address = services.environments.get("live").display_url
    assert address in seen(app)
    works(app.text_input(Key.REPLAY_CONFIRM).set_value("mqtt://elsewhere").run())
    assert app.button(Key.REPLAY_START).disabled
    assert "This is not the address" in seen(app)
    works(app.text_input(Key.REPLAY_CONFIRM).set_value(f" {address} ").run())
    start(app, asked)
    assert (asked[0]["environment"], asked[0]["confirmed"]) == ("live", address)
    assert app.button(Key.REPLAY_START).disabled


def test_what_the_broker_is_called_comes_by_itself(show, services, session, broker):
    place = replace(services.environments.get("replay"), url=broker)
    services.environments.replace(place)
    assert services.client("replay").await_connected(10)
    app = works(show("replay", session=session))
    assert "Looking which broker this is" in seen(app) or "mosquitto" in seen(app)
    assert services.preflights.wait(10)
    found = services.preflights.of(place)
    assert isinstance(found, Preflight)
    assert found.broker.removesuffix(".") in seen(works(app.run()))  # it may go on with its age


def test_two_brokers_that_could_be_confused_are_pointed_out(show, services, session, broker, monkeypatch):
    services.environments.replace(replace(services.environments.get("replay"), url=broker))
    assert services.client("replay").await_connected(10)
    found = Preflight("This is **it**.", ("Two brokers run on this machine: **here**.",))
    monkeypatch.setattr(services, "preflights", Preflights(services.clock, lambda _: found))
    app = works(show("replay", session=session))
    assert services.preflights.wait(10)
    works(app.run())
    assert "Two brokers run on this machine: **here**." in seen(app)
    assert "This is **it**." in seen(app)
    assert "**it**" not in markdown(app)
    assert not app.button(Key.REPLAY_START).disabled


def test_a_single_message_is_picked_changed_and_sent(show, services, session, broker, topic, tmp_path):
    services.environments.replace(replace(services.environments.get("replay"), url=broker))
    client = services.client("replay")
    assert client.await_connected(10)
    write_file(tmp_path / "preload", "one.json", {"topic": topic, "payload": {"n": 1}, "retain": True})
    app = works(show("replay", session=session))
    works(app.text_input(Key.REPLAY_FOLDER).set_value(str(tmp_path / "preload")).run())
    payload = next(one for one in app.text_area if one.label == "Payload")
    assert payload.value == '{\n  "n": 1\n}'
    works(payload.set_value('{"n": 2}').run())
    works(app.button(Key.REPLAY_TEST_SEND).click().run())
    assert "The broker of replay has confirmed it." in app.success[0].value.replace("\\", "")
    [stored] = client.fetch_retained([topic])
    assert (stored.payload, stored.qos) == (b'{"n": 2}', 1)
    client.publish_batch([stored._replace(payload=b"", retain=LIVE_RETAINED)]).wait(10)


def test_single_messages_go_only_where_publishing_is_allowed(show, session, tmp_path):
    write_file(tmp_path, "one.json", {"topic": "a", "payload": "not { JSON"})
    app = works(show("replay", session=session))
    works(app.text_input(Key.REPLAY_FOLDER).set_value(str(tmp_path)).run())
    assert not app.button(Key.REPLAY_TEST_SEND).disabled
    works(app.sidebar.segmented_control(Key.ENVIRONMENT).set_value("live").run())
    assert app.button(Key.REPLAY_TEST_SEND).disabled


def test_single_messages_are_sent_while_a_replay_plays_too(show, services, session, broker, topic, tmp_path):
    services.environments.replace(replace(services.environments.get("replay"), url=broker))
    assert services.client("replay").await_connected(10)
    path = services.catalog.get(session).path
    services.start_replay(ReplayRequest(path, prefix=topic, paused=True, retain=False), "replay")
    write_file(tmp_path / "preload", "one.json", {"topic": f"{topic}/ready", "payload": "yes"})
    app = works(show("replay"))
    works(app.text_input(Key.REPLAY_FOLDER).set_value(str(tmp_path / "preload")).run())
    works(app.button(Key.REPLAY_TEST_SEND).click().run())
    assert "The broker of replay has confirmed it." in app.success[0].value.replace("\\", "")
    assert services.player.status().published == 0


def test_markup_in_topics_marks_and_files_is_shown_as_text(show, services, hostile_session, tmp_path):
    for number, text in enumerate(HOSTILE):
        write_file(tmp_path, f"{number}.json", {"topic": text.replace("#", "-").replace("+", "-"), "payload": text})
    app = works(show("replay", session=hostile_session))
    app.text_input(Key.REPLAY_PREFIX).set_value(HOSTILE[0])
    app.text_area(Key.REPLAY_BARRIERS).set_value("\n".join(HOSTILE))
    works(app.text_input(Key.REPLAY_FOLDER).set_value(str(tmp_path)).run())
    assert not [text for text in HOSTILE if text in markdown(app)]
