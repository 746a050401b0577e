"""The sessions of the service: their number, their tokens and their end."""

from __future__ import annotations

import asyncio

from emotion_classifier.serving.service import Service
from emotion_classifier.serving.streams.errors import TRY_AGAIN, StreamError
from emotion_classifier.serving.streams.messages import Hello, Resume
from emotion_classifier.serving.streams.session import StreamSession
from emotion_classifier.units import Seconds

_RETRY_SECONDS: Seconds = 5.0


class Sessions:
    """The sessions that have not ended; used in the event loop only."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._by_token: dict[str, StreamSession] = {}
        self._ended = asyncio.Event()

    def __len__(self) -> int:
        """Number of sessions."""
        return len(self._by_token)

    def __contains__(self, session: StreamSession) -> bool:
        """Whether a session has not ended."""
        return session.token in self._by_token

    def open(self, hello: Hello) -> StreamSession:
        """A new session.

        Raises
        ------
        StreamError
            There are too many, with the code ``busy``, or the service is stopped, ``stopping``.
        """
        service, limits = self._service, self._service.config.stream
        if service.is_stopping:
            raise StreamError(
                "stopping",
                "the service is being stopped: try again",
                TRY_AGAIN,
                retry_after_seconds=10.0,
            )
        if len(self) >= limits.sessions:
            service.metrics.sessions.labels("refused").inc()
            message = f"{limits.sessions} sessions are open, the limit: try again later"
            raise StreamError("busy", message, TRY_AGAIN, retry_after_seconds=_RETRY_SECONDS)
        session = StreamSession(
            hello,
            service.predictor,
            service.recogniser,
            limits=limits,
            metrics=service.metrics,
            on_failure=service.failed,
            on_end=self._forget,
        )
        self._by_token[session.token] = session
        service.metrics.streams.set(len(self))
        session.start()
        return session

    def resume(self, resume: Resume) -> StreamSession:
        """The session that a client resumes; its earlier connection is ended.

        Raises
        ------
        StreamError
            There is no such session, with the code ``resume``.
        """
        session = self._by_token.get(resume.token)
        if session is None:
            raise StreamError("resume", "there is no such session any more: open a new one")
        if resume.received_events > session.outbox.count:
            reason = f"received_events is {resume.received_events}: there are fewer messages"
            raise StreamError("resume", reason)
        if session.connection is not None:
            replaced, session.connection = session.connection, None
            replaced.cancel()
        self._service.metrics.sessions.labels("resumed").inc()
        return session

    def attach(self, session: StreamSession) -> None:
        """The session belongs to the connection of the current task."""
        session.connection = asyncio.current_task()
        if session.expiry is not None:
            session.expiry.cancel()
            session.expiry = None

    def detach(self, session: StreamSession) -> None:
        """The connection of the current task is lost: the session waits for its client."""
        if session.connection is asyncio.current_task() and session in self:
            session.connection = None
            seconds = self._service.config.stream.resume_seconds
            session.expiry = asyncio.get_running_loop().call_later(seconds, session.end)

    async def shut_down(self) -> None:
        """End all sessions, and wait until their last messages are sent."""
        connections = [one.connection for one in self._by_token.values() if one.connection]
        for session in list(self._by_token.values()):
            session.shut_down()
        while self._by_token:
            self._ended.clear()
            await self._ended.wait()
        if connections:
            await asyncio.wait(connections)

    def _forget(self, session: StreamSession) -> None:
        self._by_token.pop(session.token, None)
        if session.expiry is not None:
            session.expiry.cancel()
        self._service.metrics.streams.set(len(self))
        self._service.metrics.sessions.labels("ended").inc()
        self._ended.set()
