"""The look of the pages stays, whatever runs follow each other."""

from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest

from analysis.figure_events import WORDS


def _page() -> None:
    from app.widgets.look import apply_look

    apply_look()


def test_the_rules_are_a_part_of_the_page_and_take_no_room():
    """Those beside the page are lost now and then."""
    app = AppTest.from_function(_page).run()
    assert not app.exception
    rules = app.main.get("html")[0].proto.body
    assert 'data-testid="stStatusWidget"' in rules
    (style,) = re.findall(r'tspan\[style\*="([^"]+)"\] \{display: none\}', rules)
    assert f'style="{style}"' in WORDS, "a phone leaves out the words of marks and gaps"
    assert ":has(> .stHtml > .look) {display: none}" in rules
