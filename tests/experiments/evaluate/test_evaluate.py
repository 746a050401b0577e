from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.experiments.progress_log import ProgressLog

from emotion_classifier.audio.io import write_wav
from emotion_classifier.config import parse_config
from emotion_classifier.corpora.splits import Split
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import ConfigError, EvaluationError, LabelError, RunError
from emotion_classifier.evaluation.report.report import to_json
from emotion_classifier.experiments.data.load import DataConfig
from emotion_classifier.experiments.evaluate.evaluate import (
    evaluate,
    evaluate_clips,
    label_predictions,
    with_risk,
    write_evaluation,
)
from emotion_classifier.experiments.evaluate.selection import open_run
from emotion_classifier.inference.emotion_model import EmotionModel
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.model_folder.pretraining_data import seen_by_encoder
from emotion_classifier.model_folder.specification import (
    ModelSpecification,
    PretrainedFrom,
    TrainingData,
)
from emotion_classifier.models.frontends.config import StandardisationConfig
from emotion_classifier.runs.checksums import record
from emotion_classifier.runs.predictions_file import read_predictions

RATE = 16_000


def changed(predictor: Predictor, specification: ModelSpecification) -> Predictor:
    """The same predictor with another specification."""
    return Predictor(EmotionModel(predictor.model.runtime, specification), predictor.config)


@pytest.fixture(scope="module")
def predictor(untrained_model: Path) -> Predictor:
    """Predicts neutral where the mean of a waveform is above a half, sad elsewhere."""
    return Predictor.load(untrained_model, StreamConfig(onset=None), threads=1)


@pytest.fixture
def clips(tmp_path: Path) -> list[Utterance]:
    """Three neutral and three sad clips, of which the model takes one sad one for neutral."""
    made = []
    for number, (emotion, mean) in enumerate(
        [("neutral", 0.8)] * 3 + [("sad", 0.1), ("sad", 0.1), ("sad", 0.8)]
    ):
        tone = mean + 0.1 * np.sin(np.arange(RATE) / 25)
        path = tmp_path / f"{number}.wav"
        write_wav(path, tone.astype(np.float32), RATE)
        made.append(Utterance(f"own/{number}", path, "own", f"s{number % 2}", emotion, sex="male"))
    return made


def test_every_clip_is_scored(
    predictor: Predictor, clips: list[Utterance], log: ProgressLog
) -> None:
    evaluation = evaluate_clips(predictor, clips, title="six clips", progress=log)
    assert evaluation.failed == ()
    assert evaluation.predictions.ids == tuple(clip.id for clip in clips)
    assert evaluation.predictions.speakers[:2] == ("own/s0", "own/s1")
    assert evaluation.report.confusion.tolist() == [[3, 0], [1, 2]]
    assert evaluation.report.warnings == ()
    assert evaluation.report.facts["model"] == "untrained"


def test_predictions_have_the_attributes_of_the_speakers(clips: list[Utterance]) -> None:
    aged = [replace(clips[0], speaker_attributes={"age": "34"}), clips[1]]
    found = label_predictions(
        LabelSet(("neutral", "sad")), aged, np.ones(2), np.full((2, 2), 0.5, np.float32)
    )
    assert found.speaker_attributes == {"age": ("34", None)}


def test_a_chosen_risk_sets_the_threshold(
    predictor: Predictor, clips: list[Utterance], log: ProgressLog
) -> None:
    for risk, coverage, accuracy in ((0.0, 1 / 3, 1.0), (0.2, 1.0, 5 / 6)):
        chosen = with_risk(predictor, clips, risk, log)
        found = evaluate_clips(chosen, clips, title="six clips").report.rejection
        assert (found.coverage, found.accuracy) == pytest.approx((coverage, accuracy))
    wrong = [replace(u, emotion="sad" if u.emotion == "neutral" else "neutral") for u in clips]
    with_risk(predictor, wrong, 0.2, log)
    assert "warning: no threshold has a risk of 20.0%" in log.text


def test_a_risk_needs_the_validation_part_of_a_run(untrained_model: Path, tmp_path: Path) -> None:
    data = parse_config(DataConfig, {"corpora": [{"kind": "toy", "path": str(tmp_path)}]}, "test")
    with pytest.raises(ConfigError, match="validation part"):
        evaluate(untrained_model, data, risk=0.2)


