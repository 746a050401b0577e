"""The HTTP interface: results, errors as problem details, health, metrics and documentation."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient
from tests.serving.conftest import MakeClient, clip

from emotion_classifier.audio.io import read_audio, wav_content
from emotion_classifier.inference.events import SummaryEvent
from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.inference.timeline.analyse import analyse_file
from emotion_classifier.inference.timeline.writers import timeline_events
from emotion_classifier.serving import endpoints
from emotion_classifier.serving.config import UploadLimits
from emotion_classifier.serving.metrics import Metrics
from emotion_classifier.serving.predictions import PredictionQueue
from emotion_classifier.serving.problems import MEDIA_TYPE
from emotion_classifier.serving.readiness import built_in_clip
from emotion_classifier.serving.responses import PredictionRecord, PredictResponse
from emotion_classifier.serving.service import Service

WAV = {"Content-Type": "audio/wav"}


def predict(client: TestClient, content: bytes, **options: str) -> PredictResponse:
    response = client.post("/v1/predict", content=content, headers=WAV, params=options)
    assert response.status_code == 200, response.text
    return PredictResponse.model_validate_json(response.content)


def problem(client: TestClient, content: bytes, **options: str) -> tuple[int, str]:
    response = client.post("/v1/predict", content=content, headers=WAV, params=options)
    assert response.headers["Content-Type"] == MEDIA_TYPE
    assert response.json()["status"] == response.status_code
    assert response.json()["type"].endswith(response.json()["code"])
    return response.status_code, response.json()["code"]


def test_an_upload_is_predicted_as_the_recording(
    client: TestClient, predictor: Predictor, speech: bytes
) -> None:
    expected = PredictionRecord.of(predictor.predict(speech))
    response = predict(client, speech)
    assert response.prediction == expected
    assert (response.timeline, response.transcript) == (None, None)
    form = client.post("/v1/predict", files={"file": ("x.wav", speech)})
    assert PredictResponse.model_validate_json(form.content) == response


def test_the_timeline_is_that_of_the_recording(
    client: TestClient, predictor: Predictor, speech: bytes
) -> None:
    recording = analyse_file(predictor, speech, mix=True)
    expected = [event.model_dump() for event in timeline_events(recording)]
    found = predict(client, speech, timeline="true").timeline or []
    assert [event.model_dump() for event in found][1:] == expected[1:]
    assert found[0].event == "recording"


def test_channels_can_be_two_speakers(client: TestClient, speech: bytes) -> None:
    voice = read_audio(speech)
    call = np.concatenate([voice.samples, np.roll(voice.samples, 8000, axis=1)])
    content = wav_content(call, voice.sample_rate)
    found = predict(client, content, timeline="true", channels="separate").timeline or []
    speakers = [event.speaker for event in found if isinstance(event, SummaryEvent)]
    assert speakers == ["channel 1", "channel 2"]
    assert found[-1].event == "conversation"
    assert problem(client, speech, timeline="true", channels="separate") == (422, "channels")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "empty-file"), (b"\x00" * 100, 422, "unreadable"), (clip()[:-100], 422, "truncated"),
        (wav_content(read_audio(clip(0.2)).samples * 0, 16_000), 422, "silent"),
    ],
)  # fmt: skip
def test_a_recording_that_cannot_be_used_is_a_problem(
    client: TestClient, content: bytes, status: int, code: str
) -> None:
    assert problem(client, content) == (status, code)


def test_options_that_cannot_be_used_are_problems(client: TestClient) -> None:
    assert problem(client, clip(), channels="left") == (422, "option")
    assert problem(client, clip(), channels="separate") == (422, "option")
    assert problem(client, clip(), transcript="true") == (422, "no-recogniser")


def test_the_duration_is_limited_while_it_is_decoded(make_client: MakeClient) -> None:
    client = make_client(upload__maximum_seconds=1.0)
    assert problem(client, clip(1.5)) == (413, "too-long")


def test_too_many_requests_are_refused_with_the_time_of_another_attempt(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(upload__waiting=1)
    entered, release = threading.Event(), threading.Event()
    predict_ = Service._predict

    def slow(self: Service, *arguments: object) -> PredictResponse:
        entered.set()
        assert release.wait(10)
        return predict_(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Service, "_predict", slow)
    statuses: list[int] = []
    first = threading.Thread(
        target=lambda: statuses.append(
            client.post("/v1/predict", content=clip(), headers=WAV).status_code
        )
    )
    first.start()
    assert entered.wait(10)
    response = client.post("/v1/predict", content=clip(), headers=WAV)
    assert (response.status_code, response.json()["code"]) == (503, "busy")
    assert int(response.headers["Retry-After"]) >= 1
    release.set()
    first.join()
    assert statuses == [200]


def test_a_prediction_that_takes_too_long_is_cancelled(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(upload__predict_seconds=0.05)
    ended = threading.Event()

    def endless(*arguments: threading.Event | object) -> PredictResponse:
        cancelled = arguments[-1]
        assert isinstance(cancelled, threading.Event)
        assert cancelled.wait(10)
        ended.set()
        raise RuntimeError

    monkeypatch.setattr(Service, "_predict", endless)
    assert problem(client, clip()) == (503, "timeout")
    assert ended.wait(10)


def test_repeated_failures_end_readiness_until_the_built_in_clip_is_predicted(
    make_client: MakeClient, predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client()
    service: Service = client.app.state.service  # type: ignore[attr-defined]
    _wait_until(lambda: client.get("/readyz").status_code == 200)
    with monkeypatch.context() as patch:

        def broken(*_: object) -> None:
            raise RuntimeError("the model is broken")

        patch.setattr(predictor.model, "window_probabilities", broken)
        for _ in range(3):
            assert (
                client.post("/v1/predict", content=built_in_clip(), headers=WAV).status_code == 500
            )
        response = client.get("/readyz")
        assert (response.status_code, response.json()["code"]) == (503, "not-ready")
        assert not service.readiness.check(predictor)
    assert service.readiness.check(predictor)
    assert client.get("/readyz").json() == {"status": "ready"}
    assert client.get("/healthz").json() == {"status": "ok"}


def test_the_model_is_described(client: TestClient) -> None:
    response = client.get("/v1/model").json()
    assert response["specification"]["emotions"] == ["neutral", "sad"]
    assert response["card"].startswith("# Model card: untrained")


def test_metrics_count_requests_audio_and_problems(make_client: MakeClient) -> None:
    client = make_client()
    predict(client, clip(2.0))
    problem(client, b"garbage")
    client.get("/no/such/page")
    text = client.get("/metrics").text
    assert 'emotion_requests_total{method="POST",route="/v1/predict",status="200"} 1.0' in text
    assert 'emotion_requests_total{method="POST",route="/v1/predict",status="422"} 1.0' in text
    assert 'emotion_audio_seconds_total{source="upload"} 2.0' in text
    assert "emotion_queue_depth 0.0" in text
    assert "/no/such/page" not in text


def test_paths_and_methods_that_do_not_exist_are_problems(client: TestClient) -> None:
    for method, path, status in (
        ("GET", "/v1/predict", 405), ("DELETE", "/healthz", 405), ("GET", "/v2/predict", 404),
        ("GET", "/../secret", 404), ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404),
    ):  # fmt: skip
        response = client.request(method, path)
        assert (response.status_code, response.headers["Content-Type"]) == (status, MEDIA_TYPE)
        if status == 405:
            assert "Allow" in response.headers


def test_the_documentation_names_every_endpoint_without_scripts(client: TestClient) -> None:
    openapi = client.get("/openapi.json").json()
    page = client.get("/docs").text
    assert set(openapi["paths"]) == {"/v1/predict", "/v1/model", "/healthz", "/readyz", "/metrics"}
    for path, operations in openapi["paths"].items():
        assert path in page
        for operation in operations.values():
            assert operation["summary"]
    assert "<script" not in page
    assert "style=" not in page
    assert "/v1/stream" in page
    assert "Problem" in openapi["components"]["schemas"]
    assert client.get("/").status_code == 200


def test_every_error_response_is_described_as_problem_details(client: TestClient) -> None:
    openapi = client.get("/openapi.json").json()
    for operations in openapi["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status != "200":
                    assert list(response["content"]) == [MEDIA_TYPE], status
    examples = openapi["components"]["schemas"]["PredictResponse"]["examples"]
    for example in examples:
        PredictResponse.model_validate(example)
    assert json.dumps(openapi)


def test_the_model_folder_may_be_replaced_while_the_service_runs(
    untrained_model: Path, tmp_path: Path, speech: bytes
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(untrained_model, folder)
    predictor = Predictor.load(folder, threads=1)
    expected = predictor.predict(speech).as_dict()
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"another")
    assert predictor.predict(speech).as_dict() == expected


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_fastapi_sends_no_telemetry(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    app = make_client().app
    settings = getattr(app, "_telemetry", {})  # earlier versions have none
    assert not any(settings.get(name) for name in ("auto_configure", "tracing", "metrics", "logs"))


def test_endpoints_run_in_the_event_loop_without_a_thread() -> None:
    routes = [*endpoints.interface.routes, *endpoints.operations.routes]
    found = [route for route in routes if isinstance(route, APIRoute)]
    assert {route.path for route in found} >= {"/v1/predict", "/healthz", "/metrics"}
    for route in found:
        assert inspect.iscoroutinefunction(route.endpoint), route.path
        assert not route.dependant.dependencies, route.path


def test_one_more_prediction_than_cores_is_in_progress() -> None:
    count = (os.cpu_count() or 1) + 1
    all_in_progress = threading.Barrier(count)

    async def run() -> None:
        queue = PredictionQueue(UploadLimits(), Metrics())
        try:
            await asyncio.gather(
                *[queue.run(lambda _: all_in_progress.wait(10)) for _ in range(count)]
            )
        finally:
            queue.stop()

    asyncio.run(run())
