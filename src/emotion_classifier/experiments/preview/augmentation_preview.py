"""Recordings before and after augmentation: sound files, figures and a page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeAlias

import numpy as np
import torch
from pydantic import Field

from emotion_classifier.audio.augmentation.augmentation import Augmentation
from emotion_classifier.audio.augmentation.chain import Chain, PolicyConfig, within_full_scale
from emotion_classifier.audio.augmentation.description import drawn_values, summary
from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.config import StrictConfig
from emotion_classifier.emotions import LabelsConfig, LabelSet
from emotion_classifier.emotions.labels import CANONICAL_EMOTIONS
from emotion_classifier.errors import ConfigError
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.model_folder.input import InputConfig, ModelInput
from emotion_classifier.models.classifier import ModelConfig
from emotion_classifier.models.frontends import (
    CustomFrontendConfig,
    EncoderConfig,
    FrontendConfig,
    LogMelConfig,
    Mfcc,
    MfccConfig,
)
from emotion_classifier.progress import Progress, Report, ignore, track
from emotion_classifier.rendering import page
from emotion_classifier.rendering.figures import to_png
from emotion_classifier.rendering.page import Page, Playlist, Recording, Section
from emotion_classifier.rendering.sounds import Sound, SoundAxes, comparison_figure
from emotion_classifier.rendering.tables import Table, to_text
from emotion_classifier.storage import write_atomically, write_csv
from emotion_classifier.units import Hertz

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Drawn(NamedTuple):
    """One augmentation that changed a clip, and its values by name."""

    kind: str
    values: dict[str, object]


@dataclass(frozen=True, eq=False)
class Rendition:
    """An augmented clip: name of its files, title on the page, samples (sample,), augmentations."""

    name: str
    title: str
    samples: Samples
    drawn: tuple[Drawn, ...]

    @property
    def description(self) -> str:
        """The applied augmentations, on one line."""
        done = [f"{_words(one.kind)} {summary(one.values)}".rstrip() for one in self.drawn]
        return "; ".join(done) or "unchanged: no augmentation was drawn"


def renditions(
    chain: Chain, samples: Samples, sample_rate: Hertz, variants: int, seed: tuple[int, ...]
) -> Iterator[Rendition]:
    """The clip under each augmentation alone, then under `variants` draws of the whole chain.

    Each has its own generator, derived from `seed`: more variants change no other rendition.
    """
    for number, step in enumerate(chain.steps, start=1):
        alone = Chain([step._replace(probability=1.0)])
        generator = np.random.default_rng((*seed, 0, number))
        changed, drawn = _applied(alone, samples, sample_rate, generator)
        yield Rendition(f"{number}_{step.kind}", f"{_words(step.kind)} alone", changed, drawn)
    for number in range(1, variants + 1):
        generator = np.random.default_rng((*seed, 1, number))
        changed, drawn = _applied(chain, samples, sample_rate, generator)
        yield Rendition(f"chain_{number}", f"whole chain, draw {number}", changed, drawn)


def _applied(
    chain: Chain, samples: Samples, sample_rate: Hertz, generator: np.random.Generator
) -> tuple[Samples, tuple[Drawn, ...]]:
    of_kind: dict[str, Augmentation[Any]] = {s.kind: s.augmentation for s in chain.steps}
    drawn = []
    for kind, parameters, changed in chain.trace(samples, sample_rate, generator):
        drawn.append(Drawn(kind, drawn_values(of_kind[kind], parameters)))
        samples = changed
    return within_full_scale(samples), tuple(drawn)


def _words(kind: str) -> str:
    return kind.replace("_", " ")


class SoundPictures:
    """Figures of waveforms with the spectrogram of a front-end, and its MFCC.

    Parameters
    ----------
    frontend : of the model; the default spectrogram is used for an encoder or a custom front-end.
    sample_rate : of the waveforms.
    """

    def __init__(self, frontend: FrontendConfig, sample_rate: Hertz) -> None:
        if isinstance(frontend, EncoderConfig | CustomFrontendConfig):
            frontend = LogMelConfig()
        self.sample_rate = sample_rate
        self.log_mel = frontend.log_mel(sample_rate)
        coefficients = frontend.n_mfcc if isinstance(frontend, MfccConfig) else MfccConfig().n_mfcc
        self.mfcc = Mfcc(self.log_mel, n_mfcc=min(coefficients, frontend.mels), deltas=0)

    def draw(self, before: Samples, after: Samples, titles: tuple[str, str]) -> Figure:
        """The figure of two waveforms (sample,), a title above each."""
        filters = self.log_mel.filters.double().numpy()
        frequencies = torch.linspace(0.0, self.sample_rate / 2, len(filters)).double().numpy()
        axes = SoundAxes(
            self.sample_rate,
            self.log_mel.hop_length / self.sample_rate,
            # Centre of the triangle; the only bin in it where it is narrower than two.
            (frequencies @ filters) / filters.sum(axis=0),
        )
        return comparison_figure(self._sound(before), self._sound(after), axes, titles=titles)

    @torch.inference_mode()
    def _sound(self, samples: Samples) -> Sound:
        waveform = torch.from_numpy(samples)[None]
        log_mel, mfcc = self.log_mel(waveform)[0].numpy(), self.mfcc(waveform)[0].numpy()
        return Sound(samples, log_mel, mfcc)


_REMEDY = "Free some space or choose another folder with --output."
Renditions: TypeAlias = Mapping[str, Sequence[Rendition]]
"""Name of a clip → its renditions."""


class PreviewConfig(StrictConfig):
    """The settings of a run that decide the samples of training clips."""

    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Seed of the drawn parameters."""
    labels: LabelsConfig = LabelsConfig()
    """Emotions of the model."""
    input: InputConfig = InputConfig()
    """Preparation of recordings."""
    model: ModelConfig = ModelConfig()
    """The figures show the features of its front-end."""
    augmentation: PolicyConfig | None = PolicyConfig()
    """Augmentation of training clips."""

    @classmethod
    def of_run(cls, run: RunConfig) -> PreviewConfig:
        """The same settings of a run."""
        return cls(**{name: getattr(run, name) for name in cls.model_fields})

    def chain(self, emotion: str | None) -> Chain:
        """The augmentation of clips of an emotion; None for emotions without a chain of their own.

        Raises
        ------
        ConfigError
            The chain is empty.
        LabelError
            The emotion is unknown.
        """
        policy = self.augmentation or PolicyConfig(chain=())
        # The corpora are not read: an emotion that has a chain may be in them.
        found = dict.fromkeys((*CANONICAL_EMOTIONS, *policy.per_emotion))
        labels = LabelSet(self.labels.emotions or tuple(found))
        if emotion is not None:
            labels.index(emotion)
        built = policy.build(labels)
        chain = built.chain if emotion is None else built.of(emotion)
        if not chain.steps:
            raise ConfigError(
                f"there is no augmentation {f'of {emotion} ' if emotion else ''}to preview: set "
                "augmentation={} for the default chain, list some in augmentation.chain, or name an "
                "emotion that has a chain in augmentation.per_emotion with --emotion"
            )
        return chain


