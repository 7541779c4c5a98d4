"""The right to publish where an environment is not marked for it: a person has typed the broker's address."""

from __future__ import annotations

from dataclasses import replace

from core.errors import PublishRefused
from mqtt.environments import Environment


def permitted(environment: Environment, confirmed: str) -> Environment:
    """With the right to publish, if a person has confirmed it by the broker's address. Raises PublishRefused."""
    address = environment.display_url
    if environment.may_publish or not confirmed:
        return environment
    if confirmed.strip() != address:
        raise PublishRefused(f"'{confirmed}' is not the address of this broker, {address}: nothing was sent.")
    return replace(environment, may_publish=True)
