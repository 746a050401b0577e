"""The figure of a corpus: every group is drawn, whatever the corpus holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.corpora.figures import corpus_figure
from emotion_classifier.corpora.statistics import ClipStatistics, CorpusStatistics, summarise
from emotion_classifier.corpora.utterance import Sex, Utterance
from emotion_classifier.rendering.figures import to_png

pytest.importorskip("matplotlib")


def statistics(emotions: tuple[str, ...], sexes: tuple[Sex | None, ...]) -> CorpusStatistics:
    generator = np.random.default_rng(0)
    clips = []
    for number in range(60):
        emotion = emotions[number % len(emotions)]
        speaker = number % 4
        sex = sexes[speaker % len(sexes)]
        one = Utterance(f"c/{number}", Path("x.wav"), "c", f"s{speaker}", emotion, sex=sex)
        seconds, silence = generator.uniform(1, 4), generator.uniform(0, 0.3)
        rate = 16_000 if number < 40 else 48_000
        clips.append((one, ClipStatistics(seconds, -25, -3, silence, silence, rate, 1)))
    return summarise("c", clips)


def test_panels_name_emotions_in_canonical_order_sexes_and_rates() -> None:
    figure = corpus_figure(statistics(("sad", "neutral", "bored"), ("female", "male", None)))
    by_sex, rates, *quantities = figure.axes
    names = ["neutral", "sad", "bored"]
    for axes in (by_sex, *quantities):
        assert [label.get_text() for label in axes.get_yticklabels()] == names
    legend = by_sex.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["female", "male", "unknown"]
    assert sum(bar.get_width() for bar in by_sex.patches) == 60  # type: ignore[attr-defined]
    assert [label.get_text() for label in rates.get_yticklabels()] == ["16,000 Hz", "48,000 Hz"]
    assert [bar.get_width() for bar in rates.patches] == [40, 20]  # type: ignore[attr-defined]
    assert [axes.get_xlabel() for axes in quantities] == ["s", "dBFS", "s", "s"]


@pytest.mark.parametrize("emotions", [("sad",), ("a$b_{", "c\nd", "happy"), tuple("abcdefghijkl")])
def test_any_corpus_can_be_drawn(emotions: tuple[str, ...]) -> None:
    png = to_png(corpus_figure(statistics(emotions, (None,))), dots_per_inch=50)
    assert png.startswith(b"\x89PNG")
