"""The page that predicts in the browser: its build, its modules under Node, and Chromium without a network."""

from __future__ import annotations

import functools
import json
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_classifier.audio.io import read_audio
from emotion_classifier.audio.resampling import resample
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import ConfigError, ModelFolderError, StorageError
from emotion_classifier.inference.events import NoticeEvent
from emotion_classifier.inference.live.session import LiveSession
from emotion_classifier.inference.live.sources import Chunk
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.timeline.analyse import analyse_file
from emotion_classifier.inference.timeline.writers import timeline_events
from emotion_classifier.serving.browser_page import PAGE, RUNTIME_PACKAGE, build_page

pytest.importorskip("playwright", reason="needs the extra dev")
from playwright.sync_api import expect
from tests.serving.page.conftest import BuildForNode, OpenPage, node

HERE = Path(__file__).parent


def node_events(page: Path, recording: Path, folder: Path, *live: object) -> list[dict[str, Any]]:
    """Events of the modules of a built page; for `live` see `predict.mjs`."""
    samples = folder / "samples.f32"
    read_audio(recording).mono().tofile(samples)
    found: list[dict[str, Any]] = json.loads(node(HERE / "predict.mjs", page, samples, *live))
    return found


def expected_events(model: str, recording: Path) -> list[dict[str, Any]]:
    timelines = analyse_file(Predictor.load(model, threads=1), recording, mix=True)
    return [one.model_dump(mode="json") for one in timeline_events(timelines)]


def assert_equal(found: object, expected: object, tolerance: float) -> None:
    if isinstance(expected, dict):
        assert isinstance(found, dict)
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            assert_equal(found[key], value, tolerance)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, abs=tolerance)
    else:
        assert found == expected


@pytest.mark.slow
@pytest.mark.parametrize("model", ["small", "default"])
def test_events_are_those_of_the_command_line(
    model: str, build_for_node: BuildForNode, recording: Path, tmp_path: Path
) -> None:
    found = node_events(build_for_node(model), recording, tmp_path)
    expected = expected_events(model, recording)
    for kind in ("window", "segment", "speech", "summary"):
        ours, theirs = ([one for one in some if one["event"] == kind] for some in (found, expected))
        assert len(ours) == len(theirs) > 0
        for one, other in zip(ours, theirs, strict=True):
            assert_equal(one, other, 1e-3)


class GapSource:
    """A recording with a gap."""

    name = "gap"
    waits = True
    is_live = is_device = False

    def __init__(self, samples: Samples, start: int, length: int) -> None:
        self._parts = [(samples[:start], 0), (samples[start:], start + length)]

    def record(self, stop: threading.Event) -> Iterator[Chunk | NoticeEvent]:
        for samples, position in self._parts:
            yield Chunk(samples[None], 16_000, position)


@pytest.mark.slow
def test_a_pause_has_the_events_of_a_live_session_with_a_gap(
    small_page: Path, recording: Path, tmp_path: Path
) -> None:
    samples = read_audio(recording).mono()
    gap = (6 * 16_000 + 123, 3 * 16_000)
    found = node_events(small_page, recording, tmp_path, 16_000, *gap)
    session = LiveSession(GapSource(samples, *gap), Predictor.load("small", threads=1).stream)
    expected = [one.model_dump(mode="json") for one in session.events()]
    kinds = ("window", "segment", "speech", "overrun", "summary")
    assert {one["event"] for one in found} == set(kinds)
    for kind in kinds:
        ours, theirs = ([one for one in some if one["event"] == kind] for some in (found, expected))
        assert len(ours) == len(theirs) > 0
        for one, other in zip(ours, theirs, strict=True):
            for name in ("latency_seconds", "audio_latency_seconds", "session"):
                other[name] = None
            assert_equal(one, {name: other[name] for name in one}, 1e-3)


