from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.audio.waveform_cache import CachedClip, WaveformCache
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.emotions import LabelSet
from emotion_classifier.errors import RunError
from emotion_classifier.experiments.train.config import DistillationConfig
from emotion_classifier.experiments.train.soft_targets import with_soft_targets
from emotion_classifier.experiments.train.teachers import Teacher, emotion_mapping
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.model_folder.folder import read_specification, write_specification
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.progress import Progress, ignore
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.items import Key

RATE = 16_000
LABELS = LabelSet(("neutral", "happy", "sad"))
EMOTIONS = ("neutral", "sad", "sad", "happy")
PATH = Path("teacher")


@pytest.fixture(scope="module")
def utterances(tmp_path_factory: pytest.TempPathFactory) -> list[Utterance]:
    """Clips of 0.6 s around different means, so that the untrained model predicts differently."""
    folder = tmp_path_factory.mktemp("clips")
    rng = np.random.default_rng(0)
    found = []
    for number, emotion in enumerate(EMOTIONS):
        samples = 0.2 * number + 0.05 * rng.standard_normal(int(0.6 * RATE))
        write_wav(folder / f"{number}.wav", samples.astype(np.float32), RATE)
        path = folder / f"{number}.wav"
        found.append(Utterance(f"own/{number}", path, "own", f"s{number % 2}", emotion))
    return found


@pytest.fixture
def make_dataset(utterances: list[Utterance], tmp_path: Path) -> Callable[..., ClipDataset]:
    preparation = Preparation(RATE, None)
    paths = [u.path for u in utterances]
    found = WaveformCache(tmp_path / "cache", preparation).prepare_all(paths)

    def make(**settings: Any) -> ClipDataset:
        return ClipDataset(
            [clip for path in paths if isinstance(clip := found[path], CachedClip)],
            np.eye(3, dtype=np.float32)[LABELS.indices(EMOTIONS)],
            ModelInput(preparation, seconds=0.6, mask_padding=True, minimum_seconds=0.5),
            0,
            speakers=[u.speaker_id for u in utterances],
            corpora=["own"] * len(utterances),
            speaker_order=["own/s0", "own/s1"],
            **settings,
        )

    return make


def teacher_in(folder: Path) -> Teacher:
    specification = read_specification(folder)
    return Teacher(folder, specification, emotion_mapping(specification, LABELS, {}))


def config(**settings: Any) -> DistillationConfig:
    return DistillationConfig(teachers=(PATH,), **settings)


def expected(teacher: Teacher, recording: Path | Waveform, temperature: float = 1.0) -> Any:
    predictor = Predictor.load(teacher.folder, StreamConfig(onset=None))
    probabilities = predictor.predict(recording).probabilities
    return teacher.distributions(probabilities.astype(np.float64), temperature)


def soft(clips: ClipDataset) -> Any:
    assert clips.soft_targets is not None
    return clips.soft_targets


def test_targets_are_weighted_and_a_clip_whose_emotion_the_teacher_lacks_keeps_its_label(
    make_dataset: Callable[..., ClipDataset],
    utterances: list[Utterance],
    untrained_model: Path,
    tmp_path: Path,
) -> None:
    training, teacher = make_dataset(), teacher_in(untrained_model)
    settings = config(weight=0.75, temperature=2.0)
    reported: list[Progress] = []
    folder = tmp_path / "teacher"
    student = with_soft_targets(training, utterances, [teacher], settings, folder, reported.append)
    targets = soft(student)
    assert targets.shape == (4, 1, 3) and targets.dtype == np.float32
    for clip in range(3):
        predicted = expected(teacher, utterances[clip].path, 2.0)
        wanted = 0.75 * predicted + 0.25 * training.targets[clip]
        np.testing.assert_allclose(targets[clip, 0], wanted, atol=1e-6)
    np.testing.assert_array_equal(targets[3, 0], [0, 1, 0])
    assert student.targets is training.targets and training.soft_targets is None
    assert "untrained: targets of 3 of 4 clips" in reported[-1].text
    batch = student.collate([student[Key(5, clip)] for clip in (3, 1)])
    np.testing.assert_array_equal(batch.targets, targets[[3, 1], 0])


