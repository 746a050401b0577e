"""`emotion stress`: output, files, and mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Command

from emotion_classifier.experiments.stress import stress as module
from emotion_classifier.experiments.stress.conditions import Condition, stress_conditions


@pytest.fixture
def two_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    def chosen(noises: Path | None, rooms: Path | None) -> list[Condition]:
        names = ("telephone", "white noise at 20 dB")
        return [one for one in stress_conditions(noises, rooms) if one.name in names]

    monkeypatch.setattr(module, "stress_conditions", chosen)


def corpus(folder: Path) -> list[str]:
    """Settings of a corpus with one folder for each emotion."""
    return [f"corpora=[{{kind: folders, path: {folder}, speaker_pattern: '/([a-f])_'}}]"]


@pytest.mark.usefixtures("two_conditions")
def test_tables_json_and_files(
    emotion: Command, folders_corpus: Path, model_folder: Path, tmp_path: Path
) -> None:
    arguments = ("stress", model_folder, *corpus(folders_corpus), "--part", "all", "--clips", 2)
    output = tmp_path / "report"
    ended = emotion(*arguments, "--sound-minutes", 0, "-o", output)
    assert ended.code == 0, ended.error
    for expected in ("telephone", "random model", "Limits that are met", "left out: 12 of 24"):
        assert expected in ended.out
    assert str(output / "report.html") in ended.out

    ended = emotion(*arguments, "--sound-minutes", 0, "--json")
    assert ended.code == 0, ended.error
    assert json.loads(ended.out) == json.loads((output / "stress.json").read_text("utf-8")) | {
        "origin": json.loads(ended.out)["origin"]
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["small"], "--corpus"),
        (["smal", "corpora=[{kind: toy, path: x}]"], "small"),
        (["small", "--corpus", "toy=x", "--noise", "absent"], "absent does not exist"),
        (["small", "--corpus", "toy=x", "--rooms", "absent"], "absent does not exist"),
    ],
)
def test_mistakes_are_named(emotion: Command, arguments: list[str], message: str) -> None:
    ended = emotion("stress", *arguments)
    assert ended.code == 2
    assert message in ended.error
