"""The ring over HTTP."""

from __future__ import annotations

from app.services import Services
from store.reader import SessionReader
from tests.app.api.test_recordings import Post, post, services
from tests.fakes import eventually

__all__ = ["post", "services"]


def test_what_has_happened_becomes_a_session(services: Services, post: Post):
    started = post("/ring/start", params={"environment": "mock"})
    assert (started.status_code, started.json()["active"], started.json()["keep_s"]) == (200, True, 600.0)
    eventually(lambda: services.rings.status("mock").messages > 0, "the factory's first message", 60)
    assert post("/ring/save", json={"name": "Strange"}, params={"environment": "mock"}).status_code == 200
    eventually(lambda: services.rings.status("mock").saved, "the session", 60)
    (saved,) = services.rings.status("mock").saved
    with SessionReader.open(services.folder / f"{saved.stem}.db") as reader:
        assert reader.metadata.name == "Strange"
        assert reader.summary().messages > 0
    stopped = post("/ring/stop", params={"environment": "mock"})
    assert (stopped.status_code, stopped.json()["active"]) == (200, False)


def test_without_a_ring_it_is_a_conflict_with_a_sentence(post: Post):
    answer = post("/ring/save", params={"environment": "replay"})
    assert (answer.status_code, answer.json()["detail"]) == (409, "There is no ring on 'replay': start it first.")


def test_an_unknown_environment_is_named(post: Post):
    answer = post("/ring/start", params={"environment": "nowhere"})
    assert answer.status_code == 422
    assert "nowhere" in answer.json()["detail"]


def test_a_page_of_another_site_cannot_start_it(services: Services, post: Post):
    assert post("/ring/start", headers={"origin": "http://evil.example"}).status_code == 403
    assert services.rings.active() == []
