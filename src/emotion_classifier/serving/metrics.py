"""Metrics of the service for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class Metrics:
    """Counters and histograms of one service, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "emotion_requests", "HTTP requests", ["route", "method", "status"], registry=registry
        )
        self.request_seconds = Histogram(
            "emotion_request_seconds",
            "Time from the request to its response",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.prediction_seconds = Histogram(
            "emotion_prediction_seconds",
            "Time of decoding and prediction, without waiting",
            buckets=_SECONDS,
            registry=registry,
        )
        self.queue = Gauge(
            "emotion_queue_depth", "Predictions in progress and waiting", registry=registry
        )
        self.streams = Gauge("emotion_streams", "Live sessions", registry=registry)
        self.sessions = Counter(
            "emotion_sessions",
            "Live sessions that were begun, by outcome",
            ["outcome"],
            registry=registry,
        )
        self.audio_seconds = Counter(
            "emotion_audio_seconds", "Duration of predicted audio", ["source"], registry=registry
        )
        self.stream_latency_seconds = Histogram(
            "emotion_stream_latency_seconds",
            "Time from the arrival of the end of a window to its prediction",
            buckets=_SECONDS,
            registry=registry,
        )
        self.dropped_seconds = Counter(
            "emotion_dropped_audio_seconds", "Duration of lost audio", ["place"], registry=registry
        )
        self.errors = Counter(
            "emotion_inference_errors", "Predictions that failed in the service", registry=registry
        )

    def text(self) -> bytes:
        """All metrics in the text format of Prometheus."""
        return generate_latest(self.registry)
