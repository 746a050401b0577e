"""Who may use the service: ASGI middleware.

Without a token the service listens on loopback only, and the host of a request must be this machine: a web
page whose name was made to resolve to it (DNS rebinding) is refused. Requests of other web pages have an
``Origin`` that is not the host of the request, and are refused unless the settings name it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from emotion_classifier.serving.config import is_loopback
from emotion_classifier.serving.problems import ProblemError

SUBPROTOCOL = "emotion-v1"
TOKEN_SUBPROTOCOL = "token."
"""Begins the subprotocol with the token (base64url without padding), since browsers can set no header."""
_PROTECTED = ("/v1/", "/metrics")


class AccessRules:
    """Refuses requests of unknown hosts, other web pages and clients without the token.

    Parameters
    ----------
    token : that clients must send; None for none.
    origins : of other web pages that may use the service.
    """

    def __init__(self, app: ASGIApp, token: str | None, origins: tuple[str, ...]) -> None:
        self._app = app
        self._token = token
        self._origins = frozenset(one.rstrip("/").lower() for one in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        problem = self._problem(scope) if scope["type"] in {"http", "websocket"} else None
        if problem is None:
            await self._app(scope, receive, send)
        else:  # for a websocket, servers send it instead of accepting the connection
            await problem.response()(scope, receive, send)

    def _problem(self, scope: Scope) -> ProblemError | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._token is None and not is_loopback(_name_of(host)):
            detail = "the host of the request is not this machine: open the service as 127.0.0.1"
            return ProblemError(403, "host", detail)
        origin = headers.get("origin")
        if origin is not None and not self._allows(origin, host):
            detail = "web pages of other origins may not use the service: add them to its origins"
            return ProblemError(403, "origin", detail)
        if not scope["path"].startswith(_PROTECTED) or _is_preflight(scope, headers):
            return None
        if self._token is not None and not self._has_token(headers):
            detail = "send the token of the service in the header Authorization: Bearer TOKEN"
            return ProblemError(401, "token", detail, headers={"WWW-Authenticate": "Bearer"})
        return None

    def _allows(self, origin: str, host: str) -> bool:
        origin = origin.lower()
        return origin in self._origins or urlsplit_host(origin) == host.lower()

    def _has_token(self, headers: Headers) -> bool:
        expected = (self._token or "").encode()
        scheme, _, sent = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return hmac.compare_digest(sent.strip().encode(), expected)
        for value in headers.getlist("sec-websocket-protocol"):
            for name in value.split(","):
                if name.strip().startswith(TOKEN_SUBPROTOCOL):
                    return hmac.compare_digest(_decoded(name.strip()), expected)
        return False


def urlsplit_host(origin: str) -> str:
    """Host and port of an origin; empty where it has none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _name_of(host: str) -> str:
    """The host name without the port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _decoded(subprotocol: str) -> bytes:
    text = subprotocol.removeprefix(TOKEN_SUBPROTOCOL)
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""


def _is_preflight(scope: Scope, headers: Headers) -> bool:
    return scope.get("method") == "OPTIONS" and "access-control-request-method" in headers
