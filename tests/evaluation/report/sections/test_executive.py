from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from emotion_classifier.evaluation.baselines import trivial_baselines
from emotion_classifier.evaluation.predictions import LabelledPredictions
from emotion_classifier.evaluation.report.provenance import Efficiency, Provenance
from emotion_classifier.evaluation.report.report import Report, make_report
from emotion_classifier.evaluation.report.sections.executive import summary_table

Make = Callable[..., LabelledPredictions]


@pytest.fixture(scope="module")
def report(make_clips: Make) -> Report:
    return make_report(
        make_clips(6, 12),
        title="A run",
        trivial=trivial_baselines(make_clips(6, 12), ["sad", "happy"], np.array([1.0, 2.0])),
        facts={"temperature": 1.25, "trained parameters": 300},
        origin={"machine": "a machine"},
        provenance=Provenance(
            efficiency=Efficiency(parameters=1_200, size_bytes=2_500_000, seconds_per_second=0.02)
        ),
    )


def rows(report: Report) -> dict[str, tuple[str, str]]:
    return {name: (value, detail) for name, value, detail in summary_table(report).rows}


def test_scores_have_their_intervals_and_reference_values(report: Report) -> None:
    found = rows(report)
    assert found["test speakers"] == ("6", "72 clips of toy; none in the training part")
    assert found["UAR"][0] == f"{report.overall['uar'].value:.1%}"
    assert "95% interval" in found["UAR"][1]
    assert found["UAR, chance"][0] == "25.0%"
    assert {"UAR, majority", "UAR, duration only"} <= found.keys()
    assert "temperature 1.25" in found["calibration error"][1]


def test_the_lowest_emotion_group_and_speaker_are_named(report: Report) -> None:
    found = rows(report)
    emotion = min(report.emotions, key=lambda one: one.recall.value)
    speaker = min(report.speakers, key=lambda one: one["uar"].value)
    group = min(report.groups["sex"], key=lambda one: one["uar"].value)
    for row, value, name in (
        ("lowest emotion", emotion.recall.value, emotion.emotion),
        ("lowest speaker", speaker["uar"].value, speaker.name),
        ("lowest group", group["uar"].value, f"sex: {group.name}"),
    ):
        assert found[row][0] == f"{value:.1%}"
        assert name in found[row][1]


def test_size_and_speed_are_shown_where_known(report: Report) -> None:
    found = rows(report)
    assert found["parameters"] == ("1,200", "300 of them trained")
    assert found["size"][0] == "2.5 MB"
    assert found["speed"][0] == "50x real time" and "a machine" in found["speed"][1]
    unknown = rows(dataclasses.replace(report, provenance=Provenance()))
    assert not {"parameters", "size", "speed"} & unknown.keys()


def test_a_leak_is_not_called_unseen(report: Report) -> None:
    leaking = dataclasses.replace(report, warnings=("Leak: speaker 1 is in two parts",))
    assert "see the warnings" in rows(leaking)["test speakers"][1]
    assert rows(leaking)["warnings"][0] == "1"


def test_published_listeners_have_their_accuracy(make_clips: Make) -> None:
    names = ("neutral", "happy", "sad", "angry", "fearful", "disgust")
    report = make_report(make_clips(2, 12, names=names, corpus="crema_d"), title="A run")
    assert rows(report)["accuracy, human listeners"][0] == "40.9%"


def test_one_speaker_has_no_interval_and_no_lowest(make_clips: Make) -> None:
    found = rows(make_report(make_clips(1, 8), title="A run"))
    assert found["UAR"][1] == "no interval"
    assert not {"lowest speaker", "lowest group"} & found.keys()
