"""Hidden states that training does not change, computed once for each variant of a clip and cached.

All of a frozen encoder; of an encoder whose last layers are trained, those below them.

The variants must be fixed: without augmentation the middle of each clip, as in validation; with
`views` that many variants of each. Where augmentation is drawn anew in every epoch, only the
validation part comes from the cache.
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
from emotion_classifier.training.data.dataset import ClipDataset
from emotion_classifier.training.data.hidden_state_cache import (
    HiddenStates,
    hidden_state_cache,
    readable_size,
    require_space,
)
from emotion_classifier.training.data.hidden_state_dataset import HiddenStateDataset
from emotion_classifier.training.data.items import Key
from emotion_classifier.training.data.loaders import BatchableDataset
from emotion_classifier.training.distributed.collectives import (
    all_gather,
    get_rank,
    get_world_size,
)
from emotion_classifier.training.malloc import keep_freed_memory

_HIGHEST_HALF = float(np.finfo(np.float16).max)


@dataclass(frozen=True)
class EncoderInput:
    """The waveform of one variant of a clip.

    Parameters
    ----------
    clips, key : dataset and variant.
    digest : SHA-256 of the samples.
    sample_count : their number.
    cached : the hidden states, where the cache has them.
    """

    clips: ClipDataset
    key: Key
    digest: str
    sample_count: int
    cached: CachedArray | None = None

    def samples(self) -> Samples:
        """The waveform (sample,), loaded again."""
        return _samples(self.clips, self.key)


def cached_datasets(
    encoder: Encoder,
    training: ClipDataset,
    validation: ClipDataset | None,
    *,
    device: torch.device,
    bf16: bool,
    report: Report,
) -> tuple[BatchableDataset, BatchableDataset | None]:
    """The parts as hidden states from the cache, or unchanged where augmentation is drawn anew.

    Parameters
    ----------
    encoder : with a `fixed_depth`.
    training, validation : clips as waveforms.
    device, bf16 : of the encoder, and whether it computes in bfloat16.
    report : receives the size of the cache entries, and the progress.

    Raises
    ------
    StorageError
        The disk has too little space.
    RunError
        A hidden state is not finite.
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
    """SHA-256 of all that hidden states depend on beside the samples.

    The weights are those of the moment: they may come from a pretrained classifier.
    """
    digest = hashlib.sha256(f"{encoder.fingerprint} {encoder.lower_layers} bf16={bf16}".encode())
    if encoder.context != type(encoder).context:  # entries of the default one were written before
        digest.update(f"context={encoder.context}".encode())
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
    """Each of `datasets` from the cache; missing and damaged entries are computed.

    For parameters and errors see `cached_datasets`.
    """
    inputs = [_look_up_all(dataset, cache, report) for dataset in datasets]
    distinct = {one.digest: one for of_dataset in inputs for one in of_dataset}
    found = {digest: one.cached for digest, one in distinct.items() if one.cached is not None}
    missing = [one for digest, one in distinct.items() if digest not in found]
    _report_size(encoder, cache, len(found), missing, report)
    all_gather(None)  # all processes have looked before one of them writes
    run = partial(_run, encoder, cache, report, device, bf16)
    found |= run(sorted(missing, key=lambda one: one.sample_count)[get_rank() :: get_world_size()])
    all_gather(None)
    if get_world_size() > 1:  # entries of other processes, unless their machine has another cache
        later = {one.digest: cache.find(one.digest) for one in missing}
        found |= {digest: entry for digest, entry in later.items() if entry is not None}
        found |= run([one for one in missing if one.digest not in found])
    return [
        HiddenStateDataset(dataset, {one.key: found[one.digest] for one in of_dataset})
        for dataset, of_dataset in zip(datasets, inputs, strict=True)
    ]


def _look_up_all(clips: ClipDataset, cache: ArrayCache, report: Report) -> list[EncoderInput]:
    """The encoder's input for each variant of each clip."""
    keys = clips.fixed_variants()
    inputs = map_in_order(partial(_look_up, clips, cache), keys)
    return list(track(inputs, "looking up", len(keys), report))


