"""The settings of the ring: how much it keeps, and the rules by which it saves."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.errors import UsageError
from recorder.ring_rules import Operator, RingRule
from recorder.ring_status import RingRequest


class RuleSettings(BaseModel):
    """One rule: when to save what has just happened."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    topic: str
    """A topic filter."""
    test: Operator
    value: str
    """To compare with; for `silent` the seconds."""
    field: str = ""
    """Which part of a JSON payload; empty: all of it as text."""

    def rule(self) -> RingRule:
        """Raises UsageError for a rule that can never hold."""
        return RingRule(self.name, self.topic, self.test, self.value, self.field)


class RingSettings(BaseModel):
    """What a ring keeps and saves unless told otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keep_s: float = 600.0
    before_s: float = 120.0
    after_s: float = 30.0
    exclude: tuple[str, ...] = ()
    """Topic filters of what is not kept."""
    rules: tuple[RuleSettings, ...] = ()

    def request(self) -> RingRequest:
        """Raises UsageError for what makes no sense."""
        return RingRequest(
            keep_s=self.keep_s,
            before_s=self.before_s,
            after_s=self.after_s,
            exclude=self.exclude,
            rules=tuple(one.rule() for one in self.rules),
        )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        try:
            self.request()
        except UsageError as error:
            raise ValueError(str(error)) from error
        return self
