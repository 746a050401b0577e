"""Hosts, origins and tokens."""

from __future__ import annotations

import base64

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket

from emotion_classifier.serving.access import SUBPROTOCOL, TOKEN_SUBPROTOCOL, AccessRules

TOKEN = "a-token-of-some-length"
STREAM = "ws://127.0.0.1:8000/v1/stream"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def token_subprotocol(token: str) -> str:
    """The subprotocol by which browsers send a token."""
    return TOKEN_SUBPROTOCOL + base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")


async def _websocket(websocket: WebSocket) -> None:
    await websocket.accept(SUBPROTOCOL)
    await websocket.close()


def client_of(
    token: str | None = None, host: str = "127.0.0.1:8000", origins: tuple[str, ...] = ()
) -> TestClient:
    routes = [
        Route(path, lambda _: PlainTextResponse("content"))
        for path in ("/", "/healthz", "/v1/model", "/metrics")
    ]
    middleware = [Middleware(AccessRules, token=token, origins=origins)]
    app = Starlette(
        routes=[*routes, WebSocketRoute("/v1/stream", _websocket)], middleware=middleware
    )
    return TestClient(app, base_url=f"http://{host}")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8000", "[::1]:8000", "127.9.9.9"])
def test_without_token_this_machine_is_the_host(host: str) -> None:
    assert client_of(host=host).get("/v1/model").status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""]
)
def test_other_hosts_are_refused_without_a_token(host: str) -> None:
    response = client_of().get("/", headers={"Host": host})
    assert (response.status_code, response.json()["code"]) == (403, "host")
    assert client_of(TOKEN).get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8000", 200), ("http://127.0.0.1:9000", 403), ("http://evil.example", 403),
        ("null", 403), ("http://[", 403), ("https://app.example.org", 200),
    ],
)  # fmt: skip
def test_pages_of_other_origins_are_refused(origin: str, status: int) -> None:
    client = client_of(origins=("https://app.example.org/",))
    assert client.get("/v1/model", headers={"Origin": origin}).status_code == status
    if status == 403:
        with (
            pytest.raises(WebSocketDenialResponse) as refused,
            client.websocket_connect(STREAM, headers={"Origin": origin}),
        ):
            pass
        assert refused.value.status_code == 403


@pytest.mark.parametrize("path", ["/v1/model", "/metrics"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": TOKEN},
        {"Authorization": "Bearer x"},
        {"Authorization": f"Basic {TOKEN}"},
    ],
)
def test_the_interface_needs_the_token(path: str, headers: dict[str, str]) -> None:
    response = client_of(TOKEN).get(path, headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "token")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert client_of(TOKEN).get(path, headers=BEARER).status_code == 200


@pytest.mark.parametrize("path", ["/", "/healthz"])
def test_the_page_and_the_health_need_no_token(path: str) -> None:
    assert client_of(TOKEN).get(path).status_code == 200


def test_a_browser_sends_the_token_as_a_subprotocol() -> None:
    client = client_of(TOKEN)
    offered = [SUBPROTOCOL, token_subprotocol(TOKEN)]
    with client.websocket_connect(STREAM, subprotocols=offered) as session:
        assert session.accepted_subprotocol == SUBPROTOCOL
    for wrong in ([], [SUBPROTOCOL], ["token.%%%"], [token_subprotocol("another")]):
        with (
            pytest.raises(WebSocketDenialResponse) as refused,
            client.websocket_connect(STREAM, subprotocols=wrong),
        ):
            pass
        assert refused.value.status_code == 401
