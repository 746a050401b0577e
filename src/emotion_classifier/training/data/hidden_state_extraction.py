"""A frozen encoder runs once over every clip; heads are trained from the cache.

What an epoch hears must be fixed for that: without augmentation the middle of each clip, as in
validation; with `views` that many variants of each. Augmentation drawn anew in every epoch leaves
training as it is, and only the validation part comes from the cache.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from emotion_classifier.audio.array_cache import (
    ArrayCache,
    CachedArray,
    default_cache_folder,
    entry_bytes,
)
from emotion_classifier.audio.concurrency import map_in_order
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import RunError
from emotion_classifier.models.encoders.encoder import Encoder
from emotion_classifier.progress import Progress, Report, track
from emotion_classifier.training.data.dataset import ClipDataset, Key, Source
from emotion_classifier.training.data.hidden_state_cache import (
    States,
    hidden_state_cache,
    readable_size,
    require_space,
)
from emotion_classifier.training.data.hidden_state_dataset import HiddenStateDataset
from emotion_classifier.training.distributed.collectives import (
    all_gather,
    get_rank,
    get_world_size,
)
from emotion_classifier.training.malloc import keep_freed_memory

_HIGHEST_HALF = float(np.finfo(np.float16).max)


@dataclass(frozen=True)
class EncoderInput:
    """What the encoder hears of one variant of a clip.

    Parameters
    ----------
    clips, key : where the samples come from.
    digest : SHA-256 of the samples.
    sample_count : their number.
    known : its states, where they are in the cache already.
    """

    clips: ClipDataset
    key: Key
    digest: str
    sample_count: int
    known: CachedArray | None = None

    def samples(self) -> Samples:
        """The waveform (sample,), made again."""
        return _heard_samples(self.clips, self.key)


def sources(
    encoder: Encoder,
    training: ClipDataset,
    validation: ClipDataset | None,
    *,
    device: torch.device,
    bf16: bool,
    report: Report,
) -> tuple[Source, Source | None]:
    """The parts as training takes them: from the cache wherever a frozen encoder hears the same.

    Parameters
    ----------
    device, bf16 : where the encoder runs, and whether in bfloat16.
    report : receives the size of what is written, and the progress.

    Raises
    ------
    StorageError
        The disk has no room.
    RunError
        The encoder gives numbers that are not finite.
    """
    if training.augment is None and training.views is None:
        training = training.centred()
    fixed = [part for part in (training, validation) if part is not None]
    if training.views is None:
        report(
            Progress(
                "the frozen encoder runs in every step, as augmentation is drawn anew: with "
                "augmentation.views: 8 it would run once over 8 variants of each clip"
            )
        )
        fixed.remove(training)
    if not fixed:
        return training, None
    cache = hidden_state_cache(default_cache_folder(), encoder_digest(encoder, bf16=bf16))
    cached = cache_hidden_states(encoder, fixed, cache, device=device, bf16=bf16, report=report)
    return (
        training if training.views is None else cached[0],
        None if validation is None else cached[-1],
    )


def encoder_digest(encoder: Encoder, *, bf16: bool) -> str:
    """SHA-256 of all that states depend on beside the samples.

    Taken from the weights as they are now: they may have come from an earlier classifier.
    """
    digest = hashlib.sha256(f"{encoder.fingerprint} {encoder.chosen} bf16={bf16}".encode())
    for name, value in encoder.model.state_dict().items():
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(value.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def cache_hidden_states(
    encoder: Encoder,
    datasets: Sequence[ClipDataset],
    cache: ArrayCache,
    *,
    device: torch.device,
    bf16: bool,
    report: Report,
) -> list[HiddenStateDataset]:
    """Each of `datasets` from the cache, where what is missing or damaged is made now.

    For parameters and errors see `sources`.
    """
    heard = [_looked_up(dataset, cache, report) for dataset in datasets]
    every = {one.digest: one for of_dataset in heard for one in of_dataset}
    found = {digest: one.known for digest, one in every.items() if one.known is not None}
    missing = [one for digest, one in every.items() if digest not in found]
    _announce(encoder, cache, len(found), missing, report)
    all_gather(None)  # all processes have looked before one of them writes
    run = partial(_run, encoder, cache, report, device, bf16)
    found |= run(sorted(missing, key=lambda one: one.sample_count)[get_rank() :: get_world_size()])
    all_gather(None)
    if get_world_size() > 1:  # those of other processes, unless their machine has another cache
        later = {one.digest: cache.find(one.digest) for one in missing}
        found |= {digest: known for digest, known in later.items() if known is not None}
        found |= run([one for one in missing if one.digest not in found])
    return [
        HiddenStateDataset(dataset, {one.key: found[one.digest] for one in of_dataset})
        for dataset, of_dataset in zip(datasets, heard, strict=True)
    ]


def _looked_up(clips: ClipDataset, cache: ArrayCache, report: Report) -> list[EncoderInput]:
    """What the encoder hears of each variant of each clip."""
    keys = clips.fixed_variants()
    heard = map_in_order(partial(_look_up, clips, cache), keys)
    return list(track(heard, "looking up", len(keys), report))


def _run(
    encoder: Encoder,
    cache: ArrayCache,
    report: Report,
    device: torch.device,
    bf16: bool,
    clips: Sequence[EncoderInput],
) -> dict[str, CachedArray]:
    """Digest → states of `clips`, computed now."""
    done, total = 0, sum(clip.sample_count for clip in clips)
    made: dict[str, CachedArray] = {}
    for heard, states in extract(encoder, clips, cache, device=device, bf16=bf16):
        made[heard.digest] = states
        done += heard.sample_count
        report(Progress(task="encoder", done=done, total=total))
    return made


def extract(
    encoder: Encoder,
    clips: Sequence[EncoderInput],
    cache: ArrayCache,
    *,
    device: torch.device,
    bf16: bool,
) -> Generator[tuple[EncoderInput, CachedArray], None, None]:
    """Run the encoder over `clips`, the longest first, and keep the states; each clip once it is.

    Clips are loaded and written by threads while the encoder works.
    """
    if not clips:
        return
    was_training = encoder.training
    keep_freed_memory()
    encoder.to(device).eval()
    try:
        loaded = map_in_order(_load, batches_within(clips, batch_samples(device)))
        states = (pair for batch in loaded for pair in _states(encoder, *batch, device, bf16=bf16))
        yield from map_in_order(partial(_write, cache), states)
    finally:
        encoder.to("cpu").train(was_training)


def batch_samples(device: torch.device) -> int:
    """Samples of a batch, with padding: 40 s of sound, or on a GPU four minutes.

    A few seconds keep a processor busy, and more of them would leave its caches.
    """
    return (40 if device.type == "cpu" else 240) * 16_000


def batches_within(clips: Sequence[EncoderInput], limit: int) -> Iterator[list[EncoderInput]]:
    """Batches, the longest clips first, of at most `limit` samples with padding, or of one clip."""
    batch: list[EncoderInput] = []
    for clip in sorted(clips, key=lambda clip: clip.sample_count, reverse=True):
        if batch and (len(batch) + 1) * batch[0].sample_count > limit:
            yield batch
            batch = []
        batch.append(clip)
    if batch:
        yield batch


def _heard_samples(clips: ClipDataset, key: Key) -> Samples:
    waveforms, lengths = clips.model_input.batch([clips[key].samples])
    return waveforms[0, : lengths[0]]


def _look_up(clips: ClipDataset, cache: ArrayCache, key: Key) -> EncoderInput:
    samples = _heard_samples(clips, key)
    digest = hashlib.sha256(samples.data).hexdigest()
    return EncoderInput(clips, key, digest, len(samples), cache.find(digest))


def _announce(
    encoder: Encoder, cache: ArrayCache, known: int, missing: Sequence[EncoderInput], report: Report
) -> None:
    """Say what will be written; `StorageError` where there is no room for it."""
    if not missing:
        report(Progress(f"hidden states of all {known} clips are in {cache.folder}"))
        return
    counts = torch.tensor([heard.sample_count for heard in missing])
    frames = encoder.frame_lengths(counts).tolist()
    layers = len(encoder.chosen)
    needed = sum(entry_bytes((layers, count, encoder.features), np.float16) for count in frames)
    free = require_space(cache.folder, needed)
    size = f"{readable_size(needed)} in {cache.folder}, {readable_size(free)} free"
    report(Progress(f"hidden states of {len(missing)} clips ({known} are there): {size}"))


def _load(clips: list[EncoderInput]) -> tuple[list[EncoderInput], torch.Tensor]:
    """The clips with their waveforms (batch, sample), zeros behind each clip's end."""
    waveforms = torch.zeros(len(clips), max(clip.sample_count for clip in clips))
    for row, clip in zip(waveforms, clips, strict=True):
        row[: clip.sample_count] = torch.from_numpy(clip.samples())
    return clips, waveforms


