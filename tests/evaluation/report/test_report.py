"""A report holds every score once, and its JSON is complete."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from tests.compatibility.conftest import DATA

from emotion_classifier.errors import EvaluationError
from emotion_classifier.evaluation.baselines import trivial_baselines
from emotion_classifier.evaluation.predictions import LabelledPredictions, concatenate
from emotion_classifier.evaluation.report.report import json_schema, make_report, to_json

Make = Callable[..., LabelledPredictions]


def test_a_report_holds_the_scores_of_its_clips(make_clips: Make) -> None:
    clips = make_clips(6, 12)
    report = make_report(clips, title="A run")
    assert report.overall.clips == report.confusion.sum() == len(clips)
    assert report.overall["accuracy"].value == clips.correct.mean()
    assert [row.emotion for row in report.emotions] == list(clips.labels)
    assert len(report.speakers) == 6
    assert [row.name for row in report.groups["sex"]] == ["female", "male"]
    assert [row.name for row in report.groups["intensity"]] == ["unknown"]
    assert report.calibration.counts.sum() == len(clips)


def test_confused_pairs_are_all_wrong_clips_by_share(make_clips: Make) -> None:
    clips = make_clips(6, 12)
    confused = make_report(clips, title="A run").confused
    assert sum(pair.clips for pair in confused) == (~clips.correct).sum()
    shares = [pair.share for pair in confused]
    assert shares == sorted(shares, reverse=True)
    assert all(pair.true != pair.predicted for pair in confused)
    assert confused[0].share == pytest.approx(confused[0].clips / 18)


def test_the_same_seed_gives_the_same_report(make_clips: Make) -> None:
    first, second, other = (
        to_json(make_report(make_clips(), title="A run", seed=seed)) for seed in (1, 1, 2)
    )
    assert first == second
    assert first != other


def test_json_is_unrounded_and_complete(make_clips: Make) -> None:
    clips = make_clips(6, 12)
    report = make_report(
        clips,
        title="A run",
        trivial=trivial_baselines(clips, ["sad", "happy"], np.array([1.0, 2.0])),
        target="intended",
        facts={"model": "cnn", "path": Path("runs"), "options": {"channels": (16, 32)}},
        warnings=["a leak"],
        history=[{"epoch": 1, "train_loss": 0.5, "validation_loss": None}],
    )
    content = json.loads(to_json(report))
    assert set(content) == {
        "format", "title", "warnings", "facts", "origin", "provenance", "robustness", "kept_epoch", "folds", "labels", "target", "overall", "baselines",
        "emotions", "confusion", "confused", "corpora", "perception", "groups", "speakers",
        "calibration", "rejection", "risk_coverage", "history", "group_differences",
        "probabilities", "temperature", "corpus_temperatures", "risk_curve",
    }  # fmt: skip
    assert content["overall"]["uar"]["value"] == report.overall["uar"].value
    interval = report.overall["uar"].interval
    assert interval is not None
    assert content["overall"]["uar"]["interval"] == {"low": interval.low, "high": interval.high}
    assert content["confusion"] == report.confusion.tolist()
    assert content["facts"] == {
        "model": "cnn", "path": "runs", "options": {"channels": [16, 32]},
    }  # fmt: skip
    assert (content["target"], content["perception"]) == ("intended", None)
    assert [one["name"] for one in content["corpora"]] == ["toy"]
    assert content["calibration"]["error"] == report.calibration.error
    assert content["rejection"] == {
        "threshold": 0.0, "coverage": 1.0, "accuracy": report.overall["accuracy"].value,
    }  # fmt: skip
    assert len(content["risk_coverage"]) == 5
    assert content["history"] == [{"epoch": 1, "train_loss": 0.5, "validation_loss": None}]
    assert [row["score"]["name"] for row in content["baselines"]] == [
        "chance", "majority", "duration only",
    ]  # fmt: skip


def test_groups_are_those_of_the_clips_and_of_their_speakers(make_clips: Make) -> None:
    clips = make_clips(8)
    ages = tuple("34" if sex == "male" else "61" for sex in clips.sexes)
    aged = dataclasses.replace(clips, speaker_attributes={"age": ages})
    content = json.loads(to_json(make_report(aged, title="A run")))
    assert list(content["groups"]) == ["corpus", "sex", "intensity", "age group"]
    assert [row["name"] for row in content["groups"]["age group"]] == ["30 to 39", "60 and over"]
    found = {(row["by"], row["measure"]) for row in content["group_differences"]}
    measures = ("uar", "recall", "precision")
    assert found == {(by, measure) for by in ("sex", "age group") for measure in measures}


def test_undefined_values_are_null_in_json(make_clips: Make) -> None:
    clips = make_clips(1, 6)
    clips = dataclasses.replace(clips, true=clips.true % 3)
    content = json.loads(to_json(make_report(clips, title="A run")))
    assert content["overall"]["uar"]["interval"] is None
    assert content["emotions"][3]["recall"] == {"value": None, "interval": None}
    assert None in content["calibration"]["accuracy"]


def test_several_corpora_and_votes_are_scored_apart_and_together(make_clips: Make) -> None:
    clips = concatenate([make_clips(), make_clips(4, corpus="other", votes=9)])
    report = make_report(clips, title="A run")
    assert [one.name for one in report.corpora] == ["other", "toy"]
    assert sum(one.overall.clips for one in report.corpora) == report.overall.clips
    together = np.sum([one.confusion for one in report.corpora], axis=0)
    np.testing.assert_array_equal(together, report.confusion)
    assert report.perception is not None and report.perception.intended.clips == 48
    content = json.loads(to_json(report))
    assert content["corpora"][0]["overall"]["clips"] == 48
    assert len(content["perception"]["nearness"]) == 3


def test_intensities_of_several_corpora_are_not_mixed(make_clips: Make) -> None:
    toy = dataclasses.replace(make_clips(2, 4), intensities=("high", "low") * 4)
    other = dataclasses.replace(
        make_clips(2, 4, corpus="other"), intensities=("high", "high", "high", None) * 2
    )
    alone = make_report(toy, title="A run").groups["intensity"]
    assert [row.name for row in alone] == ["high", "low"]
    together = make_report(concatenate([toy, other]), title="A run").groups["intensity"]
    assert [(row.name, row.clips) for row in together] == [
        ("other: high", 6),
        ("toy: high", 4),
        ("toy: low", 4),
        ("unknown", 2),
    ]


def test_an_empty_test_part_is_refused(make_clips: Make) -> None:
    none = make_clips().select(np.array([], dtype=np.int64))
    with pytest.raises(EvaluationError, match="no clip to score: check the split"):
        make_report(none, title="A run")


def test_every_report_follows_the_schema(make_clips: Make) -> None:
    one_speaker = make_clips(1, 6)
    mixed = concatenate([make_clips(), make_clips(4, corpus="other", votes=9)])
    facts = {"path": Path("runs"), "clips": np.int64(3), "options": {"channels": (16, None)}}
    history = [{"epoch": 1, "train_loss": 0.5, "validation_loss": float("nan")}]
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for clips in (one_speaker, mixed):
        report = make_report(clips, title="A run", facts=facts, history=history)
        content = json.loads(to_json(report))
        jsonschema.validate(content, schema)
        assert content["facts"]["clips"] == 3
        assert json.dumps(content["history"]) == (
            '[{"epoch": 1, "train_loss": 0.5, "validation_loss": null}]'
        )


@pytest.mark.parametrize("run", ["tiny-fold1", "tiny-folds"])
def test_reports_of_earlier_versions_follow_the_schema(run: str) -> None:
    path = DATA / "runs" / "toy" / run / "report.json"
    jsonschema.validate(json.loads(path.read_text("utf-8")), json_schema())


@pytest.mark.parametrize(
    ("key", "value"),
    [("overall", {"name": "a", "clips": 1}), ("confusion", [[0.5]]), ("format", 2)],
)
def test_the_schema_refuses_other_content(make_clips: Make, key: str, value: object) -> None:
    content = json.loads(to_json(make_report(make_clips(), title="A run")))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content | {key: value}, json_schema())