def preview(
    config: PreviewConfig,
    files: Sequence[Path],
    *,
    emotion: str | None,
    variants: int,
    output: Path,
    progress: Report = ignore,
) -> Path:
    """Write each recording as it is, under each augmentation alone, and under the whole chain.

    Parameters
    ----------
    emotion : of the recordings; None takes the chain of emotions that have none of their own.
    variants : draws of the whole chain.
    output : folder of WAV files, figures, ``preview.csv`` and the page.
    progress : receives progress and the table of draws.

    Returns
    -------
    The file of the page.

    Raises
    ------
    EmotionClassifierError
        There is nothing to preview, or a recording cannot be used; then nothing is written.
    """
    chain = config.chain(emotion)
    pictures = SoundPictures(config.model.frontend, config.input.sample_rate)
    chain.prepare(pictures.sample_rate)
    clips = _load(config.input.build(), files)
    made: dict[str, list[Rendition]] = {clip: [] for clip in clips}
    tracked = track(clips.items(), "drawing", len(clips), progress)
    for number, (clip, samples) in enumerate(tracked):
        write_wav(output / f"{clip}_original.wav", samples, pictures.sample_rate)
        seed = (config.seed, number)
        for one in renditions(chain, samples, pictures.sample_rate, variants, seed):
            _write(output, clip, samples, one, pictures)
            made[clip].append(one)
    rows = [(clip, r.title, r.description) for clip, drawn in made.items() for r in drawn]
    table = Table("Augmented clips", ("clip", "augmentation", "drawn"), rows)
    progress(Progress(to_text(table)))
    write_csv(output / "preview.csv", _csv_rows(made), _REMEDY)
    html = page.to_html(_page(made, emotion)).encode("utf-8", "backslashreplace")
    write_atomically(output / "index.html", html, _REMEDY)
    return output / "index.html"


def _load(model_input: ModelInput, files: Sequence[Path]) -> dict[str, Samples]:
    """Name of the file, made unique → prepared waveform (sample,)."""
    clips: dict[str, Samples] = {}
    for path in files:
        samples = model_input.preparation.load(path)
        model_input.check_long_enough(len(samples), path)
        # Some file systems ignore case.
        taken = {name.casefold() for name in clips}
        names = (path.stem if n == 1 else f"{path.stem}-{n}" for n in range(1, len(files) + 1))
        clips[next(name for name in names if name.casefold() not in taken)] = samples
    return clips


def _write(
    output: Path, clip: str, before: Samples, rendition: Rendition, pictures: SoundPictures
) -> None:
    stem = f"{clip}_{rendition.name}"
    write_wav(output / f"{stem}.wav", rendition.samples, pictures.sample_rate)
    titles = f"before: {clip}", f"after: {rendition.description}"
    png = to_png(pictures.draw(before, rendition.samples, titles))
    write_atomically(output / f"{stem}.png", png, _REMEDY)


def _csv_rows(made: Renditions) -> Iterator[tuple[str, ...]]:
    """A row for each augmentation that changed a file; one without augmentation for an unchanged file."""
    yield "clip", "file", "augmentation", "parameters"
    for clip, all_ in made.items():
        for rendition in all_:
            for kind, values in rendition.drawn or (Drawn("", {}),):
                parameters = json.dumps(values, default=str, ensure_ascii=False)
                yield clip, f"{clip}_{rendition.name}.wav", kind, parameters


def _page(made: Renditions, emotion: str | None) -> Page:
    sections = [
        Section(clip, "", [Playlist(list(_recordings(clip, all_)))]) for clip, all_ in made.items()
    ]
    clips = f"clips of {emotion}" if emotion else "clips of emotions without a chain of their own"
    subtitle = (
        f"Augmentation of {clips}: each step alone, then draws of the whole chain, where each has its own "
        "probability. Training takes random crops of the result."
    )
    return Page("Augmented clips", subtitle, (), (), sections)


def _recordings(clip: str, all_: Sequence[Rendition]) -> Iterator[Recording]:
    yield Recording(f"{clip}_original.wav", "original", "as the model receives it")
    for one in all_:
        stem = f"{clip}_{one.name}"
        yield Recording(f"{stem}.wav", one.title, one.description, picture=f"{stem}.png")
