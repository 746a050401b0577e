"""Client of the service: predictions of recordings, and live sessions that survive lost connections."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit, urlunsplit

import httpx2

from emotion_classifier.audio.io import stat_audio
from emotion_classifier.errors import AudioError, ConfigError, ServiceError, reason_of
from emotion_classifier.inference.live.sources import Source
from emotion_classifier.serving.config import is_token
from emotion_classifier.serving.live_client import LiveClient, StreamEvent
from emotion_classifier.serving.responses import ModelResponse, PredictResponse
from emotion_classifier.units import Seconds

Response = TypeVar("Response", ModelResponse, PredictResponse)


class Client:
    """Client of a service.

    Parameters
    ----------
    url : of the service, such as http://127.0.0.1:8000.
    token : of the service; None for none.
    timeout_seconds : for a connection and for a response.

    Raises
    ------
    ConfigError
        The address is no http or https address, or the token has characters that no token has.
    """

    def __init__(
        self, url: str, *, token: str | None = None, timeout_seconds: Seconds = 120.0
    ) -> None:
        self._url = _address(url)
        if token is not None and not is_token(token):
            raise ConfigError(
                "the token of the service: a token is ASCII characters without spaces"
            )
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._timeout_seconds = timeout_seconds

    def predict(
        self,
        recording: Path | str | bytes,
        *,
        timeline: bool = False,
        channels: Literal["mix", "separate"] = "mix",
        transcript: bool = False,
    ) -> PredictResponse:
        """The prediction of a recording.

        Parameters
        ----------
        recording : a file or its content.
        timeline : whether to return its events over time.
        channels : of the timeline and the transcript: mixed, or separate for a call with a speaker on each of
            two, which needs one of them.
        transcript : whether to recognise words.

        Raises
        ------
        AudioError
            The file is missing, empty or cannot be read.
        ServiceError
            The service cannot be reached, or refuses the recording.
        """
        content = recording if isinstance(recording, bytes) else _read(Path(recording))
        options = {
            "timeline": str(timeline).lower(),
            "channels": channels,
            "transcript": str(transcript).lower(),
        }
        return self._request(PredictResponse, "POST", "/v1/predict", content, options)

    def model(self) -> ModelResponse:
        """The model of the service; for errors see `predict`."""
        return self._request(ModelResponse, "GET", "/v1/model")

    def stream(
        self, source: Source, *, stop: threading.Event | None = None, words: bool = False
    ) -> Iterator[StreamEvent]:
        """Events of a source whose audio is sent to the service, to its end or until `stop` is set.

        There are none where `stop` is set before the first sample. A lost connection is opened again. Audio of the
        last 5 s is sent afterwards; what was lost before is reported as an overrun.

        Raises
        ------
        ServiceError
            The service cannot be reached, or ends the session because of an error.
        """
        address = self._url.replace("http", "ws", 1) + "/v1/stream"
        session = LiveClient(address, self._headers, source, stop or threading.Event(), words=words)
        return session.events()

    def _request(
        self,
        kind: type[Response],
        method: str,
        path: str,
        content: bytes | None = None,
        options: dict[str, str] | None = None,
    ) -> Response:
        headers = {**self._headers, "Content-Type": "application/octet-stream"}
        try:
            with httpx2.Client(timeout=self._timeout_seconds, trust_env=False) as client:
                response = client.request(
                    method, self._url + path, headers=headers, content=content, params=options
                )
        except httpx2.HTTPError as error:
            raise ServiceError("unreachable", f"{self._url} cannot be reached: {error}") from error
        try:
            if response.is_success:
                return kind.model_validate_json(response.content)
            problem = response.json()
            code, detail = problem["code"], problem["detail"]
        except (ValueError, KeyError, TypeError):
            code = "response"
            detail = (
                f"{self._url} does not respond as `emotion serve` (status {response.status_code}): "
                "check the address"
            )
        raise ServiceError(code, detail)


def _address(url: str) -> str:
    """An address without a slash at the end; for errors see `Client`."""
    rule = "name it as http://127.0.0.1:8000"
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        _ = parts.port, (parts.hostname or "").encode("idna")
        address = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
        httpx2.URL(address)
    except (ValueError, httpx2.InvalidURL) as error:
        raise ConfigError(f"{url!r} is no address of a service ({error}): {rule}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"{url!r} is no address of a service: {rule}")
    return address


def _read(path: Path) -> bytes:
    """The content of a file; for errors see `Client.predict`."""
    stat_audio(path)
    try:
        return path.read_bytes()
    except OSError as error:
        reason = f"the file cannot be opened ({reason_of(error)}): check its permissions"
        raise AudioError(path, "unreadable", reason) from error
