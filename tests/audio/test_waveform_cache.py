from __future__ import annotations

import errno
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emotion_classifier.audio.folders import find_audio
from emotion_classifier.audio.preparation import Preparation
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.audio.waveform_cache import CachedClip, WaveformCache
from emotion_classifier.errors import AudioError, StorageError

PREPARATION = Preparation(16000, trim_below_db=40.0)


def sound(seed: int = 0, seconds: float = 0.4, rate: int = 22050) -> Samples:
    white = np.random.default_rng(seed).standard_normal(round(seconds * rate))
    return np.asarray(0.1 * white, np.float32)


@pytest.fixture
def clip_path(tmp_path: Path) -> Path:
    path = tmp_path / "audio" / "x.wav"
    path.parent.mkdir()
    soundfile.write(path, sound(), 22050)
    return path


@pytest.fixture
def cache(tmp_path: Path) -> WaveformCache:
    return WaveformCache(tmp_path / "cache", PREPARATION)


def files_in(cache: WaveformCache, pattern: str) -> list[Path]:
    return sorted(path for path in cache.folder.rglob(pattern) if path.is_file())


def write_times(cache: WaveformCache) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in files_in(cache, "*")}


def test_a_clip_equals_the_prepared_recording(cache: WaveformCache, clip_path: Path) -> None:
    clip = cache.get(clip_path)
    expected = PREPARATION.load(clip_path)
    np.testing.assert_array_equal(clip.samples(), expected)
    assert clip.duration_seconds == 0.4
    assert (clip.source_rate, clip.source_channels) == (22050, 1)
    assert (clip.sample_rate, clip.sample_count) == (16000, len(expected))
    assert clip.rms_dbfs == pytest.approx(-20.0, abs=0.5)
    assert clip.rms_dbfs < clip.peak_dbfs < 0.0


def test_samples_are_float32_and_read_only(cache: WaveformCache, clip_path: Path) -> None:
    samples = cache.get(clip_path).samples()
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert not samples.flags.writeable


def test_a_clip_survives_pickling_and_holds_no_open_file(
    cache: WaveformCache, clip_path: Path
) -> None:
    clip = cache.get(clip_path)
    again: CachedClip = pickle.loads(pickle.dumps(clip))
    assert again == clip
    np.testing.assert_array_equal(again.samples(), clip.samples())
    assert len(pickle.dumps(clip)) < 1000


def test_a_second_read_writes_and_decodes_nothing(cache: WaveformCache, clip_path: Path) -> None:
    first = cache.get(clip_path)
    before = write_times(cache)
    assert cache.get(clip_path) == first
    assert WaveformCache(cache.folder, PREPARATION).get(clip_path) == first
    assert write_times(cache) == before


def test_a_copy_under_another_name_shares_the_entry(cache: WaveformCache, clip_path: Path) -> None:
    copy = clip_path.with_name("copy.wav")
    copy.write_bytes(clip_path.read_bytes())
    assert cache.get(copy) == cache.get(clip_path)
    assert len(files_in(cache, "*.npy")) == 1


def test_the_content_hash_is_that_of_the_recording_not_of_the_file(
    cache: WaveformCache, clip_path: Path
) -> None:
    samples, rate = soundfile.read(clip_path, dtype="int16")
    soundfile.write(clip_path.with_name("copy.flac"), samples, rate)
    soundfile.write(clip_path.with_name("stereo.wav"), np.stack([samples, samples], 1), rate)
    soundfile.write(clip_path.with_name("deep.wav"), samples, rate, subtype="PCM_24")
    soundfile.write(clip_path.with_name("other.wav"), sound(seed=1), rate)
    result = {path.name: cache.get(path) for path in find_audio(clip_path.parent)}
    hashes = {name: clip.content_hash for name, clip in result.items()}
    assert hashes["copy.flac"] == hashes["stereo.wav"] == hashes["deep.wav"] == hashes["x.wav"]
    assert hashes["other.wav"] != hashes["x.wav"]


