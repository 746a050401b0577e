from __future__ import annotations

import errno
from pathlib import Path

import pytest

from emotion_classifier.errors import StorageError, abridged, describe, storage_errors


def test_a_short_list_is_whole_and_a_long_one_is_counted() -> None:
    assert abridged([]) == ""
    assert abridged(["a", "b"], limit=2) == "a, b"
    assert abridged((str(i) for i in range(9)), limit=2) == "0, 1 and 7 more"


def test_an_error_of_the_system_names_file_reason_and_remedy() -> None:
    assert describe(OSError(errno.ENAMETOOLONG, "File name too long", "x.wav")) == (
        "x.wav: File name too long (use a shorter name)"
    )
    moved = OSError(errno.ENOENT, "No such file or directory", "a", None, "b")
    assert describe(moved) == "a and b: No such file or directory"
    assert describe(OSError("no number")) == "no number"
    assert describe(OSError()) == "OSError"


@pytest.mark.parametrize("number", [errno.EFBIG, errno.ELOOP, errno.ENOTDIR, errno.EIO])
def test_errors_of_storage_are_of_one_kind(number: int) -> None:
    with (
        pytest.raises(StorageError, match=r"cannot write x\.csv: .*\. Try again\."),
        storage_errors(Path("x.csv"), "Try again."),
    ):
        raise OSError(number, "reason")


def test_other_errors_of_the_system_pass() -> None:
    with pytest.raises(BrokenPipeError), storage_errors(Path("x.csv"), ""):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")
