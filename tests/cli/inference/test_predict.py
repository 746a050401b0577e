"""`emotion predict`: inputs, formats, and continuation after an interruption."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import yaml
from tests.cli.conftest import SAMPLE_RATE, Command, voice
from tests.cli.test_bad_input import assert_refused

from emotion_classifier.audio.io import write_wav


@pytest.fixture
def recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with three recordings, one of them below another folder."""
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("a.wav", "b.wav", "calls/c.wav")):
        write_wav(tmp_path / name, voice(0.8, seed=number), SAMPLE_RATE)
    return tmp_path


def named(text: str) -> list[str]:
    """The files in JSON lines."""
    return [json.loads(line)["file"] for line in text.splitlines()]


def test_files_folders_patterns_and_lists(
    emotion: Command, untrained_model: Path, recordings: Path
) -> None:
    (recordings / "list.txt").write_text("b.wav\ncalls\n")
    options = ("--model", untrained_model, "--format", "jsonl")
    every = ["a.wav", "b.wav", "calls/c.wav"]
    ended = emotion("predict", ".", *options)
    assert named(ended.out) == every
    assert "left out: 1 .txt" in ended.error
    assert named(emotion("predict", "?.wav", *options).out) == every[:2]
    assert named(emotion("predict", "a.wav", "@list.txt", *options).out) == every
    assert named(emotion("predict", "--list", "list.txt", *options).out) == every[1:]


def test_a_missing_file_of_a_list_is_a_row(
    emotion: Command, untrained_model: Path, recordings: Path
) -> None:
    (recordings / "list.txt").write_text("a.wav\ngone.wav\n")
    (recordings / "empty").mkdir()
    options = ("--model", untrained_model, "--format", "jsonl")
    ended = emotion("predict", "@list.txt", "empty", *options)
    assert ended.code == 2
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert [row.get("code") for row in rows] == [None, "missing", "no-audio"]


def test_nothing_to_predict_and_unreadable_lists_are_refused(
    emotion: Command, untrained_model: Path, recordings: Path
) -> None:
    model = ("--model", untrained_model)
    assert_refused(emotion("predict", *model), "--list FILE")
    assert_refused(emotion("predict", "--list", "gone.txt", *model), "gone.txt", "cannot be read")
    assert_refused(emotion("predict", "--list", "a.wav", *model), "a.wav", "binary")


def test_the_format_follows_the_name_of_the_output(
    emotion: Command, untrained_model: Path, recordings: Path
) -> None:
    for name in ("rows.json", "new/rows.jsonl", "rows.csv", "rows.txt"):
        ended = emotion("predict", "a.wav", "calls", "-m", untrained_model, "-o", name)
        assert (ended.code, ended.out) == (0, "")
        assert f"2 predicted, 0 failed: {name}" in ended.error
    assert [row["file"] for row in json.loads(Path("rows.json").read_text())] == [
        "a.wav",
        "calls/c.wav",
    ]
    assert named(Path("new/rows.jsonl").read_text()) == ["a.wav", "calls/c.wav"]
    with Path("rows.csv").open() as file:
        assert [row["file"] for row in csv.DictReader(file)] == ["a.wav", "calls/c.wav"]
    assert Path("rows.txt").read_text().splitlines()[0].startswith("answer ")


def test_another_suffix_is_refused_before_a_model_is_loaded(
    emotion: Command, recordings: Path
) -> None:
    for name in ("rows.xls", "rows", "rows.2026", "new/rows.parquet"):
        ended = emotion("predict", "a.wav", "-m", "no-model", "-o", name)
        assert_refused(ended, name, ".csv, .xlsx", "--format")
    assert sorted(path.name for path in recordings.iterdir()) == ["a.wav", "b.wav", "calls"]


def test_the_format_is_more_than_the_suffix(
    emotion: Command, untrained_model: Path, recordings: Path
) -> None:
    command = ("predict", "a.wav", "-m", untrained_model, "-o", "rows.2026", "--format")
    assert emotion(*command, "JSONL").code == 0
    assert named(Path("rows.2026").read_text()) == ["a.wav"]
    assert_refused(emotion(*command, "jsnol"), "did you mean jsonl?")


def test_a_dash_and_an_open_file_are_standard_output(
    emotion: Command, untrained_model: Path, recordings: Path
) -> None:
    command = ("predict", "a.wav", "-m", untrained_model)
    expected = emotion(*command).out
    assert expected.startswith("answer ")
    assert emotion(*command, "-o", "-").out == expected
    assert named(emotion(*command, "-o", "-", "--format", "jsonl").out) == ["a.wav"]
    assert sorted(path.name for path in recordings.iterdir()) == ["a.wav", "b.wav", "calls"]


