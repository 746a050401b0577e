"""The client against a real server: predictions, live sessions and lost connections."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from tests.serving.conftest import RATE, clip, config_of, running, tone
from websockets.sync.server import ServerConnection
from websockets.sync.server import serve as serve_websocket

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
from emotion_classifier.serving import live_client
from emotion_classifier.serving.client import Client
from emotion_classifier.serving.live_client import Pace, StreamEvent
from emotion_classifier.serving.responses import PredictionRecord
from emotion_classifier.serving.service import Service

TOKEN = "a-token-of-some-length"
CREATED = SessionCreatedEvent(
    session="0",
    resume_token="0",
    resume_seconds=30.0,
    is_resumed=False,
    received_samples=0,
    model="untrained",
    emotions=("neutral", "sad"),
    sample_rate=RATE,
    channels=1,
    format="f32le",
    window_seconds=5.0,
    hop_seconds=1.0,
    recogniser=None,
)


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

    def __init__(
        self, samples: list[Samples], release: threading.Event | None = None, rate: int = RATE
    ) -> None:
        self._samples, self._release, self._rate = samples, release, rate

    def record(self, stop: threading.Event) -> Iterator[Chunk | NoticeEvent]:
        position = 0
        for number, samples in enumerate(self._samples):
            if self._release is not None and number == len(self._samples) - 1:
                assert self._release.wait(20)
            yield Chunk(samples[None], self._rate, position)
            position += len(samples)


class Pipe(Played):
    """A source that waits, and whose pipe stays open and silent behind its chunks until the test ends."""

    waits = True

    def __init__(self, samples: list[Samples]) -> None:
        super().__init__(samples)
        self.is_silent, self.end = threading.Event(), threading.Event()

    def record(self, stop: threading.Event) -> Iterator[Chunk | NoticeEvent]:
        yield from super().record(stop)
        self.is_silent.set()
        self.end.wait(20)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short deadlines after the stop."""
    monkeypatch.setattr(live_client, "_LEAVE_AFTER_SECONDS", 0.1)
    monkeypatch.setattr(live_client, "_SILENT_SECONDS", 0.3)


def test_a_source_may_be_silent_before_its_first_sample(address: str) -> None:
    release = threading.Event()
    timer = threading.Timer(0.8, release.set)  # the service waits 0.5 s for a hello
    timer.start()
    events = list(Client(address).stream(Played([tone(0.2)], release)))
    timer.join()
    assert isinstance(events[-1], SessionClosedEvent)


def test_audio_that_waits_is_sent_no_faster_than_the_service_accepts(predictor: Predictor) -> None:
    config = config_of(stream__speed=2.0, stream__speed_seconds=0.2)
    source = Played([tone(0.1)] * 10)
    with running(Service(config, predictor, None)) as address:
        *_, last = Client(address).stream(source)
    assert isinstance(last, SessionClosedEvent)
    assert last.session.processed_samples == RATE


def test_the_pace_has_no_credit_for_silence() -> None:
    pace = Pace(1.5)
    assert [pace.delay(1.0, now) for now in (0.0, 0.0, 0.8, 9.0, 9.0)] == pytest.approx(
        [0.0, 0.8, 0.8, 0.0, 0.8]
    )
    assert [Pace(None).delay(1.0, 0.0) for _ in range(2)] == [0.0, 0.0]


def test_a_silent_source_can_be_stopped(address: str) -> None:
    stop = threading.Event()
    silent = Pipe([])
    threading.Timer(0.1, stop.set).start()
    began = time.monotonic()
    assert list(Client(address).stream(silent, stop=stop)) == []
    stop.clear()
    pipe = Pipe([tone(0.5)])
    events = []
    for event in Client(address).stream(pipe, stop=stop):
        events.append(event)
        if pipe.is_silent.is_set():
            stop.set()
    assert time.monotonic() - began < 2.0
    silent.end.set()
    pipe.end.set()
    assert isinstance(events[-1], SessionClosedEvent)
    assert events[-1].session.processed_samples == RATE / 2


@pytest.mark.usefixtures("quick")
def test_a_session_whose_service_is_gone_can_be_stopped(address: str) -> None:
    stop, pipe = threading.Event(), Pipe([tone(0.5)])
    with relay_to(address) as relay, pytest.raises(ServiceError) as caught:
        for _ in Client(relay.address).stream(pipe, stop=stop):
            if pipe.is_silent.is_set() and not stop.is_set():
                relay.close()
                threading.Timer(0.2, stop.set).start()
                began = time.monotonic()
    assert time.monotonic() - began < 2.0
    pipe.end.set()
    assert caught.value.code == "lost"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("responds", [False, True])
def test_a_service_that_falls_silent_can_be_left(responds: bool) -> None:
    """The service does not even open the connection, or sends nothing behind `session.created`."""

    def serve(connection: ServerConnection) -> None:
        connection.send(CREATED.model_dump_json())
        assert ended.wait(20)

    stop, ended = threading.Event(), threading.Event()
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        if responds:
            server = serve_websocket(serve, sock=listening)
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
        stack.callback(ended.set)
        client = Client(f"127.0.0.1:{listening.getsockname()[1]}")
        with pytest.raises(ServiceError):
            list(client.stream(Played([tone(0.1)]), stop=stop))
        assert time.monotonic() - began < 4.0


def test_a_rate_above_that_of_the_service_is_resampled(address: str) -> None:
    samples = [np.repeat(tone(0.1), 6)] * 10
    events = list(Client(address).stream(Played(samples, rate=96_000)))
    assert isinstance(events[0], SessionCreatedEvent)
    assert isinstance(events[-1], SessionClosedEvent)
    assert events[0].sample_rate == 48_000
    assert events[-1].session.processed_samples == 48_000


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
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # ends the accept that is in progress
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
