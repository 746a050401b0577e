"""Messages of clients."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_classifier.serving.streams.errors import StreamError
from emotion_classifier.serving.streams.messages import (
    End,
    Gap,
    Hello,
    Resume,
    parse_following,
    parse_opening,
)


def test_messages_are_parsed() -> None:
    assert parse_opening('{"event": "hello"}') == Hello()
    hello = '{"event": "hello", "sample_rate": 48000, "channels": 2, "format": "f32le"}'
    assert parse_opening(hello) == Hello(sample_rate=48_000, channels=2, format="f32le")
    resume = '{"event": "resume", "token": "a", "received_events": 3}'
    assert parse_opening(resume) == Resume(token="a", received_events=3)
    assert parse_following('{"event": "gap", "samples": 5}') == Gap(samples=5)
    assert parse_following('{"event": "end"}') == End()


@pytest.mark.parametrize(
    "text",
    [
        "", "hello", "[]", "null", '"hello"', "{}", '{"event": "end"}', '{"event": "hello", "x": 1}',
        '{"event": "hello", "sample_rate": 7999}', '{"event": "hello", "sample_rate": 48001}',
        '{"event": "hello", "sample_rate": "16000"}', '{"event": "hello", "sample_rate": 1e400}',
        '{"event": "hello", "channels": 0}', '{"event": "hello", "channels": true}',
        '{"event": "hello", "format": "mp3"}', '{"event": "resume", "token": "a"}',
        '{"event": "resume", "token": "a", "received_events": -1}', "[" * 100_000,
    ],
)  # fmt: skip
def test_other_opening_messages_are_refused(text: str) -> None:
    with pytest.raises(StreamError) as caught:
        parse_opening(text)
    assert caught.value.code == "hello"
    assert len(caught.value.message) < 1000


@settings(max_examples=30)
@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_text_is_a_message_or_an_error(text: str) -> None:
    for parse in (parse_opening, parse_following):
        with pytest.raises(StreamError):
            parse(text)
