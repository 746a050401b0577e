from __future__ import annotations

import copy
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from emotion_classifier.audio.array_cache import ArrayCache
from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.audio.waveform_cache import CachedClip, WaveformCache
from emotion_classifier.errors import RunError, StorageError
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.models.classifier import EmotionClassifier
from emotion_classifier.models.config import ModelConfig
from emotion_classifier.models.encoders.config import EncoderConfig
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.progress import Progress
from emotion_classifier.runs.history import read_history
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.testing.encoders import tiny_checkpoint
from emotion_classifier.training.checkpoints.selection import Fitted
from emotion_classifier.training.config import TrainingConfig
from emotion_classifier.training.data import hidden_state_extraction
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.hidden_state_cache import hidden_state_cache
from emotion_classifier.training.data.hidden_state_dataset import HiddenStateDataset
from emotion_classifier.training.data.hidden_state_extraction import (
    EncoderInput,
    batches_within,
    cache_hidden_states,
    cached_datasets,
    encoder_digest,
    extract,
)
from emotion_classifier.training.data.items import Key
from emotion_classifier.training.fit import fit
from emotion_classifier.training.module import ClassifierModule
from emotion_classifier.training.objectives.losses import CrossEntropy
from emotion_classifier.training.optim.schedules import Cosine, CosineConfig

