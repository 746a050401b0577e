"""Timelines as records for programs: JSON Lines and CSV.

JSON Lines has one object for each line; ``event`` says which, as in what ``emotion listen`` writes:

- ``recording``, the first line: ``file``, ``duration_seconds``, ``emotions``, ``speakers``;
- ``window``: ``start_seconds``, ``end_seconds``; ``answer`` and ``confidence`` after smoothing;
  ``probabilities`` of the window alone, ``smoothed``, and of the ``tone`` of the last 20 to 30 s, each
  emotion → probability; ``tone_answer``; ``speech_share`` (null where nobody listened for speech) and
  ``level_dbfs``;
- ``segment``: ``start_seconds``, ``end_seconds``, ``answer``, ``confidence``;
- ``speech``: ``start_seconds``, ``end_seconds``;
- ``summary``: ``tone_answer`` and ``tone`` of the whole, null where nobody speaks;
- ``conversation``, of a call with two speakers: see `conversation_report.conversation_record`.

All but the first and the last have ``speaker`` where the channels are speakers. CSV has one row for
each window.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from emotion_classifier.emotions.prediction import Prediction
from emotion_classifier.emotions.timeline import Interval, Segment, Timeline, Window
from emotion_classifier.inference.timeline.channels import Recorded, Track

_TIME_DECIMALS = 6
_PROBABILITY_DECIMALS = 6
_LEVEL_DECIMALS = 1

Record = dict[str, object]


def to_jsonl(recorded: Recorded, *further: Record) -> str:
    """One JSON object for each line; `further` ones stand at the end."""
    records = (*_records(recorded), *further)
    return "".join(json.dumps(record, allow_nan=False) + "\n" for record in records)


def to_csv(recorded: Recorded) -> str:
    """A header and one row for each window.

    ``p_EMOTION`` are the probabilities of the window alone, ``smoothed_p_EMOTION`` those after
    smoothing; the other columns are named as in JSON Lines.
    """
    text = io.StringIO()
    columns = _columns(recorded)
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for track in recorded.tracks:
        for window in track.timeline.windows:
            writer.writerow(
                {"file": recorded.file, "speaker": track.speaker} | _window_cells(window)
            )
    return text.getvalue()


def window_record(window: Window) -> Record:
    """Times, the smoothed answer, and the probabilities alone, smoothed and of the tone."""
    return {
        "event": "window",
        **_times(window),
        **_answer(window.smoothed),
        "probabilities": _probabilities(window.prediction),
        "smoothed": _probabilities(window.smoothed),
        "tone": _probabilities(window.tone),
        "tone_answer": window.tone.answer,
        "speech_share": _share(window.prediction),
        "level_dbfs": round(window.level_dbfs, _LEVEL_DECIMALS),
    }


def segment_record(segment: Segment) -> Record:
    """Times, answer and confidence."""
    confidence = round(segment.confidence, _PROBABILITY_DECIMALS)
    return {
        "event": "segment",
        **_times(segment),
        "answer": segment.answer,
        "confidence": confidence,
    }


def _records(recorded: Recorded) -> Iterator[Record]:
    yield {
        "event": "recording",
        "file": recorded.file,
        "duration_seconds": round(recorded.duration_seconds, _TIME_DECIMALS),
        "emotions": list(recorded.labels),
        "speakers": [track.speaker for track in recorded.tracks if track.speaker],
    }
    for track in recorded.tracks:
        for record in _of_timeline(track.timeline):
            yield record | _speaker(track)


def _of_timeline(timeline: Timeline) -> Iterator[Record]:
    yield from map(window_record, timeline.windows)
    yield from map(segment_record, timeline.segments)
    for interval in timeline.speech:
        yield {"event": "speech", **_times(interval)}
    tone = timeline.tone
    yield {
        "event": "summary",
        "tone_answer": tone.answer if tone else None,
        "tone": _probabilities(tone) if tone else None,
    }


def _columns(recorded: Recorded) -> list[str]:
    return [
        *("file", "speaker", "start_seconds", "end_seconds", "answer", "confidence"),
        *(f"p_{name}" for name in recorded.labels),
        *(f"smoothed_p_{name}" for name in recorded.labels),
        *("tone_answer", "speech_share", "level_dbfs"),
    ]


def _window_cells(window: Window) -> dict[str, str]:
    cells = {key: f"{value:.3f}" for key, value in _times(window).items()}
    cells |= {"answer": window.smoothed.answer, "confidence": f"{window.smoothed.confidence:.6f}"}
    for prefix, prediction in (("p_", window.prediction), ("smoothed_p_", window.smoothed)):
        cells |= {prefix + name: f"{value:.6f}" for name, value in prediction.as_dict().items()}
    share = _share(window.prediction)
    cells["tone_answer"] = window.tone.answer
    cells["speech_share"] = "" if share is None else f"{share:.3f}"
    return cells | {"level_dbfs": f"{window.level_dbfs:.1f}"}


def _times(one: Window | Segment | Interval) -> dict[str, float]:
    return {
        "start_seconds": round(one.start_seconds, _TIME_DECIMALS),
        "end_seconds": round(one.end_seconds, _TIME_DECIMALS),
    }


def _answer(prediction: Prediction) -> Record:
    confidence = round(prediction.confidence, _PROBABILITY_DECIMALS)
    return {"answer": prediction.answer, "confidence": confidence}


def _probabilities(prediction: Prediction) -> dict[str, float]:
    return {n: round(p, _PROBABILITY_DECIMALS) for n, p in prediction.as_dict().items()}


def _share(prediction: Prediction) -> float | None:
    share = prediction.speech_share
    return None if share is None else round(share, _PROBABILITY_DECIMALS)


def _speaker(track: Track) -> Record:
    return {"speaker": track.speaker} if track.speaker else {}
