"""Bodies of uploads, received into memory with limits; nothing is written to a disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from emotion_classifier.serving.config import UploadLimits
from emotion_classifier.serving.problems import ProblemError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

Response = TypeVar("Response")

FIELD = "file"
_MULTIPART = b"multipart/form-data"
_RAW_TYPES = (b"audio/", b"video/", b"application/ogg", b"application/octet-stream")
_OVERHEAD_BYTES = 64 << 10  # of multipart, beside the file
_MOST_PARTS = 100  # each takes a fraction of a millisecond of the event loop
logging.getLogger("python_multipart").setLevel(logging.ERROR)  # it warns of malformed forms


async def receive_recording(request: Request, limits: UploadLimits) -> bytes:
    """The recording in the body of a request, raw or in the field ``file`` of a form.

    The body is cut off at the limit, whatever length it states. File names are ignored.

    Raises
    ------
    ProblemError
        The body is too large, malformed, late, empty or of another type.
    """
    kind, options = parse_options_header(request.headers.get("content-type", "").encode("latin-1"))
    is_form = kind == _MULTIPART
    if not is_form and not kind.startswith(_RAW_TYPES):
        raise ProblemError(
            415,
            "media-type",
            "send a form (multipart/form-data) with the field 'file', or the recording itself as "
            "audio/* or application/octet-stream",
        )
    most_bytes = limits.maximum_bytes + (_OVERHEAD_BYTES if is_form else 0)
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > most_bytes:
        raise _too_large(limits)
    try:
        async with asyncio.timeout(limits.receive_seconds):
            chunks = _limited(request, most_bytes, limits)
            if is_form:
                return await _file_of_form(chunks, options.get(b"boundary"), limits)
            return b"".join([chunk async for chunk in chunks])
    except TimeoutError:
        detail = f"the body was not received within {limits.receive_seconds:g} s: send it faster"
        raise ProblemError(408, "late", detail, headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise ProblemError(400, "incomplete", "the body ended early: send it again") from None


async def while_connected(request: Request, response: Coroutine[Any, Any, Response]) -> Response:
    """The result of a coroutine, which is cancelled if the client of the request leaves before.

    Raises
    ------
    ProblemError
        The client has left.
    """
    computing = asyncio.create_task(response)
    tasks = {computing, asyncio.create_task(_leaving(request))}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if computing.done():
            return computing.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    raise ProblemError(400, "incomplete", "the client has left before the response")


async def _leaving(request: Request) -> None:
    """Return when the client has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _limited(request: Request, most_bytes: int, limits: UploadLimits) -> AsyncIterator[bytes]:
    count = 0
    async for chunk in request.stream():
        count += len(chunk)
        if count > most_bytes:
            raise _too_large(limits)
        yield chunk


async def _file_of_form(
    chunks: AsyncIterator[bytes], boundary: bytes | None, limits: UploadLimits
) -> bytes:
    if not boundary:
        raise ProblemError(400, "form", "the content type of a form states its boundary: add it")
    form = _Form(limits.maximum_bytes)
    try:
        parser = MultipartParser(boundary, form.callbacks())
        async for chunk in chunks:
            parser.write(chunk)
        parser.finalize()
    except MultipartParseError as error:
        raise ProblemError(400, "form", f"the form is malformed ({error}): send it again") from None
    except _TooLargeError:
        raise _too_large(limits) from None
    except _TooManyPartsError:
        detail = f"the form has more than {_MOST_PARTS} fields: send the field 'file' only"
        raise ProblemError(400, "form", detail, headers={"Connection": "close"}) from None
    if form.files != 1 or not form.is_complete:
        detail = f"the form has {form.files} fields 'file', and needs one: add the recording to it"
        raise ProblemError(400, "form", detail)
    return bytes(form.content)


class _TooLargeError(Exception):
    """The file in a form exceeds the limit."""


class _TooManyPartsError(Exception):
    """The number of fields of a form exceeds the limit."""


class _Form:
    """The field ``file`` of a form; other fields and all file names are ignored."""

    def __init__(self, most_bytes: int) -> None:
        self.content = bytearray()
        self.files = 0
        self._parts = 0
        self.is_complete = False
        self._most_bytes = most_bytes
        self._is_file = False
        self._name, self._value = bytearray(), bytearray()

    def callbacks(self) -> MultipartCallbacks:
        """Functions that the parser calls."""
        return {
            "on_part_begin": self._part_begin,
            "on_part_data": self._part_data,
            "on_header_begin": self._header_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_end": self._end,
        }

    def _part_begin(self) -> None:
        self._is_file = False
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise _TooManyPartsError

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file and self.files == 1:
            self.content += data[start:end]
            if len(self.content) > self._most_bytes:
                raise _TooLargeError

    def _header_begin(self) -> None:
        self._name.clear()
        self._value.clear()

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self._is_file = options.get(b"name") == FIELD.encode()
            self.files += self._is_file

    def _end(self) -> None:
        self.is_complete = True


def _too_large(limits: UploadLimits) -> ProblemError:
    detail = f"the recording has more than {limits.maximum_bytes} bytes: compress it or cut it"
    return ProblemError(413, "too-large", detail, headers={"Connection": "close"})
