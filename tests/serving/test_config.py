"""Tokens and addresses of the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.errors import ConfigError
from emotion_classifier.serving.config import TOKEN_VARIABLE, ServiceConfig, is_loopback

TOKEN = "a-token-of-some-length"


@pytest.fixture(autouse=True)
def without_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)


def test_loopback_needs_no_token() -> None:
    assert ServiceConfig().token() is None
    assert ServiceConfig(host="::1").token() is None


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.1.2", "example.org", "127.0.0.1.example.org"]
)
def test_any_other_address_needs_a_token(host: str) -> None:
    with pytest.raises(ConfigError, match=TOKEN_VARIABLE):
        ServiceConfig(host=host).token()


def test_a_token_comes_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    assert ServiceConfig(host="0.0.0.0").token() == TOKEN
    path = tmp_path / "token"
    path.write_text("another-token-of-some-length\n")
    assert ServiceConfig(token_file=path).token() == "another-token-of-some-length"


@pytest.mark.parametrize("content", ["", "short", "two words of a token", "tökens-are-ascii-only"])
def test_a_weak_token_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "token"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="token_file"):
        ServiceConfig(token_file=path).token()
    with pytest.raises(ConfigError, match="cannot be read"):
        ServiceConfig(token_file=tmp_path / "missing").token()


def test_loopback_names() -> None:
    assert all(
        map(is_loopback, ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost", "LOCALHOST."])
    )
    assert not any(map(is_loopback, ["", "0.0.0.0", "localhost.example.org", "10.0.0.1"]))
