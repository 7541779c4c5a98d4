"""The page around a report: well-formed, self-contained, and of plain text."""

from __future__ import annotations

from html.parser import HTMLParser

from analysis.html_report import Block, Chart, Facts, Heading, Note, Section, Sentences, Table, html_report

HOSTILE = "<script>x</script>\"'&"


class Balanced(HTMLParser):
    """Fails on a tag that closes another one than it should."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_every_block_is_plain_text_but_a_chart_of_our_own() -> None:
    blocks: list[Block] = [
        Facts([(HOSTILE, HOSTILE)]), Heading(HOSTILE), Note(HOSTILE), Sentences([HOSTILE]), Chart("<i>chart</i>"),
        Table((HOSTILE, "n"), [(HOSTILE, "1")], ("n",), more=3),
    ]  # fmt: skip
    html = html_report(HOSTILE, [HOSTILE], [Section(HOSTILE, blocks)])
    page = Balanced()
    page.feed(html)
    assert not page.open
    assert page.text.count(HOSTILE) == 12
    assert "chart" in page.text
    assert "3 more are not shown." in page.text
    assert "<script" not in html


def test_a_browser_is_told_to_load_and_run_nothing() -> None:
    html = html_report("x", [], [])
    assert "content=\"default-src 'none'; style-src 'unsafe-inline'\"" in html
    assert "http:" not in html.replace("http-equiv", "")
