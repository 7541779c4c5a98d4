"""YAML without its traps: only true and false are booleans, nothing is a date, nothing refers to something else."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from core.errors import UsageError

_LARGEST: Final = 64_000_000
"""Characters of one document."""


class _Loader(yaml.CSafeLoader):
    """`ON`, `no` and `2026-01-01` stay texts, as in YAML 1.2: they are values of enumerations."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


def dumped(value: object) -> str:
    """A document; what YAML 1.1 or 1.2 could take for something else is quoted. Keys stay in their order."""
    return yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=120)


def loaded(text: str) -> Any:
    """The value of a document. Raises UsageError, with the line, for what is no YAML."""
    if len(text) > _LARGEST:
        raise UsageError(f"The templates have {len(text):,} characters, which is more than {_LARGEST:,}.")
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_Loader)):
            raise UsageError("The templates must not use YAML aliases ('*name'). Write the value out.")
        return yaml.load(text, Loader=_Loader)  # noqa: S506  a safe one
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise UsageError(f"This is no YAML{where}: {error.problem or error}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"This is no YAML: {error}.") from error
