"""Caches that commit 839fff1 wrote are used, or left alone and built anew.

That the values in them are right is held by the tests of `test_run_folders.py` that train.
"""

from __future__ import annotations

from pathlib import Path

from tests.compatibility.conftest import DATA, Emotion


def test_waveforms_in_the_cache_do_no_harm(emotion: Emotion) -> None:
    ended = emotion("corpus", "split", "settings/tiny.yml", "-o", "again.csv")
    assert ended.code == 0, ended.error
    assert Path("again.csv").read_bytes() == Path("settings/split.csv").read_bytes()
    for path in filter(Path.is_file, (DATA / "cache").rglob("*")):
        assert Path("cache", path.relative_to(DATA / "cache")).read_bytes() == path.read_bytes()
