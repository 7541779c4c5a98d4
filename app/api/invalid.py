"""A request that is not as it has to be, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

UNPROCESSABLE = 422
LONGEST = 60
"""Characters of what was given that are repeated."""


async def invalid(_: Request, error: Exception) -> JSONResponse:
    """The answer to a request that was not understood."""
    assert isinstance(error, RequestValidationError)
    return JSONResponse({"detail": sentence_of(error.errors())}, UNPROCESSABLE)


def sentence_of(errors: Sequence[Mapping[str, Any]]) -> str:
    """One sentence for each field that is wrong; what a field may be instead is put together."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for error in errors:
        found.setdefault(_field(error), []).append(error)
    return " ".join(_about(field, wrong) for field, wrong in found.items())


def _field(error: Mapping[str, Any]) -> str:
    """Its name; empty for the body as a whole."""
    places = error["loc"][1:]
    return str(places[0]) if places and error["type"] != "json_invalid" else ""


def _about(field: str, errors: Sequence[Mapping[str, Any]]) -> str:
    first = errors[0]
    match first["type"]:
        case "missing":
            return f"'{field}' is missing." if field else "The request needs a body: a JSON object."
        case "extra_forbidden":
            return f"'{field}' is not known here: check its spelling."
        case "json_invalid":
            return "The body is no valid JSON."
    wanted = ", or ".join(_each_once(_wanted(str(error["msg"])) for error in errors))
    given = repr(first["input"])
    shown = given if len(given) <= LONGEST else f"{given[: LONGEST - 1]}…"
    name = f"'{field}'" if field else "The body"
    return f"{name} should be {wanted}, not {shown}."


def _wanted(message: str) -> str:
    """What comes after `Input should be` in the validator's words, without its reasons."""
    return message.removeprefix("Input should be ").partition(", unable to")[0]


def _each_once(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
