"""The HTTP interface: one FastAPI application that is mounted under /api beside the pages."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from app.api.downloads import downloads
from app.api.health import Health, health
from app.api.invalid import UNPROCESSABLE, invalid
from app.api.messages import messages
from app.api.recordings import recordings
from app.api.replays import replays
from app.api.ring import ring
from app.api.sessions import sessions
from app.services import Services, product_version
from core.errors import PublishRefused, SessionManagerError, SessionNotFound, StateError, UsageError

FORBIDDEN = 403
NOT_FOUND = 404
CONFLICT = 409
FAILED = 500


def create_api(services: Callable[[], Services]) -> FastAPI:
    """The application; `services` is asked at every request, because the pages' process makes them at start-up.

    The interactive documentation page is off: it would load its scripts from the internet.
    """
    api = FastAPI(title="MQTT Session Manager", version=product_version(), docs_url=None, redoc_url=None)
    api.include_router(recordings(services))
    api.include_router(ring(services))
    api.include_router(replays(services))
    api.include_router(sessions(services))
    api.include_router(messages(services))
    api.include_router(downloads(services))
    api.add_exception_handler(RequestValidationError, invalid)
    api.add_exception_handler(StateError, _conflict)
    api.add_exception_handler(UsageError, _unprocessable)
    api.add_exception_handler(SessionNotFound, _not_found)
    api.add_exception_handler(PublishRefused, _forbidden)
    api.add_exception_handler(SessionManagerError, _failed)

    @api.get("/health")
    def get_health() -> Health:
        """Version, brokers, and what is being recorded or replayed."""
        return health(services())

    return api


async def _conflict(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, CONFLICT)


async def _not_found(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, NOT_FOUND)


async def _forbidden(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, FORBIDDEN)


async def _failed(_: Request, error: Exception) -> JSONResponse:
    """A broker that does not answer, a file that cannot be read: not the caller's mistake."""
    return JSONResponse({"detail": str(error)}, FAILED)


async def _unprocessable(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, UNPROCESSABLE)
