"""Everything that can go wrong for a user, as one tree.

::

    EmotionClassifierError
    ├── ConfigError                a setting: unknown key, wrong type, out of range
    ├── AudioError                 one file or waveform; has `path`, `code`, `reason`
    ├── LabelError                 an emotion that is unknown or maps to nothing
    ├── CorpusError                a corpus folder or table that cannot be used
    ├── SplitError                 parts that cannot be made
    │   └── LeakError              the same speaker or recording in two parts
    ├── EncoderError               a pretrained encoder that cannot be found, read or used
    ├── ModelFolderError           a model folder: missing, altered or of another kind
    ├── RunError                   a run folder that cannot be made or continued
    ├── EvaluationError            predictions that cannot be scored, read or compared
    ├── ClusterError               a Ray cluster that does not respond, or whose workers fail
    ├── RecognitionError           a recogniser whose model is missing, or that broke down
    ├── StorageError               a disk that is full or cannot be written
    ├── DeviceError                a microphone that is absent, taken or gone
    ├── ServiceError               a service that cannot be reached, or refuses a request; has `code`
    └── MissingDependencyError     an optional library; the message holds the install line

The command line prints the message of any of these and ends with exit code 2. A message names the
value, the rule and the remedy.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from emotion_classifier.installation import install_command


class EmotionClassifierError(Exception):
    """Base of every error a user can cause or meet."""


class ConfigError(EmotionClassifierError):
    """A setting is unknown, of the wrong type or out of range."""


class AudioError(EmotionClassifierError):
    """One audio file or waveform cannot be used.

    Parameters
    ----------
    path : the file, or None for a waveform that came from memory.
    code : a short stable name of the reason (``missing``, ``not-a-file``, ``empty-file``,
        ``unreadable``, ``truncated``, ``no-samples``, ``too-long``, ``too-short``,
        ``sample-rate``, ``channels``, ``format-change``, ``not-finite``, ``amplitude``,
        ``silent``; ``dtype`` or ``shape`` of an array; ``no-audio`` for a folder without any): the
        value for tables and filters.
    reason : the fault, the rule and the remedy, without the path.
    """

    def __init__(self, path: Path | None, code: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path is not None else reason)
        self.path = path
        self.code = code
        self.reason = reason

    def __reduce__(self) -> tuple[type[AudioError], tuple[Path | None, str, str]]:
        return (type(self), (self.path, self.code, self.reason))


class LabelError(EmotionClassifierError):
    """An emotion is unknown, or maps to nothing."""


class CorpusError(EmotionClassifierError):
    """A corpus folder or table cannot be used."""


class SplitError(EmotionClassifierError):
    """The requested parts cannot be made from these utterances."""


class LeakError(SplitError):
    """The same speaker or the same recording is in two parts."""


class EncoderError(EmotionClassifierError):
    """A pretrained encoder cannot be found, read or used."""


class ModelFolderError(EmotionClassifierError):
    """A model folder is missing, incomplete, altered or of another kind."""


class RunError(EmotionClassifierError):
    """A run folder cannot be made or continued."""


class EvaluationError(EmotionClassifierError):
    """Predictions cannot be scored, read or compared."""


class ClusterError(EmotionClassifierError):
    """A Ray cluster does not respond, or its workers fail."""


class RecognitionError(EmotionClassifierError):
    """A speech recogniser lacks its model, or its process has failed."""


class StorageError(EmotionClassifierError):
    """A disk is full or cannot be written."""


class DeviceError(EmotionClassifierError):
    """A microphone is absent, used by another program or was disconnected while it recorded."""


class ServiceError(EmotionClassifierError):
    """A service cannot be reached, or refuses a request.

    Parameters
    ----------
    code : stable short name, that of the service where it has responded.
    reason : the fault, the rule and the remedy.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code

    def __reduce__(self) -> tuple[type[ServiceError], tuple[str, str]]:
        return (type(self), (self.code, str(self)))


class MissingDependencyError(EmotionClassifierError):
    """An optional library is not installed.

    Parameters
    ----------
    library : the name as imported.
    extra : the extra of this package that installs it.
    purpose : the feature that needs it.
    """

    def __init__(self, library: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs {library}, which is not installed: {install_command(extra)}"
        )
        self.library = library
        self.extra = extra
        self.purpose = purpose

    def __reduce__(self) -> tuple[type[MissingDependencyError], tuple[str, str, str]]:
        return (type(self), (self.library, self.extra, self.purpose))


_HINTS = {
    errno.ENAMETOOLONG: "use a shorter name",
    errno.ELOOP: "links lead in a circle: remove one of them",
    errno.EFBIG: "the file reached the limit of its size (ulimit -f, or of the file system)",
    errno.EMFILE: "too many files are open in this process: raise the limit (ulimit -n)",
    errno.EIO: "check the disk or the network",
    **dict.fromkeys(
        (errno.ENOTDIR, errno.EEXIST, errno.EISDIR),
        "a file or broken link is in the way of a folder, or the reverse",
    ),
}
_STORAGE_ERRORS = {*_HINTS, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM} - {
    errno.EMFILE
}


def describe(error: OSError) -> str:
    """The file, the reason of the operating system, and a remedy where there is one.

    >>> describe(OSError(errno.ELOOP, "Too many levels of symbolic links", "a.wav"))
    'a.wav: Too many levels of symbolic links (links lead in a circle: remove one of them)'
    """
    names = " and ".join(
        str(name) for name in (error.filename, error.filename2) if name is not None
    )
    return f"{names}: {reason_of(error)}" if names else reason_of(error)


def broken_link(path: Path) -> str:
    """The link that leads nowhere, which is `path` or a folder above it; empty where there is none."""
    for link in (path, *path.parents):
        if link.is_symlink() and not link.exists():
            name = "this" if link == path else f"its folder {link.name}"
            return f"{name} is a link to {link.readlink()}, which leads nowhere: repair the link"
    return ""


@contextmanager
def storage_errors(target: Path, remedy: str) -> Iterator[None]:
    """Turn an error of a disk or file system into a `StorageError` with `target` and `remedy`."""
    try:
        yield
    except OSError as error:
        if error.errno not in _STORAGE_ERRORS:
            raise
        raise StorageError(f"cannot write {target}: {reason_of(error)}. {remedy}") from error


def reason_of(error: OSError) -> str:
    """The reason of the operating system, and a remedy where there is one."""
    reason = error.strerror or str(error) or type(error).__name__
    return f"{reason} ({_HINTS[error.errno]})" if error.errno in _HINTS else reason


def abridged(items: Iterable[str], limit: int = 5) -> str:
    """The first `limit` of the items, and how many more there are.

    >>> abridged(["a", "b", "c"], limit=2)
    'a, b and 1 more'
    """
    listed = list(items)
    shown = ", ".join(listed[:limit])
    return shown if len(listed) <= limit else f"{shown} and {len(listed) - limit} more"