RATE = 16_000
CPU = torch.device("cpu")
MakeVoices = Callable[..., ClipDataset]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Group norm over time: the family whose padding is the hardest."""
    return tiny_checkpoint(tmp_path_factory.mktemp("encoder") / "tiny", "wav2vec2", layers=2)


@pytest.fixture(scope="module")
def encoder(checkpoint: Path) -> Encoder:
    return EncoderConfig(name=str(checkpoint)).build(RATE)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[CachedClip]:
    """Noise of 0.1 to 0.5 s."""
    folder = tmp_path_factory.mktemp("clips")
    rng = np.random.default_rng(0)
    paths = [folder / f"{number}.wav" for number in range(12)]
    for path in paths:
        noise = 0.1 * rng.standard_normal(int(rng.uniform(0.1, 0.5) * RATE))
        write_wav(path, noise.astype(np.float32), RATE)
    found = WaveformCache(folder / "cache", Preparation(RATE, None)).prepare_all(paths)
    return [clip for path in paths if isinstance(clip := found[path], CachedClip)]


@pytest.fixture(scope="module")
def make_voices(clips: list[CachedClip]) -> MakeVoices:
    """A dataset of the clips from `start` to `stop`, cropped to 0.3 s."""

    def make(start: int = 0, stop: int = 12, **settings: object) -> ClipDataset:
        numbers = range(start, stop)
        names = [f"s{number % 2}" for number in numbers]
        return ClipDataset(
            clips[start:stop],
            np.eye(3, dtype=np.float32)[[number % 3 for number in numbers]],
            ModelInput(Preparation(RATE, None), 0.3, mask_padding=True, minimum_seconds=0.05),
            speakers=names,
            corpora=["noise"] * len(names),
            speaker_order=["s0", "s1"],
            **{"seed": 0, **settings},  # type: ignore[arg-type]
        )

    return make


@pytest.fixture
def cache(tmp_path: Path, encoder: Encoder) -> ArrayCache:
    return hidden_state_cache(tmp_path, encoder_digest(encoder, bf16=False))


@contextmanager
def clips_run(encoder: Encoder) -> Iterator[list[int]]:
    """The number of clips in each batch that the encoder processes."""
    sizes: list[int] = []
    hook = encoder.layers[0].register_forward_hook(
        lambda _, inputs, __: sizes.append(len(inputs[0]))
    )
    yield sizes
    hook.remove()


def texts(reported: list[Progress]) -> str:
    return "\n".join(progress.text for progress in reported)


@pytest.fixture
def fill(
    encoder: Encoder, cache: ArrayCache, reported: list[Progress]
) -> Callable[..., list[HiddenStateDataset]]:
    def run(*datasets: ClipDataset) -> list[HiddenStateDataset]:
        return cache_hidden_states(
            encoder, datasets, cache, device=CPU, bf16=False, report=reported.append
        )

    return run


Fill = Callable[..., list[HiddenStateDataset]]


def test_states_are_those_of_the_clip_alone(
    encoder: Encoder, fill: Fill, make_voices: MakeVoices
) -> None:
    clips = make_voices(augment=louder, views=2)
    (cached,) = fill(clips)
    assert len(cached.cached) == 24
    for key, made in cached.cached.items():
        waveform = torch.from_numpy(clips[key].samples.copy())[None]
        with torch.no_grad():
            alone = encoder.states(waveform, torch.tensor([waveform.shape[1]]))[0].numpy()
        assert made.shape == alone.shape
        np.testing.assert_allclose(made.load(), alone, rtol=2e-3, atol=2e-3)
    assert encoder.training


def louder(samples: Samples, clip: int, generator: np.random.Generator) -> Samples:
    return samples * np.float32(generator.uniform(0.5, 1.0))


def test_cached_clips_are_not_computed_again(
    encoder: Encoder, fill: Fill, make_voices: MakeVoices, reported: list[Progress]
) -> None:
    with clips_run(encoder) as sizes:
        fill(make_voices())
        assert sum(sizes) == 12
        assert "hidden states of 12 clips (0 are there): 43.2 kB in" in texts(reported)
        fill(make_voices(seed=7).centred(), make_voices(3, 5))  # another run, the same audio
        assert sum(sizes) == 12
        assert "hidden states of all 12 clips are in" in texts(reported)
        fill(make_voices(views=1))  # random stretches of the clips above 0.3 s
        longer = sum(clip.sample_count > 0.3 * RATE for clip in make_voices().clips)
        assert sum(sizes) == 12 + longer


def test_one_recording_under_two_names_is_computed_once(
    encoder: Encoder, fill: Fill, make_voices: MakeVoices
) -> None:
    with clips_run(encoder) as sizes:
        one, other = fill(make_voices(0, 4), make_voices(2, 6))
    assert sum(sizes) == 6
    assert one.cached[Key(-1, 2)] == other.cached[Key(-1, 0)]


def test_a_damaged_file_is_made_again(
    encoder: Encoder, fill: Fill, make_voices: MakeVoices
) -> None:
    (before,) = fill(make_voices())
    states = {key: one.load().copy() for key, one in before.cached.items()}
    os.truncate(before.cached[Key(-1, 3)].file, 700)
    with Path(before.cached[Key(-1, 4)].file).open("r+b") as file:
        file.seek(-1500, os.SEEK_END)
        file.write(b"\xff")
    with clips_run(encoder) as sizes:
        (after,) = fill(make_voices())
    assert sum(sizes) == 2
    for key, one in after.cached.items():
        np.testing.assert_allclose(one.load(), states[key], rtol=2e-3, atol=2e-3)


def test_an_interruption_loses_little(
    encoder: Encoder, cache: ArrayCache, fill: Fill, make_voices: MakeVoices
) -> None:
    clips = make_voices()
    inputs = [
        EncoderInput(clips, Key(-1, n), f"{n:064x}", len(clips[Key(-1, n)].samples))
        for n in range(12)
    ]
    running = extract(encoder, inputs, cache, device=CPU, bf16=False)
    kept = [next(running)[0].digest for _ in range(3)]
    running.close()
    assert all(cache.find(digest) for digest in kept)
    assert encoder.training


def test_the_key_depends_on_weights_layers_and_precision(
    encoder: Encoder, checkpoint: Path
) -> None:
    again = EncoderConfig(name=str(checkpoint)).build(RATE)
    trained = copy.deepcopy(again)
    with torch.no_grad():
        trained.combine(torch.zeros(1, 3, 1, 32))
        next(trained.mixing.parameters()).add_(1.0)  # of the head's, not of the states
    altered = copy.deepcopy(again)
    with torch.no_grad():
        next(altered.layers[1].parameters()).mul_(1.001)
    last = EncoderConfig(name=str(checkpoint), layers="last").build(RATE)
    digest = encoder_digest(encoder, bf16=False)
    assert digest == encoder_digest(again, bf16=False) == encoder_digest(trained, bf16=False)
    others = {encoder_digest(one, bf16=False) for one in (altered, last)}
    assert len({digest, encoder_digest(encoder, bf16=True)} | others) == 4


def test_a_full_disk_is_an_error_before_the_encoder_runs(
    encoder: Encoder, fill: Fill, make_voices: MakeVoices, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A full disk cannot be arranged here: only the result of the system call is replaced.
    full = shutil.disk_usage(".")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    with clips_run(encoder) as sizes, pytest.raises(StorageError, match=r"need .* 1.0 kB are free"):
        fill(make_voices())
    assert not sizes


def test_processes_share_the_work(
    encoder: Encoder,
    cache: ArrayCache,
    fill: Fill,
    make_voices: MakeVoices,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The second of three processes, of which the last has a machine and a cache of its own.
    barriers: list[None] = []

    def meet(value: None) -> list[None]:
        barriers.append(value)
        if len(barriers) == 2:  # what the first process wrote in the meantime
            by_length = sorted(looked_up, key=lambda one: one.sample_count)
            list(extract(encoder, by_length[0::3], cache, device=CPU, bf16=False))
        return [None]

    clips = make_voices()
    looked_up = [
        hidden_state_extraction._look_up(clips, cache, Key(-1, clip)) for clip in range(12)
    ]
    monkeypatch.setattr(hidden_state_extraction, "get_rank", lambda: 1)
    monkeypatch.setattr(hidden_state_extraction, "get_world_size", lambda: 3)
    monkeypatch.setattr(hidden_state_extraction, "all_gather", meet)
    with clips_run(encoder) as sizes:
        (cached,) = fill(clips)
    assert len(barriers) == 2
    assert sum(sizes) == 12  # 4 of its own, 4 of the first, 4 that no other process extracted
    assert all(one.load().any() for one in cached.cached.values())


def altered_encoder(encoder: Encoder, factor: float) -> Encoder:
    """An encoder whose last layer gives values `factor` times as large."""
    other = copy.deepcopy(encoder)
    with torch.no_grad():
        other.layers[-1].final_layer_norm.weight.mul_(factor)  # type: ignore[union-attr,operator]
    return other


def test_values_beyond_16_bits_are_kept(
    encoder: Encoder, tmp_path: Path, make_voices: MakeVoices, reported: list[Progress]
) -> None:
    large = altered_encoder(encoder, 1e6)
    cache = hidden_state_cache(tmp_path, encoder_digest(large, bf16=False))
    clips = make_voices(0, 2)
    (cached,) = cache_hidden_states(
        large, [clips], cache, device=CPU, bf16=False, report=reported.append
    )
    for key, made in cached.cached.items():
        waveform = torch.from_numpy(clips[key].samples.copy())[None]
        with torch.no_grad():
            alone = large.states(waveform, torch.tensor([waveform.shape[1]]))[0].numpy()
        assert made.dtype == "<f4"
        np.testing.assert_allclose(made.load(), alone, rtol=1e-4, atol=1e-4 * abs(alone).max())


def test_hidden_states_that_are_not_finite_are_an_error(
    encoder: Encoder, tmp_path: Path, make_voices: MakeVoices, reported: list[Progress]
) -> None:
    broken = altered_encoder(encoder, float("nan"))
    cache = hidden_state_cache(tmp_path, encoder_digest(broken, bf16=False))
    with pytest.raises(RunError, match=r"returns nan for a clip.*precision: fp32"):
        cache_hidden_states(
            broken, [make_voices()], cache, device=CPU, bf16=False, report=reported.append
        )
    assert not list(tmp_path.rglob("*.states"))


def test_a_batch_is_within_its_limit_unless_one_clip_is_longer(make_voices: MakeVoices) -> None:
    clips = make_voices()
    counts = np.random.default_rng(0).integers(1, 500, 200).tolist()
    inputs = [EncoderInput(clips, Key(-1, n), str(n), count) for n, count in enumerate(counts)]
    batches = list(batches_within(inputs, 400))
    assert sorted(one.digest for batch in batches for one in batch) == sorted(map(str, range(200)))
    longest = [batch[0].sample_count for batch in batches]
    assert longest == sorted(longest, reverse=True)
    assert max(len(batch) for batch in batches) >= 10
    for batch in batches:
        assert len(batch) == 1 or len(batch) * batch[0].sample_count <= 400


def run_cached(
    encoder: Encoder,
    training: ClipDataset,
    validation: ClipDataset | None,
    reported: list[Progress],
) -> tuple[object, object]:
    return cached_datasets(
        encoder, training, validation, device=CPU, bf16=False, report=reported.append
    )


def test_only_fixed_variants_come_from_the_cache(
    encoder: Encoder,
    make_voices: MakeVoices,
    reported: list[Progress],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path))
    validation = make_voices(8, 12)
    plain, judged = run_cached(encoder, make_voices(0, 8), validation, reported)
    assert isinstance(plain, HiddenStateDataset) and isinstance(judged, HiddenStateDataset)
    assert [plain[Key(epoch, 3)] for epoch in range(3)] == [plain[Key(-1, 3)]] * 3
    assert (len(plain), len(judged)) == (8, 4)
    views, none = run_cached(encoder, make_voices(0, 8, augment=louder, views=2), None, reported)
    assert isinstance(views, HiddenStateDataset) and none is None
    assert len({views[Key(epoch, 3)] for epoch in range(9)}) == 2
    assert "augmentation.views" not in texts(reported)
    fresh = make_voices(0, 8, augment=louder)
    training, judged = run_cached(encoder, fresh, validation, reported)
    assert training is fresh and isinstance(judged, HiddenStateDataset)
    assert "runs in every step" in texts(reported)


MODEL = {"network": {"kind": "mlp", "hidden": [8], "dropout": 0.0}, "head": {"dropout": 0.0}}
QUICK = TrainingConfig(
    epochs=4,
    batch_size=4,
    learning_rate=0.01,
    precision="fp32",
    schedule=CosineConfig(warmup_epochs=0.0),
)


def fresh_classifier(checkpoint: Path) -> EmotionClassifier:
    torch.manual_seed(0)
    frontend = {"kind": "encoder", "name": str(checkpoint)}
    return ModelConfig.model_validate({**MODEL, "frontend": frontend}).build(RATE, emotions=3)


def test_a_head_gets_the_same_input_from_the_cache(
    checkpoint: Path, fill: Fill, make_voices: MakeVoices
) -> None:
    module = ClassifierModule(
        fresh_classifier(checkpoint),
        Cosine(2, warmup_epochs=2.0),
        CrossEntropy(torch.ones(1, 3), torch.ones(1, 3).bool(), label_smoothing=0.0),
        corpora=torch.zeros(6, dtype=torch.int64),
        encoder_learning_rate=None,
        layer_decay=1.0,
        learning_rate=0.01,
        weight_decay=0.1,
        monitor="uar",
        seed=0,
    ).eval()
    live = make_voices(augment=louder, views=2)
    (cached,) = fill(live)
    keys = [Key(3, clip) for clip in range(6)]
    batches = (
        cached.collate([cached[key] for key in keys]),
        live.collate([live[key] for key in keys]),
    )
    of_states, of_clips = (module.classifier.classify(*module._extract(b)) for b in batches)
    torch.testing.assert_close(of_states.embeddings, of_clips.embeddings, rtol=1e-2, atol=1e-2)


def test_training_runs_the_encoder_over_each_clip_once(
    checkpoint: Path,
    make_voices: MakeVoices,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    reported: list[Progress],
) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))

    def train(label: str) -> tuple[Fitted, int]:
        classifier = fresh_classifier(checkpoint)
        assert isinstance(classifier.frontend, Encoder)
        with clips_run(classifier.frontend) as sizes:
            fitted = fit(
                classifier,
                make_voices(0, 8, augment=louder, views=2),
                make_voices(8, 12),
                QUICK,
                emotions=("low", "middle", "high"),
                folder=RunFolder(tmp_path / label),
                report=reported.append,
            )
        return fitted, sum(sizes)

    first, run_first = train("one")
    again, run_again = train("two")
    assert (run_first, run_again) == (8 * 2 + 4, 0)
    history = read_history(tmp_path / "one" / "history.csv")
    assert history[-1].train_loss < history[0].train_loss
    before = fresh_classifier(checkpoint).frontend.state_dict()
    weights = first.classifier.state_dict()
    for name, value in again.classifier.state_dict().items():
        assert torch.equal(value, weights[name])
    for name, value in first.classifier.frontend.state_dict().items():
        assert name.startswith("mixing.") or torch.equal(value, before[name])
    assert not torch.equal(weights["frontend.mixing.scores"], before["mixing.scores"])
