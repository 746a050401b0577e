"""The page in Chromium, with a real service and a recording as the microphone."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

pytest.importorskip("playwright", reason="needs the extra dev")
from playwright.sync_api import Page, Playwright, WebSocketRoute, expect
from tests.serving.conftest import config_of, running
from tests.serving.page.conftest import OpenPage, chromium

from emotion_classifier.audio.io import read_audio
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.serving.service import Service

pytestmark = pytest.mark.slow
WINDOW_MS = 15_000
LOST = "WebSocket connection to"  # which browsers report as an error


@pytest.fixture(scope="module")
def served(real_predictor: Predictor) -> Iterator[str]:
    with running(Service(config_of(), real_predictor, None)) as address:
        yield address


def downloaded(page: Page, name: str) -> str:
    """Content of a download of the timeline."""
    with page.expect_download() as download:
        page.get_by_role("button", name=name, exact=True).click()
    return download.value.path().read_text(encoding="utf-8")


def events(page: Page) -> list[dict[str, Any]]:
    return [json.loads(line) for line in downloaded(page, "JSONL").splitlines()]


def windows(page: Page) -> list[dict[str, Any]]:
    return [one for one in events(page) if one["event"] == "window"]


def start_microphone(page: Page) -> None:
    page.get_by_role("button", name="Start microphone").click()
    expect(page.locator("#connection")).to_have_text("Live")


def wait_for_window(page: Page) -> None:
    expect(page.locator("[data-format=csv]")).to_be_enabled(timeout=WINDOW_MS)


def stop_microphone(page: Page) -> None:
    page.get_by_role("button", name="Stop microphone").click()
    expect(page.locator("#connection")).to_have_text("Ready", timeout=WINDOW_MS)


def test_the_microphone_gives_the_results_of_the_recording(
    served: str, open_page: OpenPage, recording: Path, real_predictor: Predictor
) -> None:
    page = open_page(served)
    start_microphone(page)
    wait_for_window(page)
    expect(page.locator("#level-text")).to_have_text("Level is good")
    stop_microphone(page)
    first = windows(page)[0]
    samples = read_audio(recording).mono()
    expected = real_predictor.stream(16_000).feed(samples)[0].prediction.as_dict()
    assert first["end_seconds"] == 5.0
    assert first["probabilities"] == pytest.approx(expected, abs=0.1)  # the device starts late
    assert [one["event"] for one in events(page)][-2:] == ["summary", "session.closed"]


def test_a_recording_has_the_results_of_the_predictor(
    served: str, open_page: OpenPage, recording: Path, real_predictor: Predictor
) -> None:
    page = open_page(served)
    expect(page.get_by_role("button", name="Choose a recording")).to_be_enabled()
    page.locator("#file").set_input_files(recording)
    expect(page.locator("#answer-caption")).to_have_text("Whole recording", timeout=WINDOW_MS)
    expected = real_predictor.predict(recording)
    expect(page.locator("#answer")).to_have_text(expected.answer)
    found = {one["event"]: one for one in events(page)}
    assert found["summary"]["probabilities"] == pytest.approx(expected.as_dict(), abs=2e-6)
    rows = list(csv.DictReader(io.StringIO(downloaded(page, "CSV"))))
    assert [float(row["end_seconds"]) for row in rows] == pytest.approx(
        [one["end_seconds"] for one in windows(page)], abs=1e-3
    )
    segments = [one for one in events(page) if one["event"] == "segment"]
    spoken = [one["answer"] for one in segments if one["answer"] != "no speech"]
    assert downloaded(page, "SRT").split("\n\n")[0].splitlines()[2] == spoken[0]
    page.get_by_text("Segments as a table").click()
    assert page.locator("#segments tr").count() == len(segments)
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#answer")).to_have_text("\u2013")
    expect(page.locator("[data-format=csv]")).to_be_disabled()


def test_a_file_that_is_no_recording_is_an_error(
    served: str, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(served, expected="422")
    expect(page.get_by_role("button", name="Choose a recording")).to_be_enabled()
    (tmp_path / "notes.wav").write_text("no audio")
    page.locator("#file").set_input_files(tmp_path / "notes.wav")
    expect(page.get_by_role("alert")).to_be_visible()


def test_a_pause_is_a_gap_in_the_timeline(served: str, open_page: OpenPage) -> None:
    page = open_page(served)
    start_microphone(page)
    page.wait_for_timeout(1_000)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#connection")).to_have_text("Paused")
    page.wait_for_timeout(2_000)
    page.get_by_role("button", name="Continue").click()
    wait_for_window(page)
    stop_microphone(page)
    gaps = [one for one in events(page) if one["event"] == "overrun"]
    assert sum(one["milliseconds"] for one in gaps) == pytest.approx(2_000, abs=700)


def test_a_lost_connection_is_resumed(served: str, open_page: OpenPage) -> None:
    page = open_page("about:blank", expected=LOST)
    routes: list[WebSocketRoute] = []
    sent: list[str] = []

    def pass_on(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        routes.append(route)

        def forward(message: str | bytes) -> None:
            if isinstance(message, str):
                sent.append(json.loads(message)["event"])
            server.send(message)

        route.on_message(forward)

    page.route_web_socket("**/v1/stream", pass_on)
    page.goto(served)
    start_microphone(page)
    page.wait_for_timeout(2_000)
    routes[0].close()
    expect(page.locator("#connection")).to_have_text("Connection lost, reconnecting")
    expect(page.locator("#connection")).to_have_text("Live")
    wait_for_window(page)
    stop_microphone(page)
    assert sent == ["hello", "resume", "end"]
    assert not [one for one in events(page) if one["event"] == "overrun"]
    assert windows(page)[0]["end_seconds"] == 5.0


def test_a_restarted_service_is_found_again(open_page: OpenPage, real_predictor: Predictor) -> None:
    with running(Service(config_of(), real_predictor, None)) as address:
        page = open_page(address, expected=LOST)
        start_microphone(page)
        wait_for_window(page)
    expect(page.locator("#connection")).to_have_text("Connection lost, reconnecting")
    before = len(windows(page))
    config = config_of().model_copy(update={"port": int(address.rpartition(":")[2])})
    with running(Service(config, real_predictor, None)):
        expect(page.locator("#connection")).to_have_text("Live", timeout=WINDOW_MS)
        page.wait_for_timeout(7_000)
        stop_microphone(page)
        found = windows(page)
    assert len(found) > before
    assert [one["end_seconds"] for one in found] == sorted(one["end_seconds"] for one in found)
    assert found[before]["start_seconds"] >= found[before - 1]["end_seconds"] - 0.2


def test_a_token_is_demanded_and_used(real_predictor: Predictor, open_page: OpenPage) -> None:
    token = "a-secret-of-26-characters!"
    with running(Service(config_of(), real_predictor, None), token) as address:
        page = open_page(address, expected="401")
        page.get_by_label("Token of this service").fill(token)
        page.keyboard.press("Enter")
        start_microphone(page)
        stop_microphone(page)


def test_a_refused_microphone_is_a_message(served: str, playwright: Playwright) -> None:
    with chromium(playwright, "--no-sandbox", "--use-fake-device-for-media-stream") as browser:
        page = browser.new_page()
        page.goto(served)
        page.get_by_role("button", name="Start microphone").click()
        expect(page.get_by_role("alert")).to_contain_text("not allowed")
        expect(page.get_by_role("button", name="Start microphone")).to_be_enabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_and_every_control_has_a_name(
    served: str, open_page: OpenPage, scheme: Literal["light", "dark"], width: int
) -> None:
    page = open_page(served, color_scheme=scheme, viewport={"width": width, "height": 844})
    expect(page.locator("#connection")).to_have_text("Ready")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    names = page.evaluate(
        """[...document.querySelectorAll("button, input, select, [role=img], [role=meter]")]
        .map((one) => one.labels?.[0]?.textContent || one.ariaLabel || one.textContent.trim())"""
    )
    assert all(names)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the result")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Start microphone")).to_be_focused()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)"
    assert dark == (scheme == "dark")
