"""Chromium whose microphone is a recording, and services for it."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.serving.conftest import RATE

pytest.importorskip("playwright", reason="needs the extra dev")
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from emotion_classifier.audio.io import wav_content
from emotion_classifier.audio.synthesis import TOY_SENTENCES, ToySpeaker, synthesise
from emotion_classifier.errors import ConfigError
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.serving.browser_page import build_page, runtime_package

FLAGS = ("--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
CACHE = Path(__file__).parents[3] / ".cache"
OpenPage = Callable[..., Page]
BuildForNode = Callable[[str], Path]


@pytest.fixture(scope="session")
def real_predictor() -> Predictor:
    """The bundled model."""
    return Predictor.load(threads=1)


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Synthetic sentences of some ten seconds at 16 kHz."""
    generator = np.random.default_rng(1)
    pause = np.zeros(RATE // 2, np.float32)
    parts = []
    for index, emotion in enumerate(("neutral", "happy", "angry", "sad")):
        speaker = ToySpeaker.draw("female" if index % 2 else "male", generator)
        parts += [synthesise(speaker, emotion, TOY_SENTENCES[index], generator, RATE), pause]
    path = tmp_path_factory.mktemp("recording") / "sentences.wav"
    path.write_bytes(wav_content(np.concatenate(parts), RATE))
    return path


def node(script: Path, *arguments: object) -> str:
    """What a script prints under Node; the test skips without Node."""
    if shutil.which("node") is None:
        pytest.skip("needs node")
    command = ["node", str(script), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="session")
def runtime_cache() -> Path:
    """Folder with the package of onnxruntime-web, downloaded once; tests skip without npm or a network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("npm_config_fetch_retries", "0")
        try:
            runtime_package(CACHE)
        except ConfigError as error:
            if "hash" in str(error):
                raise
            pytest.skip(str(error))
    return CACHE


@pytest.fixture(scope="session")
def build_for_node(runtime_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> BuildForNode:
    """Function that returns the folder of the built page with a bundled model."""

    @functools.cache
    def build(model: str) -> Path:
        folder = tmp_path_factory.mktemp(model) / "page"
        build_page(folder, model, runtime_cache)
        (folder / "package.json").write_text('{"type": "module"}')
        return folder

    return build


@pytest.fixture(scope="session")
def small_page(build_for_node: BuildForNode) -> Path:
    return build_for_node("small")


def chromium(playwright: Playwright, *flags: str) -> Browser:
    """The installed Chromium; the test skips where there is none."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("needs chromium")
    return playwright.chromium.launch(executable_path=found, args=list(flags))


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright, recording: Path) -> Iterator[Browser]:
    """A browser whose microphone is the recording."""
    with chromium(playwright, *FLAGS, f"--use-file-for-fake-audio-capture={recording}") as started:
        yield started


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Function that opens an address in a new profile; errors in the console fail the test."""
    errors: list[str] = []
    with ExitStack() as contexts:

        def open_(address: str, *, expected: str | None = None, **options: Any) -> Page:
            context = browser.new_context(**{"permissions": ["microphone"], **options})
            contexts.callback(context.close)
            page = context.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))

            def note(text: str) -> None:
                if expected is None or expected not in text:
                    errors.append(text)

            page.on("console", lambda one: note(one.text) if one.type == "error" else None)
            page.goto(address)
            return page

        yield open_
    print(*errors, file=sys.stderr)
    assert errors == []
