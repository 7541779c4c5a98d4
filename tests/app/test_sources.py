"""Sources: those of the settings however they are typed, any other as it is."""

import pytest

from app.settings import Settings
from app.sources import as_known, known_sources

SETTINGS = Settings(sources=("APS Freiburg", "Hall 3"))


def test_unknown_can_be_chosen_first():
    assert known_sources(SETTINGS) == ("Unknown", "APS Freiburg", "Hall 3")
    assert known_sources(Settings()) == ("Unknown",)


@pytest.mark.parametrize(
    ("typed", "source"),
    [("aps freiburg", "APS Freiburg"), (" Hall 3 ", "Hall 3"), ("Hall 9", "Hall 9"), ("", "Unknown"), (" ", "Unknown")],
)
def test_a_source_is_spelled_as_in_the_settings_and_any_other_is_allowed(typed: str, source: str):
    assert as_known(typed, SETTINGS) == source
