"""The API behind a real port."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from app.api.application import create_api
from app.services import Services
from tests.ports import free_port

PATIENCE = 30.0


class _Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = threading.Event()

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        self.listens.set()


@contextmanager
def served(services: Services) -> Iterator[httpx.Client]:
    """A client of the running API."""
    port = free_port()
    server = _Server(uvicorn.Config(create_api(lambda: services), port=port, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, name="test-api", daemon=True)
    thread.start()
    try:
        assert server.listens.wait(PATIENCE)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
