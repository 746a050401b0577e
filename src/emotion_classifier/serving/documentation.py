"""The documentation of the interface as one page, without scripts and without other servers."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from typing import Any

DESCRIPTION = """\
Emotion of speech, of recordings (`POST /v1/predict`) and of live audio (WebSocket `/v1/stream`).

A service with a token needs `Authorization: Bearer TOKEN`; for WebSockets of browsers, the subprotocols
`emotion-v1` and `token.` with the token in base64url. Errors are problem details (RFC 9457) with a stable `code`.

WebSocket: the client sends `{"event": "hello", "sample_rate": 16000, "channels": 1, "format": "s16le",
"levels": true, "words": false}`, then samples as binary messages (`s16le` or `f32le`, 8000 to 48000 Hz, at most 1.5
times real time), `{"event": "gap", "samples": N}` where it lost or left out audio, and `{"event": "end"}`. The
service sends events as JSON, the same as `emotion listen --output` (`emotion schema event`): `session.created`,
`device`, `level`, `speech_start`, `window`, `words`, `speech`, `segment`, `notice`, `overrun`, `error`, `summary`,
`session.closed`. After a lost connection, `{"event": "resume", "token": "...", "received_events": N}` on a new one
continues the session: `session.created` states the samples received so far, and the events from the Nth on follow.
"""


def documentation_page(openapi: Mapping[str, Any]) -> str:
    """The page of an OpenAPI document."""
    title = html.escape(
        f"{openapi['info']['title']}: interface, version {openapi['info']['version']}"
    )
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        '<meta name="viewport" content="width=device-width">',
        '<link rel="stylesheet" href="/docs.css"></head>',
        f"<body><h1>{title}</h1>",
        *(f"<p>{_text(part)}</p>" for part in openapi["info"]["description"].split("\n\n")),
        '<p>Machine-readable: <a href="/openapi.json">OpenAPI</a>.</p>',
    ]
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            parts += _operation(f"{method.upper()} {path}", operation)
    parts.append("<h2>Schemas</h2>")
    for name, schema in openapi["components"]["schemas"].items():
        shown = html.escape(json.dumps(schema, indent=1))
        parts.append(
            f'<details id="{html.escape(name)}"><summary>{html.escape(name)}</summary><pre>{shown}</pre></details>'
        )
    return "".join([*parts, "</body></html>"])


def _operation(name: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h2>{html.escape(name)}</h2><p>{_text(operation.get('summary', ''))}. "
    yield f"{_text(operation.get('description', ''))}</p>"
    parameters = operation.get("parameters", ())
    if parameters:
        rows = (
            (one["name"], _kind(one["schema"]), one.get("description", "")) for one in parameters
        )
        yield _table(("parameter", "values", "meaning"), rows)
    if body := operation.get("requestBody"):
        yield f"<p>Body: {_text(', '.join(body['content']))}. {_text(body['description'])}</p>"
    rows = (
        (status, ", ".join(one.get("content", ())), one["description"])
        for status, one in sorted(operation["responses"].items())
    )
    yield _table(("status", "media type", "meaning"), rows)


def _kind(schema: Mapping[str, Any]) -> str:
    values = ", ".join(schema.get("enum", (schema.get("type", ""),)))
    return f"{values} (default {json.dumps(schema.get('default'))})"


def _table(head: tuple[str, ...], rows: Any) -> str:
    lines = [f"<tr>{''.join(f'<th>{one}</th>' for one in head)}</tr>"]
    lines += [f"<tr>{''.join(f'<td>{_text(one)}</td>' for one in row)}</tr>" for row in rows]
    return f"<table>{''.join(lines)}</table>"


def _text(text: str) -> str:
    """Escaped text, with code between backquotes."""
    pieces = html.escape(text).split("`")
    return "".join(
        f"<code>{piece}</code>" if number % 2 else piece for number, piece in enumerate(pieces)
    )
