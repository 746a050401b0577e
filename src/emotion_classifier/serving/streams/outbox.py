"""Messages of a session to its client, kept for a while so that it can resume after a lost connection."""

from __future__ import annotations

import asyncio
from collections import deque

from emotion_classifier.serving.streams.errors import StreamError


class Outbox:
    """The last messages of a session, by their number; used in the event loop only.

    Parameters
    ----------
    most : messages that are kept.
    """

    def __init__(self, most: int) -> None:
        self._kept: deque[str] = deque(maxlen=most)
        self.count = 0
        """Number of messages so far."""
        self._is_closed = False
        self._changed = asyncio.Event()

    def put(self, message: str) -> None:
        """Add a message; of too many the oldest is dropped."""
        self._kept.append(message)
        self.count += 1
        self._changed.set()

    def close(self) -> None:
        """Announce that no message follows."""
        self._is_closed = True
        self._changed.set()

    async def get(self, number: int) -> str | None:
        """The message with this number, from 0 on, when there is one; None where none follows.

        Raises
        ------
        StreamError
            It was dropped, with the code ``slow-reader``.
        """
        while number >= self.count:
            if self._is_closed:
                return None
            self._changed.clear()
            await self._changed.wait()
        index = number - (self.count - len(self._kept))
        if index < 0:
            raise StreamError(
                "slow-reader",
                f"{-index} messages were dropped because they were not read in time: read faster",
            )
        return self._kept[index]
