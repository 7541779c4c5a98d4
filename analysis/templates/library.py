"""Saved templates: a folder with a YAML file for each set, beside the sessions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from analysis.templates.json_schema import schema_text
from analysis.templates.model import TemplateSet
from analysis.templates.yaml_form import from_yaml, to_yaml
from core.errors import SessionManagerError, UsageError
from store.connection import explained
from store.naming import slug
from store.whole_file import whole_file

FOLDER: Final = "templates"
"""In the sessions folder."""
FILE: Final = "templates.yaml"
"""What `export` writes the set to."""
_LARGEST: Final = 64_000_000
"""Bytes of a file that is read."""


@dataclass(frozen=True)
class SavedTemplates:
    """One set of the library."""

    key: str
    """The stem of its file: safe for every file system."""
    name: str
    templates: int
    problem: str = ""
    """Why it cannot be read; empty if it can."""


class TemplateLibrary:
    """The sets that are saved in a folder; an absent folder is an empty library."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def saved(self) -> list[SavedTemplates]:
        """All sets, by their names."""
        files = [self.folder / f"{key}.yaml" for key, _ in self.stamp()]
        return sorted(map(_described, files), key=lambda one: (one.name.casefold(), one.key))

    def stamp(self) -> tuple[tuple[str, int], ...]:
        """Differs as soon as a set does."""
        with explained(self.folder):
            files = sorted(self.folder.glob("*.yaml")) if self.folder.is_dir() else []
            return tuple((path.stem, path.stat().st_mtime_ns) for path in files if path.is_file())

    def load(self, key: str) -> TemplateSet:
        """The set with this key. Raises UsageError for an unknown one and for what are no templates, StorageError."""
        if key not in {path.stem for path in self.folder.glob("*.yaml")}:
            raise UsageError(f"No templates are saved as '{key}' in {self.folder}.")
        return read_file(self.folder / f"{key}.yaml")

    def save(self, templates: TemplateSet, name: str) -> str:
        """Saves a set under a name, in place of what bore it, and returns its key. Raises UsageError, StorageError."""
        name = " ".join(name.split())
        if not name:
            raise UsageError("The templates need a name to be saved under. Type one.")
        with explained(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        key = self._key_for(name)
        _write(self.folder / f"{key}.yaml", to_yaml(replace(templates, name=name)))
        return key

    def delete(self, key: str) -> None:
        """Removes a set; one that there is not is gone already. Raises StorageError."""
        for path in self.folder.glob("*.yaml"):
            if path.stem == key:
                with explained(path):
                    path.unlink(missing_ok=True)

    def _key_for(self, name: str) -> str:
        """Of the set with this name, else a new one that no other set has."""
        known = {one.key: one.name for one in self.saved()}
        key, number = slug(name), 1
        while known.get(key, name) != name:
            number += 1
            key = f"{slug(name)}-{number}"
        return key


def read_templates(place: Path) -> TemplateSet:
    """The templates of a file, or of all YAML files in a folder. Raises UsageError and StorageError."""
    if not place.is_dir():
        return read_file(place)
    files = sorted([*place.glob("*.yaml"), *place.glob("*.yml")])
    if not files:
        raise UsageError(f"There are no templates in {place}: no file that ends with .yaml.")
    sets = [read_file(path) for path in files]
    topics = [str(template.topic) for one in sets for template in one.templates]
    twice = next((topic for topic in sorted(set(topics)) if topics.count(topic) > 1), None)
    if twice is not None:
        raise UsageError(f"Several files in {place} have a template for '{twice}'. Name one of the files instead.")
    return TemplateSet(tuple(template for one in sets for template in one.templates), name=sets[0].name)


def read_file(path: Path) -> TemplateSet:
    """The templates of one file. Raises UsageError with the file and the place in it, and StorageError."""
    if not path.exists():
        raise UsageError(f"There are no templates at {path}.")
    with explained(path):
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is too large for templates: more than {_LARGEST:,} bytes.")
        content = path.read_bytes()
    try:
        return from_yaml(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no YAML: it is not UTF-8.") from error
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error


def export(templates: TemplateSet, folder: Path) -> Iterator[Path]:
    """Writes a set to a folder: FILE, and a JSON Schema for each template. Yields each file that is complete.

    Raises StorageError.
    """
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    yield _write(folder / FILE, to_yaml(templates))
    for name, text in schema_files(templates):
        yield _write(folder / name, text)


def schema_files(templates: TemplateSet) -> Iterator[tuple[str, str]]:
    """Name and content of a JSON Schema file for each template; no two have the same name."""
    used: set[str] = set()
    for template in templates.templates:
        stem, number = slug(str(template.topic)), 1
        while f"{stem}{_suffix(number)}" in used:
            number += 1
        used.add(f"{stem}{_suffix(number)}")
        yield f"{stem}{_suffix(number)}.schema.json", schema_text(template)


def _suffix(number: int) -> str:
    return f"-{number}" if number > 1 else ""


def _described(path: Path) -> SavedTemplates:
    try:
        found = read_file(path)
    except SessionManagerError as error:
        return SavedTemplates(path.stem, path.stem, 0, str(error))
    return SavedTemplates(path.stem, found.name or path.stem, len(found.templates))


def _write(path: Path, text: str) -> Path:
    with whole_file(path) as file:
        file.write(text.encode("utf-8"))
    return path
