from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from tests.encoder_models import (
    EMOTIONS,
    RATE,
    encoder_config,
    encoder_of,
    trained,
    write_without_graph,
)

from emotion_classifier.corpora.splits import Part, Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import ConfigError, LeakError, ModelFolderError, RunError
from emotion_classifier.experiments.data.load import RunData
from emotion_classifier.experiments.release.slim_model import leave_out_encoder
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.train.plan import _require_batches
from emotion_classifier.experiments.train.pretrained import (
    Pretrained,
    find_pretrained,
    require_fitting_weights,
    warm_start,
)
from emotion_classifier.model_folder.folder import (
    GRAPH,
    WEIGHTS,
    read_specification,
    read_unchecked,
    write_specification,
)
from emotion_classifier.model_folder.input import InputConfig
from emotion_classifier.model_folder.specification import (
    ModelSpecification,
    PretrainedFrom,
    TrainingData,
)
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.models.export.onnx import write_weights
from emotion_classifier.progress import Progress, ignore
from emotion_classifier.testing.encoders import tiny_checkpoint

HERE: Mapping[str, Part] = {"a": "train", "b": "validation", "c": "test"}


def data(corpus: str) -> TrainingData:
    return TrainingData(corpus=corpus, licence="none", speakers=1, clips=1)


def utterances(corpus: str, speakers: str = "abcd") -> list[Utterance]:
    return [Utterance(f"{corpus}/{s}", Path(s), corpus, s, "sad") for s in speakers]


def run_data(*corpora: str) -> RunData:
    found = tuple(u for corpus in corpora for u in utterances(corpus))
    return RunData(LabelSet(("neutral", "sad")), found, {}, (), (), {}, {})


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
    off = {"enabled": False}
    nowhere = {**off, "path": str(tmp_path / "nowhere")}
    for settings in (None, off, nowhere):
        fresh = config(None, pretrained_weights=settings)
        assert find_pretrained(fresh, run_data("own"), split(HERE, "own")) is None
    with pytest.raises(ValidationError, match="name a run or a model folder"):
        config(None, pretrained_weights={"enabled": True})


def test_a_path_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match="does not exist"):
        find_pretrained(config(tmp_path / "nowhere"), run_data("own"), split(HERE, "own"))


def test_the_models_of_all_folds_are_no_start_of_a_single_run() -> None:
    settings = config(Path("runs/own/frozen-{fold}"))
    with pytest.raises(ConfigError, match=r"such as .*frozen-fold1"):
        find_pretrained(settings, run_data("own"), split(HERE, "own"))


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


CNN: dict[str, Any] = {
    "frontend": {"kind": "log_mel", "mels": 16},
    "network": {"kind": "cnn", "channels": [4], "embedding": 8},
}


def run_config(model: dict[str, Any] | ModelConfig, kept_share: float = 0.0) -> RunConfig:
    settings = model.model_dump() if isinstance(model, ModelConfig) else model
    return RunConfig.model_validate(
        {
            "corpora": [{"kind": "toy", "path": "toy"}],
            "model": settings,
            "pretrained_weights": {"path": "earlier", "kept_share": kept_share},
        }
    )


def built(model: dict[str, Any], seed: int, emotions: int = len(EMOTIONS)) -> EmotionClassifier:
    torch.manual_seed(seed)
    return ModelConfig.model_validate(model).build(RATE, emotions).eval()


@pytest.fixture
def earlier(tmp_path: Path) -> Pretrained:
    """A small network trained on `own`."""
    folder = tmp_path / "earlier"
    folder.mkdir()
    classifier = built(CNN, 1)
    classifier.standardisation.mean.fill_(5.0)
    (folder / GRAPH).write_bytes(b"graph")
    write_weights(folder, classifier.state_dict())
    specification = ModelSpecification(
        name="earlier",
        emotions=EMOTIONS,
        input=InputConfig(),
        architecture=ModelConfig.model_validate(CNN).model_dump(mode="json"),
        parameters=1,
        training_data=(TrainingData(corpus="own", licence="none", speakers=1, clips=1),),
    )
    write_specification(folder, specification)
    return Pretrained(folder, read_specification(folder), ())


