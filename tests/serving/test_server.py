"""The command `emotion serve`: start, addresses, signals and errors."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.serving.conftest import RATE, clip, config_of, running, tone
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from emotion_classifier.errors import ConfigError, ServiceError
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.serving.client import Client
from emotion_classifier.serving.config import ServiceConfig
from emotion_classifier.serving.responses import PredictResponse
from emotion_classifier.serving.server import address_of, listen_on
from emotion_classifier.serving.service import Service

MAIN = "import sys; sys.argv[0] = 'emotion'; from emotion_classifier.cli import main; main()"


def connected(address: str) -> ClientConnection:
    url = address.replace("http", "ws").rstrip("/") + "/v1/stream"
    return connect(url, proxy=None).__enter__()


def opened(address: str, **options: object) -> ClientConnection:
    """A session of a service."""
    connection = connected(address)
    connection.send(json.dumps({"event": "hello", "levels": False, **options}))
    assert json.loads(connection.recv())["event"] == "session.created"
    return connection


@pytest.mark.parametrize("request_", [b"garbage\r\n\r\n", b"GET /healthz HTTP/1.1\r\n\r\n"])
def test_a_malformed_request_gets_problem_details(address: str, request_: bytes) -> None:
    assert _problem(address, request_) == (400, "http")


def test_a_connection_beyond_the_limit_gets_problem_details(predictor: Predictor) -> None:
    with running(Service(config_of(connections=1), predictor, None)) as address:
        target = urlsplit(address)
        request = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        with socket.create_connection((target.hostname, target.port)):
            assert _problem(address, request) == (503, "busy")


_REQUEST = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.mark.parametrize(
    ("request_", "rest"),
    [
        (_REQUEST + b"\r\n", b"GET /healthz HTTP/1.1\r\nX: "),
        (_REQUEST + b"Content-Length: 1000000\r\n\r\n", b"unread"),
    ],
)
def test_a_connection_without_a_whole_request_is_closed(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch, request_: bytes, rest: bytes
) -> None:
    monkeypatch.setattr("emotion_classifier.serving.server._KEEP_ALIVE_SECONDS", 0.3)
    with running(Service(config_of(), predictor, None)) as address:
        target = urlsplit(address)
        with socket.create_connection((target.hostname, target.port), 0.05) as connection:
            connection.sendall(request_)
            deadline = time.monotonic() + 10
            while not _is_closed(connection):
                assert time.monotonic() < deadline
                with suppress(OSError):  # closed a moment ago
                    connection.sendall(rest)


def test_a_connection_is_kept_for_requests_and_for_a_web_socket(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emotion_classifier.serving.server._KEEP_ALIVE_SECONDS", 0.6)
    upgrade = (
        b"GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    with running(Service(config_of(), predictor, None)) as address:
        target = urlsplit(address)
        with socket.create_connection((target.hostname, target.port), 10.0) as connection:
            for _ in range(4):
                connection.sendall(_REQUEST + b"\r\n")
                response = HTTPResponse(connection)
                response.begin()
                assert json.loads(response.read()) == {"status": "ok"}
                time.sleep(0.3)
            connection.sendall(upgrade)
            assert b"101" in connection.recv(65_536)
            connection.settimeout(1.2)
            with pytest.raises(TimeoutError):
                connection.recv(1)


def _is_closed(connection: socket.socket) -> bool:
    """Whether the other side has closed; what it has sent is read."""
    try:
        return not connection.recv(65_536)
    except TimeoutError:
        return False
    except OSError:
        return True


def _problem(address: str, request: bytes) -> tuple[int, str]:
    """Status and code of the response to some bytes."""
    target = urlsplit(address)
    with socket.create_connection((target.hostname, target.port), 10.0) as connection:
        connection.sendall(request)
        response = HTTPResponse(connection)
        response.begin()
        assert response.headers["Content-Type"] == "application/problem+json"
        return response.status, json.loads(response.read())["code"]


def test_stopping_finishes_sessions_and_tells_their_clients(predictor: Predictor) -> None:
    service = Service(config_of(), predictor, None)
    with running(service) as address:
        connection = opened(address)
        connection.send((tone(3.0) * 32_767).astype("<i2").tobytes())
        assert json.loads(connection.recv())["event"] == "device"
        began = time.monotonic()
    assert time.monotonic() - began < 8.0
    kinds = []
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            kinds.append(json.loads(connection.recv()))
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001
    assert [one["event"] for one in kinds][-3:] == ["segment", "summary", "session.closed"]
    assert kinds[-1]["reason"] == "shutdown"
    assert kinds[-1]["session"]["processed_samples"] == 3 * RATE


def test_stopping_finishes_predictions_in_progress(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = threading.Event()

    def slow(self: Service, *arguments: Any) -> PredictResponse:
        began.set()
        assert not arguments[-1].wait(3.0)  # longer than uvicorn waits
        return predict(self, *arguments)

    predict = Service._predict
    monkeypatch.setattr(Service, "_predict", slow)
    with ThreadPoolExecutor() as threads, running(Service(config_of(), predictor, None)) as address:
        uploaded = threads.submit(Client(address).predict, clip())
        assert began.wait(10)
    assert uploaded.result().model == "untrained"


def test_requests_that_cannot_be_finished_are_problems_when_it_stops(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    config = config_of(upload__threads=1, shutdown_seconds=0.1)
    began, release = threading.Event(), threading.Event()

    def stuck(*_: object) -> None:
        began.set()
        release.wait(10)

    monkeypatch.setattr(Service, "_predict", stuck)
    form = b"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: audio/wav\r\n"
    service = Service(config, predictor, None)
    with running(service) as address:
        target = urlsplit(address)
        uploads = [socket.create_connection((target.hostname, target.port), 10) for _ in range(3)]
        for upload, length in zip(uploads, (1, 1, 100), strict=True):  # the last one is incomplete
            upload.sendall(form + f"Content-Length: {length}\r\n\r\n.".encode())
        assert began.wait(10)
        while service.metrics.queue._value.get() < len(uploads):
            time.sleep(0.01)
    for upload in uploads:
        with upload, HTTPResponse(upload) as response:
            response.begin()
            assert response.status == 503
            assert response.headers["Content-Type"] == "application/problem+json"
            assert response.headers["Retry-After"] == "10"
            assert json.loads(response.read())["code"] == "stopping"
    release.set()
    assert not caplog.records


def test_new_sessions_are_refused_while_it_stops(predictor: Predictor) -> None:
    service = Service(config_of(), predictor, None)
    with running(service) as address:
        service.begin_stop()
        with pytest.raises(ServiceError) as caught:
            Client(address).predict(b"x")
        assert caught.value.code == "stopping"
        connection = connected(address)
        connection.send('{"event": "hello"}')
        assert json.loads(connection.recv())["code"] == "stopping"


def test_an_address_that_is_taken_or_unknown_is_an_error() -> None:
    with listen_on(ServiceConfig(port=0)) as taken:
        port = taken.getsockname()[1]
        assert address_of(taken, "::1") == f"http://[::1]:{port}/"
        with pytest.raises(ConfigError, match="choose another port"):
            listen_on(ServiceConfig(port=port))
    with pytest.raises(ConfigError, match="no address"):
        listen_on(ServiceConfig(host="no such host"))


@contextmanager
def command(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_a_signal_and_ends_with_code_0(
    untrained_model: Path, number: signal.Signals
) -> None:
    with command("--model", str(untrained_model), "words=none") as process:
        assert process.stdout is not None
        page, documentation = (process.stdout.readline().split()[1] for _ in range(2))
        assert documentation == f"{page}docs"
        connection = opened(page)
        connection.send((tone(2.0) * 32_767).astype("<i2").tobytes())
        assert json.loads(connection.recv())["event"] == "device"
        process.send_signal(number)
        began = time.monotonic()
        out, error = process.communicate(timeout=15)
        assert time.monotonic() - began < 10
        assert (process.returncode, out, error) == (0, "", "")
        kinds = []
        with pytest.raises(ConnectionClosed):
            while True:
                kinds.append(json.loads(connection.recv())["event"])
        assert kinds[-1] == "session.closed"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--host", "0.0.0.0"], "token"),
        (["--model", "missing"], "missing"),
        (["stream.sessions=0"], "stream.sessions"),
    ],
)
def test_mistakes_end_with_a_message_and_code_2(arguments: list[str], message: str) -> None:
    with command(*arguments, EMOTION_TOKEN="") as process:
        _, error = process.communicate(timeout=60)
        assert process.returncode == 2
        assert message in error
        assert "Traceback" not in error


def test_nothing_but_loopback_listens_by_default() -> None:
    with listen_on(ServiceConfig(port=0)) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"
        assert listening.family == socket.AF_INET
