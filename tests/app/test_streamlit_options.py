"""The look and the promises hold in whatever folder the app is started."""

from pathlib import Path

import pytest

from app.settings import Settings
from app.streamlit_options import set_streamlit_options, streamlit_options


def test_the_projects_theme_and_no_telemetry_hold_in_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Streamlit would look for its config.toml in the working directory only."""
    from streamlit import config

    monkeypatch.chdir(tmp_path)
    settings = Settings(port=8611)
    request.addfinalizer(lambda: config.get_config_options(force_reparse=True))
    set_streamlit_options(settings)
    for name, value in streamlit_options(settings).items():
        assert config.get_option(name) == value, name
    assert config.get_option("browser.gatherUsageStats") is False
    assert config.get_option("server.port") == 8611
    assert config.get_option("theme.light.primaryColor")
