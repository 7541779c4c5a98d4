"""Requests that change something: from programs and from this app's own pages, from nobody else."""

from __future__ import annotations

import pytest

from app.api.guard import why_refused


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8507", None),
        ("127.0.0.1:8507", None),
        ("[::1]:8507", None),
        ("192.168.0.7:8507", None),
        ("localhost:8507", "http://localhost:8507"),
        ("LOCALHOST:8507", "http://localhost:8507"),
        ("[::1]:8507", "http://[::1]:8507"),
    ],
)
@pytest.mark.parametrize("local_only", [True, False])
def test_programs_and_own_pages_are_allowed(host: str, origin: str | None, local_only: bool):
    assert why_refused(host, origin, local_only=local_only) is None


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8507", "http://evil.example"),
        ("localhost:8507", "http://localhost:3000"),
        ("localhost:8507", "null"),
        ("localhost:8507", ""),
        ("evil.example:8507", "http://evil.example:8507"),
        ("localhost.evil.example:8507", "http://localhost.evil.example:8507"),
        ("", "http://evil.example"),
    ],
)
@pytest.mark.parametrize("local_only", [True, False])
def test_other_sites_and_names_that_lead_here_are_refused(host: str, origin: str, local_only: bool):
    assert why_refused(host, origin, local_only=local_only)


def test_a_program_may_use_the_machines_name_only_where_the_app_can_be_reached_from_outside():
    assert why_refused("recorder.local:8507", None, local_only=False) is None
    assert why_refused("recorder.local:8507", None, local_only=True)
    assert why_refused("", None, local_only=True)
