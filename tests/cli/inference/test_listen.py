"""`emotion listen` from files and standard input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cli.conftest import SAMPLE_RATE, Command, voice

from emotion_classifier.audio.io import read_audio, write_wav

FLAGS = ("--words", "none", "--no-activity")
MAIN = "from emotion_classifier.cli import main; main()"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "recording.wav"
    write_wav(path, voice(7.3), SAMPLE_RATE)
    return path


def events_in(text: str) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in text.splitlines()]
    summary = events[-1]
    assert summary["event"] == "summary"
    session = summary["session"]
    assert session["received_samples"] == session["processed_samples"] + session["dropped_samples"]
    return events


def windows(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["event"] == "window"]


def test_a_recording_gives_windows_and_a_summary(
    emotion: Command, untrained_model: Path, recording: Path, tmp_path: Path
) -> None:
    output, record = tmp_path / "events.jsonl", tmp_path / "copy.wav"
    ended = emotion(
        *("listen", "--model", untrained_model, "--input", recording, "--speed", "max", *FLAGS),
        *("--output", output, "--record", record),
    )
    assert ended.code == 0, ended.error
    events = events_in(output.read_text())
    assert [(one["start_seconds"], one["end_seconds"]) for one in windows(events)] == [
        *((0.0, 5.0), (1.0, 6.0), (2.0, 7.0), (3.0, 7.3)),
    ]
    assert events[-1]["session"]["processed_samples"] == round(7.3 * SAMPLE_RATE)
    assert "tone neutral" in ended.out or "tone sad" in ended.out
    assert "received 116800, processed 116800, dropped 0" in ended.out
    np.testing.assert_array_equal(read_audio(record).samples, read_audio(recording).samples)


def test_standard_output_can_be_the_event_file(
    emotion: Command, untrained_model: Path, recording: Path
) -> None:
    ended = emotion(
        *("listen", "-m", untrained_model, "--input", recording, "--speed", "max", *FLAGS),
        *("-o", "-", "--hop-seconds", "5"),
    )
    assert len(windows(events_in(ended.out))) == 2


def start(*arguments: object) -> subprocess.Popen[bytes]:
    """The command in a process of its own, with pipes."""
    command = [sys.executable, "-c", MAIN, *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)


@pytest.mark.parametrize(
    "signal_number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_a_signal_completes_the_session_within_two_seconds(
    untrained_model: Path, tmp_path: Path, signal_number: int
) -> None:
    output = tmp_path / "events.jsonl"
    process = start("listen", "-m", untrained_model, "--stdin", *FLAGS, "-o", output)
    assert process.stdin is not None
    process.stdin.write(np.round(voice(6.5)[0] * 32767).astype("<i2").tobytes())
    process.stdin.flush()  # and it stays open: only the signal can end this
    deadline = time.monotonic() + 60
    while not output.exists() or output.read_text().count('"window"') < 2:
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    signalled = time.monotonic()
    process.send_signal(signal_number)
    process.wait(timeout=60)
    assert time.monotonic() - signalled < 2.0
    assert process.returncode == 0
    events = events_in(output.read_text())
    assert windows(events)[-1]["end_seconds"] == 6.5
    assert [event["end_seconds"] for event in events if event["event"] == "segment"][-1] == 6.5
    assert events[-1]["session"]["processed_samples"] == 6.5 * SAMPLE_RATE
    for pipe in (process.stdin, process.stdout, process.stderr):
        assert pipe is not None
        pipe.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads the number of bytes in a pipe")
def test_a_check_of_standard_input_ends_with_the_first_signal() -> None:
    import fcntl
    import termios

    process = start("listen", "--check", "--stdin")
    assert process.stdin is not None
    process.stdin.write(bytes(SAMPLE_RATE))
    process.stdin.flush()
    waiting = SAMPLE_RATE
    deadline = time.monotonic() + 60
    while waiting:  # when it has taken all, it waits for more
        assert time.monotonic() < deadline
        time.sleep(0.05)
        answer = fcntl.ioctl(process.stdin, termios.FIONREAD, bytes(4))
        waiting = int.from_bytes(answer, sys.byteorder)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert process.returncode == 143


@pytest.mark.skipif(sys.platform != "linux", reason="reads the number of bytes in a pipe")
@pytest.mark.parametrize(
    "signal_number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_the_first_signal_ends_a_session_whose_output_nobody_reads(
    untrained_model: Path, signal_number: int
) -> None:
    process = start(
        "listen", "-m", untrained_model, "--stdin", *FLAGS, "--hop-seconds", 0.1, "-o", "-"
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    os.set_blocking(process.stdin.fileno(), False)
    samples = np.round(voice(60.0)[0] * 32767).astype("<i2").tobytes()
    deadline = time.monotonic() + 60
    waiting = unchanged = 0
    while unchanged < 10 or waiting < 32_768:  # until 64 KiB are full, whose pages have whole lines
        assert time.monotonic() < deadline
        with suppress(BlockingIOError):
            process.stdin.write(samples[:64_000])
        time.sleep(0.05)
        before, waiting = waiting, waiting_bytes(process.stdout.fileno())
        unchanged = unchanged + 1 if waiting == before else 0
    process.send_signal(signal_number)
    assert process.wait(timeout=10) == 130
    assert b"nobody reads the output" in process.stderr.read()
    for pipe in (process.stdout, process.stderr):
        pipe.close()
    with suppress(OSError):
        process.stdin.close()


def waiting_bytes(descriptor: int) -> int:
    """Number of bytes in a pipe of Linux that are not read yet."""
    import fcntl
    import termios

    return int.from_bytes(fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)), sys.byteorder)


@pytest.mark.skipif(sys.platform == "win32", reason="needs pseudo-terminals")
def test_a_terminal_is_no_source_of_samples(untrained_model: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", MAIN, "listen", "-m", str(untrained_model), "--stdin"]
    ended = subprocess.run(command, stdin=theirs, capture_output=True, check=False, timeout=60)
    os.close(ours)
    os.close(theirs)
    assert ended.returncode == 2
    assert b"standard input is a terminal" in ended.stderr


def test_an_incomplete_sample_at_the_end_is_reported(untrained_model: Path) -> None:
    process = start("listen", "-m", untrained_model, "--stdin", *FLAGS, "-o", "-")
    data = voice(1.0)[0].astype("<f4").tobytes()
    out, error = process.communicate(data[:-1], timeout=60)  # and s16le was promised
    assert process.returncode == 0, error
    (notice,) = [one for one in events_in(out.decode()) if one.get("code") == "mid-sample"]
    assert "last 1 bytes" in notice["message"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--input", "absent.wav"), "there is no such file"),
        (("absent.wav",), "there is no such file"),
        (("--input", "x.wav", "--stdin"), "exclude each other"),
        (("x.wav", "--stdin"), "exclude each other"),
        (("--stdin", "--words-model", "tiny"), "--words faster_whisper"),
        (("--stdin", "--hop-seconds", "9"), "hop_seconds is 9"),
        (("--stdin", "--model", "nothing"), "nothing"),
    ],
)
def test_an_error_is_one_line(
    emotion: Command, untrained_model: Path, arguments: tuple[str, ...], expected: str
) -> None:
    ended = emotion("listen", "-m", untrained_model, *FLAGS, *arguments)
    assert ended.code == 2
    assert ended.error.startswith("error: ")
    assert expected in ended.error
    assert "Traceback" not in ended.error


@pytest.mark.parametrize("option", [("--output", "e.jsonl"), ("--record", "r.wav")])
def test_a_check_writes_nothing_and_says_so(
    emotion: Command, recording: Path, option: tuple[str, str]
) -> None:
    ended = emotion("listen", recording, "--check", *option)
    assert (ended.code, Path(option[1]).exists()) == (2, False)
    assert f"leave out {option[0]}" in ended.error


def test_events_do_not_replace_the_recording(
    emotion: Command, untrained_model: Path, recording: Path
) -> None:
    before = recording.read_bytes()
    link = recording.parent / "link.jsonl"
    os.link(recording, link)
    for output in (recording.parent / "." / recording.name, link):
        ended = emotion(
            "listen", "-m", untrained_model, "--input", recording, *FLAGS, "--output", output
        )
        assert (ended.code, recording.read_bytes()) == (2, before)
        assert "would replace the recording" in ended.error


def test_smoothing_and_tone_are_flags(
    emotion: Command, untrained_model: Path, recording: Path
) -> None:
    command = ("listen", "-m", untrained_model, "--input", recording, "--speed", "max", *FLAGS)
    flags = ("-o", "-", "--newest-share", 1, "--tone-seconds", 5)
    for window in windows(events_in(emotion(*command, *flags).out)):
        assert window["smoothed"] == window["tone"] == window["probabilities"]
    for window in windows(events_in(emotion(*command, "-o", "-", "--mean-windows", 1).out)):
        assert window["smoothed"] == window["probabilities"]
    refused = emotion(*command, "--newest-share", 2)
    assert refused.code == 2 and "newest_share" in refused.error
    refused = emotion(*command, "--newest-share", 0.5, "--mean-windows", 3)
    assert refused.code == 2 and "one of the two" in refused.error


def test_a_recording_is_never_replaced(
    emotion: Command, untrained_model: Path, recording: Path
) -> None:
    before = recording.read_bytes()
    ended = emotion(
        *("listen", "-m", untrained_model, "--input", recording, "--speed", "max", *FLAGS),
        *("--record", recording),
    )
    assert ended.code == 2
    assert "exists already" in ended.error
    assert recording.read_bytes() == before


def test_a_check_reports_levels(emotion: Command, recording: Path, tmp_path: Path) -> None:
    noisy = emotion("listen", "--check", "--input", recording, "--speed", "max")
    assert noisy.code == 2
    assert "too noisy" in noisy.out
    silent = tmp_path / "silent.wav"
    write_wav(silent, np.zeros(SAMPLE_RATE, np.float32), SAMPLE_RATE)
    ended = emotion("listen", "--check", "--input", silent, "--speed", "max")
    assert ended.code == 2
    assert "silent" in ended.out


def test_the_list_of_devices_needs_no_model(emotion: Command) -> None:
    ended = emotion("listen", "--list-devices")
    if ended.code == 2:  # no PortAudio here
        assert ended.error.startswith("error: a microphone needs")
    else:
        assert ended.out


def test_a_missing_microphone_is_an_error(emotion: Command, untrained_model: Path) -> None:
    ended = emotion("listen", "-m", untrained_model, *FLAGS, "--device", "no such device")
    assert ended.code == 2
    assert "microphone" in ended.error or "--device 'no such device'" in ended.error
    assert "Traceback" not in ended.error


@pytest.mark.slow
def test_words_of_a_real_clip_are_recognised(
    emotion: Command, untrained_model: Path, shared_data: Path
) -> None:
    pytest.importorskip("pocketsphinx")
    clip = next(shared_data.rglob("03-01-08-01-01-01-12.*"))
    ended = emotion(
        *("listen", "-m", untrained_model, "--input", clip, "--speed", "max", "-o", "-"),
        *("--words", "pocketsphinx"),
    )
    assert "basic" in ended.error
    phrases = [one for one in events_in(ended.out) if one["event"] == "words"]
    assert phrases[-1]["is_final"]
    assert "door" in phrases[-1]["text"]
    assert {one["phrase"] for one in phrases} == {1}


@pytest.mark.slow
def test_live_audio_and_files_have_the_same_words_beside_their_emotion(
    emotion: Command, untrained_model: Path, shared_data: Path, tiny_english: Path, tmp_path: Path
) -> None:
    clip = next(shared_data.rglob("03-01-01-01-01-01-02.*"))
    words = ("--words", "faster_whisper", "--words-model", tiny_english)
    listened = emotion("listen", "-m", untrained_model, clip, "--speed", "real", *words)
    (line,) = [line for line in listened.out.splitlines() if "tone" in line]
    assert line.endswith("“Kids are talking by the door.”")
    live, file = tmp_path / "live.jsonl", tmp_path / "file.jsonl"
    emotion("listen", "-m", untrained_model, clip, "--speed", "max", "-o", live, *words)
    printed = emotion("timeline", "-m", untrained_model, clip, "-o", file, *words)
    assert "Kids are talking by the door." in printed.out
    lines = [
        [json.loads(line) for line in path.read_text("utf-8").splitlines()] for path in (live, file)
    ]
    for kind in ("window", "words"):  # of the phrase, the last are the final ones
        one, other = ([line["words"] for line in each if line["event"] == kind] for each in lines)
        assert len(other) == 1
        assert one[-1] == other[-1]


def test_the_events_of_a_service_are_written_like_those_of_this_machine(
    emotion: Command, untrained_model: Path, tmp_path: Path
) -> None:
    pytest.importorskip("fastapi", reason="needs the extra serve")
    from tests.serving.conftest import config_of, running

    from emotion_classifier.inference.predictor import Predictor
    from emotion_classifier.serving.service import Service

    recording = tmp_path / "short.wav"  # it is played in real time
    write_wav(recording, voice(0.6), SAMPLE_RATE)
    service = Service(config_of(), Predictor.load(untrained_model, threads=1), None)
    with running(service) as address:
        ended = emotion("listen", recording, "--server", address, "--output", tmp_path / "e.jsonl")
    assert (ended.code, ended.error) == (0, "")
    events = events_in((tmp_path / "e.jsonl").read_text())
    assert not [one for one in events if one["event"].startswith("session.")]
    assert events[-1]["event"] == "summary"
    assert windows(events)


@pytest.mark.parametrize("option", ["--model", "--onset", "--record", "--speed"])
def test_options_of_this_machine_are_refused_with_a_service(
    emotion: Command, recording: Path, option: str
) -> None:
    value = {"--model": "small", "--onset": 0.4, "--record": "x.wav", "--speed": "max"}[option]
    ended = emotion("listen", recording, "--server", "http://127.0.0.1:1", option, value)
    assert ended.code == 2
    assert option in ended.error
