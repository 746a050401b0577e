"""Chromium whose microphone is a recording, and services for it."""

from __future__ import annotations

import shutil
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
from emotion_classifier.inference.predictor import Predictor

FLAGS = ("--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
OpenPage = Callable[..., Page]


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