def test_a_workbook_is_a_workbook(
    emotion: Command, untrained_model: Path, recordings: Path
) -> None:
    pytest.importorskip("xlsxwriter", reason="needs XlsxWriter")
    command = ("predict", ".", "-m", untrained_model, "-o", "rows.xlsx")
    assert emotion(*command).code == 0
    assert zipfile.is_zipfile("rows.xlsx")
    assert_refused(emotion(*command), "rows.xlsx exists already: name another file")


def test_csv_for_spreadsheets_is_continued(
    emotion: Command, untrained_model: Path, recordings: Path
) -> None:
    Path("a.wav").rename("=1+2.wav")
    command = ("predict", "=1+2.wav", "-m", untrained_model, "--bom", "--safe-cells")
    assert emotion(*command, "-o", "rows.csv").code == 0
    written = Path("rows.csv").read_bytes()
    assert written.startswith(b"\xef\xbb\xbffile,")
    assert b"\n'=1+2.wav," in written
    assert emotion(*command, "-o", "rows.csv", "--resume").code == 0
    assert Path("rows.csv").read_bytes() == written
    assert_refused(emotion(*command, "-o", "rows.jsonl"), "--bom", "jsonl")


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_an_interrupted_file_is_continued(
    emotion: Command, untrained_model: Path, recordings: Path, name: str
) -> None:
    command = ("predict", ".", "gone.wav", "--model", untrained_model, "--output", name)
    assert emotion(*command).code == 2
    whole = Path(name).read_bytes()
    Path(name).write_bytes(whole[: len(whole) // 2])
    assert_refused(emotion(*command), name, "--resume")
    assert emotion(*command, "--resume").code == 2
    assert Path(name).read_bytes() == whole
    again = emotion(*command, "--resume")
    assert again.code == 2  # one of the earlier rows is a failure
    assert "3 predicted, 1 failed" in again.error
    assert Path(name).read_bytes() == whole


def test_an_output_that_cannot_be_continued_is_refused(
    emotion: Command, untrained_model: Path, recordings: Path
) -> None:
    command = ("predict", "a.wav", "--model", untrained_model)
    assert_refused(emotion(*command, "--resume"), "--output")
    assert_refused(emotion(*command, "--resume", "-o", "rows.json"), "FILE.csv")
    before = Path("b.wav").read_bytes()
    audio = emotion(*command, "--resume", "-o", "b.wav", "--format", "csv")
    assert_refused(audio, "b.wav", "Name another file")
    assert Path("b.wav").read_bytes() == before
    assert emotion(*command, "-o", "rows.csv").code == 0
    rows = Path("rows.csv")
    rows.write_text(rows.read_text().replace("p_neutral", "p_happy"))
    assert_refused(emotion(*command, "--resume", "-o", "rows.csv"), "p_happy", "p_neutral")


def test_rows_of_another_model_or_other_settings_are_not_continued(
    emotion: Command, untrained_model: Path, recordings: Path
) -> None:
    command = ("predict", ".", "-o", "rows.jsonl", "--model")
    assert emotion(*command, untrained_model).code == 0
    rows = Path("rows.jsonl")
    rows.write_bytes(rows.read_bytes()[:-30])  # a torn row
    before = rows.read_bytes()
    other = Path(shutil.copytree(untrained_model, "model"))
    text = (other / "model.yaml").read_text()
    (other / "model.yaml").write_text(text.replace("temperature: 1.0", "temperature: 2.0"))
    refused = emotion(*command, other, "--resume")
    assert_refused(refused, "rows.jsonl", "model_sha256", "Name another file")
    refused = emotion(*command, untrained_model, "--resume", "--hop-seconds", 2)
    assert_refused(refused, "stream.hop_seconds was 1.0", "is 2.0 now", "origin.json")
    assert rows.read_bytes() == before
    (other / "model.yaml").write_text(text)  # the same model at another place
    assert emotion(*command, other, "--resume").code == 0
    assert named(rows.read_text()) == ["a.wav", "b.wav", "calls/c.wav"]
    Path("rows.jsonl.origin.json").unlink()
    assert_refused(emotion(*command, untrained_model, "--resume"), "missing or damaged")


def test_resume_is_not_suggested_for_json(
    emotion: Command, untrained_model: Path, recordings: Path
) -> None:
    command = ("predict", "a.wav", "-m", untrained_model, "-o", "rows.json")
    assert emotion(*command).code == 0
    refused = emotion(*command)
    assert_refused(refused, "rows.json exists already", "another file")
    assert "--resume" not in refused.error
    assert not Path("rows.json.origin.json").exists()


@pytest.mark.parametrize("output", ["a.wav/rows.csv", "calls"])
def test_an_output_that_cannot_be_written_is_refused(
    emotion: Command, untrained_model: Path, recordings: Path, output: str
) -> None:
    ended = emotion("predict", "a.wav", "-m", untrained_model, "-o", output, "--format", "csv")
    assert_refused(ended, output, "cannot write")


def test_settings_come_from_a_file_and_from_flags(
    emotion: Command, untrained_model: Path, recordings: Path
) -> None:
    Path("settings.yml").write_text(
        f"model: '{untrained_model}'\nstream: {{onset: null, uncertain_below: 0.99}}\n"
    )
    options = ("predict", "a.wav", "--format", "jsonl", "--config", "settings.yml")

    def answer(*flags: object) -> dict[str, object]:
        (line,) = emotion(*options, *flags).out.splitlines()
        row: dict[str, object] = json.loads(line)
        return row

    assert (answer()["answer"], answer()["speech_share"]) == ("uncertain", None)
    assert answer("--uncertain-below", 0)["answer"] == "sad"
    assert answer("--activity")["answer"] == "no speech"  # it is noise
    assert answer("--activity", "--no-activity")["answer"] == "uncertain"
    assert answer("--maximum-seconds", 0.5)["code"] == "too-long"
    assert_refused(emotion(*options, "--onset", 2), "stream.onset", "2")
    assert_refused(emotion(*options, "--hop-seconds", 7), "hop_seconds")


def test_a_model_of_a_newer_format_is_refused(
    emotion: Command, untrained_model: Path, recordings: Path
) -> None:
    folder = recordings / "model"
    folder.mkdir()
    specification = yaml.safe_load((untrained_model / "model.yaml").read_text())
    (folder / "model.yaml").write_text(yaml.safe_dump({**specification, "format": 99}))
    assert_refused(emotion("predict", "a.wav", "--model", folder), "of format 99", "upgrade")


def test_a_wrong_size_in_a_wav_header_is_a_failed_row(
    emotion: Command, untrained_model: Path, recordings: Path
) -> None:
    content = bytearray(Path("a.wav").read_bytes())
    content[40:44] = (0x7FFF0000).to_bytes(4, "little")
    Path("a.wav").write_bytes(content)
    ended = emotion("predict", "a.wav", "-m", untrained_model, "--format", "json")
    assert ended.code == 2
    assert json.loads(ended.out)[0]["code"] == "truncated"


def test_file_names_that_are_not_utf8_are_written(
    emotion: Command, untrained_model: Path, recordings: Path
) -> None:
    name = os.fsdecode(b"caf\xe9.wav")
    try:
        Path("a.wav").rename(name)
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    for form in ("table", "json", "jsonl", "csv"):
        options = ("-m", untrained_model, "--format", form)
        assert emotion("predict", ".", *options).code == 0
        assert emotion("predict", ".", *options, "-o", f"rows.{form}").code == 0
    resumed = emotion("predict", ".", "-m", untrained_model, "-o", "rows.csv", "--resume")
    assert "3 predicted, 0 failed" in resumed.error


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize("form", [pytest.param("jsonl", marks=pytest.mark.slow), "json"])
def test_ctrl_c_leaves_a_valid_file(untrained_model: Path, recordings: Path, form: str) -> None:
    (recordings / "list.txt").write_text("a.wav\n" * 100_000)
    output = recordings / f"rows.{form}"
    # A process that was started in the background ignores SIGINT, and its children do.
    code = (
        "import signal, sys; from emotion_classifier.cli import main; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); "
        "sys.argv[0] = 'emotion'; main()"
    )
    arguments = ("predict", "@list.txt", "-m", str(untrained_model), "-o", str(output))
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stderr=subprocess.PIPE, text=True
    )
    waited = time.monotonic() + 60
    while (not output.exists() or output.stat().st_size < 2000) and time.monotonic() < waited:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    errors = process.communicate(timeout=30)[1]
    assert process.returncode not in (0, 2)
    assert "Traceback" not in errors
    text = output.read_text()
    rows = json.loads(text) if form == "json" else [json.loads(x) for x in text.splitlines()]
    assert 0 < len(rows) < 100_000
    assert text.endswith("\n")
    assert ("--resume" in errors) is (form == "jsonl")
