"""The service: one predictor for uploads and live sessions, with its limits, metrics and readiness."""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import replace
from importlib.util import find_spec
from typing import Literal

from emotion_classifier.audio.isolated.decoder import IsolatedAudio
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import AudioError, EmotionClassifierError
from emotion_classifier.inference.asr.recogniser import Recogniser
from emotion_classifier.inference.event_fields import Word
from emotion_classifier.inference.events import WordsEvent
from emotion_classifier.inference.predictor import CancelledError, Predictor
from emotion_classifier.inference.timeline.analyse import analyse_file
from emotion_classifier.inference.timeline.words import with_words
from emotion_classifier.inference.timeline.writers import timeline_events
from emotion_classifier.serving.config import ServiceConfig
from emotion_classifier.serving.metrics import Metrics
from emotion_classifier.serving.predictions import PredictionQueue
from emotion_classifier.serving.problems import ProblemError, problem_of
from emotion_classifier.serving.readiness import Readiness
from emotion_classifier.serving.responses import PredictionRecord, PredictResponse
from emotion_classifier.units import Hertz, Seconds

_LOGGER = logging.getLogger(__name__)
_CHECK_SECONDS: Seconds = 5.0
UPLOAD = "upload"
"""The file of an uploaded recording in events: its name is ignored."""


class Service:
    """What all endpoints share.

    Parameters
    ----------
    config : settings.
    predictor : of the model of the settings.
    recogniser : of words, used by one thread at a time; None without words.
    """

    def __init__(
        self, config: ServiceConfig, predictor: Predictor, recogniser: Recogniser | None
    ) -> None:
        self.config = config
        self.predictor = predictor
        self._upload_predictor = Predictor(
            predictor.model, predictor.config, maximum_seconds=config.upload.maximum_seconds
        )
        self.recogniser = None if recogniser is None else SharedRecogniser(recogniser)
        self.metrics = Metrics()
        self.readiness = Readiness()
        self.predictions = PredictionQueue(config.upload, self.metrics)
        self.is_stopping = False
        self._checks: asyncio.Task[None] | None = None

    @classmethod
    def load(cls, config: ServiceConfig) -> Service:
        """The service with these settings.

        Raises
        ------
        ModelFolderError, AudioError, MissingDependencyError
            The model, the neutral recording or the recogniser of the settings cannot be used.
        """
        return cls(config, config.inference.build(), _recogniser(config))

    async def start(self) -> None:
        """Check readiness, now and after failures."""
        self._checks = asyncio.create_task(self._keep_checking())

    async def stop(self) -> None:
        """Cancel what is in progress."""
        self.begin_stop()
        if self._checks is not None:
            self._checks.cancel()
        self.predictions.stop()
        if self.recogniser is not None:
            self.recogniser.end()

    def begin_stop(self) -> None:
        """Refuse new work."""
        self.is_stopping = True
        self.readiness.stop()

    async def predict(
        self,
        content: bytes,
        *,
        timeline: bool,
        channels: Literal["mix", "separate"],
        transcript: bool,
    ) -> PredictResponse:
        """The response to an upload.

        Raises
        ------
        ProblemError
            The recording or an option cannot be used, or the service is busy or failing.
        """
        if transcript and self.recogniser is None:
            raise ProblemError(422, "no-recogniser", "this service has no recogniser of words")
        if channels == "separate" and not (timeline or transcript):
            detail = (
                "channels=separate concerns the timeline and the transcript, and neither is requested: "
                "add timeline=true, or leave it out"
            )
            raise ProblemError(422, "option", detail)

        def compute(cancelled: threading.Event) -> PredictResponse:
            return self._predict(content, timeline, channels, transcript, cancelled)

        try:
            response = await self.predictions.run(compute)
        except (AudioError, ProblemError) as error:
            raise (problem_of(error) if isinstance(error, AudioError) else error) from None
        except Exception as error:
            self.failed(error)
            if isinstance(error, EmotionClassifierError):
                detail = "the prediction failed, and the log of the service has the reason"
                raise ProblemError(503, "inference", detail, retry_after_seconds=10.0) from error
            raise
        self.readiness.add(failed=False)
        self.metrics.audio_seconds.labels(UPLOAD).inc(response.prediction.duration_seconds)
        return response

    def failed(self, error: Exception) -> None:
        """Count and log a prediction that failed for a reason of the service."""
        self.readiness.add(failed=True)
        self.metrics.errors.inc()
        _LOGGER.error("a prediction failed: %s", error, exc_info=error)

    def _predict(
        self,
        content: bytes,
        timeline: bool,
        channels: Literal["mix", "separate"],
        transcript: bool,
        cancelled: threading.Event,
    ) -> PredictResponse:
        audio = IsolatedAudio(content, cancelled)
        predictor = self._upload_predictor
        prediction = predictor.predict(audio, cancelled=cancelled)
        events = text = None
        if timeline or transcript:
            recording = replace(analyse_file(predictor, audio, mix=channels == "mix"), file=UPLOAD)
            if transcript and self.recogniser is not None:
                limit = predictor.maximum_seconds
                recording = with_words(recording, self.recogniser, limit, audio=audio)
            events = list(timeline_events(recording))
            if transcript:
                phrases = (one.text for one in events if isinstance(one, WordsEvent))
                text = " ".join(phrase for phrase in phrases if phrase)
        if cancelled.is_set():
            raise CancelledError
        return PredictResponse(
            model=self.predictor.specification.name,
            prediction=PredictionRecord.of(prediction),
            timeline=events if timeline else None,
            transcript=text,
        )

    async def _keep_checking(self) -> None:
        while True:
            if self.readiness.problem is not None and not self.is_stopping:
                ready = await asyncio.to_thread(self.readiness.check, self.predictor)
                if not ready:
                    _LOGGER.error("not ready: %s", self.readiness.problem)
            await asyncio.sleep(_CHECK_SECONDS)


class SharedRecogniser:
    """A recogniser that sessions and uploads use in turn, and that none of them closes."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self._lock = threading.Lock()
        self.name = recogniser.name
        self.note = recogniser.note

    def transcribe(self, samples: Samples, sample_rate: Hertz) -> tuple[Word, ...]:
        """As `Recogniser.transcribe`."""
        with self._lock:
            return self._recogniser.transcribe(samples, sample_rate)

    def close(self) -> None:
        """Nothing: others may use it."""

    def end(self) -> None:
        """Close the recogniser."""
        self._recogniser.close()


def _recogniser(config: ServiceConfig) -> Recogniser | None:
    """The recogniser of the settings."""
    if config.words == "none" or (config.words == "auto" and find_spec("pocketsphinx") is None):
        return None
    if config.words == "faster_whisper":
        from emotion_classifier.inference.asr.faster_whisper import FasterWhisperConfig

        model = config.words_model
        return (
            FasterWhisperConfig() if model is None else FasterWhisperConfig(model=model)
        ).build()
    from emotion_classifier.inference.asr.pocketsphinx import PocketsphinxConfig

    return PocketsphinxConfig().build()
