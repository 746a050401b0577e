"""Freed memory stays in the process: measured by the page faults of a step that repeats."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

COUNT_FAULTS = """
import resource
import numpy as np
from emotion_classifier.training.malloc import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        np.ones(4_000_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

usual = faults()
keep_freed_memory()
faults()  # fetches the memory once more
print(usual, faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="changes nothing elsewhere")
def test_a_repeated_allocation_faults_its_pages_in_once() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", COUNT_FAULTS], capture_output=True, text=True, check=True
    )
    usual, kept = map(int, shown.stdout.split())
    assert kept < usual / 4
