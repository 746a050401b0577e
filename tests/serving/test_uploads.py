"""Bodies of uploads: forms and raw bodies, with limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from emotion_classifier.serving.config import UploadLimits
from emotion_classifier.serving.problems import ProblemError
from emotion_classifier.serving.uploads import receive_recording

LIMITS = UploadLimits(maximum_bytes=1000, receive_seconds=0.05)
FORM = "multipart/form-data; boundary=line"


def part(name: str, content: bytes, file: str = "x.wav") -> bytes:
    head = f'--line\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'
    return head.encode() + content + b"\r\n"


def receive(
    chunks: Iterable[bytes], content_type: str, *, stated: int | None = None, ends: bool = True
) -> bytes:
    headers = [(b"content-type", content_type.encode("latin-1"))]
    if stated is not None:
        headers.append((b"content-length", str(stated).encode()))

    async def messages() -> AsyncIterator[Message]:
        for chunk in chunks:
            yield {"type": "http.request", "body": chunk, "more_body": True}
        if not ends:
            await asyncio.sleep(10)
        yield {"type": "http.request", "body": b"", "more_body": False}

    received = messages()
    request = Request(
        {"type": "http", "method": "POST", "headers": headers}, lambda: received.__anext__()
    )
    return asyncio.run(receive_recording(request, LIMITS))


@pytest.mark.parametrize("size", [1, 7, 2000])
def test_a_form_has_its_file_whatever_the_chunks(size: int) -> None:
    content = bytes(range(256)) * 3
    body = part("other", b"text") + part("file", content, "../../etc/passwd") + b"--line--\r\n"
    chunks = [body[start : start + size] for start in range(0, len(body), size)]
    assert receive(chunks, FORM) == content


@pytest.mark.parametrize(
    "kind", ["audio/wav", "application/octet-stream", "video/webm", "audio/x;a=b"]
)
def test_a_raw_body_is_the_recording(kind: str) -> None:
    assert receive([b"RIFF", b"data"], kind) == b"RIFFdata"


@pytest.mark.parametrize(
    ("chunks", "kind", "status", "code"),
    [
        ([b"x"], "text/plain", 415, "media-type"),
        ([b"x"], "", 415, "media-type"),
        ([b"x"] * 1001, "audio/wav", 413, "too-large"),
        ([part("file", b"x" * 1001), b"--line--\r\n"], FORM, 413, "too-large"),
        ([part("other", b"x" * 70_000)], FORM, 413, "too-large"),
        ([b"garbage"], FORM, 400, "form"),
        ([b""], FORM, 400, "form"),
        ([part("file", b"x")], FORM, 400, "form"),
        ([part("other", b"x"), b"--line--\r\n"], FORM, 400, "form"),
        ([part("file", b"x"), part("file", b"y"), b"--line--\r\n"], FORM, 400, "form"),
        ([part("file", b"x"), *[part("o", b"")] * 100, b"--line--\r\n"], FORM, 400, "form"),
        ([part("file", b"x"), b"--line--\r\n"], "multipart/form-data", 400, "form"),
    ],
)
def test_problems_of_bodies(chunks: list[bytes], kind: str, status: int, code: str) -> None:
    with pytest.raises(ProblemError) as caught:
        receive(chunks, kind)
    assert (caught.value.status, caught.value.code) == (status, code)


def test_a_stated_length_beyond_the_limit_is_refused_without_reading() -> None:
    def unread() -> Iterable[bytes]:
        pytest.fail("the body was read")
        yield b""

    with pytest.raises(ProblemError) as caught:
        receive(unread(), "audio/wav", stated=1001)
    assert caught.value.status == 413


def test_a_body_that_does_not_end_is_late() -> None:
    with pytest.raises(ProblemError) as caught:
        receive([b"x"], "audio/wav", ends=False)
    assert (caught.value.status, caught.value.code) == (408, "late")


@given(
    st.binary(max_size=300), st.text(max_size=40).map(lambda text: text.encode().decode("latin-1"))
)
def test_any_body_is_a_recording_or_a_problem(body: bytes, options: str) -> None:
    for kind in (FORM, f"multipart/form-data; {options}", options):
        try:
            receive([body], kind)
        except ProblemError as error:
            assert error.status in {400, 413, 415}
