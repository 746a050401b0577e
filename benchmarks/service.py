"""Speed, load and memory of `emotion serve` on this machine: `python -m benchmarks.service [MODEL]`.

The service runs in a process of its own, the clients in this one, so that both share the cores. Audio is that of
the toy voices. Takes two to three minutes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import numpy as np
import numpy.typing as npt
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from emotion_classifier.audio.io import wav_content
from emotion_classifier.audio.synthesis import TOY_SENTENCES, ToySpeaker, synthesise
from emotion_classifier.audio.waveform import Samples
from emotion_classifier.inference.predictor import Predictor

RATE = 16_000
CLIP_SECONDS = 3.0
REPEATS = 60
CLIENTS = 16
STREAMS = 8
STREAM_SECONDS = 30.0
CHUNK_SECONDS = 0.1
HOUR_MINUTES = 60
HOUR_HOP_SECONDS = 5.0
HOUR_LIMIT_SECONDS = 75.0
MAIN = "import sys; sys.argv[0] = 'emotion'; from emotion_classifier.cli import main; main()"


def main() -> None:
    """Print all figures."""
    model = sys.argv[1] if len(sys.argv) > 1 else "default"
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"model {model}, {os.cpu_count()} cores, load average before: {load}", flush=True)
    clip = wav_content(voice(CLIP_SECONDS), RATE)
    with service(model) as (process, address, start_seconds, ready_seconds):
        print(f"start to listening {start_seconds:.2f} s, to ready {ready_seconds:.2f} s")
        uploads(Predictor.load(model), process, address, clip)
        streams(process, address)
    # The small model and few windows: the memory is measured, not the speed.
    settings = ("stream.speed=null", f"inference.stream.hop_seconds={HOUR_HOP_SECONDS:g}")
    with service("small", *settings) as (process, address, *_):
        hour(process, address)


def uploads(
    predictor: Predictor, process: subprocess.Popen[str], address: str, clip: bytes
) -> None:
    """Print time and throughput of `POST /v1/predict` and of the predictor itself, in turn."""
    connections = threading.local()  # one for each thread

    def post() -> None:
        if not hasattr(connections, "one"):
            connections.one = HTTPConnection(urlsplit(address).netloc, timeout=60)
        connections.one.request("POST", "/v1/predict", clip, {"Content-Type": "audio/wav"})
        response = connections.one.getresponse()
        assert response.status == 200, response.read()
        response.read()

    def predict() -> None:
        predictor.predict(clip)

    own, served, own_processor, served_processor = [], [], 0.0, 0.0
    for _ in range(REPEATS):  # in turn, so that a busy machine slows both
        before = time.process_time()
        own.append(seconds_of(predict))
        own_processor += time.process_time() - before
        before = processor_seconds(process)
        served.append(seconds_of(post))
        served_processor += processor_seconds(process) - before
    ratio = np.median(served) / np.median(own)
    print(
        f"clip of {CLIP_SECONDS:g} s, p50: predictor {1000 * np.median(own):.1f} ms, "
        f"POST {1000 * np.median(served):.1f} ms, ratio {ratio:.2f}; processor time, mean: "
        f"{1000 * own_processor / REPEATS:.1f} and {1000 * served_processor / REPEATS:.1f} ms, "
        f"ratio {served_processor / own_processor:.2f}"
    )
    rates: dict[str, list[float]] = {"predictor": [], "service": []}
    for _ in range(3):
        rates["predictor"].append(throughput(predict, os.cpu_count() or 1))
        rates["service"].append(throughput(post, CLIENTS))
    bare, service_rate = (float(np.median(one)) for one in rates.values())
    print(
        f"throughput: predictor in {os.cpu_count()} threads {bare:.1f} clips/s, service with {CLIENTS} "
        f"clients {service_rate:.1f} clips/s, {service_rate / bare:.0%}"
    )


def streams(process: subprocess.Popen[str], address: str) -> None:
    """Print latency, losses and memory of live streams in real time."""
    before = resident_megabytes(process)
    latencies: list[float] = []
    closed: list[dict[str, int]] = []
    peaks: list[float] = []
    threads = [
        threading.Thread(target=live_stream, args=(address, number, latencies, closed))
        for number in range(STREAMS)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        peaks.append(resident_megabytes(process))
        time.sleep(0.5)
    dropped = sum(one["dropped_samples"] for one in closed)
    skipped = sum(one["skipped_windows"] for one in closed)
    p50, p95 = np.percentile(latencies, [50, 95])
    print(
        f"{STREAMS} streams of {STREAM_SECONDS:g} s: {len(latencies)} windows, end of window to event "
        f"p50 {1000 * p50:.0f} ms, p95 {1000 * p95:.0f} ms, dropped samples {dropped}, skipped windows "
        f"{skipped}; memory per stream {(max(peaks) - before) / STREAMS:.1f} MB"
    )


def live_stream(
    address: str, number: int, latencies: list[float], closed: list[dict[str, int]]
) -> None:
    """Play a voice in real time; collect the latency of each window and the counters at the end."""
    samples = np.round(voice(STREAM_SECONDS, seed=number) * 32_767).astype("<i2")
    with opened(address) as connection:
        time.sleep(number / STREAMS)  # streams of different people do not end windows together
        began = time.perf_counter()
        sender = threading.Thread(target=play, args=(connection, samples, began))
        sender.start()
        for event in events_of(connection):
            if event["event"] == "window" and event["end_seconds"] < STREAM_SECONDS - 0.5:
                latencies.append(time.perf_counter() - began - event["end_seconds"])
            elif event["event"] == "session.closed":
                closed.append(event["session"])
        sender.join()


def play(connection: ClientConnection, samples: npt.NDArray[np.int16], began: float) -> None:
    """Send samples when they would have been recorded."""
    size = round(CHUNK_SECONDS * RATE)
    for start in range(0, len(samples), size):
        due = began + (start + size) / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        connection.send(samples[start : start + size].tobytes())
    connection.send('{"event": "end"}')


def hour(process: subprocess.Popen[str], address: str) -> None:
    """Print the memory of the service during a stream of an hour at high speed, or of as much as time allows."""
    minute = np.round(voice(60.0) * 32_767).astype("<i2").tobytes()
    size = 2 * RATE * 10  # of ten seconds: more than 200 messages a second end a session
    memory: dict[int, float] = {}  # after so many minutes of audio
    is_over = threading.Event()
    began = time.perf_counter()
    with opened(address) as connection:

        def send() -> None:
            for number in range(HOUR_MINUTES):
                # No more than some minutes ahead: this client cannot read while it waits to send.
                while number - max(memory, default=0) > 2 and not is_over.wait(0.05):
                    pass
                if is_over.is_set() or time.perf_counter() - began > HOUR_LIMIT_SECONDS:
                    break
                for start in range(0, len(minute), size):
                    connection.send(minute[start : start + size])
            with suppress(ConnectionClosed):  # of a session that the service has ended
                connection.send('{"event": "end"}')

        sender = threading.Thread(target=send)
        sender.start()
        for event in events_of(connection):
            if event["event"] == "window":
                memory.setdefault(int(event["end_seconds"] // 60), resident_megabytes(process))
            elif event["event"] == "error":
                print(
                    f"error after {max(memory, default=0)} minutes: {event['message']}", flush=True
                )
        is_over.set()
        sender.join()
    taken = time.perf_counter() - began
    minutes = sorted(memory)
    points = [minutes[len(minutes) // 12], minutes[len(minutes) // 2], minutes[-1]]
    print(
        f"a stream of {event['session']['processed_samples'] / RATE / 60:.0f} minutes in {taken:.0f} s: memory "
        f"after {', '.join(f'{one} min {memory[one]:.0f} MB' for one in points)}"
    )


@contextmanager
def service(
    model: str, *settings: str
) -> Iterator[tuple[subprocess.Popen[str], str, float, float]]:
    """A service: its process, its address, and the seconds until it listened and was ready."""
    began = time.perf_counter()
    command = [sys.executable, "-c", MAIN, "serve", "--port", "0", "--model", model, "words=none"]
    with subprocess.Popen([*command, *settings], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[1]
            listening = time.perf_counter() - began
            while not is_ready(address):
                time.sleep(0.01)
            yield process, address, listening, time.perf_counter() - began
        finally:
            process.terminate()
            assert process.wait(15) == 0


def is_ready(address: str) -> bool:
    """Whether the service predicts."""
    try:
        return httpx2.get(f"{address}readyz").is_success
    except httpx2.HTTPError:
        return False


@contextmanager
def opened(address: str) -> Iterator[ClientConnection]:
    """A live session without levels."""
    url = address.replace("http", "ws") + "v1/stream"
    with connect(url, proxy=None, compression=None, ping_timeout=None) as connection:
        connection.send(json.dumps({"event": "hello", "sample_rate": RATE, "levels": False}))
        yield connection


def events_of(connection: ClientConnection) -> Iterator[dict[str, Any]]:
    """Events until the connection is closed."""
    try:
        while True:
            yield json.loads(connection.recv())
    except ConnectionClosed:
        return


def voice(seconds: float, seed: int = 0) -> Samples:
    """Sentences of a toy speaker: (sample,)."""
    generator = np.random.default_rng(seed)
    speaker = ToySpeaker.draw("female" if seed % 2 else "male", generator)
    emotions = ("neutral", "happy", "sad", "angry")
    parts: list[Samples] = []
    while sum(map(len, parts)) < seconds * RATE:
        emotion = emotions[len(parts) % len(emotions)]
        sentence = TOY_SENTENCES[len(parts) % len(TOY_SENTENCES)]
        parts.append(synthesise(speaker, emotion, sentence, generator, RATE))
    return np.concatenate(parts)[: round(seconds * RATE)]


def throughput(function: Callable[[], object], workers: int) -> float:
    """Calls each second of so many threads, for some seconds."""
    began = time.perf_counter()
    deadline = began + 4.0
    with ThreadPoolExecutor(workers) as threads:

        def repeat() -> int:
            count = 0
            while time.perf_counter() < deadline:
                function()
                count += 1
            return count

        counts = [one.result() for one in [threads.submit(repeat) for _ in range(workers)]]
    return sum(counts) / (time.perf_counter() - began)


def seconds_of(function: Callable[[], object]) -> float:
    """Time of one call."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def processor_seconds(process: subprocess.Popen[str]) -> float:
    """Processor time so far of the service and its decoding processes."""
    ticks = 0
    for task in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            values = task.read_text().rpartition(")")[2].split()
            if str(process.pid) in (task.parent.name, values[1]):
                ticks += int(values[11]) + int(values[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_megabytes(process: subprocess.Popen[str]) -> float:
    """Memory of the service, without that of its decoding processes."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1000
    return 0.0


if __name__ == "__main__":
    main()
