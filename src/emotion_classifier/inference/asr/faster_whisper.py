"""The recommended recogniser, where one of its models is present: the one door to faster-whisper.

Nothing is downloaded: a model is a local folder, or a name whose files a user has fetched before.
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
from emotion_classifier.inference.asr.recogniser import PURPOSE, SAMPLE_RATE, Word
from emotion_classifier.units import Hertz, to_seconds

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

# Without its own tokenizer, faster-whisper would fetch one from the network.
_FILES = ("config.json", "model.bin", "tokenizer.json")


class FasterWhisperConfig(StrictConfig):
    """Whisper through faster-whisper: recommended; its model must be present, see `model`."""

    kind: Literal["faster_whisper"] = "faster_whisper"
    model: str = "small"
    """Folder of a converted model, or a name (tiny, base, small, ...) that was downloaded before."""
    language: str | None = None
    """Code of the language that is spoken, as en or de; none detects it in each phrase."""

    def build(self) -> FasterWhisperRecogniser:
        """The recogniser, with its model loaded; see `find_model` and `load_model` for errors."""
        model = load_model(find_model(self.model))
        if self.language is not None and self.language not in model.supported_languages:
            known = ", ".join(model.supported_languages)
            raise RecognitionError(f"{self.model} does not know {self.language!r}; take: {known}")
        return FasterWhisperRecogniser(model, name=self.model, language=self.language)


class FasterWhisperRecogniser:
    """Words from a Whisper model.

    Parameters
    ----------
    model : see `load_model`.
    name : of the model, for users.
    language : code of the language that is spoken; None detects it in each stretch.
    """

    note = ""

    def __init__(self, model: WhisperModel, *, name: str, language: str | None = None) -> None:
        self.name = f"faster-whisper {name}"
        self._model = model
        self._language = language

    def transcribe(self, samples: Samples, sample_rate: Hertz) -> tuple[Word, ...]:
        """Words of ``(sample,)`` float32, see `Recogniser`."""
        heard = resample(samples, sample_rate, SAMPLE_RATE)
        try:
            return tuple(self._words(heard))
        except RuntimeError as error:  # memory, or a device that is lost
            raise RecognitionError(f"{self.name} failed: {error}. Take a smaller model.") from error

    def close(self) -> None:
        """Nothing: the model goes with its last user."""

    def _words(self, samples: Samples) -> Iterator[Word]:
        # Each stretch for itself: with earlier text as its context, Whisper repeats that in noise.
        segments, _ = self._model.transcribe(
            samples,
            language=self._language,
            word_timestamps=True,
            condition_on_previous_text=False,
        )
        duration, earliest = to_seconds(len(samples), SAMPLE_RATE), 0.0
        for segment in segments:
            for word in segment.words or ():
                # Whisper pads to 30 s, and may put words there, or a little into one another.
                start, end = max(float(word.start), earliest), min(float(word.end), duration)
                text = word.word.strip()
                if text and start < end:
                    yield Word(start, end, text, float(word.probability))
                    earliest = end


def find_model(model: str) -> Path:
    """Folder of a model that is given by its folder or by a name.

    Raises
    ------
    MissingDependencyError
        faster-whisper is not installed.
    RecognitionError
        The model is not there, or incomplete.
    """
    if find_spec("faster_whisper") is None:
        raise MissingDependencyError("faster_whisper", "live", PURPOSE)
    folder = Path(model).expanduser()
    if not folder.is_dir():
        folder = _downloaded(model)
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise RecognitionError(
            f"{folder} is no complete model of faster-whisper: it lacks {', '.join(missing)}. "
            "Download it again, or name the folder of a model converted for CTranslate2."
        )
    return folder


def load_model(folder: Path) -> WhisperModel:
    """The model in a folder, on a GPU where CTranslate2 finds one.

    Raises
    ------
    RecognitionError
        The files cannot be read as a model.
    """
    from faster_whisper import WhisperModel

    try:
        return WhisperModel(str(folder), compute_type="auto", local_files_only=True)
    except Exception as error:  # of CTranslate2 and of tokenizers; they share no base but this
        reason = " ".join(str(error).split())
        raise RecognitionError(
            f"{folder} cannot be loaded as a model of faster-whisper: {reason}. Download it again."
        ) from error


def _downloaded(name: str) -> Path:
    """Folder of a model that was downloaded before."""
    from faster_whisper import available_models, download_model

    if name not in available_models() and name.count("/") != 1:
        known = ", ".join(available_models())
        raise RecognitionError(
            f"there is no folder {name}, and no model of that name. Names are: {known}"
        )
    try:
        return Path(download_model(name, local_files_only=True))
    except Exception as error:  # the hub's errors share no base but this
        code = f"import faster_whisper; faster_whisper.download_model('{name}')"
        raise RecognitionError(
            f"the model {name} of faster-whisper is not on this machine, a folder of that name "
            "neither, and nothing is downloaded without being asked for. Download it once: "
            f'python -c "{code}"'
        ) from error
