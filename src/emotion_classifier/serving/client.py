"""Client of the service: predictions of recordings, and live sessions that survive lost connections."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

import httpx2

from emotion_classifier.errors import ConfigError, ServiceError
from emotion_classifier.inference.live.sources import Source
from emotion_classifier.serving.live_client import LiveClient, StreamEvent
from emotion_classifier.serving.responses import ModelResponse, PredictResponse
from emotion_classifier.units import Seconds


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
        The address is no http or https address.
    """

    def __init__(
        self, url: str, *, token: str | None = None, timeout_seconds: Seconds = 120.0
    ) -> None:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(f"{url!r} is no address of a service: such as http://127.0.0.1:8000")
        self._url = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
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
        ServiceError
            The service cannot be reached, or refuses the recording.
        """
        content = recording if isinstance(recording, bytes) else Path(recording).read_bytes()
        options = {
            "timeline": str(timeline).lower(),
            "channels": channels,
            "transcript": str(transcript).lower(),
        }
        response = self._request("POST", "/v1/predict", content, options)
        return PredictResponse.model_validate_json(response)

    def model(self) -> ModelResponse:
        """The model of the service; for errors see `predict`."""
        return ModelResponse.model_validate_json(self._request("GET", "/v1/model"))

    def stream(
        self, source: Source, *, stop: threading.Event | None = None, words: bool = False
    ) -> Iterator[StreamEvent]:
        """Events of a source whose audio is sent to the service, to its end or until `stop` is set.

        A lost connection is opened again. Audio of the last 5 s is sent afterwards; what was lost before is
        reported as an overrun.

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
        method: str,
        path: str,
        content: bytes | None = None,
        options: dict[str, str] | None = None,
    ) -> bytes:
        headers = {**self._headers, "Content-Type": "application/octet-stream"}
        try:
            with httpx2.Client(timeout=self._timeout_seconds, trust_env=False) as client:
                response = client.request(
                    method, self._url + path, headers=headers, content=content, params=options
                )
        except httpx2.HTTPError as error:
            raise ServiceError("unreachable", f"{self._url} cannot be reached: {error}") from error
        if response.is_success:
            return bytes(response.content)
        try:
            problem = response.json()
            code, detail = problem["code"], problem["detail"]
        except (ValueError, KeyError, TypeError):
            code, detail = "response", f"{self._url}: status {response.status_code}"
        raise ServiceError(code, detail)
