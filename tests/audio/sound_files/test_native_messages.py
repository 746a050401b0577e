from __future__ import annotations

import ctypes
import os
import sys

import pytest

from emotion_classifier.audio.sound_files.native_messages import without_native_messages

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux is called")


def c_print(text: bytes) -> None:
    library = ctypes.CDLL(None)
    library.fputs(text, ctypes.c_void_p.in_dll(library, "stderr"))
    library.fflush(None)


def test_messages_of_c_libraries_are_discarded_and_others_kept(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with without_native_messages():
        c_print(b"from C\n")
        with without_native_messages():
            c_print(b"from C\n")
        c_print(b"from C\n")
        os.write(2, b"from Python\n")
    c_print(b"later\n")
    assert capfd.readouterr().err == "from Python\nlater\n"


def test_messages_are_restored_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="fault"), without_native_messages():
        raise ValueError("fault")
    c_print(b"later\n")
    assert capfd.readouterr().err == "later\n"
