"""faster-whisper: the recommended recogniser. The only module that imports it.

Nothing is downloaded: a model is a local folder, or the name of a model that was downloaded before.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.config import StrictConfig
from emotion_classifier.errors import MissingDependencyError, RecognitionError
from emotion_classifier.inference.asr.recogniser import PURPOSE, SAMPLE_RATE
from emotion_classifier.inference.event_fields import Word
from emotion_classifier.storage import expanded
from emotion_classifier.units import Hertz, to_seconds

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

# Without tokenizer.json, faster-whisper would download a tokenizer.
_FILES = ("config.json", "model.bin", "tokenizer.json")


class FasterWhisperConfig(StrictConfig):
    """Whisper through faster-whisper: recommended; needs a local model, see `model`."""

    kind: Literal["faster_whisper"] = "faster_whisper"
    model: str = "small"
    """Folder of a converted model, or a name (tiny, base, small, ...) that was downloaded before."""
    language: str | None = None
    """Language code, as en or de; null detects the language of each phrase."""

    def build(self) -> FasterWhisperRecogniser:
        """The recogniser with its model.

        Raises
        ------
        MissingDependencyError, RecognitionError
            See `find_model` and `load_model`; or the model does not support the language.
        """
        model = load_model(find_model(self.model))
        if self.language is not None and self.language not in model.supported_languages:
            known = ", ".join(model.supported_languages)
            raise RecognitionError(
                f"{self.model} does not support the language {self.language!r}, only: {known}"
            )
        return FasterWhisperRecogniser(model, name=self.model, language=self.language)


class FasterWhisperRecogniser:
    """Recogniser with a Whisper model; without a language code it detects the language of each phrase."""

    note = ""

    def __init__(self, model: WhisperModel, *, name: str, language: str | None = None) -> None:
        self.name = f"faster-whisper {name}"
        self._model = model
        self._language = language

    def transcribe(self, samples: Samples, sample_rate: Hertz) -> tuple[Word, ...]:
        """Words of ``(sample,)`` float32, see `Recogniser`."""
        try:
            return tuple(self._words(resample(samples, sample_rate, SAMPLE_RATE)))
        except RuntimeError as error:  # out of memory, or a lost GPU
            raise RecognitionError(f"{self.name} failed: {error}. Use a smaller model.") from error

    def close(self) -> None:
        """Do nothing: the model is freed with its last reference."""

    def _words(self, samples: Samples) -> Iterator[Word]:
        segments, _ = self._model.transcribe(
            samples,
            language=self._language,
            word_timestamps=True,
            # Without context of earlier text, which Whisper repeats in noise.
            condition_on_previous_text=False,
            # Without retries at higher temperatures: they draw at random, and take up to six times as long.
            temperature=0.0,
        )
        duration, earliest = to_seconds(len(samples), SAMPLE_RATE), 0.0
        for segment in segments:
            for word in segment.words or ():
                # Whisper pads to 30 s, and may place words there, or let them overlap a little.
                start, end = max(float(word.start), earliest), min(float(word.end), duration)
                text = word.word.strip()
                if text and start < end:
                    share = float(word.probability)
                    yield Word(start_seconds=start, end_seconds=end, text=text, confidence=share)
                    earliest = end


def find_model(model: str) -> Path:
    """Folder of a model, from its path or its name.

    Raises
    ------
    MissingDependencyError
        faster-whisper is not installed.
    RecognitionError
        The model is missing or incomplete.
    """
    if find_spec("faster_whisper") is None:
        raise MissingDependencyError("faster_whisper", "words", PURPOSE)
    folder = expanded(Path(model))
    if not folder.is_dir():
        folder = _downloaded(model)
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise RecognitionError(
            f"{folder} is not a complete model of faster-whisper: it lacks {', '.join(missing)}. "
            "Download it again, or name the folder of a model converted for CTranslate2."
        )
    return folder


def load_model(folder: Path) -> WhisperModel:
    """Model of a folder, on a GPU if CTranslate2 finds one.

    Raises
    ------
    RecognitionError
        The files are not a valid model.
    """
    from faster_whisper import WhisperModel

    try:
        return WhisperModel(str(folder), compute_type="auto", local_files_only=True)
    except Exception as error:  # CTranslate2 and tokenizers have no common base class
        reason = " ".join(str(error).split())
        raise RecognitionError(
            f"{folder} cannot be loaded as a model of faster-whisper: {reason}. Download it again."
        ) from error


def _downloaded(name: str) -> Path:
    """Folder of a downloaded model."""
    from faster_whisper import available_models, download_model

    if name not in available_models() and name.count("/") != 1:
        known = ", ".join(available_models())
        raise RecognitionError(
            f"there is no folder {name} and no model of that name. Known names: {known}"
        )
    try:
        return Path(download_model(name, local_files_only=True))
    except Exception as error:  # the errors of the hub have no common base class
        code = f"import faster_whisper; faster_whisper.download_model('{name}')"
        raise RecognitionError(
            f"there is no folder {name}, and the model {name} of faster-whisper is not on this "
            "machine. Nothing is downloaded automatically; download it once: "
            f'python -c "{code}"'
        ) from error
