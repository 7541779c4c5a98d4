"""A cut holds its case, whole and nothing else, and is the same each time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.cut import PROVENANCE, find_cut
from analysis.cut_selection import CutRequest, select
from core.errors import UsageError
from core.message import FROM_DUMP, Message
from store.copying import copy_as
from store.events import Event, EventKind
from store.parts import open_session
from store.verify import verify
from tests.analysis.sessions import SECOND, START_NS, message, session, write_session

ORDER, STEP, PIECE, OTHER = "order-0001", "step-00001", "piece-0001", "order-0002"


def said(at_s: float, topic: str = "a", **fields: object) -> Message:
    return message(topic, at_s, json.dumps(fields).encode())


CASE = [
    said(0, "light", colour="red"),
    said(1, orderId=OTHER, state="NEW"),
    said(2, "light", colour="green"),
    said(3, orderId=ORDER, steps=[{"id": STEP}]),
    said(4, "b", action={"id": STEP, "result": PIECE}, n=1),
    said(5, "light", colour="blue"),
    said(6, "c", list=[{"orderId": OTHER}, {"orderId": ORDER, "workpieceId": PIECE}]),
    said(7, "d", loads=[{"loadId": PIECE}]),
    said(8, orderId=OTHER, state="DONE"),
]


def chosen(request: CutRequest, messages: list[Message]) -> list[float]:
    """When the messages of the case came, in seconds."""
    with session(messages) as reader:
        return [(messages[one - 1].at_ns - START_NS) / SECOND for one in select(reader, request).messages]


def test_an_id_leads_to_all_that_share_its_ids_but_not_along_a_list() -> None:
    assert chosen(CutRequest((ORDER,)), CASE) == [3, 4, 6, 7]


def test_what_is_listed_while_others_work_belongs_to_none_of_them() -> None:
    """A store lists all workpieces in each of its states, whatever order it works for."""
    stored = [{"loadId": PIECE}, {"loadId": "piece-0002"}]
    messages = [
        said(0, orderId=ORDER, workpieceId=PIECE),
        said(1, "store", orderId=ORDER, loads=stored),
        said(2, "store", orderId=OTHER, loads=stored),
        said(3, orderId=OTHER, workpieceId="piece-0002"),
    ]
    assert chosen(CutRequest((ORDER,)), messages) == [0, 1, 2]


def test_ids_are_followed_as_often_as_asked() -> None:
    assert chosen(CutRequest((ORDER,), rounds=1), CASE) == [3, 6]
    assert chosen(CutRequest((STEP,), rounds=1), CASE) == [3, 4]


def test_topics_are_added_for_as_long_as_the_case_lasts() -> None:
    assert chosen(CutRequest((ORDER,), topics=("light",)), CASE) == [3, 4, 5, 6, 7]


def test_a_stretch_holds_its_start_and_not_its_end() -> None:
    stretch = CutRequest(start_ns=START_NS + 2 * SECOND, end_ns=START_NS + 5 * SECOND)
    assert chosen(stretch, CASE) == [2, 3, 4]
    assert chosen(CutRequest(start_ns=stretch.start_ns, topics=("light",)), CASE) == [2, 5]


def test_what_a_topic_names_leads_nowhere() -> None:
    """A serial number is in all that a module says: it would make one case of everything."""
    serial = "SVR4H76449"
    messages = [
        said(0, f"module/{serial}/order", orderId=ORDER, serialId=serial, edgeId=f"1-{serial}"),
        said(1, f"module/{serial}/state", orderId=OTHER, serialId=serial, edgeId=f"1-{serial}"),
    ]
    assert chosen(CutRequest((ORDER,)), messages) == [0]
    assert chosen(CutRequest((serial,)), messages) == [0, 1]


@pytest.mark.parametrize("payload", [b"\xff order-0001", b'{"orderId": "order-0001', b"[" * 5_000, b"order-00012", b""])
def test_what_only_looks_like_it_does_not_belong(payload: bytes) -> None:
    assert chosen(CutRequest((ORDER,)), [message(payload=payload), said(1, orderId=ORDER)]) == [1]


def test_ids_beyond_ascii_are_found_in_both_forms() -> None:
    plain = message(at_s=1, payload='{"id":"größe-1"}'.encode())
    assert chosen(CutRequest(("größe-1",)), [said(0, id="größe-1"), plain]) == [0, 1]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12), st.integers(0, 5))
def test_the_case_is_what_can_be_reached(links: list[tuple[int, int]], start: int) -> None:
    """Each message names two ids: the case is the connected part of the graph that they make."""
    messages = [said(at, firstId=f"identity-{a}", secondId=f"identity-{b}") for at, (a, b) in enumerate(links)]
    reached = {start}
    for _ in links:
        reached |= {one for link in links if reached & set(link) for one in link}
    expected = [at for at, link in enumerate(links) if reached & set(link)]
    assert chosen(CutRequest((f"identity-{start}",)), messages) == expected


@pytest.mark.parametrize(
    "request_",
    [
        CutRequest(),
        CutRequest(start_ns=2, end_ns=2),
        CutRequest((ORDER,), topics=("a/#/b",)),
        CutRequest((ORDER,), rounds=0),
    ],
)
def test_what_makes_no_sense_is_refused(request_: CutRequest) -> None:
    with session(CASE) as reader, pytest.raises(UsageError):
        select(reader, request_)


def test_a_cut_begins_with_the_state_before_it_and_knows_where_it_comes_from(tmp_path: Path) -> None:
    marks = [Event(START_NS + second * SECOND, EventKind.MARK, str(second)) for second in (2, 4)]
    source = write_session(tmp_path, CASE, marks)
    with open_session(source) as reader:
        cut = find_cut(reader, CutRequest((ORDER,)), "order 1")
        copy_as(cut, tmp_path / "cut.db")
        origin = reader.metadata
    with open_session(tmp_path / "cut.db") as reader:
        found = list(reader.stream())
        metadata = reader.metadata
        assert [event.text for event in reader.events()] == ["4"]
    start_ns = START_NS + 3 * SECOND
    state = [one._replace(retain=FROM_DUMP, at_ns=start_ns) for one in (CASE[1], CASE[2])]
    assert found == [*state, *(CASE[at] for at in (3, 4, 6, 7))]
    assert (metadata.started_ns, metadata.ended_ns, metadata.source) == (start_ns, START_NS + 7 * SECOND, "Line 1")
    assert metadata.name == f"{origin.name} (order 1)"
    provenance = metadata.extra[PROVENANCE]
    assert (provenance["session"], provenance["ids"]) == (origin.id, sorted((ORDER, STEP, PIECE)))
    assert verify(tmp_path / "cut.db").problems == []


def test_the_same_cut_twice_has_the_same_bytes(tmp_path: Path) -> None:
    source = write_session(tmp_path, CASE)
    for name in ("one", "two"):
        with open_session(source) as reader:
            copy_as(find_cut(reader, CutRequest((ORDER,)), "order 1"), tmp_path / name / "cut.db")
    for suffix in (".db", ".log"):
        first, second = ((tmp_path / name / f"cut{suffix}").read_bytes() for name in ("one", "two"))
        assert first == second


def test_a_cut_of_a_cut_still_says_where_the_first_one_comes_from(tmp_path: Path) -> None:
    with session(CASE) as reader:
        origin = reader.metadata.id
        copy_as(find_cut(reader, CutRequest((ORDER,)), "order 1"), tmp_path / "cut.db")
    with open_session(tmp_path / "cut.db") as reader:
        provenance = find_cut(reader, CutRequest((STEP,), rounds=1), "step 1").metadata(None, None).extra[PROVENANCE]
    assert (provenance["request"]["ids"], provenance[PROVENANCE]["session"]) == ((STEP,), origin)


def test_a_case_that_is_not_there_is_said(tmp_path: Path) -> None:
    with session(CASE) as reader, pytest.raises(UsageError, match="No message of 'A session' belongs to id x"):
        find_cut(reader, CutRequest(("nothing-1",)), "id x")


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "cut.log").write_text("mine")
    with session(CASE) as reader, pytest.raises(UsageError, match=r"cut\.log is there already"):
        copy_as(find_cut(reader, CutRequest((ORDER,)), "order 1"), tmp_path / "cut.db")
    assert [one.name for one in tmp_path.iterdir()] == ["cut.log"]
