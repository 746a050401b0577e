from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.experiments.progress_log import ProgressLog

from emotion_classifier.config import parse_config
from emotion_classifier.corpora.splits import Split
from emotion_classifier.errors import LabelError, RunError
from emotion_classifier.evaluation.report.report import to_json
from emotion_classifier.experiments.data.config import DataConfig
from emotion_classifier.experiments.evaluate.evaluate_model import evaluate


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
    assert differing == {"title", "history"}
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
    (warning,) = report.warnings
    assert f"the {part} part of the model's own run: the score is too good" in warning
    assert warning in log.text


def test_a_corpus_that_the_model_was_trained_on_is_warned_of(
    finished_run: Path, tiny_config: Path
) -> None:
    config = toy(tiny_config.with_name("corpus"))
    evaluation = evaluate(finished_run / "model", config, part="all")
    assert evaluation.report.overall.clips == 36
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
    assert report.warnings == ()
    assert report.overall.clips == 24
    assert "left out: 12 clips of surprised, which the model lacks" in log.text


def test_a_corpus_without_an_emotion_of_the_model_is_refused(
    finished_run: Path, tmp_path: Path
) -> None:
    config = toy(tmp_path / "corpus", emotions=["calm", "disgust"], speakers=3)
    with pytest.raises(LabelError, match=r"hold calm, disgust, the model predicts"):
        evaluate(finished_run, config, part="all")


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
    with pytest.raises(RunError, match=rf"1 clips of .* cannot be used any more, first {name}"):
        evaluate(run)


def test_evaluation_and_prediction_need_no_torch(
    finished_run: Path, tiny_config: Path, environment: dict[str, str]
) -> None:
    clip = next(tiny_config.with_name("corpus").glob("*.wav"))
    program = f"""
import sys
from emotion_classifier.experiments.evaluate.evaluate_model import evaluate
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
