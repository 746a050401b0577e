"""Output and errors of `emotion timeline`."""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import SAMPLE_RATE, Command, voice
from tests.cli.test_bad_input import assert_refused

from emotion_classifier.audio.io import write_wav
from emotion_classifier.cli.inference.timeline_files import TimelineFiles
from emotion_classifier.errors import ConfigError
from emotion_classifier.inference.files.formats import CsvOptions
from emotion_classifier.inference.timeline.writers import TIMELINE_FORMATS


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    path = tmp_path / "noise.wav"
    write_wav(path, voice(7.3), SAMPLE_RATE)
    return path


@pytest.fixture
def stereo(tmp_path: Path) -> Path:
    path = tmp_path / "stereo.wav"
    write_wav(path, np.concatenate([voice(6.5), voice(6.5, seed=1)]), SAMPLE_RATE)
    return path


def test_a_recording_without_speech_has_the_answer_no_speech(
    emotion: Command, noise: Path, untrained_model: Path
) -> None:
    ended = emotion("timeline", noise, "--model", untrained_model, "--all")
    assert ended.code == 0, ended.error
    assert "noise.wav, 00:00:07.3" in ended.out
    assert ["00:00:00.0", "00:00:07.3", "no", "speech"] in [
        line.split() for line in ended.out.splitlines()
    ]
    assert "the whole: no speech" in ended.out
    assert not (noise.parent / "timelines").exists()


