"""The recorder of the environment that this visitor looks at."""

from __future__ import annotations

from app.services import Services
from app.state import environment
from recorder.recorder import Recorder


def environment_here(services: Services) -> str:
    """The environment that is chosen in the sidebar."""
    return environment(services.environments.names(), services.default_environment)


def recorder_here(services: Services) -> Recorder:
    """Its recorder."""
    return services.recorders.of(environment_here(services))
