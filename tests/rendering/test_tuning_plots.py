from __future__ import annotations

from emotion_classifier.rendering.figures import to_png
from emotion_classifier.rendering.tuning_plots import importance_plot, study_history_plot


def test_the_best_so_far_never_falls_and_trials_without_a_score_have_a_mark() -> None:
    figure = study_history_plot(
        {0: 0.5, 1: 0.4, 3: 0.7},
        {2: 0.2},
        frozenset({4}),
        measure="validation UAR",
        higher_is_better=True,
        per_cent=True,
    )
    lines = {str(line.get_label()): line for line in figure.axes[0].lines}
    assert list(lines) == ["best so far", "complete", "pruned", "failed"]
    assert list(lines["best so far"].get_ydata()) == [0.5, 0.5, 0.7]  # type: ignore[arg-type]
    assert list(lines["failed"].get_xdata()) == [4]  # type: ignore[arg-type]


def test_the_best_of_a_measure_that_falls() -> None:
    figure = study_history_plot(
        {0: 0.5, 1: 0.6}, {}, frozenset(), measure="x", higher_is_better=False, per_cent=False
    )
    assert list(figure.axes[0].lines[0].get_ydata()) == [0.5, 0.5]  # type: ignore[arg-type]


def test_a_study_without_a_complete_trial_has_a_figure() -> None:
    figure = study_history_plot(
        {}, {}, frozenset({0}), measure="x", higher_is_better=True, per_cent=True
    )
    assert to_png(figure).startswith(b"\x89PNG")


def test_the_most_important_setting_is_on_top() -> None:
    figure = importance_plot({"a": 0.2, "b": 0.7, "c": 0.1})
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["c", "a", "b"]
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0.1, 0.2, 0.7]  # type: ignore[attr-defined]