def test_a_corpus_that_the_encoder_has_seen_gives_one_warning(
    predictor: Predictor, clips: list[Utterance], log: ProgressLog
) -> None:
    classifier = "harshit345/xlsr-wav2vec-speech-emotion-recognition"
    network = predictor.specification.architecture["network"]
    architecture = {"network": network, "frontend": {"kind": "encoder", "name": classifier}}
    origin = PretrainedFrom(
        name="earlier",
        weights_sha256="0",
        loaded=3,
        fresh=1,
        training_data=(TrainingData(corpus="old", licence="none", speakers=2, clips=5),),
    )
    notes = seen_by_encoder(classifier, ["aesdd"])
    specification = predictor.specification.model_copy(
        update={"architecture": architecture, "origin": origin, "notes": notes}
    )
    with_encoder = changed(predictor, specification)
    aesdd = [replace(clip, corpus="aesdd") for clip in clips]
    report = evaluate_clips(with_encoder, aesdd, title="seen", progress=log).report
    assert report.warnings == notes != ()
    assert "AESDD" in str(report.facts["encoder"])
    assert report.facts["started from"] == (
        "earlier: 3 weights taken over, 1 fresh; it was trained on old (5 clips, 2 speakers, none)"
    )
    assert (
        evaluate_clips(with_encoder, clips, title="not seen", progress=log).report.warnings == notes
    )


