"""The page with the keyboard alone, and as screen readers receive it, in Chromium."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="needs the extra dev")
from playwright.sync_api import Page, WebSocketRoute, expect
from tests.serving.page.conftest import OpenPage

pytestmark = pytest.mark.slow
FOCUSED = """() => {
    const one = document.activeElement;
    const style = getComputedStyle(one);
    return [one.id || one.textContent.trim(), style.outlineStyle, parseFloat(style.outlineWidth)];
}"""
CREATED = {
    "event": "session.created", "session": "x", "resume_token": "t", "is_resumed": False,
    "received_samples": 0, "recogniser": None,
}  # fmt: skip
OBSERVE = """() => {
    const region = document.getElementById("announcement");
    window.announced = [];
    new MutationObserver(() => window.announced.push(region.textContent))
        .observe(region, {childList: true, characterData: true, subtree: true});
}"""


@pytest.fixture
def page(address: str, open_page: OpenPage) -> Page:
    page = open_page(address)
    expect(page.locator("#connection")).to_have_text("Ready")
    return page


def stops(page: Page) -> list[str]:
    """The controls in the order of the Tab key, each with a visible focus."""
    found: list[str] = []
    while True:
        page.keyboard.press("Tab")
        name, style, width = page.evaluate(FOCUSED)
        if page.evaluate("document.activeElement === document.body") or name in found:
            return found
        assert style == "solid", name
        assert width >= 2, name
        found.append(name)


def test_tab_reaches_every_control_in_the_order_of_the_page(page: Page, recording: Path) -> None:
    idle = ["Skip to the result", "microphone", "choose", "words", "device", "span"]
    table, *links = (
        "Segments as a table",
        "Intended and excluded uses",
        "Documentation of the interface",
    )
    assert stops(page) == [*idle, table, *links]
    page.locator("#file").set_input_files(recording)
    expect(page.locator("#answer-caption")).to_have_text("Whole recording")
    page.evaluate("document.activeElement.blur()")
    assert stops(page) == [*idle, "clear", table, "JSONL", "CSV", "SRT", *links]


def test_keys_alone_operate_the_microphone_and_the_timeline(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_be_focused()
    button, pause = page.locator("#microphone"), page.locator("#pause")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#connection")).to_have_text("Live")
    expect(button).to_be_focused()
    expect(pause).to_be_enabled()
    page.keyboard.press("Tab")
    expect(pause).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#connection")).to_have_text("Paused")
    expect(pause).to_have_text("Continue")
    page.keyboard.press("Enter")
    expect(page.locator("#connection")).to_have_text("Live")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    expect(page.locator("#connection")).to_have_text("Ready")
    expect(button).to_be_focused()
    expect(page.locator("#clear")).to_be_enabled()
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#segments")).to_be_visible()
    page.get_by_role("button", name="JSONL").focus()
    with page.expect_download():
        page.keyboard.press("Enter")
    page.locator("#clear").focus()
    page.keyboard.press("Space")
    expect(page.locator("#clear")).to_be_disabled()
    expect(button).to_be_focused()


def test_keys_alone_choose_a_recording(page: Page, recording: Path) -> None:
    page.on("filechooser", lambda _: None)  # intercepted from now on
    choose = page.locator("#choose")
    choose.focus()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(recording)
    expect(page.locator("#answer-caption")).to_have_text("Whole recording")
    expect(choose).to_be_focused()


def test_every_element_has_a_role_and_a_name_for_screen_readers(page: Page) -> None:
    tree = page.locator("body").aria_snapshot()
    for role, name in (
        ("heading", "Emotion of speech"),
        ("status", ""),
        ("button", "Start microphone"),
        ("button", "Pause"),
        ("checkbox", "Recognise words"),
        ("combobox", "Microphone"),
        ("meter", "Level of the microphone"),
        ("region", "Result"),
        ("list", "Probability of each emotion"),
        ("img", "Emotion over time"),
        ("group", "Download the timeline"),
    ):
        assert re.search(rf'- {role} ?"?{name}', tree), (role, tree)
    named = "button|checkbox|combobox|link|slider|textbox|region|img|meter"
    assert re.findall(rf"^ *- (?:{named})(?: \[\w+\])*:?$", tree, re.M) == []
    page.locator("summary").first.click()
    assert page.get_by_role("columnheader").all_text_contents() == [
        "From", "To", "Answer", "Confidence", "Words",
    ]  # fmt: skip


def test_changes_of_the_emotion_are_announced_at_most_every_five_seconds(
    address: str, open_page: OpenPage
) -> None:
    page = open_page("about:blank")
    opened: list[WebSocketRoute] = []

    def serve(route: WebSocketRoute) -> None:
        opened.append(route)
        route.on_message(lambda message: created(route) if isinstance(message, str) else None)

    def created(route: WebSocketRoute) -> None:
        route.send(json.dumps(CREATED))

    page.route_web_socket("**/v1/stream", serve)
    page.goto(address)
    page.clock.install()
    page.get_by_role("button", name="Start microphone").click()
    expect(page.locator("#connection")).to_have_text("Live")
    page.evaluate(OBSERVE)
    for second in range(12):
        name = ("neutral", "sad")[second % 2]
        shares = {"neutral": 0.5, "sad": 0.5}
        window = {
            "event": "window", "start_seconds": second, "end_seconds": second + 5, "answer": name,
            "confidence": 0.5, "probabilities": shares, "smoothed": shares, "tone": shares,
            "tone_answer": name, "speech_share": 1.0, "level_dbfs": -20.0, "words": None,
        }  # fmt: skip
        opened[0].send(json.dumps(window))
        expect(page.locator("#answer")).to_have_text(name)
        page.clock.run_for(1_000)
    assert page.evaluate("window.announced") == ["neutral", "sad", "neutral"]
