"""Prepared waveforms on disk, so that each recording is decoded only once.

Layout of the folder::

    waveforms/v2/paths/ab/<hash of the path>.json      size and time of the file → hash of its bytes
    waveforms/v2/16000hz-trim40.0db/cd/<hash of the bytes>.npy    prepared samples and facts
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from emotion_classifier.audio.array_cache import CACHE_REMEDY, ArrayCache, CachedArray
from emotion_classifier.audio.concurrency import map_in_order
from emotion_classifier.audio.io import read_audio, stat_audio, too_long
from emotion_classifier.audio.level import peak_dbfs, rms_dbfs
from emotion_classifier.audio.mixdown import Mixdown
from emotion_classifier.audio.preparation import PREPARATION_VERSION, Preparation
from emotion_classifier.audio.waveform import Samples, Waveform
from emotion_classifier.errors import AudioError
from emotion_classifier.storage import write_atomically
from emotion_classifier.units import Decibels, Hertz, Seconds


@dataclass(frozen=True, slots=True)
class CachedClip:
    """A prepared waveform on disk: a small value that can be pickled and holds no open file.

    Parameters
    ----------
    array : the prepared samples.
    sample_rate : of the prepared samples.
    content_hash : of the decoded samples mixed down, before resampling and trimming: copies of one
        recording agree under any names and (lossless) formats.
    duration_seconds : of the recording, before trimming.
    source_rate, source_channels : of the recording.
    peak_dbfs, rms_dbfs : of the recording mixed down, before resampling and trimming.
    is_in_opposite_phase : whether the channels cancel each other out, see `Mixdown`.
    """

    array: CachedArray
    sample_rate: Hertz
    content_hash: str
    duration_seconds: Seconds
    source_rate: Hertz
    source_channels: int
    peak_dbfs: Decibels
    rms_dbfs: Decibels
    is_in_opposite_phase: bool

    @property
    def sample_count(self) -> int:
        """Number of prepared samples."""
        return self.array.shape[0]

    def samples(self) -> Samples:
        """The prepared waveform ``(sample,)`` float32, memory-mapped and read-only.

        Raises
        ------
        StorageError
            The file was removed or altered since the clip was looked up.
        """
        return self.array.load()


@dataclass(frozen=True)
class WaveformCache:
    """Prepared waveforms of recordings, kept in a folder.

    Parameters
    ----------
    folder : of all caches; made when needed.
    preparation : of each recording.
    """

    folder: Path
    preparation: Preparation

    def get(self, path: Path) -> CachedClip:
        """The prepared clip of one recording, which is decoded only when its bytes are new.

        Raises
        ------
        AudioError
            The recording cannot be used; see `read_audio` and `Preparation.apply`.
        StorageError
            The folder is full or cannot be written.
        """
        source = Path(os.path.abspath(path))  # noqa: PTH100 - links keep their own names
        status = stat_audio(source)
        digest = self._known_digest(source, status)
        is_new = digest is None
        if digest is None:
            digest = _file_digest(source)
        clip = self._find(digest) or self._make(source, status, digest)
        if is_new:
            self._remember(source, status, digest)
        if clip.duration_seconds > self.preparation.maximum_seconds:
            raise too_long(source, self.preparation.maximum_seconds)
        return clip

    def prepare_all(
        self,
        paths: Iterable[Path],
        *,
        progress: Callable[[int, int], None] | None = None,
        workers: int | None = None,
    ) -> dict[Path, CachedClip | AudioError]:
        """The clip of each recording, or its error, in the order of `paths`.

        Parameters
        ----------
        paths : of recordings; duplicates are prepared once.
        progress : called with the number done and the number of all, in this thread.
        workers : number of threads; None is one for each processor.
        """
        unique = list(dict.fromkeys(paths))
        found: dict[Path, CachedClip | AudioError] = {}
        with closing(map_in_order(self._get_or_error, unique, workers=workers)) as results:
            for path, result in zip(unique, results, strict=True):
                found[path] = result
                if progress is not None:
                    progress(len(found), len(unique))
        return found

    def _get_or_error(self, path: Path) -> CachedClip | AudioError:
        try:
            return self.get(path)
        except AudioError as error:
            return error

    def _known_digest(self, path: Path, status: os.stat_result) -> str | None:
        known = _read_json(self._path_record(path))
        if known.get("size") != status.st_size or known.get("mtime_ns") != status.st_mtime_ns:
            return None
        return str(known["digest"]) if "digest" in known else None

    def _remember(self, path: Path, status: os.stat_result, digest: str) -> None:
        record = {"path": str(path), "size": status.st_size, "mtime_ns": status.st_mtime_ns}
        content = json.dumps({**record, "digest": digest}).encode()
        write_atomically(self._path_record(path), content, CACHE_REMEDY, durable=False)

    def _find(self, digest: str) -> CachedClip | None:
        """The entry of the recording with these bytes, or None where it is absent or damaged."""
        found = self._arrays.find(digest)
        try:
            return None if found is None else _clip(found)
        except TypeError:  # facts with other names
            return None

    def _make(self, path: Path, status: os.stat_result, digest: str) -> CachedClip:
        waveform = read_audio(path, maximum_seconds=self.preparation.maximum_seconds)
        mono = (mixdown := Mixdown()).mix(waveform.samples)
        mixed = Waveform(mono[np.newaxis], waveform.sample_rate)
        samples = self.preparation.apply(mixed, path)
        after = stat_audio(path)
        if (after.st_size, after.st_mtime_ns) != (status.st_size, status.st_mtime_ns):
            reason = "the file changed while it was read: run again when nothing writes to it"
            raise AudioError(path, "unreadable", reason)
        facts = {
            "sample_rate": self.preparation.sample_rate,
            "content_hash": hashlib.sha256(mono.tobytes()).hexdigest(),
            "duration_seconds": waveform.duration_seconds,
            "source_rate": waveform.sample_rate,
            "source_channels": waveform.samples.shape[0],
            "peak_dbfs": peak_dbfs(mono),
            "rms_dbfs": rms_dbfs(mono),
            "is_in_opposite_phase": mixdown.is_in_opposite_phase,
        }
        return _clip(self._arrays.write(digest, samples, facts))

    @property
    def _root(self) -> Path:
        return self.folder / "waveforms" / f"v{PREPARATION_VERSION}"

    @cached_property
    def _arrays(self) -> ArrayCache:
        name = f"{self.preparation.sample_rate}hz"
        if self.preparation.trim_below_db is not None:
            name += f"-trim{float(self.preparation.trim_below_db)}db"
        return ArrayCache(self._root / name)

    def _path_record(self, path: Path) -> Path:
        name = hashlib.sha256(os.fsencode(path)).hexdigest()
        return self._root / "paths" / name[:2] / f"{name}.json"


def _clip(array: CachedArray) -> CachedClip:
    return CachedClip(replace(array, facts={}), **array.facts)


def _file_digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        reason = f"the file cannot be read ({error.strerror}): check its permissions and the disk"
        raise AudioError(path, "unreadable", reason) from error


def _read_json(file: Path) -> dict[str, Any]:
    """The object in a file; an empty one where the file is absent or damaged."""
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
