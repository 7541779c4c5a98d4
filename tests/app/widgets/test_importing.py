"""An uploaded file keeps the name it has at home, as far as a disk takes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.widgets.importing import safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("production-white_20260303_081127.log", "production-white_20260303_081127.log"),
        ("Auftrag 7 ä.db", "Auftrag 7 ä.db"),
        ("../../etc/passwd", "passwd"),
        ("C:\\recordings\\old.log", "old.log"),
        ("..", "upload"),
        ("", "upload"),
        ("a\0b\n.log", "ab.log"),
        ("x" * 300 + ".log", "x" * 100 + ".log"),
        ("x." + "y" * 300, "x." + "y" * 98),
    ],
)
def test_a_name_is_kept_as_far_as_it_can_be(name, safe):
    assert safe_name(name) == safe


@given(st.text(alphabet=st.characters(), max_size=400))
def test_a_file_of_any_name_can_be_written(tmp_path_factory, name):
    copy = tmp_path_factory.getbasetemp() / safe_name(name)
    copy.write_bytes(b"x")
    assert copy.parent == tmp_path_factory.getbasetemp()
    copy.unlink()
