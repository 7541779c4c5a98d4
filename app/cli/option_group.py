"""A command's options as one value, where there are too many for a list of parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import Any, get_type_hints

NAME = "options"


def spread(function: Callable[..., int]) -> Callable[..., int]:
    """The function as typer wants it: the fields of the dataclass that its parameter `options` takes become parameters.

    They follow all others, with the annotations and defaults of the fields.
    """
    hints = get_type_hints(function, include_extras=True)
    group: type[Any] = hints.pop(NAME)
    hints |= get_type_hints(group, include_extras=True)
    names = [field.name for field in fields(group)]
    signature = inspect.signature(function)
    others = [
        parameter.replace(annotation=hints[name]) for name, parameter in signature.parameters.items() if name != NAME
    ]
    spread_out = [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default, annotation=hints[field.name]
        )
        for field in fields(group)
    ]

    @wraps(function)
    def command(*arguments: Any, **values: Any) -> int:
        options = group(**{name: values.pop(name) for name in names})
        return function(*arguments, **values, **{NAME: options})

    command.__annotations__ = hints
    command.__signature__ = signature.replace(parameters=[*others, *spread_out])  # type: ignore[attr-defined]
    return command
