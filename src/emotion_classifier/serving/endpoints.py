"""Endpoints of the HTTP interface."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from emotion_classifier.model_folder.card import to_markdown
from emotion_classifier.serving.predictions import stopping
from emotion_classifier.serving.problems import ProblemError, responses_of
from emotion_classifier.serving.responses import (
    HealthResponse,
    ModelResponse,
    PredictResponse,
    ReadyResponse,
)
from emotion_classifier.serving.service import Service
from emotion_classifier.serving.uploads import FIELD, receive_recording, while_connected

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "WAV, FLAC, OGG or MP3; where PyAV is installed also m4a, mp4, webm and others.",
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "properties": {FIELD: {"type": "string", "format": "binary"}},
                }
            },
            "audio/*": _BINARY,
            "application/octet-stream": _BINARY,
        },
    }
}
_METRICS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Metrics"}
}


interface = APIRouter(prefix="/v1", responses=responses_of(401, 403, 500))
operations = APIRouter()


@interface.post(
    "/predict",
    openapi_extra=_BODY,
    responses=responses_of(400, 408, 413, 415, 422, 503),
    summary="Predict the emotion of a recording",
    tags=["prediction"],
)
async def predict(
    request: Request,
    timeline: Annotated[
        bool, Query(description="Whether to return the events of the recording over time.")
    ] = False,
    channels: Annotated[
        Literal["mix", "separate"],
        Query(
            description="Of the timeline and the transcript: mixed, or separate for a call with a speaker on each; "
            "separate needs one of them."
        ),
    ] = "mix",
    transcript: Annotated[
        bool, Query(description="Whether to recognise words; they are in the timeline too.")
    ] = False,
) -> PredictResponse:
    """The recording is decoded and predicted in memory, and not stored."""
    service = _service_of(request)
    if service.is_stopping:
        raise stopping()
    with service.predictions.request():
        content = await receive_recording(request, service.config.upload)
        prediction = service.predict(
            content, timeline=timeline, channels=channels, transcript=transcript
        )
        return await while_connected(request, prediction)


@interface.get("/model", summary="Specification and card of the model", tags=["model"])
async def model(request: Request) -> ModelResponse:
    """Emotions, input, thresholds, training data, scores and uses of the model."""
    specification = _service_of(request).predictor.specification
    return ModelResponse(
        specification=specification.model_dump(mode="json"), card=to_markdown(specification)
    )


@operations.get("/healthz", summary="Whether the service runs", tags=["operation"])
async def health() -> HealthResponse:
    """It runs if it responds."""
    return HealthResponse()


@operations.get(
    "/readyz",
    summary="Whether the service predicts",
    tags=["operation"],
    responses=responses_of(503),
)
async def ready(request: Request) -> ReadyResponse:
    """Ready once a built-in clip was predicted correctly; not ready while predictions keep failing."""
    problem = _service_of(request).readiness.problem
    if problem is not None:
        raise ProblemError(503, "not-ready", problem, retry_after_seconds=5.0)
    return ReadyResponse()


@operations.get(
    "/metrics",
    summary="Metrics for Prometheus",
    tags=["operation"],
    responses={**responses_of(401, 403), **_METRICS},
    response_class=Response,
)
async def metrics(request: Request) -> Response:
    """Requests, latencies, sessions, audio, waiting requests and losses."""
    content = _service_of(request).metrics.text()
    return Response(content, media_type="text/plain; version=0.0.4; charset=utf-8")


def _service_of(request: Request) -> Service:
    """The service of the application; FastAPI would run a dependency in a thread."""
    service: Service = request.app.state.service
    return service