def test_preparations_do_not_share_entries_but_agree_on_the_recording(
    cache: WaveformCache, clip_path: Path
) -> None:
    preparations = [Preparation(16000), Preparation(8000), Preparation(16000, 30.0), PREPARATION]
    clips = [WaveformCache(cache.folder, each).get(clip_path) for each in preparations]
    assert len({clip.array.file for clip in clips}) == 4
    assert len({clip.content_hash for clip in clips}) == 1
    assert clips[0].sample_count == 2 * clips[1].sample_count


def test_a_changed_file_is_prepared_again(cache: WaveformCache, clip_path: Path) -> None:
    old = cache.get(clip_path)
    soundfile.write(clip_path, sound(seed=1), 22050)
    os.utime(clip_path, ns=(0, old.sample_count))  # another time, whatever the clock's resolution
    new = cache.get(clip_path)
    assert new.content_hash != old.content_hash
    np.testing.assert_array_equal(new.samples(), PREPARATION.load(clip_path))


@pytest.mark.parametrize("pattern", ["*.npy", "*.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe", b"\0" * 1001])
def test_a_damaged_entry_is_rebuilt(
    cache: WaveformCache, clip_path: Path, pattern: str, content: bytes
) -> None:
    expected = cache.get(clip_path)
    for file in files_in(cache, pattern):
        file.write_bytes(content)
    assert cache.get(clip_path) == expected
    np.testing.assert_array_equal(expected.samples(), PREPARATION.load(clip_path))


@pytest.mark.parametrize("damage", [bytes(400), b"\x01"])
def test_altered_samples_behind_an_intact_description_are_rebuilt(
    cache: WaveformCache, clip_path: Path, damage: bytes
) -> None:
    array = cache.get(clip_path).array
    with Path(array.file).open("r+b") as file:
        file.seek(array.offset + 40)
        file.write(damage)
    np.testing.assert_array_equal(cache.get(clip_path).samples(), PREPARATION.load(clip_path))


def test_a_removed_entry_is_rebuilt(cache: WaveformCache, clip_path: Path) -> None:
    expected = cache.get(clip_path)
    for file in files_in(cache, "*"):
        file.unlink()
        assert cache.get(clip_path) == expected
        assert file.exists()


def test_an_entry_that_is_deleted_while_in_use_is_an_error(
    cache: WaveformCache, clip_path: Path
) -> None:
    clip = cache.get(clip_path)
    for damage in (b"", b"1234"):
        Path(clip.array.file).write_bytes(damage)
        with pytest.raises(StorageError, match="start again"):
            clip.samples()
    Path(clip.array.file).unlink()
    with pytest.raises(StorageError, match="start again"):
        clip.samples()


def test_errors_name_the_file_and_leave_nothing_behind(
    cache: WaveformCache, clip_path: Path
) -> None:
    silent = clip_path.with_name("silent.wav")
    soundfile.write(silent, np.zeros(1000), 16000)
    for path, code in [(silent, "silent"), (silent.with_name("absent.wav"), "missing")]:
        with pytest.raises(AudioError) as caught:
            cache.get(path)
        assert (caught.value.path, caught.value.code) == (path, code)
    assert files_in(cache, "*") == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_unreadable(cache: WaveformCache, clip_path: Path) -> None:
    clip_path.chmod(0)
    result = cache.prepare_all([clip_path])[clip_path]
    assert isinstance(result, AudioError)
    assert result.code == "unreadable"


def test_a_file_that_changes_while_it_is_read_is_not_kept(
    cache: WaveformCache, clip_path: Path
) -> None:
    class RewritingPreparation(Preparation):
        def apply(self, waveform: Waveform, path: Path | None = None) -> Samples:
            soundfile.write(clip_path, sound(seed=1, seconds=0.5), 22050)
            return super().apply(waveform, path)

    with pytest.raises(AudioError, match="changed while it was read"):
        WaveformCache(cache.folder, RewritingPreparation(16000, 40.0)).get(clip_path)
    assert files_in(cache, "*") == []
    assert cache.get(clip_path).duration_seconds == 0.5


def test_the_limit_on_the_duration_holds_for_cached_clips(
    cache: WaveformCache, clip_path: Path
) -> None:
    cache.get(clip_path)
    strict = WaveformCache(cache.folder, Preparation(16000, 40.0, maximum_seconds=0.2))
    with pytest.raises(AudioError) as caught:
        strict.get(clip_path)
    assert caught.value.code == "too-long"