@pytest.mark.parametrize("rate", [48_000, 44_100, 8_000])
def test_resampling_is_close_to_that_of_the_predictor(rate: int, tmp_path: Path) -> None:
    time = np.arange(rate) / rate
    samples = sum(0.1 * np.sin(2 * np.pi * tone * time) for tone in (100, 700, 3_000))
    source = np.asarray(samples, np.float32)
    source.tofile(tmp_path / "in")
    module = shutil.copy(PAGE / "browser" / "resampler.js", tmp_path / "resampler.mjs")
    node(HERE / "resample.mjs", module, rate, 16_000, tmp_path / "in", tmp_path / "out")
    found = np.fromfile(tmp_path / "out", np.float32)
    expected = resample(source, rate, 16_000)
    assert len(found) == len(expected)
    assert np.abs(found - expected)[400:-400].max() < 1e-3


@pytest.fixture
def web_server(small_page: Path) -> Iterator[tuple[str, ThreadingHTTPServer]]:
    """A server of the files of the page."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: object) -> None:
            """Print nothing."""

    handler = functools.partial(Quiet, directory=str(small_page))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", server
        server.shutdown()


@pytest.mark.slow
def test_the_browser_predicts_without_a_network(
    web_server: tuple[str, ThreadingHTTPServer], open_page: OpenPage, recording: Path
) -> None:
    address, server = web_server
    page = open_page(address)
    expect(page.locator("#connection")).to_have_text("Ready", timeout=30_000)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    server.shutdown()
    server.server_close()
    page.reload()
    expect(page.locator("#connection")).to_have_text("Ready", timeout=30_000)
    page.locator("#file").set_input_files(recording)
    expect(page.locator("#answer-caption")).to_have_text("Whole recording", timeout=30_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="JSONL").click()
    events = [json.loads(line) for line in download.value.path().read_text().splitlines()]
    expected = Predictor.load("small", threads=1).predict(recording).as_dict()
    assert events[-1]["probabilities"] == pytest.approx(expected, abs=1e-3)
    page.get_by_role("button", name="Start microphone").click()
    expect(page.locator("#connection")).to_have_text("Live")
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(1_500)
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("[data-format=csv]")).to_be_enabled(timeout=30_000)
    page.get_by_role("button", name="Stop microphone").click()
    expect(page.locator("#connection")).to_have_text("Ready", timeout=30_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="JSONL").click()
    events = [json.loads(line) for line in download.value.path().read_text().splitlines()]
    (gap,) = (one for one in events if one["event"] == "overrun")
    assert gap["milliseconds"] == pytest.approx(1_500, abs=700)
    end = gap["seconds"] + gap["milliseconds"] / 1000
    windows = [one for one in events if one["event"] == "window"]
    assert windows
    for one in windows:
        assert one["end_seconds"] <= gap["seconds"] + 1e-3 or one["start_seconds"] >= end - 1e-3


def test_the_service_worker_keeps_every_file(small_page: Path) -> None:
    text = (small_page / "service_worker_files.js").read_text()
    listed = set(json.loads(text.removeprefix("self.PAGE = ").rstrip(";\n"))["files"])
    files = {one.relative_to(small_page).as_posix() for one in small_page.rglob("*.*")}
    assert files - listed == {"service_worker_files.js", "package.json"}
    assert "browser/predictions.js" in (small_page / "settings.js").read_text()


def test_a_changed_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / RUNTIME_PACKAGE).write_bytes(b"other")
    with pytest.raises(ConfigError, match="hash differs"):
        build_page(tmp_path / "page", "small", tmp_path)
    assert not (tmp_path / "page").exists()


def test_a_missing_package_needs_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="npm is not installed"):
        build_page(tmp_path / "page", "small", tmp_path / "cache")


def test_models_that_browsers_cannot_run_are_refused(speaker_model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match="for each speaker"):
        build_page(tmp_path / "page", speaker_model, tmp_path)


def test_a_folder_in_use_is_kept(small_page: Path, runtime_cache: Path) -> None:
    with pytest.raises(StorageError, match="not an empty folder"):
        build_page(small_page, "small", runtime_cache)
