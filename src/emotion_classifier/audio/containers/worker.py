"""Decoding process of containers, the only module that imports PyAV.

Run as a script, without the package, so that it starts fast. A request on standard input is a number of
bytes and as many bytes: ``P`` and a path, or ``M`` and the content of a file, which opens it; 0 requests
the next block of that file. A response on standard output is a kind (1 byte), a number of bytes and as many bytes:

- ``F``: sample rate and number of channels of the file that was opened,
- ``B``: a block of samples, float32, interleaved,
- ``L``: the last block, which may be empty,
- ``C``: the sample rate or the number of channels changes, with a description in UTF-8,
- ``D``: the file is damaged or cut off, with the finding in UTF-8,
- ``X``: the file cannot be decoded, with the reason in UTF-8.

Numbers are unsigned, 32 bits, little endian; no file is open after the last four.
"""

from __future__ import annotations

import io
import math
import signal
import sys
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import IO, Any, NamedTuple

BLOCK_SAMPLES = 1 << 18
"""Samples per channel in every block but the last one."""
MEMORY_LIMIT_BYTES = 1 << 30
CPU_LIMIT_SECONDS = 60
"""Processor time for a response."""

# FFmpeg would also follow playlists to other files, and read pictures and text as videos.
_DEMUXERS = "mov,matroska,aac,loas,asf,avi,amr,wav,w64,aiff,caf,au,mp3,ogg,flac"
# Their packets are of any length, and the last one is marked as cut off where no length is stated.
_CUT_ANYWHERE = {"wav", "w64"}
_BYTES_PER_SAMPLE = 4


class Response(NamedTuple):
    """Kind and content of a response."""

    kind: bytes
    content: bytes


class DamagedError(Exception):
    """The file is damaged or cut off."""


class FormatChangeError(Exception):
    """The sample rate or the number of channels changes within the file."""


def main(requests: IO[bytes], responses: IO[bytes]) -> None:
    """Respond to requests until there are no more."""
    decoding: Iterator[Response] = iter(())
    while len(header := requests.read(4)) == 4:
        if length := int.from_bytes(header, "little"):
            decoding = decode(requests.read(length))
        limit_processor_time()
        kind, content = next_response(decoding)
        responses.write(kind + uint32(len(content)))
        responses.write(content)
        responses.flush()


def next_response(decoding: Iterator[Response]) -> Response:
    """The next response for a file; an error is a response too."""
    try:
        return next(decoding)
    except FormatChangeError as error:
        return Response(b"C", str(error).encode())
    except DamagedError as error:
        return Response(b"D", str(error).encode())
    except MemoryError:
        reason = f"it needs more than {MEMORY_LIMIT_BYTES >> 20} MiB of memory"
    except Exception as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return Response(b"X", reason.encode(errors="replace"))


def decode(request: bytes) -> Generator[Response, None, None]:
    """Responses for a file: the format of its first audio track, then blocks of its samples."""
    import av

    block = bytearray()
    # An open file and not its name, in which FFmpeg looks for protocols such as http: or concat:
    with (
        open_file(request) as file,
        av.open(file, options={"format_whitelist": _DEMUXERS}, metadata_errors="ignore") as opened,
    ):
        if not opened.streams.audio:
            raise ValueError("it has no audio track")
        frames = decoded_frames(opened, opened.streams.audio[0])
        first = next(frames, None)
        # Only a decoded frame has the true rate: the header of HE-AAC has half of it.
        source = opened.streams.audio[0] if first is None else first
        rate, channels = source.sample_rate, source.layout.nb_channels
        yield Response(b"F", uint32(rate) + uint32(channels))
        size = BLOCK_SAMPLES * channels * _BYTES_PER_SAMPLE
        for piece in interleaved(chain(() if first is None else (first,), frames)):
            block += piece
            while len(block) > size:
                yield Response(b"B", bytes(block[:size]))
                del block[:size]
    yield Response(b"L", bytes(block))


def open_file(request: bytes) -> IO[bytes]:
    """The file at a path or in memory."""
    kind, value = request[:1], request[1:]
    return io.BytesIO(value) if kind == b"M" else open(value, "rb")  # noqa: PTH123 - bytes


def decoded_frames(container: Any, track: Any) -> Iterator[Any]:
    """Frames of a track, up to its end."""
    import av

    if track.codec_context is None:
        raise ValueError("FFmpeg has no decoder for its audio")
    track.codec_context.thread_count = 1  # the stack of a thread counts as memory
    count = 0
    try:
        for packet in container.demux(track):
            if packet.is_corrupt and container.format.name not in _CUT_ANYWHERE:
                raise DamagedError("it ends within a packet")
            for frame in packet.decode():
                count += 1
                yield frame
    except MemoryError:
        raise
    except av.error.FFmpegError as error:
        if count == 0:
            raise
        raise DamagedError(error.strerror) from error


def interleaved(frames: Iterable[Any]) -> Iterator[bytes]:
    """Samples of each frame, float32.

    Raises
    ------
    FormatChangeError
        The sample rate or the number of channels changes.
    """
    import av

    expected = converted = None
    converter: Any = None
    count = 0
    for frame in frames:
        rate, channels = frame.sample_rate, frame.layout.nb_channels
        expected = expected or (rate, channels)
        if (rate, channels) != expected:
            first = audio_format(*expected)
            change = f"changes from {first} to {audio_format(rate, channels)}"
            raise FormatChangeError(f"its audio {change} after {count / expected[0]:.2f} s")
        count += frame.samples
        # A converter returns frames of its target format unchecked, so each gets those of one format.
        if (kind := (frame.format.name, frame.layout.name)) != converted:
            converter, converted = av.AudioResampler(format="flt"), kind
        for piece in converter.resample(frame):
            # Interleaved, because PyAV takes the bytes behind the planes of 8 channels for another.
            size = piece.samples * channels * _BYTES_PER_SAMPLE
            yield bytes(memoryview(piece.planes[0])[:size]) if size else b""


def audio_format(rate: int, channels: int) -> str:
    """Sample rate and number of channels in words."""
    return f"{channels} channel{'s' * (channels != 1)} at {rate} Hz"


def uint32(value: int) -> bytes:
    """Four bytes."""
    return value.to_bytes(4, "little")


def limit_memory() -> None:
    """Limit the memory of this process where the system can, and leave no core dump."""
    with suppress(ImportError, ValueError, OSError):  # Windows; a lower limit; macOS
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))


def limit_processor_time() -> None:
    """End this process when it needs too long from now on, also without its parent."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        limit = math.ceil(time.process_time()) + CPU_LIMIT_SECONDS
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))


if __name__ == "__main__":
    # The parent process handles them, and closes standard input at its end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    limit_memory()
    main(sys.stdin.buffer, sys.stdout.buffer)
