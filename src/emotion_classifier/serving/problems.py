"""Errors of the HTTP interface as problem details (RFC 9457)."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from emotion_classifier.errors import AudioError, EmotionClassifierError
from emotion_classifier.serving.security_headers import add_security_headers
from emotion_classifier.units import Seconds

_LOGGER = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "The request is malformed",
    401: "A token is needed",
    403: "The request is refused",
    404: "There is no such resource",
    405: "The method is not allowed",
    408: "The request was not received in time",
    413: "The recording is too large",
    415: "The media type is not supported",
    422: "The recording or an option cannot be used",
    500: "The service failed",
    503: "The service cannot process the request now",
}
_STATUS_OF_CODE = {"too-long": 413}


class Problem(BaseModel):
    """An error, as RFC 9457 describes it, with a stable code."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:emotion-classifier:problem:too-long",
                    "title": "The recording is too large",
                    "status": 413,
                    "detail": "the recording is longer than the limit of 600 s: cut it into pieces",
                    "code": "too-long",
                }
            ]
        },
    )

    type: str
    """URN with the code."""
    title: str
    """The status in words."""
    status: int
    """HTTP status."""
    detail: str
    """Error, rule and remedy."""
    code: str
    """Stable short name of the error."""


class ProblemError(Exception):
    """A request cannot be answered with a result.

    Parameters
    ----------
    status : of HTTP.
    code : stable short name.
    detail : error, rule and remedy.
    retry_after_seconds : for the header ``Retry-After``; None without.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        retry_after_seconds: Seconds | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.headers = dict(headers or {})
        if retry_after_seconds is not None:
            self.headers["Retry-After"] = f"{max(1, round(retry_after_seconds))}"

    def response(self) -> JSONResponse:
        """The response with these problem details."""
        problem = Problem(
            type=f"urn:emotion-classifier:problem:{self.code}",
            title=_TITLES.get(self.status, "The request failed"),
            status=self.status,
            detail=self.detail,
            code=self.code,
        )
        return JSONResponse(problem.model_dump(), self.status, self.headers, media_type=MEDIA_TYPE)


def problem_of(error: EmotionClassifierError) -> ProblemError:
    """The problem of a recording or an option."""
    if isinstance(error, AudioError):
        return ProblemError(_STATUS_OF_CODE.get(error.code, 422), error.code, error.reason)
    return ProblemError(422, "option", str(error))


def responses_of(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Descriptions of error responses for OpenAPI."""
    return {
        status: {
            "description": _TITLES[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def add_handlers(app: FastAPI) -> None:
    """Make every error response of the application problem details."""

    @app.exception_handler(ProblemError)
    async def _problem(request: Request, error: ProblemError) -> JSONResponse:
        return error.response()

    @app.exception_handler(RequestValidationError)
    async def _validation(request: Request, error: RequestValidationError) -> JSONResponse:
        found = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:3]
        )
        return ProblemError(422, "option", f"{found}: see /docs").response()

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        code = {404: "not-found", 405: "method"}.get(error.status_code, "request")
        headers = dict(error.headers or {})
        detail = f"{request.method} {request.url.path}: {error.detail}; see /docs"
        return ProblemError(error.status_code, code, detail, headers=headers).response()

    @app.exception_handler(Exception)
    async def _failure(request: Request, error: Exception) -> JSONResponse:
        _LOGGER.error("%s %s failed", request.method, request.url.path, exc_info=error)
        detail = "the service failed, and its log has the reason: try again"
        response = ProblemError(500, "internal", detail).response()
        add_security_headers(response.headers, request.url.path)  # outside the middleware
        return response
