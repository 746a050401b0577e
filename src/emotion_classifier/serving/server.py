"""The server: uvicorn, with a shutdown that finishes sessions and requests first."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import uvicorn
from fastapi import FastAPI

from emotion_classifier.audio.isolated.decoder import ISOLATED_POOL
from emotion_classifier.errors import ConfigError, reason_of
from emotion_classifier.serving.app import create_app
from emotion_classifier.serving.config import ServiceConfig
from emotion_classifier.serving.protocols import ImpatientProtocol, StreamProtocol
from emotion_classifier.serving.service import Service
from emotion_classifier.units import Seconds

_KEEP_ALIVE_SECONDS = 15
_PING_SECONDS: Seconds = 20.0
_UNREAD_MILLISECONDS = 30_000
_LAST_SECONDS = 2  # for responses after sessions and requests have ended
_BACKLOG = 256


def serve(config: ServiceConfig, on_start: Callable[[str], object]) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Parameters
    ----------
    on_start : called with the address when the service listens.

    Raises
    ------
    ConfigError
        The address cannot be used, or a token is missing.
    EmotionClassifierError
        See `Service.load`.
    """
    token = config.token()
    listening = listen_on(config)
    with listening:
        ISOLATED_POOL.start()  # while the model is loaded
        service = Service.load(config)
        server = EmotionServer(create_app(service, token), service)
        on_start(address_of(listening, config.host))
        server.run(sockets=[listening])


def listen_on(config: ServiceConfig) -> socket.socket:
    """The socket of the settings.

    Raises
    ------
    ConfigError
        The address is not one of this machine, or is in use.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            config.host, config.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"host {config.host} is no address ({error}): use 127.0.0.1") from None
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # connections inherit it: a peer that does not read
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNREAD_MILLISECONDS)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise ConfigError(
            f"cannot listen on {config.host} port {config.port}: {reason_of(error)}; choose another port, "
            "or 0 for a free one"
        ) from None
    return listening


def address_of(listening: socket.socket, host: str) -> str:
    """The address of the page."""
    port = listening.getsockname()[1]
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/"


class EmotionServer(uvicorn.Server):
    """A server that, when it is stopped, accepts no more connections, finishes its work, then ends."""

    def __init__(self, app: FastAPI, service: Service) -> None:
        config = service.config
        super().__init__(
            uvicorn.Config(
                app,
                http=ImpatientProtocol,
                ws=StreamProtocol,
                ws_max_size=config.stream.message_bytes,
                ws_ping_interval=_PING_SECONDS,
                # Where audio waits to be predicted, so does the response to a ping behind it.
                ws_ping_timeout=None if config.stream.speed is None else _PING_SECONDS,
                ws_per_message_deflate=False,  # a small message may be a large one
                limit_concurrency=config.connections,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=_LAST_SECONDS,
                server_header=False,
                access_log=False,
                log_level="warning",
            )
        )
        self._app, self._service = app, service
        self._draining: asyncio.Task[None] | None = None
        self._serving_loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening."""
        self._serving_loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at the first signal, at once at the second; the exit code stays 0."""
        if self._service.is_stopping:
            self.force_exit = self.should_exit = True
        elif self._serving_loop is not None:
            self._serving_loop.call_soon_threadsafe(self.stop)

    def stop(self) -> None:
        """Stop accepting, and end when sessions and requests have ended; called in the event loop."""
        if self._draining is None:
            self._service.begin_stop()
            self._draining = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        for server in self.servers:
            server.close()
        predictions = self._service.predictions
        with suppress(TimeoutError):
            async with asyncio.timeout(self._service.config.shutdown_seconds):
                await asyncio.gather(self._app.state.sessions.shut_down(), predictions.finish())
        predictions.stop()  # before uvicorn cancels its tasks, whose clients would get no problem
        self.should_exit = True
