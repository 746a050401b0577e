from __future__ import annotations

import os
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emotion_classifier.audio.folders import find_audio
from emotion_classifier.audio.io import (
    can_encode,
    encode_and_decode,
    open_audio,
    read_audio,
    stat_audio,
    write_wav,
)
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import AudioError

RATE = 16000


def noise(seconds: float = 0.5, channels: int = 1, rate: int = RATE) -> Samples:
    """Low-passed noise ``(sample, channel)``, as soundfile takes it."""
    white = np.random.default_rng(0).standard_normal((round(seconds * rate) + 31, channels))
    smooth = np.apply_along_axis(np.convolve, 0, white, np.full(32, 0.02), mode="valid")
    return np.asarray(smooth, np.float32)


def failure(path: Path, **options: float) -> AudioError:
    with pytest.raises(AudioError) as caught:
        read_audio(path, **options)
    assert caught.value.path == path
    assert str(path) in str(caught.value)
    assert str(path) not in caught.value.reason
    return caught.value


@pytest.mark.parametrize(
    ("suffix", "subtype", "tolerance"),
    [
        ("wav", "PCM_U8", 2**-7), ("wav", "PCM_16", 2**-15), ("wav", "PCM_24", 2**-23),
        ("wav", "PCM_32", 2**-24), ("wav", "FLOAT", 0.0), ("wav", "DOUBLE", 0.0),
        ("flac", "PCM_16", 2**-15), ("flac", "PCM_24", 2**-23),
        ("ogg", "VORBIS", 0.03), ("mp3", "MPEG_LAYER_III", 0.03),
    ],
)  # fmt: skip
@pytest.mark.parametrize("channels", [1, 2])
def test_reads_every_format(
    tmp_path: Path, suffix: str, subtype: str, tolerance: float, channels: int
) -> None:
    frames = noise(channels=channels)
    path = tmp_path / f"x.{suffix}"
    soundfile.write(path, frames, RATE, subtype=subtype)
    waveform = read_audio(path)
    assert waveform.sample_rate == RATE
    assert waveform.samples.dtype == np.float32
    assert waveform.samples.flags.c_contiguous
    assert waveform.samples.shape == (channels, len(frames))
    assert np.sqrt(np.mean((waveform.samples - frames.T) ** 2)) <= tolerance


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_sixteen_bits_are_read_exactly(tmp_path: Path, suffix: str) -> None:
    """As libsndfile gives them as floats itself, which takes it twice as long."""
    every = np.arange(-(1 << 15), 1 << 15, dtype=np.int16)
    path = tmp_path / f"x.{suffix}"
    soundfile.write(path, np.stack([every, every[::-1]], axis=1), RATE, subtype="PCM_16")
    expected = soundfile.read(path, dtype="float32")[0].T
    np.testing.assert_array_equal(read_audio(path).samples, expected)


def test_reads_six_channels_in_several_blocks(tmp_path: Path) -> None:
    frames = noise(4.2, channels=6, rate=48000)
    soundfile.write(tmp_path / "x.wav", frames, 48000, subtype="FLOAT")
    waveform = read_audio(tmp_path / "x.wav")
    np.testing.assert_array_equal(waveform.samples, frames.T)
    assert waveform.duration_seconds == pytest.approx(4.2)


def test_reads_a_clip_of_ten_milliseconds(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", noise(0.01), RATE)
    assert read_audio(tmp_path / "x.wav").samples.shape == (1, 160)


def test_reads_by_content_not_by_suffix(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.mp3", noise(), RATE, format="FLAC")
    assert read_audio(tmp_path / "x.mp3").samples.shape == (1, 8000)


@pytest.mark.skipif(os.name != "posix", reason="names are text elsewhere")
def test_reads_a_file_whose_name_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.wav")
    try:
        soundfile.write(os.fsencode(path), noise(), RATE)
    except soundfile.SoundFileError:
        pytest.skip("this file system takes UTF-8 alone")
    assert read_audio(path).samples.shape == (1, 8000)


def test_blocks_are_decoded_on_demand(tmp_path: Path) -> None:
    frames = noise(9.0, channels=2)
    soundfile.write(tmp_path / "x.wav", frames, RATE, subtype="FLOAT")
    with open_audio(tmp_path / "x.wav") as stream:
        assert (stream.sample_rate, stream.channels) == (RATE, 2)
        blocks = list(stream.blocks)
    assert len(blocks) > 1
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), frames.T)


def test_missing_file(tmp_path: Path) -> None:
    assert failure(tmp_path / "x.wav").code == "missing"
    (tmp_path / "link.wav").symlink_to(tmp_path / "x.wav")
    assert failure(tmp_path / "link.wav").code == "missing"
    (tmp_path / "file").write_bytes(b"x")
    assert failure(tmp_path / "file" / "x.wav").code == "missing"


