"""Every response has the security headers, those of errors and of uvicorn included."""

from __future__ import annotations

import socket
from http.client import HTTPMessage, HTTPResponse
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient
from tests.serving.conftest import MakeClient, config_of, running

from emotion_classifier.inference.predictor import Predictor
from emotion_classifier.serving.service import Service

NAMES = (
    "Content-Security-Policy", "Cross-Origin-Embedder-Policy", "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy", "Permissions-Policy", "Referrer-Policy", "X-Content-Type-Options",
    "X-Frame-Options", "Cache-Control",
)  # fmt: skip
HANDSHAKE = b"Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
KEY = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"


def response_of(address: str, request: bytes) -> tuple[int, HTTPMessage]:
    """Status and headers of the response to some bytes."""
    target = urlsplit(address)
    with socket.create_connection((target.hostname, target.port), 10.0) as connection:
        connection.sendall(request + b"\r\n")
        response = HTTPResponse(connection)
        response.begin()
        return response.status, response.headers


@pytest.mark.parametrize(
    ("path", "status", "cached"),
    [("/", 200, "no-cache"), ("/v1/model", 200, "no-store"), ("/nothing", 404, "no-cache")],
)
def test_responses_have_them(client: TestClient, path: str, status: int, cached: str) -> None:
    response = client.get(path)
    assert response.status_code == status
    assert [name for name in NAMES if name not in response.headers] == []
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in response.headers
    assert response.headers["Cache-Control"] == cached


def test_the_response_to_a_failure_has_them(
    make_client: MakeClient, predictor: Predictor, monkeypatch: pytest.MonkeyPatch, speech: bytes
) -> None:
    client = make_client()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(Predictor, "predict", broken)
    headers = {"Content-Type": "audio/wav"}
    response = client.post("/v1/predict", content=speech, headers=headers)
    assert response.status_code == 500
    assert [name for name in NAMES if name not in response.headers] == []


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"garbage\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\n", 400),  # no host
        (b"GET /v1/stream HTTP/1.1\r\n" + HANDSHAKE, 400),  # no key
        (b"GET /v1/stream HTTP/1.1\r\n" + HANDSHAKE + KEY.replace(b"13", b"1"), 400),
        (b"GET /nothing HTTP/1.1\r\n" + HANDSHAKE + KEY, 403),
        (b"GET /v1/stream HTTP/1.1\r\nOrigin: http://evil.example\r\n" + HANDSHAKE + KEY, 403),
    ],
)
def test_refusals_of_malformed_requests_have_them(
    address: str, request_: bytes, status: int
) -> None:
    found, headers = response_of(address, request_)
    assert found == status
    assert headers["Content-Type"] == "application/problem+json"
    assert [name for name in NAMES if name not in headers] == []


def test_refusals_of_too_many_connections_have_them(predictor: Predictor) -> None:
    with running(Service(config_of(connections=1), predictor, None)) as address:
        target = urlsplit(address)
        with socket.create_connection((target.hostname, target.port)):
            request = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            status, headers = response_of(address, request)
    assert status == 503
    assert [name for name in NAMES if name not in headers] == []
