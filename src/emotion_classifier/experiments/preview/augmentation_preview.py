"""Recordings before and after augmentation: sound files, figures and a page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from emotion_classifier.audio.augmentation.augmentation import Augmentation
from emotion_classifier.audio.augmentation.chain import Chain, within_full_scale
from emotion_classifier.audio.augmentation.description import drawn_values, summary
from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.experiments.preview.config import PreviewConfig
from emotion_classifier.model_folder.input import ModelInput
from emotion_classifier.progress import Progress, Report, ignore, track
from emotion_classifier.rendering import page
from emotion_classifier.rendering.figures import to_png
from emotion_classifier.rendering.page import Page, Playlist, Recording, Section
from emotion_classifier.rendering.tables import Table, to_text
from emotion_classifier.storage import write_atomically, write_csv
from emotion_classifier.units import Hertz

if TYPE_CHECKING:
    from emotion_classifier.experiments.preview.sound_pictures import SoundPictures


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


_REMEDY = "Free some space or choose another folder with --output."
Renditions: TypeAlias = Mapping[str, Sequence[Rendition]]
"""Name of a clip → its renditions."""


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
    clips = _load(config.input.build(), files)
    # Here, so that wrong settings and recordings are reported before torch is loaded.
    from emotion_classifier.experiments.preview.sound_pictures import SoundPictures

    pictures = SoundPictures(config.model.frontend, config.input.sample_rate)
    chain.prepare(pictures.sample_rate)
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