def test_folder_and_pipe_are_no_files(tmp_path: Path) -> None:
    assert failure(tmp_path).code == "not-a-file"
    os.mkfifo(tmp_path / "x.wav")
    assert failure(tmp_path / "x.wav").code == "not-a-file"


def test_an_impossible_file_name_is_unreadable(tmp_path: Path) -> None:
    assert failure(tmp_path / ("x" * 300)).code == "unreadable"
    assert failure(tmp_path / "x\0.wav").code == "unreadable"


def test_zero_bytes(tmp_path: Path) -> None:
    (tmp_path / "x.wav").touch()
    assert failure(tmp_path / "x.wav").code == "empty-file"


def test_header_without_samples(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.zeros((0, 1)), RATE)
    assert failure(tmp_path / "x.wav").code == "no-samples"


def test_the_error_for_a_jpeg_named_wav_names_its_type(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(5000))
    error = failure(path)
    assert error.code == "unreadable"
    assert "a JPEG image" in error.reason
    assert "ffmpeg -i" in error.reason


@pytest.mark.parametrize(
    "content",
    [b"RIFF", b"\0", b"hello " * 1000, np.random.default_rng(0).bytes(20000)],
    ids=["four-bytes", "one-byte", "text", "random"],
)
@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "m4a", "raw", ""])
def test_a_file_without_audio_is_unreadable(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    path.write_bytes(content)
    assert failure(path).code == "unreadable"


def test_wav_without_a_data_chunk_has_no_samples_or_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    soundfile.write(path, noise(), RATE)
    path.write_bytes(path.read_bytes()[:36])
    assert failure(path).code in {"unreadable", "no-samples"}


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize(("suffix", "subtype"), [("wav", "PCM_16"), ("flac", "PCM_16")])
def test_truncated_file(tmp_path: Path, suffix: str, subtype: str, share: float) -> None:
    path = tmp_path / f"x.{suffix}"
    soundfile.write(path, noise(3.0), RATE, subtype=subtype)
    content = path.read_bytes()
    path.write_bytes(content[: max(60, int(share * len(content)))])
    error = failure(path)
    assert error.code == "truncated"
    assert "cut off" in error.reason


def test_truncated_mp3(tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    soundfile.write(path, noise(3.0), RATE)
    path.write_bytes(path.read_bytes()[:-4000])
    assert failure(path).code == "truncated"


@pytest.mark.parametrize("form", ["W64", "NIST", "WAV", "AIFF", "AU"])
def test_bytes_behind_the_samples_are_not_samples(tmp_path: Path, form: str) -> None:
    path = tmp_path / "clip"
    soundfile.write(path, np.full(1000, 0.5), 16_000, subtype="PCM_16", format=form)
    path.write_bytes(path.read_bytes() + bytes(range(200)))
    np.testing.assert_array_equal(read_audio(path).samples, np.full((1, 1000), 0.5, np.float32))


def test_wav_of_a_pipe_has_no_length_and_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    _write_wav_claiming(path, 0xFFFFFFFF)
    assert read_audio(path).samples.shape == (1, 8000)


def test_wav_claiming_two_gigabytes_is_truncated_and_reserves_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    _write_wav_claiming(path, 0x7FFF0000)
    tracemalloc.start()
    try:
        assert failure(path).code == "truncated"
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()


def test_flac_claiming_seventy_billion_samples_reserves_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    _write_flac_claiming(path, (1 << 36) - 1)
    tracemalloc.start()
    try:
        assert failure(path).code == "truncated"
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()


def test_flac_of_a_pipe_has_no_length_and_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    _write_flac_claiming(path, 0)
    assert read_audio(path).samples.shape == (1, 8000)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, -2e10])
def test_samples_that_are_not_finite(tmp_path: Path, value: float) -> None:
    frames = noise()
    frames[100:103] = value
    soundfile.write(tmp_path / "x.wav", frames, RATE, subtype="FLOAT")
    error = failure(tmp_path / "x.wav")
    assert error.code == "not-finite"
    assert "3 samples" in error.reason


@pytest.mark.parametrize(("scale", "bits"), [(128.0, 8), (32768.0, 16)])
def test_integers_that_were_written_as_floats(tmp_path: Path, scale: float, bits: int) -> None:
    frames = noise() / np.abs(noise()).max()
    soundfile.write(tmp_path / "x.wav", scale * frames, RATE, subtype="FLOAT")
    error = failure(tmp_path / "x.wav")
    assert error.code == "amplitude"
    assert f"{bits}-bit integers as floats" in error.reason
    soundfile.write(tmp_path / "loud.wav", 20.0 * frames, RATE, subtype="FLOAT")
    assert np.abs(read_audio(tmp_path / "loud.wav").samples).max() == pytest.approx(20.0)


@pytest.mark.parametrize("rate", [4000, 7999, 192001])
def test_sample_rate_out_of_range(tmp_path: Path, rate: int) -> None:
    soundfile.write(tmp_path / "x.wav", noise(), rate)
    error = failure(tmp_path / "x.wav")
    assert error.code == "sample-rate"
    assert f"{rate} Hz" in error.reason