def test_clips_that_cannot_be_predicted_are_reported_and_not_scored(
    predictor: Predictor, clips: list[Utterance], log: ProgressLog, tmp_path: Path
) -> None:
    clips[4].path.write_bytes(b"")
    evaluation = evaluate_clips(
        predictor, clips, title="five of six", progress=log, warnings=["A warning."]
    )
    assert evaluation.report.overall.clips == 5
    assert [problem.code for problem in evaluation.failed] == ["empty-file"]
    first, second = evaluation.report.warnings
    assert first == "A warning."
    assert second.startswith("1 of 6 clips could not be predicted and are not scored, first ")

    folder = tmp_path / "new" / "folder"
    write_evaluation(evaluation, folder, log)
    assert read_predictions(folder / "predictions.csv").ids == evaluation.predictions.ids
    with (folder / "unanswered.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["file"], row["code"]) == (str(clips[4].path), "empty-file")
    assert second in log.text


def test_notes_of_the_model_are_in_every_report(
    predictor: Predictor, clips: list[Utterance], log: ProgressLog
) -> None:
    noted = predictor.specification.model_copy(update={"notes": ("Leak: everything.",)})
    evaluation = evaluate_clips(changed(predictor, noted), clips, title="noted", progress=log)
    assert evaluation.report.warnings == ("Leak: everything.",)


def test_statistics_by_speaker_make_the_report_transductive(
    speaker_model: Path, clips: list[Utterance], log: ProgressLog
) -> None:
    loaded = Predictor.load(speaker_model, StreamConfig(onset=None), threads=1)
    notes = StandardisationConfig(kind="per_speaker").notes
    specification = loaded.specification.model_copy(update={"notes": notes})
    noted = changed(loaded, specification)
    evaluation = evaluate_clips(noted, clips, title="by speaker", progress=log)
    # Neutral where a clip's mean is above that of its speaker; alone, each clip would be undecided.
    assert evaluation.report.confusion.tolist() == [[3, 0], [1, 2]]
    (warning,) = evaluation.report.warnings
    assert warning.startswith("Transductive: features are normalised with all clips of each test")
    write_evaluation(evaluation, None, log)
    assert warning in log.text.replace("\n", " ")


def test_the_votes_of_listeners_reach_the_report(
    predictor: Predictor, clips: list[Utterance], log: ProgressLog, tmp_path: Path
) -> None:
    votes = [{"neutral": 0.75, "sad": 0.25}, {"sad": 0.5, "angry": 0.5}, {"angry": 1.0}, None]
    clips = [replace(u, perceived=v) for u, v in zip(clips, votes + votes[:2], strict=True)]
    specification = predictor.specification.model_copy(update={"target": "perceived"})
    listening = changed(predictor, specification)
    evaluation = evaluate_clips(listening, clips, title="counted", progress=log)
    report = evaluation.report
    # Votes for an emotion that the model lacks are left out; votes for angry alone are none.
    assert evaluation.predictions.has_votes.tolist() == [True, True, False, False, True, True]
    assert (report.target, report.facts["target"]) == ("perceived", "perceived")
    assert report.perception is not None and report.perception.intended.clips == 4
    write_evaluation(evaluation, tmp_path, log)
    found = read_predictions(tmp_path / "predictions.csv").perceived
    assert found is not None
    np.testing.assert_array_equal(found[:3], np.array([[0.75, 0.25], [0, 1], [np.nan, np.nan]]))


def test_no_prediction_at_all_is_an_error(
    predictor: Predictor, clips: list[Utterance], log: ProgressLog
) -> None:
    for clip in clips:
        clip.path.unlink()
    with pytest.raises(
        EvaluationError, match=r"none of 6 clips could be predicted, first .*0\.wav"
    ):
        evaluate_clips(predictor, clips, title="nothing", progress=log)
    with pytest.raises(EvaluationError, match="none of 0 clips"):
        evaluate_clips(predictor, [], title="nothing", progress=log)


def test_clips_without_speech_are_scored_with_equal_probabilities(
    untrained_model: Path, clips: list[Utterance]
) -> None:
    predictor = Predictor.load(untrained_model, threads=1)  # tones are no speech
    evaluation = evaluate_clips(predictor, clips, title="tones")
    np.testing.assert_array_equal(evaluation.predictions.probabilities, np.full((6, 2), 0.5))
    (warning,) = evaluation.report.warnings
    assert warning.startswith("6 of 6 clips have too little speech for a prediction")


@pytest.fixture(autouse=True)
def cache(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same waveform cache as that of the runs."""
    monkeypatch.setenv("EMOTION_CACHE", environment["EMOTION_CACHE"])


def toy(path: Path, **settings: object) -> DataConfig:
    """The tiny corpus, or another one of the same voices."""
    corpus = {"kind": "toy", "path": str(path), "speakers": 6, "clips_per_emotion": 2}
    emotions = {"emotions": ["angry", "happy", "sad"]}
    return parse_config(DataConfig, {"corpora": [{**corpus, **emotions, **settings}]}, "test")


def test_the_test_part_of_a_run_gives_the_scores_of_its_report(
    finished_run: Path, log: ProgressLog, tmp_path: Path
) -> None:
    again = tmp_path / "again"
    evaluation = evaluate(finished_run, output=again, misclassified=1000, progress=log)
    found = json.loads(to_json(evaluation.report))
    expected = json.loads((finished_run / "report.json").read_text("utf-8"))
    differing = {name for name in expected if found[name] != expected[name]}
    assert differing == {"title", "history", "kept_epoch", "origin", "provenance"}
    assert (again / "report.html").is_file()
    predictions = (again / "predictions.csv", finished_run / "predictions.csv")
    assert predictions[0].read_bytes() == predictions[1].read_bytes()
    copies = sorted(path.name for path in (again / "misclassified").iterdir())
    assert copies == sorted(path.name for path in (finished_run / "misclassified").iterdir())
    assert f"misclassified clips: {again / 'misclassified' / 'index.html'}" in log.text


@pytest.mark.parametrize("part", ["train", "validation"])
def test_scores_of_other_parts_of_the_run_have_a_warning(
    part: str, finished_run: Path, log: ProgressLog
) -> None:
    report = evaluate(finished_run, part=part, progress=log).report  # type: ignore[arg-type]
    warning, *others = report.warnings
    assert all("baseline" in other for other in others)
    assert f"the {part} part of the model's own run: the score is too good" in warning
    assert warning in log.text


def test_a_corpus_that_the_model_was_trained_on_is_warned_of(
    finished_run: Path, tiny_config: Path
) -> None:
    config = toy(tiny_config.with_name("corpus"))
    evaluation = evaluate(finished_run / "model", config, part="all")
    assert evaluation.report.overall.clips == 36
    (warning,) = evaluation.report.warnings
    assert "Leak: 5 of the 6 speakers" in warning


def test_the_corpora_of_a_model_outside_its_run_are_warned_of(
    finished_run: Path, tiny_config: Path, tmp_path: Path
) -> None:
    shutil.copytree(finished_run / "model", tmp_path / "model")
    evaluation = evaluate(tmp_path / "model", toy(tiny_config.with_name("corpus")), part="all")
    (warning,) = evaluation.report.warnings
    assert "The model was trained on toy" in warning


def test_another_corpus_is_scored_without_a_warning(
    finished_run: Path, tiny_config: Path, log: ProgressLog, tmp_path: Path
) -> None:
    for clip in tiny_config.with_name("corpus").glob("*.wav"):
        speaker, emotion, *rest = clip.stem.split("_")
        folder = tmp_path / "clips" / {"happy": "surprised"}.get(emotion, emotion)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(clip, folder / f"{speaker}_{'_'.join(rest)}.wav")
    corpus = {"kind": "folders", "path": str(tmp_path / "clips"), "speaker_pattern": r"/(\d+)"}
    config = parse_config(DataConfig, {"corpora": [corpus]}, "test")
    report = evaluate(finished_run, config, part="all", progress=log).report
    assert all(warning.startswith("left out: ") for warning in report.warnings)
    assert report.overall.clips == 24
    assert "left out: 12 clips of surprised, which the model lacks" in log.text


def test_a_corpus_without_an_emotion_of_the_model_is_refused(
    finished_run: Path, tmp_path: Path
) -> None:
    config = toy(tmp_path / "corpus", emotions=["calm", "disgust"], speakers=3)
    with pytest.raises(LabelError, match=r"hold calm, disgust, the model predicts"):
        evaluate(finished_run, config, part="all")


def test_a_corpus_of_one_emotion_is_scored(finished_run: Path, tmp_path: Path) -> None:
    config = toy(tmp_path / "corpus", emotions=["happy"], speakers=2)
    report = evaluate(finished_run, config, part="all").report
    assert report.overall.clips == 4
    assert report.overall["uar"].value == report.overall["accuracy"].value


def test_a_model_folder_alone_names_no_corpus(finished_run: Path) -> None:
    with pytest.raises(RunError, match=r"--corpus KIND=PATH"):
        evaluate(finished_run / "model")


def test_a_run_with_a_missing_clip_is_not_evaluated_on_the_others(
    finished_run: Path, tiny_config: Path, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(finished_run, tmp_path / "run"))
    clips = Path(shutil.copytree(tiny_config.with_name("corpus"), tmp_path / "clips"))
    name = next(
        iter(id_ for id_, part in Split.load(run / "split.csv").parts.items() if part == "test")
    )
    (clips / f"{name.removeprefix('toy/')}.wav").write_bytes(b"")
    settings = (run / "config.yml").read_text("utf-8")
    altered = settings.replace(str(tiny_config.with_name("corpus")), str(clips))
    (run / "config.yml").write_text(altered, "utf-8")
    with pytest.raises(RunError, match=r"config\.yml is damaged or was changed"):
        evaluate(run)
    record(run / "config.yml")
    with pytest.raises(RunError, match=rf"1 clips of .* cannot be used any more, first {name}"):
        evaluate(run)


def test_evaluation_and_prediction_need_no_torch(
    finished_run: Path, tiny_config: Path, environment: dict[str, str]
) -> None:
    clip = next(tiny_config.with_name("corpus").glob("*.wav"))
    program = f"""
import sys
from emotion_classifier.experiments.evaluate.evaluate import evaluate
from emotion_classifier.inference.predictor import Predictor
predictor = Predictor.load({str(finished_run)!r})
predictor.predict({str(clip)!r})
evaluate({str(finished_run)!r})
heavy = {{"torch", "lightning"}} & set(sys.modules)
assert not heavy, heavy
"""
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("file", ["split.csv", "cross_validation.yml"])
def test_the_folder_of_a_run_is_not_written_to(
    untrained_model: Path, file: str, tmp_path: Path
) -> None:
    (tmp_path / file).touch()
    data = parse_config(DataConfig, {"corpora": [{"kind": "toy", "path": str(tmp_path / "toy")}]})
    with pytest.raises(RunError, match="would be replaced: name another folder"):
        evaluate(untrained_model, data, output=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [file]


def test_a_run_is_found_by_its_name(
    finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("runs").symlink_to(finished_run.parent.parent)
    for name in ("tiny", "toy/tiny"):
        assert open_run(name).path.resolve() == finished_run.resolve()
    with pytest.raises(RunError, match="not the folder of a run"):
        open_run("tinny")
