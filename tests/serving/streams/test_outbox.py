"""Messages are kept by their number."""

from __future__ import annotations

import asyncio

import pytest

from emotion_classifier.serving.streams.errors import StreamError
from emotion_classifier.serving.streams.outbox import Outbox


def test_messages_are_waited_for_and_read_again() -> None:
    async def main() -> None:
        outbox = Outbox(10)
        reading = asyncio.create_task(outbox.get(1))
        await asyncio.sleep(0)
        outbox.put("a")
        await asyncio.sleep(0)
        assert not reading.done()
        outbox.put("b")
        assert (await reading, await outbox.get(0), outbox.count) == ("b", "a", 2)
        outbox.close()
        assert (await outbox.get(1), await outbox.get(2)) == ("b", None)

    asyncio.run(main())


def test_a_reader_that_is_too_slow_gets_an_error() -> None:
    async def main() -> None:
        outbox = Outbox(2)
        for text in "abc":
            outbox.put(text)
        assert await outbox.get(1) == "b"
        with pytest.raises(StreamError) as caught:
            await outbox.get(0)
        assert caught.value.code == "slow-reader"

    asyncio.run(main())
