"""Settings of the service, with every limit and its default."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from emotion_classifier.config import StrictConfig
from emotion_classifier.errors import ConfigError
from emotion_classifier.inference.files.config import InferenceConfig

TOKEN_VARIABLE = "EMOTION_TOKEN"
_SHORTEST_TOKEN = 16

Duration = Annotated[float, Field(gt=0.0, le=86_400.0)]
Count = Annotated[int, Field(ge=1)]


class UploadLimits(StrictConfig):
    """Limits of ``POST /v1/predict``."""

    maximum_bytes: Count = 25_000_000
    """Largest body."""
    maximum_seconds: Duration = 600.0
    """The longest recording, counted while it is decoded."""
    receive_seconds: Duration = 60.0
    """Time within which a body must have been received."""
    predict_seconds: Duration = 120.0
    """Time after which a prediction is cancelled."""
    waiting: Count = 32
    """Requests in progress, those that wait included; the next one gets 503."""
    threads: Annotated[int, Field(ge=0)] = 0
    """Predictions at the same time; 0 takes one more than there are cores, since some wait for their decoding."""


class StreamLimits(StrictConfig):
    """Limits of ``/v1/stream``."""

    sessions: Count = 8
    """Sessions at the same time, those that wait for their client included; the next one is refused."""
    message_bytes: Count = 1 << 20
    """Largest message."""
    messages_per_second: Count = 200
    """Messages that a client may send on average."""
    speed: Annotated[float, Field(ge=1.0)] | None = 1.5
    """Multiple of real time at which a client may send; null takes any, and the service reads no faster than it predicts."""
    speed_seconds: Duration = 5.0
    """Time for which a client may exceed that speed."""
    hello_seconds: Duration = 5.0
    """Time within which a client must send its first message."""
    idle_seconds: Duration = 60.0
    """Time without a message after which a session ends."""
    send_seconds: Duration = 10.0
    """Time within which a client must read a message."""
    resume_seconds: Duration = 30.0
    """Time for which a session waits for a client whose connection was lost."""
    events: Count = 1000
    """Events that are kept for a slow or absent client."""


class ServiceConfig(StrictConfig):
    """Settings of the service."""

    host: str = "127.0.0.1"
    """Address to listen on; any other than a loopback address needs a token."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    """0 takes a free one."""
    token_file: Path | None = None
    """File with the token that clients must send; null takes that of the environment variable EMOTION_TOKEN, or none."""
    origins: tuple[str, ...] = ()
    """Origins of other web pages that may use the service, such as https://app.example.org."""
    connections: Count = 256
    """Connections at the same time; the next one gets 503."""
    words: Literal["auto", "pocketsphinx", "faster_whisper", "none"] = "auto"
    """Recogniser of words, for clients that ask for them; auto: pocketsphinx if it is installed."""
    words_model: str | None = None
    """Model of faster_whisper: a folder, or the name of a downloaded model."""
    shutdown_seconds: Annotated[float, Field(gt=0.0, le=8.0)] = 6.0
    """Time in which sessions and requests are finished after SIGTERM; other requests get 503."""
    upload: UploadLimits = UploadLimits()
    """Limits of uploaded recordings."""
    stream: StreamLimits = StreamLimits()
    """Limits of live sessions."""
    inference: InferenceConfig = InferenceConfig()
    """Model, windows, voice activity, smoothing and thresholds."""

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        return is_loopback(self.host)

    def token(self) -> str | None:
        """The token that clients must send; None for none.

        Raises
        ------
        ConfigError
            The token is short, cannot be read, or is missing where other machines can connect.
        """
        token = os.environ.get(TOKEN_VARIABLE) or None
        origin = f"the environment variable {TOKEN_VARIABLE}"
        if self.token_file is not None:
            origin = f"token_file {self.token_file}"
            token = _read(self.token_file)
        if token is None and not self.is_loopback:
            raise ConfigError(
                f"host is {self.host}, so that other machines can connect, and there is no token: name a "
                f"token_file or set {TOKEN_VARIABLE}, or listen on 127.0.0.1"
            )
        if token is not None and not is_token(token):
            raise ConfigError(f"{origin}: a token is ASCII characters without spaces")
        if token is not None and len(token) < _SHORTEST_TOKEN:
            raise ConfigError(
                f"{origin}: a token has at least {_SHORTEST_TOKEN} characters, make one with: "
                "python -c 'import secrets; print(secrets.token_urlsafe())'"
            )
        return token


def is_token(text: str) -> bool:
    """Whether a text has only characters of tokens: ASCII without spaces."""
    return text.isascii() and text.isprintable() and " " not in text


def is_loopback(host: str) -> bool:
    """Whether a host name or address is one of this machine only.

    >>> is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"token_file {path} cannot be read ({error}): name a text file") from None
