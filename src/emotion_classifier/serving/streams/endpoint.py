"""The WebSocket ``/v1/stream``: audio in, events out.

After the first message two tasks share a connection: one receives audio and messages, the other sends the
messages of the session. The connection ends with the first of: the last message was sent, the client left, a
message was not read in time. Times are limited by `asyncio.timeout`: `asyncio.wait_for` loses a cancellation in
Python 3.11, so that two connections would share a session.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from emotion_classifier.serving.access import SUBPROTOCOL
from emotion_classifier.serving.config import StreamLimits
from emotion_classifier.serving.streams.errors import StreamError
from emotion_classifier.serving.streams.messages import (
    End,
    Hello,
    Resume,
    parse_following,
    parse_opening,
)
from emotion_classifier.serving.streams.registry import Sessions
from emotion_classifier.serving.streams.session import StreamSession, text_of

_LOGGER = logging.getLogger(__name__)
_MOST_ERRORS = 10  # messages that are not understood, after which a session ends


async def stream(websocket: WebSocket, sessions: Sessions, limits: StreamLimits) -> None:
    """Serve one connection."""
    offered = websocket.scope.get("subprotocols", ())
    await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
    try:
        opening = await _opening(websocket, limits)
        if isinstance(opening, Resume):
            session, number = sessions.resume(opening), opening.received_events
        else:
            session, number = sessions.open(opening), 0
    except StreamError as error:
        await _refuse(websocket, error, limits)
        return
    except WebSocketDisconnect:
        return
    sessions.attach(session)
    try:
        created = session.created(is_resumed=isinstance(opening, Resume))
        async with asyncio.timeout(limits.send_seconds):
            await websocket.send_text(text_of(created))
        await _serve(websocket, session, number, limits)
    except (WebSocketDisconnect, RuntimeError, OSError, TimeoutError):
        _LOGGER.debug("session %s lost its connection", session.id)
    except StreamError as error:  # a slow reader
        await _refuse(websocket, error, limits)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or session.connection is task:
            raise
        task.uncancel()
        reason = "the session was resumed on another connection"
        await _refuse(websocket, StreamError("resumed", reason), limits)
    finally:
        sessions.detach(session)


async def _opening(websocket: WebSocket, limits: StreamLimits) -> Hello | Resume:
    """The first message of a connection."""
    try:
        async with asyncio.timeout(limits.hello_seconds):
            message = await websocket.receive()
    except TimeoutError:
        detail = f"no hello within {limits.hello_seconds:g} s: send it first"
        raise StreamError("hello", detail) from None
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    if message.get("text") is None:
        raise StreamError("hello", "the first message is binary: send a hello first, as text")
    return parse_opening(message["text"])


async def _serve(
    websocket: WebSocket, session: StreamSession, number: int, limits: StreamLimits
) -> None:
    """Receive and send until either has an end."""
    receiving = asyncio.create_task(_receive(websocket, session, limits))
    sending = asyncio.create_task(_send(websocket, session, number, limits))
    tasks = {receiving, sending}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)  # which keeps the message of a cancellation, unlike gather
    for task in (sending, receiving):
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error


async def _receive(websocket: WebSocket, session: StreamSession, limits: StreamLimits) -> None:
    """Process the messages of the client until its connection is lost."""
    errors = 0
    is_ended = False
    while True:
        try:
            async with asyncio.timeout(limits.idle_seconds):
                message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1005))
            session.count_message()
            if is_ended or session.is_ended:
                continue  # whatever was on its way
            if (data := message.get("bytes")) is not None:
                await session.receive(data)
            else:
                is_ended = _process(session, message["text"])
        except TimeoutError:
            detail = f"no message for {limits.idle_seconds:g} s: end a session that is not used"
            error = StreamError("idle", detail)
        except StreamError as caught:
            error = caught
        else:
            continue
        errors += 1
        if error.code == "message" and errors <= _MOST_ERRORS:
            session.report(error)
        elif not (is_ended or session.is_ended):
            session.fail(error)
            is_ended = True


def _process(session: StreamSession, text: str) -> bool:
    """Process a text message; whether it ends the audio."""
    message = parse_following(text)
    if isinstance(message, End):
        session.end()
        return True
    session.lose(message.samples)
    return False


async def _send(
    websocket: WebSocket, session: StreamSession, number: int, limits: StreamLimits
) -> None:
    """Send the messages of the session from a number on, then close the connection."""
    while (text := await session.outbox.get(number)) is not None:
        async with asyncio.timeout(limits.send_seconds):
            await websocket.send_text(text)
        number += 1
    async with asyncio.timeout(limits.send_seconds):
        await websocket.close(session.close_code)


async def _refuse(websocket: WebSocket, error: StreamError, limits: StreamLimits) -> None:
    with suppress(WebSocketDisconnect, RuntimeError, OSError, TimeoutError):
        text = text_of(error.event(session_continues=False))
        async with asyncio.timeout(limits.send_seconds):
            await websocket.send_text(text)
            await websocket.close(error.close_code)
