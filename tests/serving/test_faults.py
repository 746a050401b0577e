"""Clients that misbehave on real sockets; other sessions notice nothing."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from starlette.testclient import TestClient
from tests.serving.conftest import MakeClient, clip, config_of, running, tone
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from emotion_classifier.inference.predictor import CancelledError, Predictor
from emotion_classifier.serving.client import Client
from emotion_classifier.serving.config import StreamLimits
from emotion_classifier.serving.service import Service
from emotion_classifier.serving.streams.endpoint import _send
from emotion_classifier.serving.streams.outbox import Outbox

LOCAL_HOST = {"Host": "127.0.0.1"}
HELLO = '{"event": "hello", "levels": false}'
SAMPLES = (tone(0.2) * 32_767).astype("<i2").tobytes()


@pytest.fixture(autouse=True)
def no_error_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def opened(address: str) -> ClientConnection:
    url = address.replace("http", "ws") + "/v1/stream"
    # Without pings: the replies to a client that sends minutes of audio at once take long.
    return connect(url, proxy=None, compression=None, ping_interval=None).__enter__()


def raw(address: str) -> socket.socket:
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname, parts.port), timeout=10)


def reset(connection: socket.socket) -> None:
    """Close without a farewell: the peer receives a reset."""
    with suppress(OSError):  # closed by the peer
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RD)  # wakes a thread that reads, and sends nothing
    connection.close()


@pytest.fixture
def other(address: str) -> Iterator[Callable[[], dict[str, Any]]]:
    """Another session, which is checked at the end."""
    connection = opened(address)
    connection.send(HELLO)
    connection.recv()
    connection.send(SAMPLES)

    def finish() -> dict[str, Any]:
        connection.send(SAMPLES)
        connection.send('{"event": "end"}')
        events = []
        with pytest.raises(ConnectionClosed):
            while True:
                events.append(json.loads(connection.recv()))
        counters: dict[str, Any] = events[-1]["session"]
        return counters

    yield finish
    connection.close()


def test_clients_that_vanish_disturb_nobody(
    address: str, other: Callable[[], dict[str, Any]]
) -> None:
    for sent in (b"", b"POST /v1/pre", b"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\n"):
        connection = raw(address)
        connection.sendall(sent)
        reset(connection)
    upload = raw(address)
    head = "POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: audio/wav\r\n"
    upload.sendall(f"{head}Content-Length: 1000\r\n\r\n".encode() + b"RIFF")
    reset(upload)
    for frame in (b"", b"\x82", b"\x82\xfe\xff", b"\x82\xff" + bytes(12)):
        session = opened(address)
        session.send(HELLO)
        session.recv()
        session.send(SAMPLES)
        session.socket.sendall(frame)  # the beginning of a message
        reset(session.socket)
    assert Client(address).predict(clip()).prediction.answer
    assert other()["processed_samples"] == 2 * 3_200


def test_the_prediction_of_a_client_that_has_left_is_cancelled(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ended = threading.Event(), threading.Event()

    def endless(*arguments: object) -> None:
        began.set()
        assert isinstance(cancelled := arguments[-1], threading.Event)
        assert cancelled.wait(10)
        ended.set()
        raise CancelledError

    service = Service(config_of(upload__waiting=1), predictor, None)
    with running(service) as address:
        with monkeypatch.context() as patch:
            patch.setattr(Service, "_predict", endless)
            content = clip()
            upload = raw(address)
            head = "POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: audio/wav\r\n"
            upload.sendall(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
            assert began.wait(10)
            upload.close()
            assert ended.wait(5)
        deadline = time.monotonic() + 5
        while service.predictions._requests:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert Client(address).predict(clip()).prediction.answer


@pytest.mark.parametrize("seed", range(4))
def test_garbage_instead_of_a_protocol_closes_the_connection(
    address: str, seed: int, other: Callable[[], dict[str, Any]]
) -> None:
    garbage = np.random.default_rng(seed).bytes(5_000)
    with raw(address) as connection:
        connection.sendall(garbage + b"\r\n\r\n")
        assert b"400" in connection.recv(1000)
    session = opened(address)
    session.send(HELLO)
    session.recv()
    with suppress(OSError):  # it may be closed before all is sent
        session.socket.sendall(garbage)
    with pytest.raises(ConnectionClosed):
        while True:
            session.recv()
    assert other()["processed_samples"] == 2 * 3_200


def test_a_message_that_is_too_large_closes_the_connection(predictor: Predictor) -> None:
    config = config_of(stream__message_bytes=1000, stream__speed=None)
    with running(Service(config, predictor, None)) as address:
        session = opened(address)
        session.send(HELLO)
        session.recv()
        session.send(bytes(1001))
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                session.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


def test_a_message_that_is_not_read_in_time_ends_the_connection() -> None:
    class Unread:
        """A connection whose client does not read."""

        async def send_text(self, text: str) -> None:
            await asyncio.sleep(10)

    class Session:
        outbox = Outbox(10)

    async def main() -> None:
        Session.outbox.put("event")
        with pytest.raises(TimeoutError):
            await _send(Unread(), Session(), 0, StreamLimits(send_seconds=0.01))  # type: ignore[arg-type]

    asyncio.run(main())


def test_nothing_of_an_upload_is_written_to_a_disk(client: TestClient) -> None:
    opened_for_writing: list[str] = []
    watching = threading.Event()

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if watching.is_set() and event == "open" and isinstance(arguments[0], str):
            flags = arguments[2] if len(arguments) > 2 else 0
            if flags & 3:  # O_WRONLY, O_RDWR
                opened_for_writing.append(arguments[0])

    sys.addaudithook(watch)
    watching.set()
    try:
        form = {"file": ("../../name.wav", clip(60.0))}
        response = client.post("/v1/predict", files=form)
    finally:
        watching.clear()
    assert response.status_code == 200
    assert [name for name in opened_for_writing if name != "/dev/null"] == []


@pytest.mark.slow
def test_many_connections_at_once_are_served_or_refused(predictor: Predictor) -> None:
    service = Service(config_of(stream__speed=None, connections=100), predictor, None)

    def session(_: int) -> str:
        try:
            with opened(address) as connection:
                connection.send(HELLO)
                first = json.loads(connection.recv())
                if first["event"] == "session.created":
                    gate.wait(30)
                return str(first.get("code") or first["event"])
        except (InvalidHandshake, ConnectionClosed, OSError):
            return "refused"
        finally:
            with count_lock:
                ended.append(1)

    gate, ended, count_lock = threading.Event(), list[int](), threading.Lock()
    with running(service) as address, ThreadPoolExecutor(200) as threads:
        futures = [threads.submit(session, number) for number in range(200)]
        deadline = time.monotonic() + 20
        while len(ended) < 192 and time.monotonic() < deadline:  # those beyond the limit
            time.sleep(0.01)
        gate.set()
        found = [future.result() for future in futures]
        assert found.count("session.created") == 8
        assert set(found) <= {"session.created", "busy", "refused"}
        assert Client(address).predict(clip()).prediction.answer


@pytest.mark.slow
def test_any_messages_crash_and_leak_nothing(
    predictor: Predictor, caplog: pytest.LogCaptureFixture
) -> None:
    config = config_of(stream__speed=None, stream__resume_seconds=0.1, stream__hello_seconds=0.2)
    service = Service(config, predictor, None)
    generator = np.random.default_rng(0)
    others = set(threading.enumerate())  # of sessions that wait for clients of other tests
    messages = sessions = 0
    with running(service) as address:
        before = None
        while messages < 10_000:
            messages += fuzz_session(address, generator)
            sessions += 1
            if messages > 2_000 and before is None:
                before = resident_megabytes()
        assert wait_until(lambda: service.metrics.streams._value.get() == 0)
        assert Client(address).predict(clip()).prediction.answer
        assert before is not None
        assert resident_megabytes() - before < 40

    def remaining() -> list[str]:
        names = [thread.name for thread in threading.enumerate() if thread not in others]
        return [name for name in names if name.startswith(("session", "capture"))]

    assert wait_until(lambda: not remaining())


def fuzz_session(address: str, generator: np.random.Generator) -> int:
    """Send random messages on one connection until it is closed; their number."""
    count = 0
    session = opened(address)
    try:
        if generator.random() < 0.8:
            session.send(json.dumps(random_hello(generator)))
        for _ in range(int(generator.integers(1, 200))):
            session.send(random_message(generator))
            count += 1
    except ConnectionClosed:
        pass
    if generator.random() < 0.5:
        reset(session.socket)
    else:
        session.close()
    return count + 1


def random_hello(generator: np.random.Generator) -> dict[str, object]:
    return {
        "event": "hello",
        "sample_rate": int(generator.choice([8_000, 16_000, 44_100, 48_000])),
        "channels": int(generator.integers(1, 9)),
        "format": str(generator.choice(["s16le", "f32le"])),
        "levels": bool(generator.random() < 0.5),
    }


def random_message(generator: np.random.Generator) -> str | bytes:
    kind = generator.random()
    if kind < 0.6:
        return generator.bytes(int(generator.integers(0, 400)) * 32)
    if kind < 0.7:
        return generator.bytes(int(generator.integers(0, 100)))
    if kind < 0.97:
        known = [
            '{"event": "gap", "samples": 100}',
            '{"event": "end"}',
            "{}",
            "[1]",
            '{"event": 1}',
        ]
        weights = [0.9, 0.02, 0.03, 0.03, 0.02]
        return str(generator.choice(known, p=weights))
    return "".join(chr(int(code)) for code in generator.integers(1, 0xD7FF, 20))


def resident_megabytes() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("needs /proc")
    (line,) = (one for one in status.read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1000


def wait_until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


@pytest.mark.slow
def test_an_hour_of_audio_leaves_the_memory_flat(predictor: Predictor) -> None:
    service = Service(config_of(stream__speed=None), predictor, None)
    minute = (np.tile(tone(1.0), 60) * 32_767).astype("<i2").tobytes()
    memory: dict[int, float] = {}
    with running(service) as address, opened(address) as session:
        session.send(HELLO)

        def send() -> None:
            for _ in range(60):
                for start in range(0, len(minute), 64_000):
                    session.send(minute[start : start + 64_000])
            session.send('{"event": "end"}')

        sender = threading.Thread(target=send)
        sender.start()
        for text in session:
            event = json.loads(text)
            if event["event"] == "window":
                memory.setdefault(int(event["end_seconds"] // 60), resident_megabytes())
        sender.join()
    assert event["session"]["processed_samples"] == 3600 * 16_000
    assert event["session"]["dropped_samples"] == 0
    assert memory[59] - memory[5] < 15


@pytest.mark.slow
def test_requests_made_from_the_openapi_document_find_no_failure(make_client: MakeClient) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, Phase, given, settings

    app = make_client(upload__receive_seconds=2.0).app
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=LOCAL_HOST)
    names = []
    for result in schema.get_all_operations():
        operation = result.ok()
        names.append(operation.path)

        @given(case=operation.as_strategy())
        @settings(
            max_examples=60,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        def check(case: Any) -> None:
            response = case.call(headers=LOCAL_HOST)
            assert response.status_code < 500 or response.status_code == 503
            if response.status_code >= 400:
                assert response.headers["content-type"][0].startswith("application/problem+json")

        check()
    assert len(names) == 5