@torch.inference_mode()
def _states(
    encoder: Encoder,
    clips: list[EncoderInput],
    waveforms: torch.Tensor,
    device: torch.device,
    *,
    bf16: bool,
) -> Iterable[tuple[EncoderInput, States]]:
    """Each clip with its states (layer, frame, feature), in 16 bits where they fit."""
    lengths = torch.tensor([clip.sample_count for clip in clips], device=device)
    with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        batch = encoder.states(waveforms.to(device), lengths).float()
    frames = encoder.frame_lengths(lengths).tolist()
    each = [states[:, :count] for states, count in zip(batch, frames, strict=True)]
    highest = torch.stack([states.abs().amax() for states in each]).tolist()
    halves = batch.half().cpu()
    made: list[tuple[EncoderInput, States]] = []
    for place, (clip, peak) in enumerate(zip(clips, highest, strict=True)):
        if not np.isfinite(peak):
            raise RunError(
                f"the encoder gives {peak} for a clip of {clip.sample_count} samples: set "
                "training.precision: fp32, or take another encoder"
            )
        fits = peak <= _HIGHEST_HALF
        states = halves[place, :, : frames[place]] if fits else each[place].cpu()
        made.append((clip, states.numpy()))
    return made


def _write(
    cache: ArrayCache, states: tuple[EncoderInput, States]
) -> tuple[EncoderInput, CachedArray]:
    return states[0], cache.write(states[0].digest, states[1])
