"""A stretch, a case or a redacted copy becomes a session of its own, from the page."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from app.services import Services
from app.state import Key
from app.widgets.cutting import CASE
from store.catalog import SessionEntry
from store.parts import open_session
from tests.analysis.sessions import message as sent
from tests.app.screens.conftest import Show, message, seen, works, write_session
from tests.aps.orders import ORDER, PIECE, completed, order, request, response, step


def payloads(services: Services, name: str) -> list[bytes]:
    entry = next(entry for entry in services.catalog.sessions() if name in entry.name)
    with open_session(entry.path) as reader:
        return [one.payload for one in reader.stream()]


def cut_here(show: Show, services: Services, **address: str) -> AppTest:
    cases = [
        message(number, payload=b'{"orderId":"order-%04d"}' % (number // 2), at_s=float(number)) for number in range(8)
    ]
    session = write_session(services.folder, "Some", cases)
    return works(show("analyse", session=session, **address))


def test_what_is_in_view_becomes_a_session(show, services):
    app = cut_here(show, services, start="2", end="4")
    app.checkbox(Key.CUT_STATE).uncheck()
    works(app.button(Key.CUT_START).click().run())
    assert "2 messages: the cut is in the sessions folder" in seen(app)
    assert payloads(services, "Some (+0:02.000 to +0:04.000)") == [b'{"orderId":"order-0001"}'] * 2
    works(app.button(Key.CUT_START).click().run())
    assert "was in the sessions folder already" in seen(app)
    cut = next(entry for entry in services.catalog.sessions() if "+0:02.000" in entry.name)
    assert "left out on purpose" in seen(works(show("analyse", session=cut.id, tab="Quality")))


def test_without_a_choice_the_page_says_what_to_do(show, services):
    app = cut_here(show, services)
    assert "Choose a stretch above first" in seen(app)
    assert not [button for button in app.button if button.key == Key.CUT_START]


def test_an_id_becomes_a_session_and_one_that_is_not_there_is_said(show, services):
    app = cut_here(show, services)
    works(app.segmented_control(Key.CUT_WHAT).set_value(CASE).run())
    works(app.text_input(Key.CUT_ID).set_value("order-0003").run())
    works(app.button(Key.CUT_START).click().run())
    assert len(payloads(services, "Some (id order-0003)")) >= 2
    works(app.text_input(Key.CUT_ID).set_value("order-9").run())
    works(app.button(Key.CUT_START).click().run())
    assert "No message of 'Some' belongs to id order-9" in seen(app)


def test_the_ids_that_are_there_are_offered(show, services):
    """Orders of the factory come first, by what they are; then what else messages share."""
    first = order(step("START>DPS"), workpieceId=PIECE)
    done = order(step("START>DPS", "FINISHED", 1, 2), workpieceId=PIECE, state="FINISHED")
    other = [sent(f"dev/{number}", 5 + number, b'{"deviceId": "pump-0042"}') for number in range(2)]
    session = write_session(services.folder, "Factory", [request(first), response(first, 0.1), completed(done), *other])
    app = works(show("analyse", session=session))
    app.session_state[Key.CUT_OPEN] = True
    works(app.segmented_control(Key.CUT_WHAT).set_value(CASE).run())
    found = app.selectbox(f"{Key.CUT_FOUND}-{session}")
    assert (found.value, found.options[0]) == (None, f"Order 1 STORAGE RED · {ORDER}")
    assert f"Workpiece of order 1 STORAGE RED · {PIECE}" in found.options
    assert "deviceId pump-0042 · 2 messages" in found.options
    works(found.select("deviceId pump-0042 · 2 messages").run())
    app.checkbox(Key.CUT_STATE).uncheck()
    works(app.button(Key.CUT_START).click().run())
    assert payloads(services, "Factory (id pump-0042)") == [b'{"deviceId": "pump-0042"}'] * 2


def test_a_copy_without_what_is_hidden(show, services):
    app = cut_here(show, services)
    works(app.text_area(Key.CUT_FIELDS).set_value("orderId").run())
    works(app.button(Key.REDACT_START).click().run())
    assert "The copy is in the sessions folder: 8 messages changed" in seen(app)
    both = [one for entry in services.catalog.sessions() for one in _payloads(entry)]
    assert both.count(b'{"orderId":"orderId-1"}') == 2


def _payloads(entry: SessionEntry) -> list[bytes]:
    with open_session(entry.path) as reader:
        return [one.payload for one in reader.stream()]
