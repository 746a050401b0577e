"""The page of a report: complete, self-contained, and safe whatever the names are."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from emotion_classifier.errors import StorageError
from emotion_classifier.evaluation.baselines import trivial_baselines
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate
from emotion_classifier.evaluation.report.page import to_html, to_tables, write_report
from emotion_classifier.evaluation.report.report import Report, make_report

Make = Callable[..., LabelledPredictions]
HISTORY: list[dict[str, float | None]] = [
    {"epoch": 1, "train_loss": 2.0, "validation_loss": 2.1, "validation_uar": 0.2, "rate": 0.1},
    {"epoch": 2, "train_loss": 1.5, "validation_loss": None, "validation_uar": 0.3, "rate": 0.1},
]


class _Elements(HTMLParser):
    """Start tags with their attributes, and all text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, *names: str) -> Iterator[str]:
        return (v for _, found in self.found for n, v in found.items() if n in names and v)


@pytest.fixture(scope="module")
def report(make_clips: Make) -> Report:
    return make_report(
        make_clips(6, 12),
        title="CNN on toy voices",
        trivial=trivial_baselines(make_clips(6, 12), ["sad", "happy"], np.array([1.0, 2.0])),
        facts={"parameters": 1204553, "seed": 1, "config": "a: 1\nb: 2", "commit": None},
        warnings=["split.allow_leak: speaker toy/1 is in the training and in the test part"],
        history=HISTORY,
    )


@pytest.fixture(scope="module")
def html(report: Report) -> str:
    return to_html(report)


ORIGIN = {"date": "2026-01-02", "commit": "abc", "seed": "7"}


@pytest.fixture(scope="module")
def other_html(report: Report) -> str:
    """The page of the same report with an origin and a kept epoch, without warnings."""
    return to_html(dataclasses.replace(report, warnings=(), origin=ORIGIN, kept_epoch=2))


def test_the_page_shows_the_contents_of_the_report(report: Report, html: str) -> None:
    page = _Elements(html)
    for expected in (
        "CNN on toy voices", "72 clips by 6 speakers, 4 emotions", "so few speakers",
        "chance", "majority", "duration only", "Most confused", "toy/3", "Training curves",
        "By sex", "The same for all clips: corpus (toy), intensity (unknown).",
        "Expected calibration error", "1,204,553", "not known", "a: 1\nb: 2",
        f"{100 * report.overall['uar'].value:.1f}%",
    ):  # fmt: skip
        assert expected in page.text or expected in " ".join(page.values("aria-label")), expected


def test_warnings_come_before_the_numbers(html: str, other_html: str) -> None:
    assert html.count('role="alert"') == 1
    assert html.index("split.allow_leak") < html.index("Unweighted average recall")
    assert 'role="alert"' not in other_html


def test_the_page_needs_nothing_else(html: str) -> None:
    page = _Elements(html)
    assert not {tag for tag, _ in page.found} & {"script", "link", "img", "iframe"}
    for target in page.values("src", "href", "xlink:href"):
        assert target.startswith("#")
    assert any("default-src 'none'" in value for value in page.values("content"))


def test_ids_are_unique_and_found(html: str) -> None:
    page = _Elements(html)
    ids = list(page.values("id"))
    assert len(ids) == len(set(ids))
    assert {target[1:] for target in page.values("href", "xlink:href")} <= set(ids)


def test_names_cannot_become_markup(make_clips: Make) -> None:
    evil = '<script>alert("1")</script>'
    clips = make_clips(3, 8, names=(evil, "$\\frac{1}{$", "a\x1b[31m", "b & 愤怒"), corpus=evil)
    report = make_report(
        clips, title=evil, warnings=[evil], facts={evil: evil, "two": f"{evil}\n{evil}"}
    )
    page = _Elements(to_html(report))
    assert "script" not in {tag for tag, _ in page.found}
    assert page.text.count(evil) > 10
    assert "$\\frac{1}{$" in page.text