def test_the_outcome_is_reported_written_and_part_of_the_model(
    earlier: Pretrained, tmp_path: Path
) -> None:
    reported: list[Progress] = []
    classifier, record = built(CNN, 2, emotions=2), tmp_path / "transfer.csv"
    origin = warm_start(
        classifier, earlier, run_config(CNN), ("happy", "sad"), record, reported.append
    )
    lines = [progress.text for progress in reported]
    total = len(classifier.state_dict())
    assert (origin.name, origin.loaded, origin.fresh) == ("earlier", total - 2, 2)
    assert [one.corpus for one in origin.training_data] == ["own"]
    assert not origin.encoder_changed
    assert f"pretrained weights: loaded {total - 2} of {total} weights" in lines[0]
    assert any("the emotions differ, so the head starts fresh" in line for line in lines)
    with record.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["outcome"].endswith(origin.weights_sha256)
    assert {row["weight"] for row in rows[1:]} == classifier.state_dict().keys()
    head = next(row for row in rows if row["weight"] == "head.output.weight")
    assert (head["shape"], head["earlier_shape"]) == ("2x16", "3x16")
    assert head["outcome"].startswith("the emotions differ")


def test_the_share_to_keep_is_part_of_the_model(earlier: Pretrained, tmp_path: Path) -> None:
    other_statistics = {**CNN, "frontend": {**CNN["frontend"], "n_fft": 512}}
    for number, model in enumerate((CNN, other_statistics)):
        record = tmp_path / f"{number}.csv"
        settings = run_config(model, kept_share=0.5)
        origin = warm_start(built(model, 2), earlier, settings, EMOTIONS, record, ignore)
        assert origin.kept_share == 0.5


def test_no_share_of_fresh_weights_is_kept(earlier: Pretrained) -> None:
    classifier, settings = built(CNN, 2, emotions=2), run_config(CNN, kept_share=0.5)
    before = {name: weight.clone() for name, weight in classifier.state_dict().items()}
    with pytest.raises(ConfigError, match=r"kept_share: head\.output\.weight .* emotions differ"):
        require_fitting_weights(earlier, classifier, settings, ("happy", "sad"))
    require_fitting_weights(earlier, classifier, run_config(CNN), ("happy", "sad"))
    after = classifier.state_dict()
    assert all(torch.equal(after[name], weight) for name, weight in before.items())


def test_statistics_are_loaded_for_the_same_features_only(
    earlier: Pretrained, tmp_path: Path
) -> None:
    louder = {**CNN, "frontend": {**CNN["frontend"], "n_fft": 512}}
    for number, (model, mean) in enumerate(((CNN, 5.0), (louder, 0.0))):
        classifier = built(model, 2)
        record = tmp_path / f"{number}.csv"
        warm_start(classifier, earlier, run_config(model), EMOTIONS, record, ignore)
        assert torch.equal(classifier.standardisation.mean, torch.full((16,), mean))


def test_weights_of_which_none_fits_are_refused(earlier: Pretrained) -> None:
    other = {"frontend": {"kind": "mfcc"}, "network": {"kind": "mlp", "hidden": [5]}}
    with pytest.raises(ConfigError, match=r"nothing in .*earlier fits .* start fresh"):
        require_fitting_weights(earlier, built(other, 2), run_config(other), EMOTIONS)


def test_a_continued_run_needs_the_same_weights(earlier: Pretrained, tmp_path: Path) -> None:
    record = tmp_path / "transfer.csv"
    first = warm_start(built(CNN, 2), earlier, run_config(CNN), EMOTIONS, record, ignore)
    again = warm_start(built(CNN, 2), earlier, run_config(CNN), EMOTIONS, record, ignore)
    assert first == again
    write_weights(earlier.folder, built(CNN, 3).state_dict())
    write_specification(earlier.folder, earlier.specification)
    changed = Pretrained(earlier.folder, read_specification(earlier.folder), ())
    with pytest.raises(RunError, match=r"is not the file that this run started from"):
        warm_start(built(CNN, 2), changed, run_config(CNN), EMOTIONS, record, ignore)


