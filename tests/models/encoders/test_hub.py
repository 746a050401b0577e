"""Downloads from a local imitation of the hub, and its errors."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import huggingface_hub
import pytest
from huggingface_hub import constants

from emotion_classifier.errors import EncoderError
from emotion_classifier.models.encoders.hub import find_checkpoint

NAME = "someone/hubert-tiny"
Files = dict[str, bytes]


@dataclass
class Hub:
    """Revisions of a repository, and the requests for them."""

    revisions: dict[str, Files]
    requests: list[str] = field(default_factory=list)

    def response(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers for a request."""
        self.requests.append(path)
        if path == f"/api/models/{NAME}/discussions":
            return 200, json.dumps(self.discussions()).encode(), {}
        for number, (revision, files) in enumerate(self.revisions.items(), start=1):
            sha = f"{number:040x}"
            if path == f"/api/models/{NAME}/revision/{revision}":
                return 200, json.dumps({"id": NAME, "sha": sha, "siblings": []}).encode(), {}
            if path == f"/api/models/{NAME}/tree/{sha}":
                tree = [
                    {"type": "file", "path": name, "size": len(content), "oid": f"{sha}-{name}"}
                    for name, content in files.items()
                ]
                return 200, json.dumps(tree).encode(), {}
            for name, content in files.items():
                if path == f"/{NAME}/resolve/{sha}/{name}":
                    return 200, content, {"X-Repo-Commit": sha, "ETag": f'"{sha}-{name}"'}
        code = "RevisionNotFound" if path.startswith(f"/api/models/{NAME}/") else "RepoNotFound"
        return 404, b"", {"X-Error-Code": code}

    def discussions(self) -> dict[str, object]:
        """Proposed changes; those of `revisions` are the converter's."""
        numbers = [int(r.rpartition("/")[2]) for r in self.revisions if r.startswith("refs/pr/")]
        shared = {
            "status": "open",
            "isPullRequest": True,
            "createdAt": "2023-01-01T00:00:00.000Z",
            "author": {"name": "SFconvertbot"},
            "repo": {"name": NAME, "type": "model"},
        }
        title = "Adding `safetensors` variant of this model"
        found = [{**shared, "num": 9, "title": "Update README"}]
        found += [{**shared, "num": number, "title": title} for number in numbers]
        return {"discussions": found, "count": len(found), "start": 0}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    hub = Hub({})

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body, headers = hub.response(unquote(urlsplit(self.path).path))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    endpoint = f"http://127.0.0.1:{server.server_port}"
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, endpoint)
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    huggingface_hub.close_session()
    yield hub
    huggingface_hub.close_session()
    server.shutdown()
    thread.join()
    server.server_close()


NEEDED = {
    "config.json": b"{}",
    "model.safetensors": b"weights",
    "README.md": b"",
    "LICENSE": b"MIT",
}
COMPLETE = {**NEEDED, "figure.png": b"picture"}
PICKLED = {"config.json": b"{}", "pytorch_model.bin": b"code"}


def test_downloads_needed_files_once(hub: Hub) -> None:
    hub.revisions = {"main": COMPLETE}
    folder = find_checkpoint(NAME, None)
    assert {f.name: f.read_bytes() for f in folder.iterdir()} == NEEDED
    hub.requests.clear()
    assert find_checkpoint(NAME, None) == folder
    assert hub.requests == []


def test_completes_an_interrupted_download(hub: Hub) -> None:
    hub.revisions = {"main": COMPLETE}
    folder = find_checkpoint(NAME, None)
    (folder / "model.safetensors").unlink()
    assert (find_checkpoint(NAME, None) / "model.safetensors").read_bytes() == b"weights"


def test_uses_the_revision_of_the_settings(hub: Hub) -> None:
    hub.revisions = {"main": COMPLETE, "v2": {**COMPLETE, "model.safetensors": b"newer"}}
    assert (find_checkpoint(NAME, "v2") / "model.safetensors").read_bytes() == b"newer"
    with pytest.raises(EncoderError, match=r"frontend\.revision: .* has no revision v3"):
        find_checkpoint(NAME, "v3")


def test_uses_the_converted_copy_of_pickled_weights(hub: Hub) -> None:
    hub.revisions = {"main": PICKLED, "refs/pr/4": COMPLETE}
    folder = find_checkpoint(NAME, None)
    assert (folder / "model.safetensors").read_bytes() == b"weights"
    assert not any("pytorch_model.bin" in path for path in hub.requests)
    hub.requests.clear()
    assert find_checkpoint(NAME, None) == folder
    assert hub.requests == []


def test_refuses_pickled_weights_alone(hub: Hub) -> None:
    hub.revisions = {"main": PICKLED}
    with pytest.raises(EncoderError, match="on the hub holds pickled weights only"):
        find_checkpoint(NAME, None)


def test_missing_repository_is_reported(hub: Hub) -> None:
    with pytest.raises(EncoderError, match="neither a folder some/one nor a model of that name"):
        find_checkpoint("some/one", None)


@pytest.mark.parametrize("name", ["./nowhere", "a/b/c", "no where", "../nowhere"])
def test_missing_folder_is_reported(name: str) -> None:
    with pytest.raises(EncoderError, match=r"there is no folder .*: give the folder"):
        find_checkpoint(name, None)


def test_offline_error_names_the_download_command(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.revisions = {"main": COMPLETE}
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(EncoderError, match=f"run `hf download {NAME}`"):
        find_checkpoint(NAME, None)
    with pytest.raises(EncoderError, match=f"run `hf download {NAME} --revision v2`"):
        find_checkpoint(NAME, "v2")
    assert hub.requests == []


def test_offline_error_names_pickled_weights_in_the_cache(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after `hf download NAME` of a repository without safetensors."""
    hub.revisions = {"main": PICKLED}
    huggingface_hub.snapshot_download(NAME)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(EncoderError, match="in the hub's cache holds pickled weights only"):
        find_checkpoint(NAME, None)


def test_unreachable_hub_error_names_the_download_command(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(EncoderError, match=f"cannot be reached .*run `hf download {NAME}`"):
        find_checkpoint(NAME, None)
