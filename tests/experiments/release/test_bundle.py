from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from emotion_classifier.audio.synthesis import TOY_SENTENCES, ToySpeaker, synthesise
from emotion_classifier.experiments.release.bundle import with_licence, without_folders
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.model_folder.folder import GRAPH, SPECIFICATION, read_specification
from emotion_classifier.model_folder.pretraining_data import licence_warnings
from emotion_classifier.model_folder.specification import EncoderFacts
from emotion_classifier.runs.history import read_history

Emotion = Callable[..., "subprocess.CompletedProcess[str]"]

TWO_FOLDS = "split={kind: k_fold, folds: 2, fold: 1}"
QUICK = (TWO_FOLDS, "training.epochs=1", "training.keep=last", "training.tensorboard=null")


@pytest.mark.slow
def test_a_bundle_is_evaluated_by_folds_and_trained_on_all(
    emotion: Emotion, tiny_config: Path, tmp_path: Path
) -> None:
    output = tmp_path / "given"
    # Folds of a corpus' own go along with those of the others: else a clip would be tested twice.
    own = "corpus_splits={toy: {kind: k_fold, folds: 2, fold: 1}}"
    others = tmp_path / "others.yml"
    others.write_text(yaml.safe_dump({"corpora": [_toy(tmp_path / "a"), _folders(tmp_path / "b")]}))
    arguments = (
        "bundle",
        tiny_config,
        *QUICK,
        own,
        "--left-out",
        others,
        "--weights",
        "int8",
        "--runs",
        tmp_path / "runs",
        "--output",
        output,
    )
    ended = emotion(*arguments, exports=True)
    assert ended.returncode == 0, ended.stdout
    assert sorted(file.name for file in output.iterdir()) == [GRAPH, SPECIFICATION]

    model = read_specification(output)
    assert model.validation_uar is None
    (data,) = model.training_data
    assert (data.speakers, data.clips) == (6, 36)
    (score,) = model.card.scores
    assert (score.clips, score.speakers) == (36, 6)  # every speaker unseen once
    assert "Cross-validation with 2 folds" in model.card.procedure
    assert model.card.coverage is not None and model.uncertain_below > 0
    assert "telephone" in [row.condition for row in model.card.robustness]
    (left_out, restricted) = (
        model.card.left_out
    )  # not the corpus of the same name as that of the training
    assert (left_out.name, left_out.language, left_out.clips) == ("own", "Danish", 4)
    assert restricted.name == "own, restricted to its 2 emotions"
    assert restricted.calibration_error is not None
    assert "neither trained nor calibrated" in model.card.left_out_procedure
    assert [one.sound for one in model.card.false_emotions] == ["silence"]
    assert model.card.speakers[0].speakers == 6
    assert model.recording_uncertain_below is not None and model.recording_uncertain_below > 0
    (change,) = model.card.changes
    assert "Weights of int8" in change and "4 clips of left-out corpora" in change
    assert model.card.lowest_rate_hz in (8000, 16_000)
    assert Predictor.load(output, threads=1).labels.names == model.emotions

    (row,) = read_history(tmp_path / "runs" / "toy" / "tiny-all" / "history.csv")
    assert row.train_loss > 0
    assert row.validation_uar != row.validation_uar  # NaN: no speaker was left to validate on

    again = emotion(*arguments)
    assert again.returncode == 0 and "epoch 1/1" not in again.stdout
    assert read_specification(output) == model


@pytest.mark.slow
def test_temperature_and_thresholds_can_be_fitted_on_corpora_that_are_left_out_in_turn(
    emotion: Emotion, tiny_config: Path, tmp_path: Path
) -> None:
    second = f"corpora.1={json.dumps(_folders(tmp_path / 'own', '123456'))}"
    no_fold = "split={kind: k_fold, folds: 2}"  # these models have the first
    arguments = ("bundle", tiny_config, *QUICK, no_fold, second, "--leave-one-corpus-out")
    folders = ("--runs", tmp_path / "runs", "--output", tmp_path / "model")
    ended = emotion(*arguments, *folders, exports=True)
    assert ended.returncode == 0, ended.stdout
    card = read_specification(tmp_path / "model").card
    assert "each predicted by a model that was trained on the others" in card.procedure
    rows = {one.name: one for one in card.left_out}
    # The model without toy has the two emotions of the other corpus.
    assert set(rows) == {"own", "own, restricted to its 2 emotions", "toy"}
    assert (rows["own"].language, rows["own"].clips) == ("Danish", 12)
    assert not any(one.published for one in card.left_out)