def test_a_folder_without_weights_is_refused(earlier: Pretrained, tmp_path: Path) -> None:
    (earlier.folder / WEIGHTS).unlink()
    with pytest.raises(ModelFolderError, match="for prediction only"):
        warm_start(built(CNN, 2), earlier, run_config(CNN), EMOTIONS, tmp_path / "t.csv", ignore)


def test_a_folder_without_weights_is_refused_before_there_is_a_run(
    model: Path,
) -> None:
    (model / WEIGHTS).unlink()
    write_specification(model, read_specification_of_graph(model))
    with pytest.raises(ModelFolderError):
        find_pretrained(config(model), run_data("own"), split(HERE, "own"))


def read_specification_of_graph(folder: Path) -> ModelSpecification:
    network = {"architecture": {"network": {"kind": "cnn"}}}
    return read_unchecked(folder).model_copy(update=network)


def test_a_bundled_model_can_be_trained_further(tmp_path: Path) -> None:
    bundled = find_pretrained(config(Path("small")), run_data("own"), split(HERE, "own"))
    assert bundled is not None
    settings = bundled.specification.architecture
    classifier = built(settings, 0, emotions=8)
    emotions = bundled.specification.emotions
    record = tmp_path / "transfer.csv"
    origin = warm_start(classifier, bundled, run_config(settings), emotions, record, ignore)
    assert origin.name == "bundled-small"
    assert origin.fresh <= 2  # statistics of features, which this model does not use


def test_batches_of_one_clip_are_refused_where_the_network_normalises_vectors() -> None:
    for size, kind, is_refused in ((1, "mlp", True), (2, "mlp", False), (1, "lstm", False)):
        model = {"frontend": {"kind": "log_mel", "mels": 16}, "network": {"kind": kind}}
        settings = config(None, model=model, training={"batch_size": size})
        classifier = built(model, 0)
        if is_refused:
            with pytest.raises(ConfigError, match=r"training\.batch_size: 1 "):
                _require_batches(settings, classifier, 20)
        else:
            _require_batches(settings, classifier, 20)


def test_a_changed_encoder_gets_a_fingerprint_of_its_own(tmp_path: Path) -> None:
    config = encoder_config(tiny_checkpoint(tmp_path / "checkpoint", "hubert", layers=1))
    for name, moved in (("head", ()), ("encoder", ("v_proj.weight",))):
        source = write_without_graph(tmp_path / name, config, trained(config, moved))
        earlier = Pretrained(source, read_specification(source), ())
        classifier = config.build(RATE, len(EMOTIONS)).eval()
        before = encoder_of(classifier).fingerprint
        record = tmp_path / f"{name}.csv"
        origin = warm_start(classifier, earlier, run_config(config), EMOTIONS, record, ignore)
        assert origin.encoder_changed == bool(moved)
        assert (encoder_of(classifier).fingerprint != before) == bool(moved)


def test_weights_of_a_slim_folder_need_the_same_encoder(tmp_path: Path) -> None:
    config = encoder_config(tiny_checkpoint(tmp_path / "checkpoint", "hubert", layers=1))
    whole = write_without_graph(tmp_path / "whole", config, trained(config))
    slim = leave_out_encoder(whole, tmp_path / "slim")
    earlier = Pretrained(slim, read_specification(slim), ())
    classifier = config.build(RATE, len(EMOTIONS)).eval()
    warm_start(classifier, earlier, run_config(config), EMOTIONS, tmp_path / "1.csv", ignore)
    head = trained(config).head.output.weight
    assert torch.equal(classifier.head.output.weight, head)

    require_fitting_weights(earlier, classifier, run_config(config, kept_share=0.5), EMOTIONS)
    other = encoder_config(tiny_checkpoint(tmp_path / "other", "hubert", layers=1, seed=1))
    for refused in (other.build(RATE, len(EMOTIONS)), built(CNN, 1)):
        with pytest.raises(ModelFolderError, match=r"not that of this run.*emotion export"):
            require_fitting_weights(earlier, refused, run_config(config), EMOTIONS)
