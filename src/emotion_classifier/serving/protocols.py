"""HTTP/1.1 and WebSocket on a connection: uvicorn's, whose own refusals are problem details here."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.datastructures import Headers
from websockets.http11 import Response as HandshakeResponse
from websockets.server import ServerProtocol

from emotion_classifier.serving.problems import ProblemError
from emotion_classifier.serving.security_headers import SecurityHeaders, add_security_headers
from emotion_classifier.units import Seconds

_HEADERS_SECONDS: Seconds = 10.0
_RETRY_SECONDS: Seconds = 2.0


class ImpatientProtocol(H11Protocol):
    """Closes connections on which no request arrives, which uvicorn would keep for ever.

    A part of a request, or a body that no endpoint reads, does not count as a request.
    """

    _responses = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for the first request; refuse it if there are too many connections."""
        super().connection_made(transport)
        self.loop.call_later(_HEADERS_SECONDS, self._close_if_unused)
        most, self.limit_concurrency = self.limit_concurrency, None
        if most is not None and len(self.connections) > most:
            self.app = SecurityHeaders(_too_many(most).response())

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, and close the connection."""
        response = _refusal(ProblemError(400, "http", "the request is no valid HTTP/1.1"))
        for event in (
            h11.Response(status_code=400, headers=response.raw_headers, reason=b"Bad Request"),
            h11.Data(data=bytes(response.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def on_response_complete(self) -> None:
        """Start to wait for the next request, whatever else arrives."""
        super().on_response_complete()
        self._responses += 1
        self.loop.call_later(self.timeout_keep_alive, self._close_if_idle, self._responses)

    def _close_if_unused(self) -> None:
        if self.scope is None and not self.transport.is_closing():
            self.transport.close()

    def _close_if_idle(self, responses: int) -> None:
        is_idle = responses == self._responses and self.cycle.response_complete
        is_web_socket = self.transport.get_protocol() is not self
        if is_idle and not is_web_socket and not self.transport.is_closing():
            self.transport.close()


class StreamProtocol(WebSocketsSansIOProtocol):
    """A WebSocket without compression, since a small message may be a large one."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn = _Handshake(max_size=self.config.ws_max_size, logger=self.logger)


class _Handshake(ServerProtocol):
    def reject(self, status: int, text: str) -> HandshakeResponse:
        """The response to a request that opens no WebSocket."""
        refused = super().reject(status, text)
        detail = text.strip() or "the request opens no WebSocket"
        response = _refusal(ProblemError(refused.status_code, "websocket", f"{detail}: see /docs"))
        headers = [(name.decode(), value.decode()) for name, value in response.raw_headers]
        return HandshakeResponse(
            refused.status_code, refused.reason_phrase, Headers(headers), bytes(response.body)
        )


def _refusal(problem: ProblemError) -> Response:
    """The response with a problem, after which the connection is closed."""
    response = problem.response()
    response.headers["Connection"] = "close"
    add_security_headers(response.headers, "/v1/")
    return response


def _too_many(most: int) -> ProblemError:
    detail = f"{most} connections are open, the limit: try again later"
    headers = {"Connection": "close"}
    return ProblemError(503, "busy", detail, retry_after_seconds=_RETRY_SECONDS, headers=headers)
