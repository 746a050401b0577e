"""Errors of users are one message with value, rule and remedy, and exit code 2."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tests.cli.conftest import SAMPLE_RATE, Command, Ended, voice

BY_SPEAKER = "corpora.0.speaker_pattern=([a-z])_"


def assert_refused(ended: Ended, *expected: str) -> None:
    assert ended.code == 2
    assert "Traceback" not in ended.error
    assert ended.error.startswith("error: ")
    for text in expected:
        assert text in ended.error


def damaged_files(folder: Path) -> dict[str, Path]:
    """A file of each kind that cannot be predicted, by the code of its error."""
    names = (
        "empty-file",
        "no-samples",
        "truncated",
        "unreadable",
        "not-finite",
        "silent",
        "too-short",
        "channels",
    )
    files = {code: folder / f"{code}.wav" for code in names}
    files["truncated"] = folder / "truncated.flac"
    files["empty-file"].write_bytes(b"")
    soundfile.write(files["no-samples"], np.zeros(0), SAMPLE_RATE)
    soundfile.write(files["truncated"], voice(2.0)[0], SAMPLE_RATE)
    whole = files["truncated"].read_bytes()
    files["truncated"].write_bytes(whole[: len(whole) // 2])
    files["unreadable"].write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(500))
    not_finite = voice(1.0)[0]
    not_finite[100], not_finite[200] = np.nan, np.inf
    soundfile.write(files["not-finite"], not_finite, SAMPLE_RATE, subtype="FLOAT")
    soundfile.write(files["silent"], np.zeros(SAMPLE_RATE), SAMPLE_RATE)
    soundfile.write(files["too-short"], voice(0.01)[0], SAMPLE_RATE)
    soundfile.write(files["channels"], np.tile(voice(1.0).T, (1, 9)), SAMPLE_RATE)
    return files


def test_predict_writes_a_row_or_the_reason_for_each_file(
    emotion: Command, model_folder: Path, tmp_path: Path
) -> None:
    files = damaged_files(tmp_path)
    good = tmp_path / "good.wav"
    soundfile.write(good, voice(1.0)[0], SAMPLE_RATE)
    missing = tmp_path / "missing.wav"
    paths = [*files.values(), good, missing]
    ended = emotion("predict", *paths, "--no-activity", "--model", model_folder, "--format", "json")
    assert ended.code == 2
    rows = {row["file"]: row for row in json.loads(ended.out)}
    assert list(rows) == [str(path) for path in paths]
    for code, path in files.items():
        assert rows[str(path)]["code"] == code
        assert rows[str(path)]["error"]
    assert rows[str(missing)]["code"] == "missing"
    assert rows[str(good)]["emotion"] in ("happy", "sad")
    assert sum(rows[str(good)]["probabilities"].values()) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("subtype", "channels"),
    [("PCM_24", 1), ("FLOAT", 1), ("DOUBLE", 2), ("PCM_U8", 1), ("PCM_16", 6)],
)
def test_predict_reads_any_common_wav(
    emotion: Command, model_folder: Path, tmp_path: Path, subtype: str, channels: int
) -> None:
    path = tmp_path / "clip.wav"
    soundfile.write(path, np.tile(voice(1.0).T, (1, channels)), SAMPLE_RATE, subtype=subtype)
    ended = emotion("predict", path, "--no-activity", "--model", model_folder, "--format", "csv")
    assert ended.code == 0
    (row,) = csv.DictReader(io.StringIO(ended.out))
    assert row["emotion"] in ("happy", "sad")
    assert row["duration_seconds"] == "1.000"


def test_table_shows_every_probability(
    emotion: Command, model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = "[bold]clip.wav"  # a name that must not be read as markup
    soundfile.write(path, voice(1.0)[0], SAMPLE_RATE)
    ended = emotion("predict", path, "--no-activity", "--model", model_folder)
    assert ended.code == 0
    flat = "".join(ended.out.split())
    assert "[bold]clip.wav" in flat
    assert re.search(r"happy[01]\.\d\d", flat) and re.search(r"sad[01]\.\d\d", flat)


def test_a_missing_model_is_named(emotion: Command, tmp_path: Path) -> None:
    ended = emotion("predict", "x.wav", "--model", tmp_path / "nothing")
    assert_refused(ended, "nothing", "does not exist", "run folder")


@pytest.mark.parametrize("name", ["model.onnx", "weights.safetensors"])
def test_an_altered_or_missing_model_file_is_named(
    emotion: Command, model_folder: Path, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model_folder, folder)
    file = folder / name
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    assert_refused(emotion("predict", "x.wav", "--model", folder), name, "altered")
    file.unlink()
    assert_refused(emotion("predict", "x.wav", "--model", folder), name, "missing")


def test_files_of_other_types_are_a_notice_and_no_problem(
    emotion: Command, folders_corpus: Path
) -> None:
    (folders_corpus / "notes.txt").touch()
    ended = emotion("corpus", "check", "--corpus", f"folders={folders_corpus}", BY_SPEAKER)
    assert ended.code == 0
    assert f"{folders_corpus}: notice: left out: 1 .txt" in ended.out
    assert "folders: 24 clips, problems: 0" in ended.out


def test_stats_compare_thresholds_of_trimming(emotion: Command, tmp_path: Path) -> None:
    settings = ("corpora.0.speakers=1", "corpora.0.clips_per_emotion=1", "corpora.0.emotions=[sad]")
    ended = emotion(
        "corpus", "stats", "--corpus", f"toy={tmp_path / 'toy'}", *settings, "--trimming"
    )
    assert ended.code == 0
    assert "toy: thresholds of trimming (input.trim_below_db)" in ended.out


@pytest.mark.parametrize("verb", ["check", "stats"])
def test_a_line_feed_in_the_name_of_a_clip_is_an_escape(
    emotion: Command, folders_corpus: Path, verb: str
) -> None:
    clip = next(folders_corpus.rglob("*.wav"))
    clip.with_name("a_forged\nline.wav").write_bytes(b"no audio")
    ended = emotion("corpus", verb, "--corpus", f"folders={folders_corpus}", BY_SPEAKER)
    assert r"a_forged\nline.wav: " in ended.out


@pytest.mark.parametrize("verb", ["stats", "check", "split"])
def test_a_corpus_folder_that_is_missing_or_empty_is_named(
    emotion: Command, tmp_path: Path, verb: str
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder in (tmp_path / "absent", empty):
        ended = emotion("corpus", verb, "--corpus", f"ravdess={folder}")
        assert_refused(ended, str(folder))


def test_a_corpus_without_fitting_names_shows_the_rule(
    emotion: Command, folders_corpus: Path
) -> None:
    ended = emotion("corpus", "check", "--corpus", f"ravdess={folders_corpus}")
    assert_refused(ended, str(folders_corpus), "03-01-06-01-02-01-12")


@pytest.mark.parametrize(
    "name", ['a "quoted" \\new path', "C:\\x\\temp", "[b]: c #1=2", "größe it's"]
)
def test_paths_are_taken_literally(emotion: Command, tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    for arguments in (
        ("--corpus", f"ravdess={folder}"),
        (f"corpora.0.path={folder}", "corpora.0.kind=ravdess"),
    ):
        assert_refused(emotion("corpus", "check", *arguments), f"folder {folder} does not exist")
    assert_refused(emotion("train", f"{folder}.yml"), f"{folder}.yml")


def test_a_settings_file_may_have_an_equals_sign_in_its_name(
    emotion: Command, folders_corpus: Path, tmp_path: Path
) -> None:
    config = tmp_path / "a=b.yml"
    pattern = "([a-z])_"
    config.write_text(f"corpora: [{{kind: folders, path: x, speaker_pattern: '{pattern}'}}]")
    ended = emotion("corpus", "stats", config, f"corpora.0.path={folders_corpus}")
    assert (ended.code, ended.error) == (0, "")


def test_corpora_may_be_named_by_settings_alone(emotion: Command, folders_corpus: Path) -> None:
    corpora = f"corpora=[{{kind: folders, path: '{folders_corpus}', speaker_pattern: '([a-z])_'}}]"
    ended = emotion("corpus", "stats", corpora)
    assert ended.code == 0
    assert "folders: 24 clips" in ended.out
    assert_refused(emotion("corpus", "stats", "seed=1"), "no corpus was named", "corpora=[")


def test_one_speaker_cannot_be_split(emotion: Command, folders_corpus: Path) -> None:
    for path in folders_corpus.rglob("*.wav"):
        if not path.name.startswith("a_"):
            path.unlink()
    ended = emotion("corpus", "split", "--corpus", f"folders={folders_corpus}", BY_SPEAKER)
    assert_refused(ended, "1 speaker")


def test_fewer_speakers_than_folds_are_refused(
    emotion: Command, folders_corpus: Path, tmp_path: Path
) -> None:
    ended = emotion(
        *("corpus", "split", "-o", tmp_path / "split.csv"),
        *("--corpus", f"folders={folders_corpus}", BY_SPEAKER),
        "split={kind: k_fold, folds: 9, fold: 1}",
    )
    assert_refused(ended, "9", "6 speakers")


def test_a_label_that_maps_to_nothing_is_named(
    emotion: Command, folders_corpus: Path, tmp_path: Path
) -> None:
    (folders_corpus / "sad").rename(folders_corpus / "grumpy")
    ended = emotion("corpus", "stats", "--corpus", f"folders={folders_corpus}", BY_SPEAKER)
    assert_refused(ended, "grumpy", "emotions")
    corpus = ("--corpus", f"folders={folders_corpus}", BY_SPEAKER)
    mapped = emotion("corpus", "stats", *corpus, "corpora.0.emotions={grumpy: sad}")
    assert mapped.code == 0
    unknown = emotion(
        *("corpus", "split", "-o", tmp_path / "split.csv"),
        *corpus,
        "corpora.0.emotions={grumpy: sad}",
        "labels.emotions=[happy, sadd]",
    )
    assert_refused(unknown, "labels.emotions", "'sadd'", "did you mean 'sad'")


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("training.epohcs=3", ("training.epohcs", "did you mean 'epochs'", "label_smoothing")),
        ("training.epochs=many", ("training.epochs", "many")),
        ("training.epochs=0", ("training.epochs", "0")),
        ("model.network.kind=cnnn", ("model.network.kind", "cnn", "acnt", "parallel")),
        ("split.kind=random_clips", ("allow_leak",)),
        ("input.minimum_seconds=0.01", ("input.minimum_seconds", "set it to")),
        ("model.frontend.high_hz=9000", ("9000", "8000")),
        ("experiment=../outside", ("../outside",)),
    ],
)
def test_invalid_settings_are_named(
    emotion: Command, folders_corpus: Path, tmp_path: Path, override: str, expected: tuple[str, ...]
) -> None:
    config = tmp_path / "run.yml"
    config.write_text(
        "corpora:\n"
        f"  - {{kind: folders, path: '{folders_corpus}', speaker_pattern: '([a-z])_'}}\n"
        "model: {network: {kind: cnn, channels: [4]}}\n"
        "training: {epochs: 1}\n"
    )
    ended = emotion("train", config, override, "--runs", tmp_path / "runs")
    assert_refused(ended, *expected)
    assert not list((tmp_path / "runs").rglob("*.ckpt"))


def test_a_missing_default_settings_file_is_named(
    emotion: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_refused(emotion("train"), "configs/config.yml", "emotion train")


def test_resume_refuses_a_folder_that_is_no_run(emotion: Command, tmp_path: Path) -> None:
    assert_refused(emotion("train", "--resume", tmp_path), str(tmp_path), "config.yml")


def test_check_names_all_problems_at_once(emotion: Command, folders_corpus: Path) -> None:
    damaged = damaged_files(folders_corpus / "happy")
    for code, path in list(damaged.items()):
        damaged[code] = path.rename(path.with_name(f"a_{path.name}"))
    first = folders_corpus / "sad" / "a_0.wav"
    shutil.copy(first, folders_corpus / "sad" / "a_copy.wav")
    ended = emotion("corpus", "check", "--corpus", f"folders={folders_corpus}", BY_SPEAKER)
    assert ended.code == 2
    lines = ended.out.splitlines()
    for code, path in damaged.items():
        assert any(str(path) in line and f": {code}: " in line for line in lines), code
    assert any("a_copy.wav: duplicate: " in line and str(first) in line for line in lines)


def test_stats_and_split_of_a_valid_corpus(
    emotion: Command, folders_corpus: Path, tmp_path: Path
) -> None:
    figure, split = tmp_path / "figure.png", tmp_path / "split.csv"
    corpus = ("--corpus", f"folders={folders_corpus}", BY_SPEAKER)
    stats = emotion("corpus", "stats", *corpus, "--figure", figure)
    assert stats.code == 0
    assert "folders: 24 clips" in stats.out
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert emotion("corpus", "split", *corpus, "-o", split).code == 0
    with split.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["utterance"]]
    assert len(rows) == 24
    parts: dict[str, set[str]] = {}
    for row in rows:
        parts.setdefault(row["speaker"], set()).add(row["part"])
    assert all(len(held) == 1 for held in parts.values())
    assert {part for held in parts.values() for part in held} == {"train", "validation", "test"}


def test_a_home_that_does_not_exist_is_an_error(emotion: Command) -> None:
    ended = emotion("corpus", "stats", "--corpus", "ravdess=~no-such-user-here/data")
    assert_refused(ended, "~no-such-user-here/data")


def test_bad_links_are_named(emotion: Command, tmp_path: Path) -> None:
    (tmp_path / "broken.wav").symlink_to(tmp_path / "gone.wav")
    (tmp_path / "folder").symlink_to(tmp_path / "gone")
    (tmp_path / "loop.wav").symlink_to(tmp_path / "loop.wav")
    for name, word in (
        ("broken.wav", "gone.wav"),
        ("folder/a.wav", "gone"),
        ("loop.wav", "circle"),
        (f"{'x' * 300}.wav", "too long"),
    ):
        assert_refused(emotion("timeline", tmp_path / name), word)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("-", "standard input"),
        ("https://example.org/a.wav?x=1", "download"),
        ("s3://b/a", "download"),
    ],
)
@pytest.mark.parametrize("command", ["predict", "timeline", "listen"])
def test_standard_input_and_addresses_are_refused_with_a_hint(
    emotion: Command, command: str, name: str, hint: str
) -> None:
    ended = emotion(command, name)
    assert ended.code == 2
    assert hint in ended.error + ended.out


@pytest.mark.parametrize("target", ["gone", "link"], ids=["broken", "loop"])
@pytest.mark.parametrize(
    "command",
    [("corpus", "stats", "--corpus"), ("model", "show"), ("config", "show"), ("train",)],
    ids=" ".join,
)
def test_links_that_lead_nowhere_are_named(
    emotion: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    target: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("link").symlink_to(target)
    name = "ravdess=link" if command[0] == "corpus" else "link"
    assert_refused(emotion(*command, name), f"is a link to {target}")
