"""A page from blocks."""

from __future__ import annotations

import base64
import hashlib
import re

from emotion_classifier.rendering.page import (
    BulletList,
    Facts,
    Headline,
    Page,
    Picture,
    Playlist,
    Recording,
    Section,
    to_html,
)
from emotion_classifier.rendering.tables import Table


def _page(*blocks: Table | Picture | Facts | BulletList | Playlist) -> str:
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


def test_text_columns_and_lists_are_set_as_text() -> None:
    page = _page(
        Table("Scores", ("a", "b", "c"), [("x", "1", "long text")], left=frozenset({0, 2})),
        BulletList(("first <b>", "second")),
    )
    assert '<td>1</td><td class="text">long text</td>' in page
    assert "<li>first &lt;b&gt;</li>\n<li>second</li>" in page


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
    # Light, dark, and light again on paper.
    assert page.count("--ink:") == page.count("--ground:") == 3


def _choose(true: str, predicted: str) -> Recording:
    return Recording(f"{true} 1.wav", f"{true} title", "detail", (true, predicted))


def test_recordings_are_played_from_beside_the_page() -> None:
    odd = Recording('a "b"/é\udcff#.wav', "<b>", "<i>", picture="x y.png")
    page = _page(Playlist([odd]))
    assert 'src="a%20%22b%22/%C3%A9%FF%23.wav"' in page
    assert '<img src="x%20y.png" alt="&lt;b&gt;"' in page
    assert "<fieldset" not in page
    assert "<img" not in _page(Playlist([_choose("sad", "calm")]))
    assert "media-src 'self' file:" in page


def test_only_the_script_of_a_playlist_is_allowed() -> None:
    assert "script" not in _page(Facts({"seed": "1"}))
    page = _page(Playlist([_choose("sad", "calm")]))
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}';" in page


def test_many_warnings_are_one_box_and_folded_away() -> None:
    for count, folded in ((1, False), (3, False), (24, True)):
        warnings = [f"speaker {number} is in two parts" for number in range(count)]
        page = to_html(Page("A page", "", warnings, [], []))
        assert page.count('role="alert"') == 1
        assert ("21 more" in page) == folded
        assert all(f"<p>{warning}</p>" in page for warning in warnings)


def test_origin_links_and_table_files_are_shown() -> None:
    table = Table("Scores & more", ("a", "b"), [("x", "1")])
    page = Page(
        "A page",
        "",
        [],
        [],
        [Section("First", "", [table, table])],
        {"date": "2026-01-02"},
        {"settings": "a b.yml"},
        "tables",
    )
    assert list(page.tables) == ["first-scores-more", "first-scores-more-1"]
    html = to_html(page)
    assert "<dt>date</dt><dd>2026-01-02</dd>" in html
    assert '<a href="a%20b.yml">settings</a>' in html
    assert '<a href="tables/first-scores-more.tex">LaTeX</a>' in html


def test_recordings_are_chosen_by_their_group() -> None:
    recordings = [_choose("sad", "calm"), _choose("angry", "calm"), _choose("sad", "happy")]
    playlist = Playlist(recordings, ("true", "predicted"))
    assert playlist.choices(0) == {"angry": 1, "sad": 2}
    assert playlist.choices(1) == {"calm": 2, "happy": 1}
    page = _page(playlist, playlist)
    names = re.findall(r"<legend>([^<]+)</legend>", page)
    assert names == ["true", "predicted"] * 2
    found = re.findall(r'<li class="([^"]*)">', page)
    assert [set(one.split()) for one in found] == [
        {"in-0-1", "in-1-0"},
        {"in-0-0", "in-1-0"},
        {"in-0-1", "in-1-1"},
    ] * 2
    identities = re.findall(r' id="([^"]+)"', page)
    assert len(set(identities)) == len(identities) == 2 * (1 + 4)
    hidden = "#list-0-1:has(#list-0-1-0-1:checked) > ol > :not(.in-0-1) { display: none; }"
    assert hidden in page
