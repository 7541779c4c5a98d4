"""The library: sets are saved whole, under names that no file system minds, and found again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.templates.library import FILE, TemplateLibrary, export, read_templates, schema_files
from analysis.templates.model import Template, TemplateSet
from analysis.templates.topic_pattern import TopicPattern
from core.errors import UsageError

ONE = TemplateSet((Template(TopicPattern.parse("a/{id}")),))
TWO = TemplateSet((*ONE.templates, Template(TopicPattern.parse("b"))))


def test_a_set_is_saved_replaced_and_deleted(tmp_path: Path) -> None:
    library = TemplateLibrary(tmp_path / "templates")
    assert library.saved() == []
    key = library.save(ONE, "  My\tfactory ")
    assert library.save(TWO, "My factory") == key
    assert [(one.name, one.templates) for one in library.saved()] == [("My factory", 2)]
    assert library.load(key).templates == TWO.templates
    library.delete(key)
    assert library.saved() == []
    with pytest.raises(UsageError, match="No templates are saved as"):
        library.load(key)


@pytest.mark.parametrize("name", ["../../etc/passwd", "con", "a/b\\c:d", "ä" * 300, "x" * 300, ".", "-o"])
def test_no_name_leaves_the_folder(tmp_path: Path, name: str) -> None:
    library = TemplateLibrary(tmp_path / "templates")
    key = library.save(ONE, name)
    assert [path.parent for path in tmp_path.rglob("*.yaml")] == [tmp_path / "templates"]
    assert (library.load(key).name, library.load(key).templates) == (name, ONE.templates)


def test_names_that_look_alike_as_files_are_two_sets(tmp_path: Path) -> None:
    library = TemplateLibrary(tmp_path)
    assert len({library.save(ONE, "Line 1"), library.save(TWO, "line-1"), library.save(TWO, "Line 1")}) == 2
    assert [one.templates for one in library.saved()] == [2, 2]


@pytest.mark.parametrize("key", ["../outside", "/etc/passwd", "", "*"])
def test_a_key_is_no_path(tmp_path: Path, key: str) -> None:
    (tmp_path / "outside.yaml").write_text("templates: []")
    library = TemplateLibrary(tmp_path / "templates")
    library.save(ONE, "inside")
    library.delete(key)
    with pytest.raises(UsageError):
        library.load(key)
    assert (tmp_path / "outside.yaml").exists()


def test_a_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    library = TemplateLibrary(tmp_path)
    library.save(ONE, "good")
    (tmp_path / "bad.yaml").write_bytes(b"\xff")
    bad, good = library.saved()
    assert "bad.yaml is no YAML: it is not UTF-8" in bad.problem
    assert good.problem == ""


def test_an_empty_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="need a name"):
        TemplateLibrary(tmp_path).save(ONE, " \n")


@given(
    st.lists(st.sampled_from(["a/b", "a-b", "A b", "ä/b", "😀", "x" * 200, "x" * 201, "con"]), unique=True, min_size=1)
)
def test_each_template_has_a_schema_file_of_its_own(topics: list[str]) -> None:
    names = [name for name, _ in schema_files(TemplateSet(tuple(Template(TopicPattern((topic,))) for topic in topics)))]
    assert len(set(names)) == len(topics)
    assert all(name.isascii() and "/" not in name for name in names)


def test_an_exported_folder_is_read_back(tmp_path: Path) -> None:
    files = list(export(TWO, tmp_path / "out"))
    assert [path.name for path in files] == [FILE, "a-id.schema.json", "b.schema.json"]
    assert json.loads(files[1].read_text())["x-filter"] == "a/+"
    assert read_templates(tmp_path / "out").templates == TWO.templates
    (tmp_path / "out" / "more.yaml").write_text("templates: [{topic: b}]")
    with pytest.raises(UsageError, match="have a template for 'b'"):
        read_templates(tmp_path / "out")
