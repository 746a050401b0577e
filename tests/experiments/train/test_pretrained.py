from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from emotion_classifier.corpora.splits import Part, Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import LeakError, ModelFolderError
from emotion_classifier.experiments.data.load import RunData
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.pretrained import find_pretrained
from emotion_classifier.model_folder.folder import read_specification, write_specification
from emotion_classifier.model_folder.specification import PretrainedFrom, TrainingData

HERE: Mapping[str, Part] = {"a": "train", "b": "validation", "c": "test"}


def data(corpus: str) -> TrainingData:
    return TrainingData(corpus=corpus, licence="none", speakers=1, clips=1)


def utterances(corpus: str, speakers: str = "abcd") -> list[Utterance]:
    return [Utterance(f"{corpus}/{s}", Path(s), corpus, s, "sad") for s in speakers]


def run_data(*corpora: str) -> RunData:
    found = tuple(u for corpus in corpora for u in utterances(corpus))
    return RunData(LabelSet(("neutral", "sad")), found, {}, (), (), {})


def split(parts: Mapping[str, Part], *corpora: str) -> Split:
    return Split({f"{c}/{s}": part for c in corpora for s, part in parts.items()})


def config(path: Path | None, **settings: Any) -> RunConfig:
    pretrained = {"path": str(path)} if path is not None else None
    corpora = [{"kind": "toy", "path": "toy"}]
    return RunConfig.model_validate(
        {"corpora": corpora, "pretrained_weights": pretrained, **settings}
    )


@pytest.fixture
def model(untrained_model: Path, tmp_path: Path) -> Path:
    """A model folder trained on `own`, outside its run."""
    folder = Path(shutil.copytree(untrained_model, tmp_path / "alone" / "somewhere"))
    learned = read_specification(folder).model_copy(update={"training_data": (data("own"),)})
    write_specification(folder, learned)
    return folder


def run_of(model: Path, parts: Mapping[str, Part]) -> Path:
    """The folder of a run trained on `own` with a speaker in each of `parts`."""
    run = model.parents[1] / "run"
    shutil.copytree(model, run / "model")
    split(parts, "own").save(run / "split.csv", utterances("own"))
    return run


def test_fresh_weights_need_no_check(tmp_path: Path) -> None:
    nowhere = {"enabled": False, "path": str(tmp_path / "nowhere")}
    for settings in (config(None), config(None, pretrained_weights=nowhere)):
        assert find_pretrained(settings, run_data("own"), split(HERE, "own")) is None


def test_a_path_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match="does not exist"):
        find_pretrained(config(tmp_path / "nowhere"), run_data("own"), split(HERE, "own"))


def test_a_model_without_its_run_trained_on_the_same_corpus_gives_a_warning(model: Path) -> None:
    earlier = find_pretrained(config(model), run_data("own", "new"), split(HERE, "own", "new"))
    assert earlier is not None
    (warning,) = earlier.warnings
    assert "untrained, which saw own" in warning and "folder of a run" in warning
    other = find_pretrained(config(model), run_data("new"), split(HERE, "new"))
    assert other is not None and other.warnings == ()


@pytest.mark.parametrize(
    "there",
    [HERE, {"a": "train", "d": "train", "b": "validation", "c": "test"}, {"d": "train"}],
)
def test_a_run_without_speakers_of_the_test_part_gives_no_warning(
    model: Path, there: Mapping[str, Part]
) -> None:
    earlier = find_pretrained(config(run_of(model, there)), run_data("own"), split(HERE, "own"))
    assert earlier is not None and earlier.warnings == ()


@pytest.mark.parametrize(
    ("there", "leak"),
    [
        ({"c": "train"}, "own/c is in test here and in train of"),
        ({"a": "train", "c": "validation"}, "own/c is in test here and in validation of"),
        ({"b": "train"}, "own/b is in validation here and in train of"),
    ],
)
def test_a_run_trained_on_speakers_of_the_test_part_is_refused_or_gives_a_warning(
    model: Path, there: Mapping[str, Part], leak: str
) -> None:
    run = run_of(model, there)
    with pytest.raises(LeakError, match=leak):
        find_pretrained(config(run), run_data("own"), split(HERE, "own"))
    allowed = {"split": {"kind": "speakers", "allow_leak": True}}
    earlier = find_pretrained(config(run, **allowed), run_data("own"), split(HERE, "own"))
    assert earlier is not None
    (warning,) = earlier.warnings
    assert warning.startswith(f"Leak: speaker {leak} {run}")


def test_another_clip_of_the_same_speaker_is_a_leak(model: Path) -> None:
    run = run_of(model, {"a": "train"})
    others = [Utterance("own/c-2", Path("c"), "own", "c", "sad")]
    Split({"own/c-2": "train"}).save(run / "split.csv", others)
    with pytest.raises(LeakError, match="speaker own/c"):
        find_pretrained(config(run), run_data("own"), split(HERE, "own"))


def test_the_origin_of_the_pretrained_model_gives_a_warning(model: Path) -> None:
    run = run_of(model, HERE)
    origin = PretrainedFrom(
        name="first", weights_sha256="0", loaded=1, fresh=0, training_data=(data("old"),)
    )
    found = read_specification(run / "model").model_copy(update={"origin": origin})
    write_specification(run / "model", found)
    parts = split(HERE, "own", "old")
    earlier = find_pretrained(config(run), run_data("own", "old"), parts)
    assert earlier is not None
    (warning,) = earlier.warnings
    assert "saw old" in warning


def test_the_encoder_of_the_pretrained_model_gives_a_warning(model: Path) -> None:
    frontend = {"kind": "encoder", "name": "superb/hubert-base-superb-er"}
    found = read_specification(model).model_copy(update={"architecture": {"frontend": frontend}})
    write_specification(model, found)
    earlier = find_pretrained(config(model), run_data("iemocap"), split(HERE, "iemocap"))
    assert earlier is not None
    (warning,) = earlier.warnings
    assert "superb/hubert-base-superb-er" in warning and "iemocap" in warning