@pytest.mark.parametrize("rate", [8000, 22050, 192000])
def test_sample_rate_in_range(tmp_path: Path, rate: int) -> None:
    soundfile.write(tmp_path / "x.wav", noise(), rate)
    assert read_audio(tmp_path / "x.wav").sample_rate == rate


def test_number_of_channels(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "eight.wav", noise(channels=8), RATE)
    assert read_audio(tmp_path / "eight.wav").samples.shape[0] == 8
    soundfile.write(tmp_path / "nine.wav", noise(channels=9), RATE)
    assert failure(tmp_path / "nine.wav").code == "channels"


def test_the_limit_on_the_duration_is_inclusive(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", noise(0.5), RATE)
    assert read_audio(tmp_path / "x.wav", maximum_seconds=0.5).duration_seconds == 0.5
    error = failure(tmp_path / "x.wav", maximum_seconds=0.4999)
    assert error.code == "too-long"
    assert "0.4999 s" in error.reason


def test_stat_returns_the_size(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"12345")
    assert stat_audio(tmp_path / "x.wav").st_size == 5


def test_write_wav_can_be_read_again(tmp_path: Path) -> None:
    samples = noise(channels=2).T
    write_wav(tmp_path / "new" / "stereo.wav", samples, 22050)
    waveform = read_audio(tmp_path / "new" / "stereo.wav")
    assert waveform.sample_rate == 22050
    np.testing.assert_allclose(waveform.samples, samples, rtol=0, atol=2**-15)
    write_wav(tmp_path / "mono.wav", samples[0], 22050)
    assert read_audio(tmp_path / "mono.wav").samples.shape == (1, samples.shape[1])


def test_write_wav_clips_rather_than_wraps(tmp_path: Path) -> None:
    write_wav(tmp_path / "x.wav", np.array([2.0, -2.0, 0.5], np.float32), RATE)
    np.testing.assert_allclose(
        read_audio(tmp_path / "x.wav").samples[0], [1.0, -1.0, 0.5], atol=2**-14
    )


@pytest.mark.slow  # its first use compiles librosa
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # librosa imports audioread's backends
def test_a_real_recording_reads_like_librosa(shared_data: Path) -> None:
    librosa = pytest.importorskip("librosa")
    path = find_audio(shared_data / "ravdess_original")[0]
    expected, rate = librosa.load(path, sr=None)
    waveform = read_audio(path)
    assert waveform.sample_rate == rate
    np.testing.assert_allclose(waveform.mono(), expected, atol=1e-7)


VORBIS = ("OGG", "VORBIS")


def test_an_encoding_changes_the_samples_without_a_delay() -> None:
    samples = noise(seconds=1.0)[:, 0]
    decoded = encode_and_decode(samples, RATE, *VORBIS, 0.1)
    error = np.square(decoded - samples).sum() / np.square(samples).sum()
    assert 1e-5 < error < 0.05


def test_a_long_waveform_does_not_end_the_process_in_libsndfile() -> None:
    samples = np.zeros(5_000_000, np.float32)  # in one call, Vorbis overflows the stack
    assert len(encode_and_decode(samples, 8000, *VORBIS, None)) == len(samples)


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        (VORBIS, True),
        (("WAV", "VORBIS"), False),
        (("WAV", "NO_SUCH_CODING"), False),
        (("NO_SUCH_CONTAINER", "VORBIS"), False),
    ],
)
def test_unsupported_encodings_are_reported(encoding: tuple[str, str], expected: bool) -> None:
    assert can_encode(*encoding) is expected


def _write_wav_claiming(path: Path, data_bytes: int) -> None:
    soundfile.write(path, noise(), RATE, subtype="PCM_16")
    content = bytearray(path.read_bytes())
    content[40:44] = struct.pack("<I", data_bytes)
    path.write_bytes(content)


def _write_flac_claiming(path: Path, samples: int) -> None:
    """Replace the 36 bits of STREAMINFO that hold the number of samples."""
    soundfile.write(path, noise(), RATE)
    content = bytearray(path.read_bytes())
    content[21] = content[21] & 0xF0 | samples >> 32
    content[22:26] = struct.pack(">I", samples & 0xFFFFFFFF)
    path.write_bytes(content)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aiff"])
def test_the_content_of_a_file_reads_like_the_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    soundfile.write(path, noise(channels=2), RATE)
    from_file, from_memory = read_audio(path), read_audio(path.read_bytes())
    np.testing.assert_array_equal(from_memory.samples, from_file.samples)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"\xff\xd8\xff" + bytes(100), bytes(1000)])
def test_errors_of_content_have_no_path(content: bytes) -> None:
    with pytest.raises(AudioError) as caught:
        read_audio(content)
    assert caught.value.path is None
    assert caught.value.code in {"empty-file", "unreadable"}
