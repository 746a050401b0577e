"""The application: endpoints, page, documentation, and what every request passes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI, WebSocket
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emotion_classifier.serving import endpoints
from emotion_classifier.serving.access import AccessRules
from emotion_classifier.serving.browser_page import PAGE
from emotion_classifier.serving.documentation import DESCRIPTION, documentation_page
from emotion_classifier.serving.metrics import Metrics
from emotion_classifier.serving.problems import Problem, add_handlers
from emotion_classifier.serving.security_headers import SecurityHeaders
from emotion_classifier.serving.service import Service
from emotion_classifier.serving.streams.endpoint import stream
from emotion_classifier.serving.streams.registry import Sessions

if TYPE_CHECKING:
    from fastapi.telemetry import TelemetryConfig

_NO_TELEMETRY: TelemetryConfig = {
    "auto_configure": False,
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
}
"""FastAPI could send requests and exceptions to a collector that environment variables name."""
VERSION = "1"
"""Of the interface, as in its paths."""


def create_app(service: Service, token: str | None = None, page: Path = PAGE) -> FastAPI:
    """The application of a service.

    Parameters
    ----------
    service : is started and stopped with the application.
    token : that clients must send; None for none.
    page : folder of static files.
    """
    app = FastAPI(
        title="emotion_classifier",
        version=VERSION,
        description=DESCRIPTION,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        telemetry=_NO_TELEMETRY,
    )
    app.state.service = service
    add_handlers(app)
    app.include_router(endpoints.interface)
    app.include_router(endpoints.operations)
    _describe_problems(app)

    @app.websocket("/v1/stream")
    async def _stream(websocket: WebSocket) -> None:
        await stream(websocket, app.state.sessions, service.config.stream)

    @app.get("/docs", include_in_schema=False)
    async def _docs() -> HTMLResponse:
        return HTMLResponse(documentation_page(app.openapi()))

    _add_page(app, StaticFiles(directory=page, html=True))
    if service.config.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=service.config.origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
        )
    app.add_middleware(AccessRules, token=token, origins=service.config.origins)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestMetrics, metrics=service.metrics)
    return app


class RequestMetrics:
    """Counts requests and measures their time, by route and not by path: paths are endless."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and measure it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            route = getattr(scope.get("route"), "path", "page")
            method = scope["method"] if scope["method"] in {"GET", "POST", "HEAD"} else "other"
            self._metrics.requests.labels(route, method, status).inc()
            self._metrics.request_seconds.labels(route).observe(time.perf_counter() - began)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    app.state.sessions = Sessions(service)
    await service.start()
    yield
    await service.stop()


def _add_page(app: FastAPI, page: StaticFiles) -> None:
    """Serve the page where no endpoint matches; mounted, it would hide that a method is not allowed."""
    nothing = app.router.default

    async def page_or_nothing(scope: Scope, receive: Receive, send: Send) -> None:
        await (page if scope["type"] == "http" else nothing)(scope, receive, send)

    app.router.default = page_or_nothing


def _describe_problems(app: FastAPI) -> None:
    """Add the schema of problem details, which responses refer to, to OpenAPI."""
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    openapi = app.openapi

    def described() -> dict[str, object]:
        document: dict[str, object] = openapi()
        components = document.setdefault("components", {})
        assert isinstance(components, dict)
        components.setdefault("schemas", {}).setdefault("Problem", schema)
        return document

    app.openapi = described  # type: ignore[method-assign]