def test_a_full_disk_is_named(
    cache: WaveformCache, clip_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(StorageError, match=r"No space left.*\$EMOTION_CACHE"):
        cache.prepare_all([clip_path])


def test_a_cache_folder_that_is_a_file_is_named(clip_path: Path) -> None:
    with pytest.raises(StorageError, match=r"\$EMOTION_CACHE"):
        WaveformCache(clip_path, PREPARATION).get(clip_path)


def test_prepare_all_returns_clips_and_errors_in_order(
    cache: WaveformCache, clip_path: Path
) -> None:
    folder = clip_path.parent
    for seed in range(1, 4):
        soundfile.write(folder / f"{seed}.flac", sound(seed), 22050)
    (folder / "empty.wav").touch()
    paths = [folder / "empty.wav", clip_path, *find_audio(folder), folder / "absent.wav"]
    seen: list[tuple[int, int]] = []
    result = cache.prepare_all(paths, progress=lambda done, total: seen.append((done, total)))
    assert list(result) == list(dict.fromkeys(paths))
    assert seen == [(done, 6) for done in range(1, 7)]
    codes = {path.name: each.code for path, each in result.items() if isinstance(each, AudioError)}
    assert codes == {"empty.wav": "empty-file", "absent.wav": "missing"}
    assert cache.prepare_all(paths, workers=1)[clip_path] == result[clip_path]


def test_prepare_all_stops_when_the_progress_callback_raises(
    cache: WaveformCache, clip_path: Path
) -> None:
    paths = [clip_path.with_name(f"{k}.wav") for k in range(200)]
    for path in paths:
        path.write_bytes(clip_path.read_bytes()[:-2] + path.name.encode()[:2])

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.prepare_all(paths, progress=interrupt, workers=1)
    assert len(files_in(cache, "*.npy")) < 100


WORK = """
import sys
from pathlib import Path
from emotion_classifier.audio.waveform_cache import WaveformCache
from emotion_classifier.audio.folders import find_audio
from emotion_classifier.audio.preparation import Preparation
cache = WaveformCache(Path(sys.argv[1]), Preparation(16000, trim_below_db=40.0))
cache.prepare_all(find_audio(Path(sys.argv[2])))
"""


def work_on(cache: WaveformCache, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WORK, str(cache.folder), str(folder)])


def test_several_processes_at_once_agree(cache: WaveformCache, clip_path: Path) -> None:
    for seed in range(1, 30):
        soundfile.write(clip_path.with_name(f"{seed}.flac"), sound(seed), 22050)
    processes = [work_on(cache, clip_path.parent) for _ in range(3)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    assert files_in(cache, "*.tmp") == []
    before = write_times(cache)
    for path, clip in cache.prepare_all(find_audio(clip_path.parent)).items():
        assert isinstance(clip, CachedClip)
        np.testing.assert_array_equal(clip.samples(), PREPARATION.load(path))
    assert write_times(cache) == before


def test_a_killed_process_leaves_no_partial_entry(cache: WaveformCache, clip_path: Path) -> None:
    for seed in range(1, 60):
        soundfile.write(clip_path.with_name(f"{seed}.flac"), sound(seed), 22050)
    process = work_on(cache, clip_path.parent)
    deadline = time.monotonic() + 60
    while len(files_in(cache, "*.npy")) < 5 and time.monotonic() < deadline:
        time.sleep(0.001)
    process.kill()
    process.wait()
    for path, clip in cache.prepare_all(find_audio(clip_path.parent)).items():
        assert isinstance(clip, CachedClip)
        np.testing.assert_array_equal(clip.samples(), PREPARATION.load(path))


def test_the_two_equal_recordings_of_ravdess_are_found(
    cache: WaveformCache, shared_data: Path
) -> None:
    folder = shared_data / "ravdess" / "Actor_07"
    paths = sorted(folder.glob("03-01-03-01-*"))
    clips = cache.prepare_all(paths)
    hashes = {
        path.stem: clip.content_hash for path, clip in clips.items() if isinstance(clip, CachedClip)
    }
    assert hashes["03-01-03-01-02-01-07"] == hashes["03-01-03-01-02-02-07"]
    assert len(set(hashes.values())) == len(paths) - 1