def test_emotions_that_a_corpus_lacks_are_left_out_of_targets(
    make_dataset: Callable[..., ClipDataset],
    utterances: list[Utterance],
    untrained_model: Path,
    tmp_path: Path,
) -> None:
    training, teacher = make_dataset(), teacher_in(untrained_model)
    training.corpora = ("first", "first", "second", "second")  # which has no neutral clip
    arguments = (training, utterances, [teacher], config(weight=0.75), tmp_path / "teacher", ignore)
    every, known = (
        soft(with_soft_targets(*arguments, of_corpus_only=only)) for only in (False, True)
    )
    np.testing.assert_array_equal(known[:2], every[:2])
    assert every[2, 0, 0] > 0.1
    np.testing.assert_allclose(known[2, 0], [0, 0, 1])


def test_each_view_has_the_prediction_for_its_own_audio(
    make_dataset: Callable[..., ClipDataset],
    utterances: list[Utterance],
    untrained_model: Path,
    tmp_path: Path,
) -> None:
    def shifted(samples: Samples, clip: int, generator: np.random.Generator) -> Samples:
        return samples + np.float32(generator.uniform(-1, 1))

    training, teacher = make_dataset(augment=shifted, views=2), teacher_in(untrained_model)
    student = with_soft_targets(
        training, utterances, [teacher], config(weight=1.0), tmp_path / "teacher", ignore
    )
    for epoch, view in ((0, 0), (1, 1), (2, 0)):
        item = student[Key(epoch, 1)]
        wanted = expected(teacher, Waveform(item.samples[None], RATE))
        np.testing.assert_allclose(soft(student)[1, view], wanted, atol=1e-6)
        np.testing.assert_array_equal(student.collate([item]).targets[0], soft(student)[1, view])
    assert not np.allclose(soft(student)[1, 0], soft(student)[1, 1])


def test_several_teachers_have_the_mean_of_their_probabilities(
    make_dataset: Callable[..., ClipDataset],
    utterances: list[Utterance],
    untrained_model: Path,
    tmp_path: Path,
) -> None:
    other = Path(shutil.copytree(untrained_model, tmp_path / "other"))
    swapped = read_specification(other).model_copy(update={"emotions": ("sad", "neutral")})
    write_specification(other, swapped)
    teachers = [teacher_in(untrained_model), teacher_in(other)]
    student = with_soft_targets(
        make_dataset(), utterances, teachers, config(weight=1.0), tmp_path / "teacher", ignore
    )
    np.testing.assert_allclose(soft(student)[:3, 0], [[0.5, 0.0, 0.5]] * 3, atol=1e-6)


def test_predictions_are_kept_and_only_missing_and_damaged_ones_are_computed(
    make_dataset: Callable[..., ClipDataset],
    utterances: list[Utterance],
    speaker_model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    specification = read_specification(speaker_model)
    model = Path(shutil.copytree(speaker_model, tmp_path / "model"))
    architecture = {**specification.architecture, "standardisation": {"kind": "per_speaker"}}
    write_specification(model, specification.model_copy(update={"architecture": architecture}))
    teacher, folder = teacher_in(model), tmp_path / "teacher"

    def run() -> Any:
        return soft(
            with_soft_targets(make_dataset(), utterances, [teacher], config(), folder, ignore)
        )

    first = run()
    of_speakers = sorted(folder.glob("*/*/*.npy"))
    assert len(of_speakers) == 2  # statistics are those of all clips of a speaker
    of_speakers[0].write_bytes(of_speakers[0].read_bytes()[:-1])
    calls: list[int] = []
    predict_many = Predictor.predict_many

    def counted(self: Predictor, recordings: Any, speakers: Any) -> Any:
        calls.append(len(recordings))
        return predict_many(self, recordings, speakers)

    monkeypatch.setattr(Predictor, "predict_many", counted)
    np.testing.assert_array_equal(run(), first)
    assert calls == [2]
    np.testing.assert_array_equal(run(), first)
    assert calls == [2]


def test_a_continued_run_needs_the_same_teachers(
    make_dataset: Callable[..., ClipDataset],
    utterances: list[Utterance],
    untrained_model: Path,
    speaker_model: Path,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "teacher"
    for model, refused in ((untrained_model, False), (speaker_model, True)):
        arguments = (make_dataset(), utterances, [teacher_in(model)], config(), folder, ignore)
        if refused:
            with pytest.raises(RunError, match="not as when this run started"):
                with_soft_targets(*arguments)
        else:
            with_soft_targets(*arguments)