def _toy(path: Path) -> dict[str, object]:
    return {"kind": "toy", "path": str(path), "speakers": 1, "clips_per_emotion": 1}


def _folders(path: Path, speakers: str = "12") -> dict[str, object]:
    """Two emotions of two speakers, one clip each."""
    generator = np.random.default_rng(0)
    for emotion in ("angry", "sad"):
        (path / emotion).mkdir(parents=True)
        for speaker in speakers:
            clip = synthesise(
                ToySpeaker.draw("male", generator), emotion, TOY_SENTENCES[0], generator
            )
            soundfile.write(path / emotion / f"{speaker}.wav", clip, 16_000)
    options = {"name": "own", "language": "Danish", "speaker_pattern": "([0-9])"}
    return {"kind": "folders", "path": str(path), **options}


def test_left_out_corpora_must_not_all_be_those_of_the_training(
    emotion: Emotion, tiny_config: Path, tmp_path: Path
) -> None:
    others = tmp_path / "others.yml"
    others.write_text(yaml.safe_dump({"corpora": [_toy(tmp_path / "toy")]}))
    ended = emotion("bundle", tiny_config, *QUICK, "--left-out", others, "--output", tmp_path / "m")
    assert ended.returncode == 2
    assert "trained on all of these corpora (toy)" in ended.stdout


def test_a_published_model_does_not_name_the_folder_of_its_encoder(
    untrained_model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "whisper-tiny.en"
    folder.mkdir()
    own = read_specification(untrained_model).model_copy(
        update={
            "architecture": {"frontend": {"kind": "encoder", "name": str(folder)}},
            "encoder": EncoderFacts(name=str(folder), fingerprint="0"),
            "notes": (f"The encoder {folder} was trained.",),
        }
    )
    found = without_folders(own)
    assert found.architecture["frontend"]["name"] == "whisper-tiny.en"
    assert found.encoder is not None and found.encoder.name == "whisper-tiny.en"
    assert found.notes == ("The encoder whisper-tiny.en was trained.",)
    folder.rmdir()  # a name on the hub
    assert without_folders(own) == own


def test_the_published_licence_is_that_of_an_encoder_that_states_none(
    untrained_model: Path, tmp_path: Path
) -> None:
    text = tmp_path / "licence.txt"
    text.write_text("\n# MIT License\n\nCopyright (c) 2022 OpenAI\n")
    own = read_specification(untrained_model).model_copy(
        update={
            "encoder": EncoderFacts(name="whisper-tiny.en", fingerprint="0"),
            "notes": ("another note", *licence_warnings("whisper-tiny.en", None)),
        }
    )
    found = with_licence(own, text)
    assert found.encoder is not None and found.encoder.licence == "MIT License"
    assert found.notes == ("another note",)
    assert with_licence(own, None) == own
    assert with_licence(found, text) == found


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--leave-one-corpus-out",), "at least two training corpora"),
        (
            (
                "--leave-one-corpus-out",
                "corpora.1={kind: tess, path: nowhere}",
                "split={kind: leave_one_speaker_out}",
            ),
            "needs the speaker to test",
        ),
        (("--encoder-licence", "nowhere.txt"), "there is no file nowhere.txt"),
        (
            ("model.frontend={kind: encoder, name: openai/whisper-tiny.en}",),
            "name the file of its text with --encoder-licence",
        ),
    ],
)
def test_a_publication_that_cannot_be_is_refused_before_training(
    emotion: Emotion, tiny_config: Path, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    ended = emotion("bundle", tiny_config, *QUICK, *options, "--output", tmp_path / "m")
    assert ended.returncode == 2
    assert message in " ".join(ended.stdout.split())


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ((TWO_FOLDS,), "training.keep: last"),
        ((*QUICK, "training.early_stopping={}"), "training.early_stopping: null"),
        ((*QUICK, "training.schedule.kind=plateau"), "kind: cosine"),
        ((*QUICK, "model.standardisation.kind=per_speaker"), "choose per_bin"),
        (QUICK[1:], "has no folds"),
    ],
)
def test_settings_that_need_a_validation_part_are_refused_before_training(
    emotion: Emotion,
    tiny_config: Path,
    tmp_path: Path,
    overrides: tuple[str, ...],
    message: str,
) -> None:
    runs = tmp_path / "runs"
    ended = emotion("bundle", tiny_config, *overrides, "--runs", runs, "--output", tmp_path / "m")
    assert ended.returncode == 2
    assert message in ended.stdout and "Traceback" not in ended.stdout
    assert not runs.exists()
