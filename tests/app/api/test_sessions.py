"""Sessions, their messages and their files over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from app.cli.session_shapes import info_json
from app.services import Services
from app.settings import Settings
from core.message import FROM_DUMP, LIVE, LIVE_RETAINED, NS_PER_SECOND, Message, Properties
from recorder.recorder import RecordingRequest
from store.catalog import Catalog
from store.metadata import Status, new_metadata
from store.part_files import parts_of
from store.parts import open_session
from store.split_writer import SplitLimits, SplitWriter
from store.writer import SessionWriter
from tests.app.api.serving import served

START_NS = 1_795_245_303_000_000_000
MESSAGES = [
    Message(
        f"factory/{'ab'[number % 2]}",
        (b"\xff%d" if number % 5 == 0 else b'{"n": %d}') % number,
        number % 3,
        (LIVE, LIVE_RETAINED, FROM_DUMP)[number % 3],
        START_NS + number * NS_PER_SECOND // 10,
        Properties(content_type="text/plain") if number % 7 == 0 else None,
    )
    for number in range(50)
]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    found = Services(Settings(sessions_folder=tmp_path / "sessions"))
    yield found
    found.close()


@pytest.fixture
def api(services: Services) -> Iterator[httpx.Client]:
    with served(services) as client:
        yield client


def written(services: Services, name: str, messages: list[Message] = MESSAGES, later_s: int = 0) -> str:
    """A finished session; returns its id."""
    begun = new_metadata(name, START_NS + later_s * NS_PER_SECOND, status=Status.IN_PROGRESS)
    writer = SessionWriter.create(services.folder, begun)
    writer.write(messages)
    writer.close(begun.with_changes(status=Status.COMPLETED, ended_ns=messages[-1].at_ns, ended_reason="Stopped."))
    return begun.id


def refused(answer: httpx.Response, status: int) -> str:
    """The sentence of a refusal."""
    assert answer.status_code == status, answer.text
    sentence = str(answer.json()["detail"])
    assert sentence[0].isupper() or sentence[0] == "'"
    assert sentence.endswith(".")
    return sentence


def test_all_sessions_are_listed_newest_first_as_the_command_line_prints_them(services: Services, api: httpx.Client):
    assert api.get("/sessions").json() == []
    older, newer = written(services, "Order 7"), written(services, "Order 8", later_s=60)
    (services.folder / "torn.db").write_bytes(b"no database")
    listed = api.get("/sessions").json()
    assert [one["id"] for one in listed if not one["problem"]] == [newer, older]
    assert [one["status"] for one in listed if one["problem"]] == ["unreadable"]
    for entry, one in zip(services.catalog.sessions(), listed, strict=True):
        assert one == {**info_json(entry), "recording": False}


def test_a_session_is_found_by_id_and_stem_and_never_by_a_path(services: Services, api: httpx.Client, tmp_path: Path):
    session = written(services, "Order 7")
    path = services.catalog.get(session).path
    assert api.get(f"/sessions/{session}").json() == api.get(f"/sessions/{path.stem}").json()
    secret = tmp_path / "secret.db"
    secret.write_bytes(path.read_bytes())
    for name in ("nothing", "Order", str(secret), "../secret", "../secret.db", "../../etc/passwd", "%00"):
        for more in ("", "/download/db", "/messages"):
            answer = api.get(f"/sessions/{quote(name, safe='')}{more}")
            assert answer.status_code == 404, (name, answer.text)


def test_what_is_said_about_a_session_can_be_changed(services: Services, api: httpx.Client):
    session = written(services, "Order 7")
    changed = api.patch(f"/sessions/{session}", json={"name": "White", "tags": ["a", "a"], "outcome": "not_ok"}).json()
    assert (changed["name"], changed["tags"], changed["outcome"]) == ("White", ["a"], "not_ok")
    assert changed == api.get(f"/sessions/{session}").json()
    assert "must not be empty" in refused(api.patch(f"/sessions/{session}", json={"name": " "}), 422)
    assert "'nam' is not known" in refused(api.patch(f"/sessions/{session}", json={"nam": "x"}), 422)
    assert "'outcome' should be" in refused(api.patch(f"/sessions/{session}", json={"outcome": "fine"}), 422)
    assert "no session 'nothing'" in refused(api.patch("/sessions/nothing", json={"name": "x"}), 404)


def test_a_session_is_deleted_but_for_one_that_is_being_recorded(services: Services, api: httpx.Client):
    session = written(services, "Order 7")
    assert api.delete(f"/sessions/{session}").status_code == 204
    assert api.get("/sessions").json() == []
    refused(api.delete(f"/sessions/{session}"), 404)
    running = services.start_recording(RecordingRequest(name="Order 8"), "mock").session_id
    assert "being recorded" in refused(api.delete(f"/sessions/{running}"), 409)
    assert "being recorded" in refused(api.patch(f"/sessions/{running}", json={"name": "x"}), 409)
    assert "being recorded" in refused(api.get(f"/sessions/{running}/download/db"), 409)
    assert api.get(f"/sessions/{running}").json()["recording"] is True
    assert api.get(f"/sessions/{running}/download/log").status_code == 200


def test_the_database_comes_as_it_lies_on_the_disk(services: Services, api: httpx.Client):
    session = written(services, "Order 7")
    path = services.catalog.get(session).path
    answer = api.get(f"/sessions/{session}/download/db")
    assert answer.content == path.read_bytes()
    assert answer.headers["content-disposition"] == f'attachment; filename="{path.name}"'
    assert "part 2" in refused(api.get(f"/sessions/{session}/download/db", params={"part": 2}), 404)


@pytest.mark.parametrize("kind", ["log", "csv", "parquet", "mcap"])
def test_what_is_downloaded_imports_again_without_a_loss(
    services: Services, api: httpx.Client, tmp_path: Path, kind: str
):
    session = written(services, "Order 7")
    answer = api.get(f"/sessions/{session}/download/{kind}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith(f'.{kind}"')
    (tmp_path / f"again.{kind}").write_bytes(answer.content)
    again = Catalog(tmp_path / "elsewhere").import_file(tmp_path / f"again.{kind}")
    with open_session(again.entry.path) as reader:
        assert list(reader.stream()) == MESSAGES


def test_the_report_is_one_page_with_its_times_in_the_zone_that_is_asked_for(services: Services, api: httpx.Client):
    address = f"/sessions/{written(services, 'Order <7>')}/download/html"
    answer = api.get(address, params={"timezone": "Europe/Berlin"})
    assert answer.headers["content-type"].startswith("text/html")
    assert "Order &lt;7&gt;" in answer.text
    assert "CET" in answer.text
    assert "Nowhere" in refused(api.get(address, params={"timezone": "Nowhere"}), 422)
    assert "should be 'db', 'log', 'csv'" in refused(api.get(address.replace("html", "docx")), 422)


def test_a_session_in_parts_comes_whole_or_part_by_part(services: Services, api: httpx.Client):
    begun = new_metadata("Order 7", START_NS, status=Status.IN_PROGRESS)
    writer = SplitWriter.create(services.folder, begun, SplitLimits(None, 2.0))
    for one in MESSAGES:
        writer.write([one])
    writer.close(begun.with_changes(status=Status.COMPLETED, ended_ns=MESSAGES[-1].at_ns, ended_reason="Stopped."))
    listed = api.get(f"/sessions/{begun.id}").json()
    assert listed["parts"] == 3
    lines = api.get(f"/sessions/{begun.id}/download/log").text.splitlines()
    assert sum("topic" in json.loads(line) for line in lines) == len(MESSAGES)
    for part, file in enumerate(parts_of(Path(listed["path"])), 1):
        assert api.get(f"/sessions/{begun.id}/download/db", params={"part": part}).content == file.read_bytes()
    assert "from 1 to 3" in refused(api.get(f"/sessions/{begun.id}/download/db", params={"part": 4}), 404)


def test_files_that_cannot_be_had_are_one_sentence(services: Services, api: httpx.Client):
    (services.folder / "torn.db").write_bytes(b"no database")
    assert "cannot be read" in refused(api.get("/sessions/torn/download/csv"), 409)
    session = written(services, "Order 7")
    path = services.catalog.get(session).path
    path.unlink()
    assert "repair" in refused(api.get(f"/sessions/{path.stem}/download/db"), 409)


@pytest.mark.parametrize("limit", [1, 7, 50, 51])
def test_messages_come_in_order_stretch_by_stretch_as_in_the_log(services: Services, api: httpx.Client, limit: int):
    session, found = written(services, "Order 7"), list[dict[str, object]]()
    after: int | None = 0
    while after is not None:
        answer = api.get(f"/sessions/{session}/messages", params={"after": after, "limit": limit}).json()
        assert 1 <= len(answer["messages"]) <= limit
        found += answer["messages"]
        after = answer["next"]
    lines = [json.loads(line) for line in api.get(f"/sessions/{session}/download/log").text.splitlines()]
    assert found == [line for line in lines if "topic" in line]


def test_messages_are_chosen_by_topic_and_an_answer_is_never_large(services: Services, api: httpx.Client):
    large = [one._replace(payload=b"x" * 3_000_000) for one in MESSAGES[:6]]
    address = f"/sessions/{written(services, 'Large', large)}/messages"
    answer = api.get(address).json()
    assert (len(answer["messages"]), answer["next"]) == (2, 2)
    chosen = api.get(f"/sessions/{written(services, 'Order 7')}/messages", params={"topic": "+/a", "limit": 100}).json()
    assert {one["topic"] for one in chosen["messages"]} == {"factory/a"}
    assert len(chosen["messages"]) == 25
    assert "topic filter" in refused(api.get(address, params={"exclude": "a/#/b"}), 422)
    assert "'limit' should be" in refused(api.get(address, params={"limit": 0}), 422)


def test_pages_of_other_sites_get_nothing(services: Services, api: httpx.Client):
    session = written(services, "Order 7")
    for path in ("", f"/{session}", f"/{session}/messages", f"/{session}/download/db"):
        refused(api.get(f"/sessions{path}", headers={"Host": "evil.example"}), 403)
        refused(api.get(f"/sessions{path}", headers={"Origin": "http://evil.example"}), 403)
