"""Every endpoint is documented."""

from __future__ import annotations

from pathlib import Path

from app.api.application import create_api
from app.services import get_services

DOCS = Path(__file__).parents[3] / "docs"


def test_every_endpoint_is_in_the_docs():
    text = "\n".join(page.read_text(encoding="utf-8") for page in DOCS.glob("*.md"))
    paths = create_api(get_services).openapi()["paths"]
    assert paths
    assert [path for path in paths if f"/api{path}" not in text] == []
