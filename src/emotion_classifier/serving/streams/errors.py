"""Errors of a live session, as messages and as codes of closed connections."""

from __future__ import annotations

from emotion_classifier.inference.events import ErrorEvent
from emotion_classifier.units import Seconds

NORMAL, GOING_AWAY, INVALID, POLICY, INTERNAL, TRY_AGAIN = 1000, 1001, 1007, 1008, 1011, 1013
"""Close codes of RFC 6455 and its registry."""


class StreamError(Exception):
    """A session cannot be opened or cannot go on.

    Parameters
    ----------
    code : stable short name.
    message : error, rule and remedy.
    close_code : of the connection.
    retry_after_seconds : time after which another attempt may succeed; None where it does not matter.
    """

    def __init__(
        self,
        code: str,
        message: str,
        close_code: int = POLICY,
        *,
        retry_after_seconds: Seconds | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.close_code = code, message, close_code
        self.retry_after_seconds = retry_after_seconds

    def event(self, *, session_continues: bool) -> ErrorEvent:
        """The error as a message."""
        return ErrorEvent(
            code=self.code,
            message=self.message,
            session_continues=session_continues,
            retry_after_seconds=self.retry_after_seconds,
        )