@pytest.mark.parametrize(
    ("speakers", "clips_each"),
    [
        (1, 1),
        pytest.param(1, 6, marks=pytest.mark.slow),
        pytest.param(2, 4, marks=pytest.mark.slow),
        (60, 4),
    ],
)
def test_small_and_large_parts_have_a_page(
    make_clips: Make, speakers: int, clips_each: int
) -> None:
    page = _Elements(to_html(make_report(make_clips(speakers, clips_each), title="A run")))
    assert ("no interval: one speaker" in page.text) == (speakers == 1)
    assert ("The 50 other speakers are in report.json." in page.text) == (speakers == 60)
    assert "there is no row for duration only and majority" in page.text
    assert re.search(rf"from [0-9.]+% \(toy/\d+, {clips_each} clips\) to ", page.text)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("intended", "trained on the intended emotion"),
        ("perceived", "trained on the listeners' votes"),
    ],
)
def test_several_corpora_and_listeners_have_their_sections(
    make_clips: Make, target: Literal["intended", "perceived"], expected: str
) -> None:
    few = make_clips(4, corpus="few", votes=9)
    clips = concatenate([make_clips(), few.select(few.true < 2)])
    report = make_report(clips, title="A run", target=target)
    page = _Elements(to_html(report))
    for heading in ("Corpora", "Corpus few", "Corpus toy", "Human listeners"):
        assert heading in page.text
    assert "few, restricted to its 2 emotions" in page.text
    assert "24 of 96 clips have votes" in page.text and expected in page.text
    ids = list(page.values("id"))
    assert len(set(ids)) == len(ids)
    titles = [table.title for table in to_tables(report)]
    assert titles[2:5] == ["Scores by corpus", "Closed and open set", "The model and the listeners"]


def test_one_corpus_without_some_emotions_has_a_short_note(make_clips: Make) -> None:
    clips = make_clips()
    page = _Elements(to_html(make_report(clips.select(clips.true < 3), title="A run")))
    assert "toy, restricted to its 3 emotions" in page.text
    assert "Corpus toy" not in page.text


def test_a_history_without_epoch_numbers_is_counted(report: Report, html: str) -> None:
    unnumbered = [{k: v for k, v in row.items() if k != "epoch"} for row in HISTORY]
    assert to_html(dataclasses.replace(report, history=tuple(unnumbered))) == html


def test_a_model_that_is_always_wrong_has_a_page(make_clips: Make) -> None:
    clips = make_clips(3, 8)
    wrong = dataclasses.replace(clips, true=(clips.predicted + 1) % 4)
    assert "0.0%" in to_html(make_report(wrong, title="A run"))


def test_the_terminal_gets_the_baselines_and_the_emotions(report: Report) -> None:
    beside, emotions, closed_set, groups, probabilities, sure = to_tables(report)
    assert probabilities.columns == ("", "this model")
    assert [row[0] for row in closed_set.rows] == ["toy"]
    assert beside.rows[0][0] == "this model"
    assert [row[0] for row in emotions.rows] == list(report.labels)
    assert {row[0] for row in groups.rows} == {"sex"}
    assert sure.rows[0][:3] == ("this model", "0.000", "100.0%")


def test_files_are_written_even_with_undecodable_names(make_clips: Make, tmp_path: Path) -> None:
    clips = make_clips(2, 4)
    odd = tuple(f"{name}\udcff" for name in clips.speakers)
    write_report(make_report(dataclasses.replace(clips, speakers=odd), title="A run"), tmp_path)
    assert (tmp_path / "report.json").read_text(encoding="utf-8").startswith("{")
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_folder_that_cannot_be_created_is_an_error(report: Report, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StorageError, match=r"report\.html"):
        write_report(report, tmp_path / "taken" / "folder")


def test_files_beside_the_report_are_linked_and_tables_written(
    report: Report, tmp_path: Path
) -> None:
    (tmp_path / "config.yml").touch()
    write_report(report, tmp_path)
    page = _Elements((tmp_path / "report.html").read_text("utf-8"))
    targets = [target for target in page.values("href") if not target.startswith("#")]
    assert "config.yml" in targets and "predictions.csv" not in targets
    assert all((tmp_path / target).is_file() for target in targets)
    beside = (
        tmp_path / "report_tables" / "model-and-baselines-beside-the-baselines.csv"
    ).read_text()
    assert beside.splitlines()[0].startswith(",UAR,95% interval")


def test_a_model_no_better_than_the_majority_has_a_warning(make_clips: Make) -> None:
    clips = make_clips(6, 12)
    trivial = trivial_baselines(clips, ["sad", "happy"], np.array([1.0, 2.0]))
    useless = dataclasses.replace(clips, probabilities=np.roll(clips.probabilities, 1, axis=0))
    for part, expected in ((useless, True), (make_clips(6, 12, skill=9.0), False)):
        warnings = make_report(part, title="A run", trivial=trivial).warnings
        assert any("majority" in warning for warning in warnings) == expected
    wrong = dataclasses.replace(clips, true=(clips.predicted + 1) % 4)
    (first, *_) = make_report(wrong, title="A run", trivial=trivial).warnings
    assert "is not better than" in first


def test_origin_and_kept_epoch_are_shown(other_html: str) -> None:
    page = _Elements(other_html)
    assert all(text in page.text for text in (*ORIGIN, *ORIGIN.values(), "kept epoch", "chance"))
