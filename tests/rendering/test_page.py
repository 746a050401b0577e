"""A page from blocks."""

from __future__ import annotations

from emotion_classifier.rendering.page import Facts, Headline, Page, Picture, Section, to_html
from emotion_classifier.rendering.tables import Table


def _page(*blocks: Table | Picture | Facts) -> str:
    sections = [Section("First", "What to know.", blocks)]
    return to_html(Page("A page", "About it", [], [Headline("UAR", "62%", "sure")], sections))


def test_headlines_and_sections_stand_in_order() -> None:
    page = _page()
    places = [page.index(text) for text in ("A page</h1>", "About it", "62%", "First", "What to")]
    assert places == sorted(places)


def test_tables_have_headings_and_strong_rows() -> None:
    page = _page(Table("Scores", ("a", "b"), [("x", "1"), ("y", "2")], frozenset({1}), ["Note"]))
    assert "<caption>Scores</caption>" in page
    assert '<tr class="strong"><th scope="row">y</th><td>2</td></tr>' in page
    assert '<tr><th scope="row">x</th><td>1</td></tr>' in page
    assert '<p class="note">Note</p>' in page


def test_only_pictures_are_markup() -> None:
    page = _page(Picture("<svg></svg>", "<svg>"), Facts({"<b>": "<i>"}))
    assert page.count("<svg></svg>") == 1
    assert "<b>" not in page
    assert "<i>" not in page
    assert "&lt;b&gt;" in page


def test_a_wide_picture_stays_large() -> None:
    assert 'class="wide large"' in _page(Picture("<svg></svg>", "Wide", wide=True))
    assert 'class="wide large"' not in _page(Picture("<svg></svg>", "Narrow"))


def test_long_facts_are_folded_away() -> None:
    page = _page(Facts({"seed": "1", "config": "a: 1\nb: 2"}))
    assert "<dt>seed</dt><dd>1</dd>" in page
    assert "<summary>config</summary>" in page
    assert "<dt>config</dt>" not in page


def test_light_and_dark_are_both_defined() -> None:
    page = _page()
    assert "prefers-color-scheme: dark" in page
    assert page.count("--ink:") == page.count("--ground:") == 2
