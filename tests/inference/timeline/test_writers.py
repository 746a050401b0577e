"""Formats of a timeline, read by independent parsers where they exist."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import srt
import webvtt
from praatio import textgrid
from tests.inference.timeline.made_timelines import LABELS, call, mixed

from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import StorageError
from emotion_classifier.inference.files.formats import CsvOptions
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.timeline.analyse import RecordingTimelines, analyse_file
from emotion_classifier.inference.timeline.conversation import conversation_of
from emotion_classifier.inference.timeline.writers import (
    TIMELINE_FORMATS,
    encode_timeline,
    write_timeline,
)


def written(recording: RecordingTimelines, folder: Path, name: str) -> Path:
    path = folder / "new" / f"my call{TIMELINE_FORMATS[name].suffix}"
    write_timeline(recording, path, name, CsvOptions())
    return path


def test_jsonl_has_a_line_for_each_event(tmp_path: Path) -> None:
    lines = written(mixed(), tmp_path, "jsonl").read_text("utf-8").splitlines()
    first, *others = [json.loads(line) for line in lines]
    assert first == {
        "event": "recording",
        "file": "calls/my call.wav",
        "duration_seconds": 3.0,
        "emotions": list(LABELS),
        "speakers": [],
    }
    assert [one["event"] for one in others] == ["window"] * 3 + ["segment"] * 3 + [
        "speech", "speech", "summary",
    ]  # fmt: skip
    window = others[0]
    assert (window["start_seconds"], window["end_seconds"], window["answer"]) == (0, 3, "angry")
    assert window["probabilities"]["angry"] == 0.5
    assert window["smoothed"]["angry"] == pytest.approx(0.7)
    assert (window["tone_answer"], window["speech_share"]) == ("angry", 0.8)
    assert others[4] == {
        "event": "segment",
        "speaker": None,
        "start_seconds": 1.0,
        "end_seconds": 2.0,
        "answer": "no speech",
        "confidence": 0.0,
    }
    summary = others[-1]
    assert (summary["answer"], summary["confidence"]) == ("angry", 0.6)
    assert summary["probabilities"]["angry"] == 0.6
    assert (summary["windows"], summary["speech_seconds"], summary["duration_seconds"]) == (
        *(3, 1.675, 3.0),
    )
    assert {one["speaker"] for one in others} == {None}


def test_jsonl_of_a_call_has_the_speakers_and_the_conversation(tmp_path: Path) -> None:
    lines = written(call(), tmp_path, "jsonl").read_text("utf-8").splitlines()
    first, *others, last = [json.loads(line) for line in lines]
    assert first["speakers"] == ["channel 1", "channel 2"]
    assert {one["speaker"] for one in others} == {"channel 1", "channel 2"}
    assert last["event"] == "conversation"
    assert last["speakers"][1]["interruptions_seconds"] == [1.5]


def test_csv_has_a_row_for_each_window(tmp_path: Path) -> None:
    with written(call(), tmp_path, "csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["speaker"] for row in rows] == ["channel 1"] * 4 + ["channel 2"] * 4
    assert rows[0]["answer"] == "angry"
    assert rows[4]["answer"] == "no speech"
    for row in rows:
        for prefix in ("p_", "smoothed_p_"):
            assert sum(float(row[prefix + name]) for name in LABELS) == pytest.approx(1, abs=1e-5)
        assert None not in row.values()


def test_textgrid_has_two_tiers_for_each_speaker(tmp_path: Path) -> None:
    path = written(call(), tmp_path, "textgrid")
    grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=False, reportingMode="error")
    assert grid.tierNames == (
        "channel 1: emotion", "channel 1: speech", "channel 2: emotion", "channel 2: speech",
    )  # fmt: skip
    assert grid.maxTimestamp == 4.0
    emotions = [(one.start, one.end, one.label) for one in grid.tiers[0].entries]
    assert emotions[2:] == [(2.0, 3.0, "no speech"), (3.0, 4.0, "sad")]
    assert [(one.start, one.end) for one in grid.tiers[3].entries] == [(1.5, 2.75)]


def test_rttm_names_the_emotion_and_the_channel(tmp_path: Path) -> None:
    lines = written(call(), tmp_path, "rttm").read_text("utf-8").splitlines()
    fields = [line.split(" ") for line in lines]
    assert {len(line) for line in fields} == {10}
    assert [(line[2], line[3], line[7], line[8]) for line in fields] == [
        ("1", "0.000", "angry", "0.700"),
        ("1", "1.000", "angry", "0.700"),
        ("2", "1.000", "happy", "0.700"),
        ("2", "2.000", "happy", "0.700"),
        ("1", "3.000", "sad", "0.700"),
    ]
    assert {line[1] for line in fields} == {"my_call"}


def test_subtitles_have_speaker_and_emotion_and_none_without_speech(tmp_path: Path) -> None:
    expected = ["angry 70%", "happy 70%"]
    cues = srt.parse(written(mixed(), tmp_path, "srt").read_text("utf-8"))
    assert [cue.content for cue in cues] == expected
    captions = webvtt.read(str(written(mixed(), tmp_path, "vtt"))).captions
    assert [caption.text for caption in captions] == expected
    texts = [one.text for one in webvtt.read(str(written(call(), tmp_path, "vtt"))).captions]
    assert texts[0] == "channel 1: angry 70%"


def test_a_file_name_that_is_no_text_is_written_unchanged(tmp_path: Path) -> None:
    recording = RecordingTimelines("a\udcff.wav", LABELS, mixed().channels)
    assert b"a\xff.wav" in written(recording, tmp_path, "csv").read_bytes()
    for name in TIMELINE_FORMATS:
        assert written(recording, tmp_path, name).stat().st_size > 0


def test_a_recording_of_one_sample_can_be_written(untrained_model: Path, tmp_path: Path) -> None:
    click = tmp_path / "click.wav"
    write_wav(click, np.full((1, 1), 0.5, np.float32), 48_000)
    recording = analyse_file(Predictor.load(untrained_model, threads=1), click, mix=True)
    paths = {name: written(recording, tmp_path, name) for name in TIMELINE_FORMATS}
    path = str(paths["textgrid"])
    grid = textgrid.openTextgrid(path, includeEmptyIntervals=True, reportingMode="error")
    assert grid.maxTimestamp == pytest.approx(1 / 48_000, abs=1e-6)


def test_a_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("a file")
    with pytest.raises(StorageError, match="--output"):
        written(mixed(), tmp_path, "csv")


def test_a_workbook_has_sheets_of_recording_segments_and_windows() -> None:
    pytest.importorskip("xlsxwriter", reason="needs XlsxWriter")
    content = encode_timeline(call(), "xlsx", CsvOptions())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        book = archive.read("xl/workbook.xml").decode()
    names = [part.split('"')[0] for part in book.split('<sheet name="')[1:]]
    assert names == ["recording", "segments", "windows"]


def test_csv_for_spreadsheets() -> None:
    recording = RecordingTimelines("=1+2.wav", LABELS, mixed().channels)
    lines = encode_timeline(recording, "csv", CsvOptions(bom=True, safe_cells=True)).splitlines()
    assert lines[0].startswith(b"\xef\xbb\xbffile,")
    assert lines[1].startswith(b"'=1+2.wav,,0.000,3.000,angry,")
    assert lines[1].endswith(b",-20.2,")


def test_talk_time_and_overlap_are_those_of_every_export(
    untrained: Predictor, toy_speech: Samples, tmp_path: Path
) -> None:
    """Sentences at 2.5 and 7.6 s on one channel, 1.2 s later on the other, so that both overlap."""
    call = tmp_path / "call.wav"
    late = np.roll(toy_speech, round(1.2 * 16_000))
    write_wav(call, np.stack([toy_speech, late]), 16_000)
    recording = analyse_file(untrained, call, mix=False)
    conversation = conversation_of(*recording.channels)
    talk = [speaker.talk_seconds for speaker in conversation.speakers]
    assert min(talk) > 2.0 and conversation.overlap_seconds > 0.2
    rttm = [
        line.split(" ") for line in written(recording, tmp_path, "rttm").read_text().splitlines()
    ]
    grid = textgrid.openTextgrid(
        str(written(recording, tmp_path, "textgrid")), False, reportingMode="error"
    )
    cues = list(srt.parse(written(recording, tmp_path, "srt").read_text("utf-8")))
    lines = written(recording, tmp_path, "jsonl").read_text("utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    for number, one_channel in enumerate(recording.channels):
        timeline, tier = one_channel.timeline, grid.tiers[2 * number]
        spans: dict[str, list[tuple[float, float]]] = {
            "rttm": [
                (float(line[3]), float(line[3]) + float(line[4]))
                for line in rttm
                if line[2] == str(number + 1)
            ],
            "emotions": [(one.start, one.end) for one in tier.entries if one.label != "no speech"],
            "speech": [(one.start, one.end) for one in grid.tiers[2 * number + 1].entries],
            "subtitles": [
                (cue.start.total_seconds(), cue.end.total_seconds())
                for cue in cues
                if cue.content.startswith(f"channel {number + 1}")
            ],
            "events": [
                (one["start_seconds"], one["end_seconds"])
                for one in events
                if one["event"] == "segment"
                and one["speaker"] == one_channel.speaker
                and one["answer"] != "no speech"
            ],
        }
        for name, found in spans.items():
            total = sum(end - start for start, end in found)
            assert total == pytest.approx(talk[number], abs=0.01), name
        assert timeline.speech_seconds == pytest.approx(talk[number])
        assert timeline.tone is not None and timeline.tone.shares is not None
        assert sum(timeline.tone.shares.values()) == pytest.approx(1.0)
    both = sum(
        max(0.0, min(a.end_seconds, b.end_seconds) - max(a.start_seconds, b.start_seconds))
        for a in recording.channels[0].timeline.segments
        for b in recording.channels[1].timeline.segments
        if a.has_speech and b.has_speech
    )
    assert both == pytest.approx(conversation.overlap_seconds)
