"""A service of the untrained model: in this process, and behind a real server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve")
pytest.importorskip("uvicorn", reason="needs the extra serve")

from starlette.testclient import TestClient

from emotion_classifier.audio.io import wav_content
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.serving.app import create_app
from emotion_classifier.serving.config import ServiceConfig
from emotion_classifier.serving.readiness import built_in_clip
from emotion_classifier.serving.server import EmotionServer, address_of, listen_on
from emotion_classifier.serving.service import Service

RATE = 16_000
LOCAL = "http://127.0.0.1"
Settings = dict[str, object]


def config_of(**settings: object) -> ServiceConfig:
    """Settings with dotted keys, ``__`` for the dot."""
    values = {key.replace("__", "."): value for key, value in settings.items()}
    return ServiceConfig(port=0, words="none").updated(values)


def tone(seconds: float, offset: float = 0.3) -> Samples:
    """A tone whose mean is `offset`, the only feature of the untrained model: (sample,)."""
    time = np.arange(round(seconds * RATE)) / RATE
    return (offset + 0.1 * np.sin(2 * np.pi * 200 * time)).astype(np.float32)


def clip(seconds: float = 1.0) -> bytes:
    """A tone as WAV."""
    return wav_content(tone(seconds), RATE)


@pytest.fixture(scope="session")
def predictor(untrained_model: Path) -> Predictor:
    return Predictor.load(untrained_model, threads=1)


@pytest.fixture(scope="session")
def speech() -> bytes:
    """A synthetic sentence as WAV."""
    return built_in_clip()


MakeClient = Callable[..., TestClient]


@pytest.fixture(scope="module")
def make_client(predictor: Predictor) -> Iterator[MakeClient]:
    """Function that returns a client of a service in this process, with settings."""
    opened: list[TestClient] = []

    def make(token: str | None = None, **settings: object) -> TestClient:
        service = Service(config_of(**settings), predictor, None)
        app = create_app(service, token)
        client = TestClient(app, base_url=LOCAL, raise_server_exceptions=False)
        client.__enter__()
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture(scope="module")
def client(make_client: MakeClient) -> TestClient:
    """A client of a service with default settings."""
    return make_client()


@contextmanager
def running(service: Service, token: str | None = None) -> Iterator[str]:
    """A real server in a thread; its address without a slash at the end."""
    with listen_on(service.config) as listening:
        server = EmotionServer(create_app(service, token), service)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                thread.join(0.005)
            yield address_of(listening, service.config.host).rstrip("/")
        finally:
            assert server._serving_loop is not None
            server._serving_loop.call_soon_threadsafe(server.stop)
            thread.join(15)
            assert not thread.is_alive()


@pytest.fixture(scope="module")
def address(predictor: Predictor) -> Iterator[str]:
    """The address of a real server that accepts audio at any speed."""
    config = config_of(stream__speed=None, stream__hello_seconds=0.5)
    with running(Service(config, predictor, None)) as address:
        yield address
