"""Live sessions over a WebSocket: events, errors, limits and resumption."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect
from tests.serving.conftest import RATE, MakeClient, tone
from websockets.sync.client import connect

from emotion_classifier.audio.io import read_audio, wav_content
from emotion_classifier.audio.resampling import resample
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.streaming.stream import Stream
from emotion_classifier.inference.timeline.analyse import analyse_file
from emotion_classifier.inference.timeline.writers import timeline_events

Event = dict[str, Any]
END = {"event": "end"}
STREAM = "ws://127.0.0.1/v1/stream"


def pcm(seconds: float) -> bytes:
    """A tone as 16-bit samples."""
    return np.round(tone(seconds) * 32_767).astype("<i2").tobytes()


def received(session: WebSocketTestSession, until: str) -> list[Event]:
    """Events up to the first of a kind."""
    events: list[Event] = []
    while not events or events[-1]["event"] != until:
        events.append(session.receive_json())
    return events


def hello(session: WebSocketTestSession, **options: object) -> Event:
    session.send_json({"event": "hello", "levels": False, **options})
    created: Event = session.receive_json()
    return created


def close_code(session: WebSocketTestSession) -> int:
    with pytest.raises(WebSocketDisconnect) as closed:
        session.receive_json()
    return closed.value.code


@pytest.fixture(scope="module")
def unlimited(make_client: MakeClient) -> TestClient:
    """A service that accepts audio at any speed."""
    return make_client(stream__speed=None)


@pytest.fixture
def session(client: TestClient) -> Iterator[WebSocketTestSession]:
    with client.websocket_connect(STREAM) as session:
        yield session


def test_a_session_has_a_beginning_events_and_an_end(session: WebSocketTestSession) -> None:
    created = hello(session)
    assert created["event"] == "session.created"
    assert created["emotions"] == ["neutral", "sad"]
    assert (created["sample_rate"], created["received_samples"]) == (RATE, 0)
    session.send_bytes(pcm(1.0))
    session.send_json(END)
    events = received(session, "session.closed")
    assert events[0]["event"] == "device"
    assert [one["event"] for one in events][-2:] == ["summary", "session.closed"]
    counters = events[-1]["session"]
    assert events[-1]["reason"] == "end"
    assert counters["received_samples"] == counters["processed_samples"] == RATE
    assert counters == events[-2]["session"]
    assert close_code(session) == 1000


@pytest.mark.parametrize(
    ("sample_format", "rate"), [("s16le", 16_000), ("f32le", 48_000), ("s16le", 8_000)]
)
def test_stream_and_upload_of_the_same_audio_have_the_same_events(
    unlimited: TestClient, predictor: Predictor, speech: bytes, sample_format: str, rate: int
) -> None:
    voice = resample(np.tile(read_audio(speech).samples[0], 5), 16_000, rate)
    integers = np.round(voice * 32_767).astype("<i2")
    upload = wav_content(integers.astype(np.float32) / np.float32(32_768), rate)
    data = integers.tobytes()
    if sample_format == "f32le":
        data = (integers.astype("<f4") / 32_768).tobytes()
    expected = [
        event.model_dump(exclude={"latency_seconds", "audio_latency_seconds"})
        for event in timeline_events(analyse_file(predictor, upload, mix=True))
    ]
    with unlimited.websocket_connect(STREAM) as session:
        hello(session, sample_rate=rate, format=sample_format)
        for start in range(0, len(data), 3_200):
            session.send_bytes(data[start : start + 3_200])
        session.send_json(END)
        events = received(session, "session.closed")
    for kind in ("window", "segment", "speech"):
        found = [one for one in events if one["event"] == kind]
        reference = [one for one in expected if one["event"] == kind]
        assert len(found) == len(reference) > 0
        for one, other in zip(found, reference, strict=True):
            for key, value in other.items():
                assert one[key] == pytest.approx(value, abs=1e-4), key
    (summary,) = (one for one in events if one["event"] == "summary")
    assert summary["answer"] == next(one for one in expected if one["event"] == "summary")["answer"]


@pytest.mark.parametrize(
    "first",
    ["garbage", '{"event": "end"}', '{"event": "hello", "sample_rate": 192000}', b"\x00\x01"],
)
def test_a_session_begins_with_a_hello(client: TestClient, first: str | bytes) -> None:
    with client.websocket_connect(STREAM) as session:
        if isinstance(first, bytes):
            session.send_bytes(first)
        else:
            session.send_text(first)
        error = session.receive_json()
        assert (error["event"], error["code"]) == ("error", "hello")
        assert error["session_continues"] is False
        assert close_code(session) == 1008


def test_a_message_that_is_not_understood_is_an_error_and_the_session_continues(
    session: WebSocketTestSession,
) -> None:
    hello(session)
    session.send_text("garbage")
    error = session.receive_json()
    assert (error["code"], error["session_continues"]) == ("message", True)
    session.send_bytes(pcm(0.5))
    session.send_json(END)
    assert received(session, "session.closed")[-1]["session"]["received_samples"] == RATE / 2


def test_endless_garbage_ends_the_session(session: WebSocketTestSession) -> None:
    hello(session)
    for _ in range(11):
        session.send_text("garbage")
    events = received(session, "session.closed")
    assert [one["session_continues"] for one in events if one["event"] == "error"][-1] is False
    assert events[-1]["reason"] == "error"
    assert close_code(session) == 1008


def test_a_message_that_ends_within_a_sample_ends_the_session(
    session: WebSocketTestSession,
) -> None:
    hello(session, format="f32le")
    session.send_bytes(bytes(7))
    events = received(session, "session.closed")
    assert "mid-sample" in [one.get("code") for one in events]
    assert close_code(session) == 1007


def test_nan_is_processed_as_zeros_and_counted(session: WebSocketTestSession) -> None:
    hello(session, format="f32le")
    session.send_bytes(np.full(1600, np.nan, "<f4").tobytes())
    session.send_bytes(np.full(1600, np.inf, "<f4").tobytes())
    session.send_json(END)
    events = received(session, "session.closed")
    assert "not-finite" in [one.get("code") for one in events]
    assert events[-1]["session"]["not_finite_samples"] == 3200


def test_audio_that_is_sent_too_fast_ends_the_session(session: WebSocketTestSession) -> None:
    hello(session)
    for _ in range(9):
        session.send_bytes(pcm(1.0))
    events = received(session, "session.closed")
    assert "too-fast" in [one.get("code") for one in events]
    assert close_code(session) == 1008


def test_too_many_messages_end_the_session(make_client: MakeClient) -> None:
    with make_client(stream__messages_per_second=2).websocket_connect(STREAM) as session:
        hello(session)
        for _ in range(20):
            session.send_bytes(b"")
        assert "too-many-messages" in [
            one.get("code") for one in received(session, "session.closed")
        ]


def test_the_number_of_sessions_is_limited(make_client: MakeClient) -> None:
    client = make_client(stream__sessions=1)
    with client.websocket_connect(STREAM) as first:
        hello(first)
        with client.websocket_connect(STREAM) as second:
            error = hello(second)
            assert (error["code"], error["session_continues"]) == ("busy", False)
            assert error["retry_after_seconds"] > 0
            assert close_code(second) == 1013
        first.send_json(END)
        received(first, "session.closed")
    wait_until(lambda: "emotion_streams 0.0" in client.get("/metrics").text)
    with client.websocket_connect(STREAM) as third:
        assert hello(third)["event"] == "session.created"


def test_clients_that_say_nothing_are_closed(make_client: MakeClient) -> None:
    client = make_client(stream__hello_seconds=0.05, stream__idle_seconds=0.1)
    with client.websocket_connect(STREAM) as session:
        assert session.receive_json()["code"] == "hello"
    with client.websocket_connect(STREAM) as session:
        hello(session)
        assert "idle" in [one.get("code") for one in received(session, "session.closed")]


def test_a_gap_is_an_overrun_and_later_times_are_behind_it(session: WebSocketTestSession) -> None:
    hello(session)
    session.send_bytes(pcm(1.0))
    session.send_json({"event": "gap", "samples": 4 * RATE})
    session.send_bytes(pcm(2.0))
    session.send_json(END)
    events = received(session, "session.closed")
    (overrun,) = (one for one in events if one["event"] == "overrun")
    assert (overrun["seconds"], overrun["milliseconds"], overrun["place"]) == (
        1.0,
        4000.0,
        "connection",
    )
    windows = [
        (one["start_seconds"], one["end_seconds"]) for one in events if one["event"] == "window"
    ]
    assert windows == [(0.0, 1.0), (5.0, 7.0)]
    counters = events[-1]["session"]
    assert counters["received_samples"] == 7 * RATE
    assert counters["dropped_samples"] == 4 * RATE
    assert counters["processed_samples"] == 3 * RATE


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_a_gap_counts_without_audio_behind_it(
    session: WebSocketTestSession, seconds: float
) -> None:
    hello(session)
    session.send_bytes(pcm(seconds))
    session.send_json({"event": "gap", "samples": RATE})
    session.send_json(END)
    events = received(session, "session.closed")
    (overrun,) = (one for one in events if one["event"] == "overrun")
    assert (overrun["seconds"], overrun["milliseconds"]) == (seconds, 1000.0)
    counters = events[-1]["session"]
    assert counters["received_samples"] == (seconds + 1) * RATE
    assert counters["dropped_samples"] == RATE


def test_a_session_is_resumed_after_a_lost_connection(client: TestClient) -> None:
    with client.websocket_connect(STREAM) as session:
        created = hello(session)
        session.send_bytes(pcm(1.5))
        events = received(session, "device")
    with client.websocket_connect(STREAM) as session:
        resume = {"event": "resume", "token": created["resume_token"]}
        session.send_json({**resume, "received_events": len(events)})
        resumed = session.receive_json()
        assert (resumed["session"], resumed["is_resumed"]) == (created["session"], True)
        assert resumed["received_samples"] == 1.5 * RATE
        session.send_json({"event": "gap", "samples": RATE})
        session.send_bytes(pcm(0.5))
        session.send_json(END)
        events += received(session, "session.closed")
    kinds = [one["event"] for one in events]
    assert kinds.count("device") == kinds.count("overrun") == kinds.count("session.closed") == 1
    assert events[-1]["session"]["received_samples"] == 3 * RATE
    assert events[-1]["session"]["processed_samples"] == 2 * RATE


def test_events_that_were_not_received_are_sent_again(client: TestClient) -> None:
    with client.websocket_connect(STREAM) as session:
        created = hello(session)
        session.send_bytes(pcm(1.0))
        first = received(session, "device")
    with client.websocket_connect(STREAM) as session:
        session.send_json(
            {"event": "resume", "token": created["resume_token"], "received_events": 0}
        )
        session.receive_json()
        session.send_json(END)
        assert received(session, "session.closed")[: len(first)] == first


def resumed(session: WebSocketTestSession, created: Event, number: int) -> Event:
    """The first event after a resume of a session of which so many events were received."""
    token = created["resume_token"]
    session.send_json({"event": "resume", "token": token, "received_events": number})
    first: Event = session.receive_json()
    return first


def test_the_end_of_a_session_waits_for_its_client(client: TestClient) -> None:
    with client.websocket_connect(STREAM) as session:
        created = hello(session)
        session.send_bytes(pcm(1.0))
        first = received(session, "device")
        session.send_json(END)
        session.close()
        wait_until(lambda: "emotion_streams 0.0" in client.get("/metrics").text)
    for _ in range(2):  # the connection may be lost again
        with client.websocket_connect(STREAM) as session:
            assert resumed(session, created, len(first))["received_samples"] == RATE
            session.send_bytes(pcm(1.0))  # behind the end
            last = received(session, "session.closed")
            assert close_code(session) == 1000
        assert [one["event"] for one in last] == ["window", "segment", "summary", "session.closed"]
        assert last[-1]["session"]["received_samples"] == RATE


def test_an_error_while_the_client_is_away_is_sent_to_it_when_it_returns(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client()
    with client.websocket_connect(STREAM) as session:
        created = hello(session)
        session.send_bytes(pcm(1.0))
        first = received(session, "device")

        def broken(*_: object, **__: object) -> None:
            raise RuntimeError("the model is broken")

        monkeypatch.setattr(Stream, "feed", broken)
        session.send_bytes(pcm(1.0))
        session.close()
        wait_until(lambda: "emotion_streams 0.0" in client.get("/metrics").text)
    with client.websocket_connect(STREAM) as session:
        assert resumed(session, created, len(first))["is_resumed"]
        last = received(session, "session.closed")
        assert [one["code"] for one in last if one["event"] == "error"] == ["inference"]
        assert last[-1]["reason"] == "error"
        assert close_code(session) == 1011


def test_sessions_that_have_ended_and_wait_do_not_count(make_client: MakeClient) -> None:
    client = make_client(stream__sessions=1)
    for _ in range(3):
        with client.websocket_connect(STREAM) as session:
            assert hello(session)["event"] == "session.created"
            session.send_json(END)
            received(session, "session.closed")


def test_a_client_that_returns_too_late_gets_a_typed_error(make_client: MakeClient) -> None:
    client = make_client(stream__resume_seconds=0.05)
    with client.websocket_connect(STREAM) as session:
        created = hello(session)
        session.send_json(END)
        received(session, "session.closed")

    def is_refused() -> bool:
        time.sleep(0.1)  # longer than the window, which a return within it begins anew
        with client.websocket_connect(STREAM) as session:
            return bool(resumed(session, created, 0).get("code") == "resume")

    wait_until(is_refused)


def test_a_session_can_be_taken_over_by_a_new_connection(client: TestClient) -> None:
    with client.websocket_connect(STREAM) as old:
        created = hello(old)
        with client.websocket_connect(STREAM) as new:
            new.send_json(
                {"event": "resume", "token": created["resume_token"], "received_events": 0}
            )
            assert new.receive_json()["is_resumed"]
            new.send_json(END)
            assert received(new, "session.closed")[-1]["reason"] == "end"


def test_of_clients_that_resume_a_session_at_once_one_keeps_it(address: str) -> None:
    url = address.replace("http", "ws") + "/v1/stream"
    with ExitStack() as stack:
        connections = [
            stack.enter_context(connect(url, proxy=None, close_timeout=0.5)) for _ in range(9)
        ]
        connections[0].send('{"event": "hello", "levels": false}')
        created = json.loads(connections[0].recv())
        resume = {"event": "resume", "token": created["resume_token"], "received_events": 0}
        for one in connections[1:]:
            one.send(json.dumps(resume))
        kept = []
        for one in connections:
            try:
                while json.loads(one.recv(timeout=1.0)).get("code") != "resumed":
                    pass
            except TimeoutError:
                kept.append(one)
        assert len(kept) == 1
        kept[0].send(json.dumps(END))


@pytest.mark.parametrize("number", [0, 10**6])
def test_only_a_known_session_is_resumed(client: TestClient, number: int) -> None:
    with client.websocket_connect(STREAM) as session:
        session.send_json({"event": "resume", "token": "unknown", "received_events": number})
        assert session.receive_json()["code"] == "resume"
        assert close_code(session) == 1008


def test_a_session_without_client_ends_after_some_time(make_client: MakeClient) -> None:
    client = make_client(stream__resume_seconds=0.05)
    with client.websocket_connect(STREAM) as session:
        hello(session)
        session.close()
        # Within the block, at whose end the test client cancels a connection that is still served.
        wait_until(lambda: "emotion_streams 0.0" in client.get("/metrics").text)


def test_a_failing_model_ends_the_session_with_an_error(
    make_client: MakeClient, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client()

    def broken(*_: object) -> None:
        raise RuntimeError("the model is broken")

    monkeypatch.setattr(Predictor, "stream", broken)
    with client.websocket_connect(STREAM) as session:
        hello(session)
        session.send_bytes(pcm(0.5))
        events = received(session, "session.closed")
        assert [one["code"] for one in events if one["event"] == "error"] == ["inference"]
        assert "broken" not in json.dumps(events)
        assert close_code(session) == 1011


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