def test_every_format_is_written(
    emotion: Command, noise: Path, untrained_model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "written"
    formats = ("--format", ",".join(TIMELINE_FORMATS), "--format", "csv", "--output", folder)
    ended = emotion("timeline", noise, "--model", untrained_model, *formats)
    assert ended.code == 0, ended.error
    paths = sorted(folder.iterdir())
    assert len(paths) == len(TIMELINE_FORMATS)
    assert sorted(line for line in ended.out.splitlines() if line.startswith("written: ")) == [
        f"written: {path}" for path in paths
    ]
    windows = [json.loads(line) for line in (folder / "noise.jsonl").read_text().splitlines()]
    ends = [one["end_seconds"] for one in windows if one["event"] == "window"]
    assert ends == [5.0, 6.0, 7.0, 7.3]


@pytest.fixture
def many(noise: Path, stereo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with the folder `calls`: two recordings of one name, a damaged one and a text."""
    monkeypatch.chdir(noise.parent)
    (noise.parent / "calls" / "sub").mkdir(parents=True)
    noise.rename("calls/a.wav")
    stereo.rename("calls/sub/a.wav")
    Path("calls/bad.wav").write_bytes(b"RIFF")
    Path("calls/notes.txt").write_text("no audio")
    return noise.parent


def read(path: str) -> list[dict[str, str]]:
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_many_recordings_have_a_row_each(
    emotion: Command, many: Path, untrained_model: Path
) -> None:
    command = ("timeline", "calls", "--model", untrained_model, "--no-activity")
    files = ("--summary", "calls.csv", "--segments", "segments.csv", "--format", "csv")
    ended = emotion(*command, *files)
    assert (ended.code, ended.out) == (2, "")
    assert "2 analysed, 1 failed: calls.csv" in ended.error
    assert "left out: 1 .txt" in ended.error
    rows = {row["file"]: row for row in read("calls.csv")}
    assert list(rows) == ["calls/a.wav", "calls/bad.wav", "calls/sub/a.wav"]
    assert rows["calls/bad.wav"]["code"] and rows["calls/bad.wav"]["error"]
    assert rows["calls/a.wav"]["duration_seconds"] == "7.300"
    named = {row["file"] for row in read("segments.csv")}
    assert named == {"calls/a.wav", "calls/sub/a.wav"}
    assert sorted(path.name for path in Path("timelines").iterdir()) == [
        "calls__a.wav.csv",
        "calls__sub__a.wav.csv",
    ]


def test_an_interrupted_table_of_recordings_is_continued(
    emotion: Command, many: Path, untrained_model: Path
) -> None:
    command = ("timeline", "calls", "--model", untrained_model, "--no-activity")
    tables = ("--summary", "calls.csv", "--segments", "segments.csv")
    assert emotion(*command, *tables).code == 2
    summary, segments = Path("calls.csv").read_bytes(), Path("segments.csv").read_bytes()
    # Interrupted before the row of the last recording was complete: its segments are written again.
    Path("calls.csv").write_bytes(summary[:-20])
    assert_refused(emotion(*command, *tables), "calls.csv exists already: add --resume")
    assert emotion(*command, *tables, "--resume").code == 2
    assert Path("calls.csv").read_bytes() == summary
    assert Path("segments.csv").read_bytes() == segments
    split = emotion(*command[:-1], *tables, "--resume", "--channels", "split")
    assert_refused(split, "calls.csv cannot be continued")
    assert_refused(emotion(*command, "--resume"), "--summary")


def test_the_terminal_has_a_line_for_each_recording_and_all_segments_on_request(
    emotion: Command, many: Path, untrained_model: Path
) -> None:
    command = ("timeline", "calls", "--model", untrained_model, "--no-activity")
    ended = emotion(*command)
    assert ended.code == 2
    head, *lines = ended.out.splitlines()
    assert head.split()[-1] == "file"
    assert [line.split()[-1] for line in lines if "failed" not in line] == [
        "calls/a.wav",
        "calls/sub/a.wav",
    ]
    assert "calls/bad.wav" in lines[1]
    assert len(emotion(*command, "--all").out.splitlines()) > len(lines) + 6


def test_the_output_of_one_recording_is_a_file_by_its_suffix(
    emotion: Command, many: Path, untrained_model: Path
) -> None:
    command = ("timeline", "calls/a.wav", "--model", untrained_model, "-o")
    assert "written: new/a.csv" in emotion(*command, "new/a.csv").out
    assert len(read("new/a.csv")) == 4
    assert emotion(*command, "new/a.log", "--format", "jsonl").code == 0
    assert Path("new/a.log").read_text().startswith('{"event": "recording"')
    out = emotion(*command, "-", "--format", "jsonl").out
    assert out == Path("new/a.log").read_text()
    for refused, *expected in (
        (("x.xls",), "x.xls", ".xlsx", "--format"),
        (("folder",), "add --format"),
        (("x.csv", "--format", "csv,srt"), "2 formats"),
        (("-",), "needs a format"),
        (("x.srt", "--bom"), "--bom"),
    ):
        assert_refused(emotion(*command, *refused), *expected)
    several = ("timeline", "calls", "--model", untrained_model, "-o", "x.csv")
    assert_refused(emotion(*several), "there are 3", "--summary FILE")
    assert not Path("x.csv").exists()


def test_two_channels_are_two_speakers(
    emotion: Command, stereo: Path, untrained_model: Path
) -> None:
    ended = emotion("timeline", stereo, "--channels", "split", "--model", untrained_model)
    assert ended.code == 0, ended.error
    assert "the whole of channel 2: no speech" in ended.out
    assert "Conversation" in ended.out
    assert "silence: 6.5 s (100%)" in ended.out


def test_a_recording_that_is_no_call_of_two_is_refused_with_the_remedy(
    emotion: Command, noise: Path, untrained_model: Path, tmp_path: Path
) -> None:
    twice = tmp_path / "twice.wav"
    write_wav(twice, np.repeat(voice(2.0), 2, axis=0), SAMPLE_RATE)
    for path, reason in ((noise, "1 channel(s)"), (twice, "both channels are equal")):
        ended = emotion("timeline", path, "--channels", "split", "--model", untrained_model)
        assert ended.code == 2
        assert reason in ended.error
        assert "--channels mix" in ended.error


def test_an_unknown_format_is_an_error_before_the_analysis(
    emotion: Command, noise: Path, tmp_path: Path
) -> None:
    missing = tmp_path / "no-model"
    ended = emotion("timeline", noise, "--format", "textgrit", "--model", missing)
    assert (ended.code, ended.out) == (2, "")
    assert "did you mean textgrid?" in ended.error


def test_settings_are_flags(emotion: Command, stereo: Path, untrained_model: Path) -> None:
    model = ("--model", untrained_model)
    ended = emotion("timeline", stereo, *model, "--no-activity", "--uncertain-below", 1)
    assert ended.code == 0, ended.error
    assert "uncertain" in ended.out
    assert "no speech" not in ended.out
    table = stereo.with_name("table.csv")
    split = ("--channels", "split", "--summary", table)
    ended = emotion("timeline", stereo, *model, "--no-activity", *split)
    assert (ended.code, "--channels mix" in ended.error) == (2, True)
    assert not table.exists()
    ended = emotion("timeline", stereo, *model, "--maximum-seconds", 3)
    assert (ended.code, "limit of 3 s" in ended.error) == (2, True)


def test_a_real_call_has_talk_turns_and_emotions(
    emotion: Command, shared_data: Path, untrained_model: Path, tmp_path: Path
) -> None:
    from emotion_classifier.audio.folders import find_audio
    from emotion_classifier.audio.io import read_audio

    clips = [read_audio(path) for path in find_audio(shared_data / "ravdess_original")[:2]]
    pause = np.zeros(clips[0].sample_rate, np.float32)
    first, second = (clip.mono() for clip in clips)
    call = np.stack(
        [
            np.concatenate([first, pause, np.zeros_like(second)]),
            np.concatenate([np.zeros_like(first), pause, second]),
        ]
    )
    path = tmp_path / "call.wav"
    write_wav(path, call, clips[0].sample_rate)
    options = ("--channels", "split", "--format", "jsonl", "--output", tmp_path)
    ended = emotion("timeline", path, "--model", untrained_model, *options)
    assert ended.code == 0, ended.error
    last = json.loads((tmp_path / "call.jsonl").read_text().splitlines()[-1])
    assert [part["turns"] for part in last["speakers"]] == [1, 1]
    assert last["overlaps"] == 0
    assert all(0.5 < part["talk_seconds"] < 5.0 for part in last["speakers"])
    assert last["silence_seconds"] > 1.0


def test_a_timeline_does_not_replace_a_recording(
    emotion: Command, noise: Path, untrained_model: Path, tmp_path: Path
) -> None:
    before = noise.read_bytes()
    os.link(noise, tmp_path / "link.csv")
    command = ("timeline", noise, "--model", untrained_model, "--format", "csv", "--output")
    for output in (noise, tmp_path / "link.csv"):
        assert_refused(emotion(*command, output), "is a recording")
    noise.rename(tmp_path / "noise.csv")
    (tmp_path / "noise.csv").rename(tmp_path / "link.csv")
    ended = emotion("timeline", tmp_path / "link.csv", *command[2:], tmp_path)
    assert_refused(ended, "is a recording")
    assert (tmp_path / "link.csv").read_bytes() == before


@pytest.mark.parametrize("option", ["--summary", "--segments"])
def test_a_timeline_does_not_replace_a_table(
    emotion: Command, many: Path, untrained_model: Path, option: str
) -> None:
    command = ("timeline", "calls/a.wav", "--model", untrained_model, "--format", "csv")
    for output, table in (("out.csv", many / "out.csv"), ("out", "out/./a.csv")):
        ended = emotion(*command, "--output", output, option, table)
        assert_refused(ended, "the file of --summary or --segments")
        assert not Path(table).exists()
    ended = emotion(*command, "--output", "-", option, "rows.csv")
    assert ended.code == 0, ended.error


def test_a_table_is_not_continued_with_another_output(
    emotion: Command, many: Path, untrained_model: Path
) -> None:
    command = ("timeline", "calls", "--model", untrained_model, "--no-activity")
    assert emotion(*command, "--summary", "calls.csv").code == 2
    resumed = (*command, "--summary", "calls.csv", "--resume")
    segments = emotion(*resumed, "--segments", "segments.csv")
    assert_refused(segments, "calls.csv cannot be continued: summary was null")
    assert_refused(emotion(*resumed, "--format", "srt"), "calls.csv cannot be continued: formats")
    assert emotion(*resumed).code == 2


def test_tables_are_continued_with_their_own_segments_and_files(
    emotion: Command, many: Path, untrained_model: Path
) -> None:
    command = ("timeline", "--model", untrained_model, "--no-activity", "--format", "csv")
    one = ("--summary", "one.csv", "--segments", "one_segments.csv", "--output", "one")
    assert emotion(*command, "calls", *one).code == 2
    rows = Path("one_segments.csv").read_bytes()
    for wrong in (("one.csv", "new.csv", "one"), ("one.csv", "one_segments.csv", "two")):
        outputs = zip(("--summary", "--segments", "--output"), wrong, strict=True)
        options = [text for pair in outputs for text in pair]
        assert_refused(emotion(*command, "calls", *options, "--resume"), "cannot be continued")
    two = ("--summary", "two.csv", "--segments", "one_segments.csv", "--output", "one")
    refused = emotion(*command, "calls/sub/a.wav", *two, "--resume")
    assert_refused(refused, "one_segments.csv cannot be continued: summary was")
    assert Path("one_segments.csv").read_bytes() == rows
    Path("moved").mkdir()
    for name in ("one.csv", "one_segments.csv"):
        for suffix in ("", ".origin.json"):
            Path(f"{name}{suffix}").rename(f"moved/{name}{suffix}")
    Path("one").rename("moved/one")
    moved = [f"moved/{text}" if number % 2 else text for number, text in enumerate(one)]
    assert emotion(*command, "calls", *moved, "--resume").code == 2
    assert Path("moved/one_segments.csv").read_bytes() == rows


@pytest.mark.parametrize("name", ["png", "xlsx"])
def test_no_bytes_are_written_to_a_terminal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with pytest.raises(ConfigError, match=f"{name} is no text"):
        TimelineFiles.of(Path("-"), [name], CsvOptions())
    assert TimelineFiles.of(Path("-"), ["csv"], CsvOptions()).is_standard_output
