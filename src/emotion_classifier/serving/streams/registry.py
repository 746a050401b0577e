"""The sessions of the service: their number, their tokens and their end.

A session whose connection is lost waits for its client, and so do the last messages of a session that has ended.
"""

from __future__ import annotations

import asyncio

from emotion_classifier.serving.service import Service
from emotion_classifier.serving.streams.errors import TRY_AGAIN, StreamError
from emotion_classifier.serving.streams.messages import Hello, Resume
from emotion_classifier.serving.streams.session import StreamSession
from emotion_classifier.units import Seconds

_RETRY_SECONDS: Seconds = 5.0
_MOST_ENDED = 100  # sessions that have ended and wait for their clients


class Sessions:
    """Sessions by their tokens; used in the event loop only."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._by_token: dict[str, StreamSession] = {}
        self._ended = asyncio.Event()

    def __len__(self) -> int:
        """Number of sessions that have not ended."""
        return sum(not one.is_ended for one in self._by_token.values())

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
            on_end=self._note_end,
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
            There is no such session, with the code ``resume``: its client came back too late, or the
            service was restarted.
        """
        session = self._by_token.get(resume.token)
        if session is None:
            seconds = self._service.config.stream.resume_seconds
            reason = f"there is no such session: it is kept for {seconds:g} s; open a new one"
            raise StreamError("resume", reason)
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
        if session.connection is asyncio.current_task():
            session.connection = None
            seconds = self._service.config.stream.resume_seconds
            session.expiry = asyncio.get_running_loop().call_later(seconds, self._expire, session)
            waiting = [
                one for one in self._by_token.values() if one.is_ended and not one.connection
            ]
            for one in waiting[:-_MOST_ENDED]:
                self._forget(one)

    async def shut_down(self) -> None:
        """End all sessions, and wait until their last messages are sent."""
        sessions = list(self._by_token.values())
        connections = [one.connection for one in sessions if one.connection]
        for session in sessions:
            session.shut_down()
        while len(self):
            self._ended.clear()
            await self._ended.wait()
        if connections:
            await asyncio.wait(connections)

    def _expire(self, session: StreamSession) -> None:
        """The client did not come back in time."""
        session.expiry = None
        if session.is_ended:
            self._forget(session)
        else:
            session.end()

    def _note_end(self, session: StreamSession) -> None:
        self._service.metrics.streams.set(len(self))
        self._service.metrics.sessions.labels("ended").inc()
        self._ended.set()
        if session.connection is None and session.expiry is None:
            self._forget(session)

    def _forget(self, session: StreamSession) -> None:
        self._by_token.pop(session.token, None)
        if session.expiry is not None:
            session.expiry.cancel()
