"""Who may change something over HTTP: programs, and pages of this app; no page of another site."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import HTTPException, Request

from app.services import Services

FORBIDDEN = 403


def why_refused(host: str, origin: str | None, *, local_only: bool) -> str | None:
    """The reason why a request that changes something is refused, or None if it may.

    `host` and `origin` are the request's headers. A browser names the site that a request comes from in Origin: it must
    be this app. A name that an attacker has pointed at this machine (DNS rebinding) is neither localhost nor an
    address; other names are for programs, which send no Origin, and only where others can reach the app at all.
    """
    name = urlsplit(f"//{host}").hostname or ""
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return f"Requests from pages of {origin} are refused: they are not this app's."
    if not _cannot_be_rebound(name) and (local_only or origin is not None):
        return f"Requests to the host '{name}' are refused. Use localhost or the app's IP address."
    return None


def _cannot_be_rebound(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def guarded(services: Callable[[], Services]) -> Callable[[Request], None]:
    """A dependency of endpoints that change something; answers 403 with the reason."""

    def check(request: Request) -> None:
        host, origin = request.headers.get("host", ""), request.headers.get("origin")
        if reason := why_refused(host, origin, local_only=services().settings.local_only):
            raise HTTPException(FORBIDDEN, reason)

    return check