def _run(
    encoder: Encoder,
    cache: ArrayCache,
    report: Report,
    device: torch.device,
    bf16: bool,
    clips: Sequence[EncoderInput],
) -> dict[str, CachedArray]:
    """Digest → hidden states of `clips`, computed now."""
    done, total = 0, sum(clip.sample_count for clip in clips)
    entries: dict[str, CachedArray] = {}
    for clip, entry in extract(encoder, clips, cache, device=device, bf16=bf16):
        entries[clip.digest] = entry
        done += clip.sample_count
        report(Progress(task="encoder", done=done, total=total))
    return entries


def extract(
    encoder: Encoder,
    clips: Sequence[EncoderInput],
    cache: ArrayCache,
    *,
    device: torch.device,
    bf16: bool,
) -> Generator[tuple[EncoderInput, CachedArray], None, None]:
    """Run the encoder over `clips`, the longest first; yield each clip with its new cache entry.

    Threads load clips and write entries while the encoder works.
    """
    if not clips:
        return
    was_training = encoder.training
    keep_freed_memory()
    encoder.to(device).eval()
    try:
        loaded = map_in_order(_load, batches_within(clips, batch_samples(device)))
        pairs = (pair for batch in loaded for pair in _encode(encoder, *batch, device, bf16=bf16))
        yield from map_in_order(partial(_write, cache), pairs)
    finally:
        encoder.to("cpu").train(was_training)


def batch_samples(device: torch.device) -> int:
    """Samples of a batch with padding: 40 s of audio, on a GPU 240 s.

    A few seconds keep a CPU busy, and longer batches would not fit into its caches.
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


def _samples(clips: ClipDataset, key: Key) -> Samples:
    waveforms, lengths = clips.model_input.batch([clips[key].samples])
    return waveforms[0, : lengths[0]]


def _look_up(clips: ClipDataset, cache: ArrayCache, key: Key) -> EncoderInput:
    samples = _samples(clips, key)
    digest = hashlib.sha256(samples.data).hexdigest()
    return EncoderInput(clips, key, digest, len(samples), cache.find(digest))


def _report_size(
    encoder: Encoder, cache: ArrayCache, known: int, missing: Sequence[EncoderInput], report: Report
) -> None:
    """Report the size of the missing entries; `StorageError` where the disk has too little space."""
    if not missing:
        report(Progress(f"hidden states of all {known} clips are in {cache.folder}"))
        return
    counts = torch.tensor([clip.sample_count for clip in missing])
    frames = encoder.frame_lengths(counts).tolist()
    layers = len(encoder.lower_layers)
    needed = sum(entry_bytes((layers, count, encoder.hidden_size), np.float16) for count in frames)
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
def _encode(
    encoder: Encoder,
    clips: list[EncoderInput],
    waveforms: torch.Tensor,
    device: torch.device,
    *,
    bf16: bool,
) -> Iterable[tuple[EncoderInput, HiddenStates]]:
    """Each clip with its hidden states (layer, frame, feature), in 16 bits where they fit."""
    lengths = torch.tensor([clip.sample_count for clip in clips], device=device)
    with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        batch = encoder.lower_states(waveforms.to(device), lengths).float()
    frames = encoder.frame_lengths(lengths).tolist()
    each = [states[:, :count] for states, count in zip(batch, frames, strict=True)]
    highest = torch.stack([states.abs().amax() for states in each]).tolist()
    halves = batch.half().cpu()
    pairs: list[tuple[EncoderInput, HiddenStates]] = []
    for index, (clip, peak) in enumerate(zip(clips, highest, strict=True)):
        if not np.isfinite(peak):
            raise RunError(
                f"the encoder returns {peak} for a clip of {clip.sample_count} samples: set "
                "training.precision: fp32, or take another encoder"
            )
        fits = peak <= _HIGHEST_HALF
        states = halves[index, :, : frames[index]] if fits else each[index].cpu()
        pairs.append((clip, states.numpy()))
    return pairs


def _write(
    cache: ArrayCache, states: tuple[EncoderInput, HiddenStates]
) -> tuple[EncoderInput, CachedArray]:
    return states[0], cache.write(states[0].digest, states[1])
