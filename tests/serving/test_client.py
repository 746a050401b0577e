"""The client against a real server: predictions, live sessions and lost connections."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from tests.serving.conftest import RATE, clip, config_of, running, tone

from emotion_classifier.audio.io import read_audio, write_wav
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.errors import AudioError, ConfigError, ServiceError
from emotion_classifier.inference.events import (
    NoticeEvent,
    SessionClosedEvent,
    SessionCreatedEvent,
    WindowEvent,
)
from emotion_classifier.inference.live.sources import Chunk, FileSource
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.timeline.analyse import analyse
from emotion_classifier.serving.client import Client
from emotion_classifier.serving.live_client import StreamEvent
from emotion_classifier.serving.responses import PredictionRecord
from emotion_classifier.serving.service import Service

TOKEN = "a-token-of-some-length"


@pytest.fixture
def recording(tmp_path: Path, speech: bytes) -> Path:
    """Some seconds of a synthetic voice."""
    path = tmp_path / "x.wav"
    write_wav(path, np.tile(read_audio(speech).samples[0], 4), RATE)
    return path


def test_predictions_are_those_of_this_process(
    address: str, recording: Path, predictor: Predictor
) -> None:
    client = Client(address)
    response = client.predict(recording, timeline=True)
    assert response.prediction == PredictionRecord.of(predictor.predict(recording))
    windows = [one for one in response.timeline or () if isinstance(one, WindowEvent)]
    assert len(windows) == len(analyse(predictor, recording).windows)
    assert client.predict(recording.read_bytes()).prediction == response.prediction
    assert client.model().specification["emotions"] == ["neutral", "sad"]


def test_problems_are_errors_with_their_code(address: str) -> None:
    with pytest.raises(ServiceError) as caught:
        Client(address).predict(b"garbage")
    assert caught.value.code == "unreadable"
    with pytest.raises(ServiceError) as caught:
        Client(f"{address}/elsewhere").model()
    assert caught.value.code == "not-found"


def test_a_service_that_is_not_there_is_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        client = Client(f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(ServiceError) as caught:
            client.model()
        assert caught.value.code == "unreachable"
        with pytest.raises(ServiceError) as caught:
            list(client.stream(Played([tone(0.1)])))
        assert caught.value.code == "unreachable"


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://x", "http://", "http:///v1", "http://[bad", "http://127.0.0.1:notaport",
        "http://127.0.0.1:99999", "::1", "http://two..dots", f"http://{'x' * 64}", "http://a\0b",
    ],
)  # fmt: skip
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="no address of a service"):
        Client(url)


@pytest.mark.parametrize("token", ["tökén-of-some-length", "a-token-of\nsome-length"])
def test_a_token_that_no_service_has_is_refused(token: str) -> None:
    with pytest.raises(ConfigError, match="ASCII"):
        Client("127.0.0.1", token=token)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    empty = tmp_path / "empty.wav"
    empty.touch()
    for path, code in (
        (tmp_path / "x.wav", "missing"),
        (tmp_path, "not-a-file"),
        (empty, "empty-file"),
    ):
        with pytest.raises(AudioError) as caught:
            Client("127.0.0.1").predict(path)
        assert (caught.value.code, caught.value.path) == (code, path)


def test_another_service_is_an_error() -> None:
    def respond() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
            )

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=respond)
        thread.start()
        with pytest.raises(ServiceError) as caught:
            Client(f"127.0.0.1:{listening.getsockname()[1]}").model()
        thread.join()
    assert caught.value.code == "response"


def test_a_live_session_has_the_windows_of_the_timeline(
    address: str, recording: Path, predictor: Predictor
) -> None:
    events = list(Client(address).stream(FileSource(recording)))
    windows = [one for one in events if isinstance(one, WindowEvent)]
    expected = analyse(predictor, recording).windows
    assert [one.end_seconds for one in windows] == pytest.approx(
        [one.end_seconds for one in expected], abs=1e-5
    )
    for one, other in zip(windows, expected, strict=True):
        assert one.probabilities == pytest.approx(other.prediction.as_dict(), abs=1e-4)
    assert isinstance(events[0], SessionCreatedEvent)
    assert isinstance(events[-1], SessionClosedEvent)
    assert events[-1].session.dropped_samples == 0


class Played:
    """A source of chunks, which ends when it is released."""

    name = "played"
    waits = False
    is_device = False
    is_live = True

    def __init__(self, samples: list[Samples], release: threading.Event | None = None) -> None:
        self._samples, self._release = samples, release

    def record(self, stop: threading.Event) -> Iterator[Chunk | NoticeEvent]:
        position = 0
        for number, samples in enumerate(self._samples):
            if self._release is not None and number == len(self._samples) - 1:
                assert self._release.wait(20)
            yield Chunk(samples[None], RATE, position)
            position += len(samples)


def test_an_error_of_the_source_is_raised(address: str) -> None:
    class Broken(Played):
        def record(self, stop: threading.Event) -> Iterator[Chunk | NoticeEvent]:
            yield Chunk(tone(0.2)[None], RATE, 0)
            raise AudioError(None, "truncated", "cut off")

    events: list[StreamEvent] = []
    with pytest.raises(AudioError):
        events.extend(Client(address).stream(Broken([])))
    with pytest.raises(ServiceError, match="no samples"):
        list(Client(address).stream(Played([])))


def test_a_token_is_needed_and_sent(predictor: Predictor) -> None:
    with running(Service(config_of(), predictor, None), TOKEN) as address:
        assert Client(address, token=TOKEN).predict(clip()).model == "untrained"
        assert list(Client(address, token=TOKEN).stream(Played([tone(0.1)])))
        for client in (Client(address), Client(address, token="another-token-of-some-length")):
            with pytest.raises(ServiceError) as caught:
                client.model()
            assert caught.value.code == "token"
            with pytest.raises(ServiceError) as caught:
                list(client.stream(Played([tone(0.1)])))


class Relay:
    """Passes bytes between clients and a server, and can cut all connections.

    With `cut_before` it does so itself, once, instead of passing these bytes.
    """

    def __init__(self, address: str, cut_before: bytes | None = None) -> None:
        self._cut_before = cut_before
        self._port = int(address.rpartition(":")[2])
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.connections = 0
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Cut all connections at once."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def close(self) -> None:
        """Stop."""
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                self._open += [client, server]
                self.connections += 1
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if self._cut_before is not None and self._cut_before in data:
                    self._cut_before = None
                    self.cut()
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay_to(address: str, cut_before: bytes | None = None) -> Iterator[Relay]:
    relay = Relay(address, cut_before)
    try:
        yield relay
    finally:
        relay.close()


def test_a_lost_connection_is_opened_again_without_losing_audio(
    address: str, predictor: Predictor
) -> None:
    release = threading.Event()
    samples = [tone(0.5, offset) for offset in np.linspace(-0.5, 0.5, 12)]
    kinds = []
    with relay_to(address) as relay:
        for event in Client(relay.address).stream(Played(samples, release)):
            kinds.append(event.event)
            if event.event == "window" and not release.is_set():
                relay.cut()
                release.set()
            last = event
    assert kinds.count("session.created") == relay.connections == 2
    assert kinds.count("device") == kinds.count("session.closed") == 1
    assert "overrun" not in kinds
    assert isinstance(last, SessionClosedEvent)
    assert last.session.received_samples == last.session.processed_samples == 6 * RATE


def test_the_last_events_are_received_after_a_lost_connection(address: str) -> None:
    with relay_to(address, cut_before=b'"summary"') as relay:
        events = list(Client(relay.address).stream(Played([tone(1.0)])))
    kinds = [one.event for one in events]
    assert relay.connections == 2
    assert kinds.count("session.created") == 2
    assert kinds[-2:] == ["summary", "session.closed"]
    assert kinds.count("summary") == kinds.count("segment") == 1
