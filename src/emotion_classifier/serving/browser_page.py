"""The page with a model that runs in the browser: a folder for any web server of static files.

It has the modules of the page, the graph and the specification of the model, the voice activity graph and
onnxruntime-web. A service worker keeps all of it for use without a network, as an installed application.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from emotion_classifier.emotions.prediction import LEAST_SPEECH_SHARE
from emotion_classifier.errors import (
    ConfigError,
    ModelFolderError,
    storage_errors,
)
from emotion_classifier.inference.bundled import model_folder
from emotion_classifier.inference.emotion_model import EmotionModel
from emotion_classifier.inference.streaming.smoothing import ExponentialSmoothingConfig
from emotion_classifier.inference.streaming.stream import StreamConfig
from emotion_classifier.inference.vad.silero import GRAPH as ACTIVITY_GRAPH
from emotion_classifier.inference.vad.silero import RATE
from emotion_classifier.model_folder.folder import (
    ENCODER_LICENCE,
    GRAPH,
    GRAPH_DATA,
    make_empty,
)
from emotion_classifier.serving.graph_metadata import metadata_of, with_metadata

PAGE = Path(__file__).with_name("page")
"""Folder of the page and its modules, styles and icons."""
RUNTIME_VERSION = "1.30.0"
"""Of onnxruntime-web."""
RUNTIME_PACKAGE = f"onnxruntime-web-{RUNTIME_VERSION}.tgz"
RUNTIME_INTEGRITY = "sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
"""Of its package, as in npm's lock files."""
_RUNTIME_FILES = (
    "ort.wasm.bundle.min.mjs",
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
)
_SETTINGS = 'export { predictions } from "./browser/predictions.js";\n'
_POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'"
)
_HEAD = (
    f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
    '<link rel="manifest" href="manifest.webmanifest">\n</head>'
)
_LEFT_OUT = {"docs.css", "service.js", "live_connection.js", "sent_audio.js"}  # of the service
_REMEDY = "Name another --output."


def build_page(output: Path, model: Path | str | None, cache: Path) -> int:
    """Write the page with a model; its size in bytes.

    Parameters
    ----------
    output : a new or empty folder.
    model : a model folder, or the name of a bundled model; None takes the bundled ``default``.
    cache : folder of the package of onnxruntime-web, which npm downloads into it once.

    Raises
    ------
    ModelFolderError
        The model cannot be loaded, or does not run in browsers.
    ConfigError
        The package is not in the cache and npm is missing or fails, or it is not the expected one.
    StorageError
        The folder is not empty, or cannot be written.
    """
    folder = model_folder(model)
    loaded = EmotionModel.load(folder, threads=1)
    _check(loaded, folder)
    archive = runtime_package(cache)
    make_empty(output)
    with storage_errors(output, _REMEDY):
        _copy_page(output)
        _write_model(output / "model", folder, loaded)
        extract_runtime(archive, output / "onnxruntime", _RUNTIME_FILES)
        return _list_files(output)


def runtime_package(cache: Path) -> Path:
    """The package of onnxruntime-web in the cache, downloaded where it is missing; for errors see `build_page`."""
    archive = cache / RUNTIME_PACKAGE
    with storage_errors(cache, "Name another --cache."):
        if archive.is_file():
            _check_hash(archive)
            return archive
        cache.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(
            dir=cache
        ) as folder:  # other processes see the whole package or none
            downloaded = _download(Path(folder))
            _check_hash(downloaded)
            return downloaded.replace(archive)


def extract_runtime(archive: Path, folder: Path, names: tuple[str, ...]) -> None:
    """Write files of the package's ``dist`` into a new folder."""
    folder.mkdir()
    with tarfile.open(archive) as package:
        for name in names:
            content = package.extractfile(f"package/dist/{name}")
            assert content is not None  # the hash of the package is known
            (folder / name).write_bytes(content.read())


def model_record(model: EmotionModel) -> dict[str, Any]:
    """All that a foreign runtime needs beside the graphs: specification, windows and voice activity."""
    config = StreamConfig()
    smoothing = config.smoothing
    assert isinstance(smoothing, ExponentialSmoothingConfig)
    return {
        "specification": model.specification.model_dump(mode="json"),
        "stream": {
            "window_seconds": config.window_seconds,
            "hop_seconds": config.hop_seconds,
            "onset": config.onset,
            "newest_share": smoothing.newest_share,
            "tone_seconds": config.tone_seconds,
            "least_speech_share": LEAST_SPEECH_SHARE,
        },
        "activity": ACTIVITY_GRAPH.name,
    }


def _check(model: EmotionModel, folder: Path) -> None:
    name = model.specification.name
    if model.runtime.uses_speaker_statistics:
        raise ModelFolderError(
            f"{name} standardises features for each speaker, which the page cannot: name another model"
        )
    if model.input.sample_rate != RATE:
        raise ModelFolderError(
            f"{name} has a sample rate of {model.input.sample_rate} Hz: the page needs {RATE}"
        )
    if (folder / GRAPH_DATA).exists():
        raise ModelFolderError(f"{name} is too large for a browser: name a smaller model")


def _check_hash(archive: Path) -> None:
    digest = hashlib.sha512(archive.read_bytes()).digest()
    if f"sha512-{base64.b64encode(digest).decode()}" != RUNTIME_INTEGRITY:
        raise ConfigError(
            f"{archive} is not the package of onnxruntime-web {RUNTIME_VERSION}: its hash differs; delete it"
        )


def _download(folder: Path) -> Path:
    """The package, which npm writes into the folder."""
    package = f"onnxruntime-web@{RUNTIME_VERSION}"
    npm = shutil.which("npm")
    if npm is None:
        raise ConfigError(
            f"{folder.parent} has no {RUNTIME_PACKAGE}, and npm is not installed: install "
            f"Node.js, or run `npm pack {package}` elsewhere and copy the file"
        )
    command = [npm, "pack", package, "--ignore-scripts", "--pack-destination", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        reason = " ".join(result.stderr.split())[-300:]
        raise ConfigError(f"`npm pack {package}` failed ({reason}): try again with a network")
    return folder / RUNTIME_PACKAGE


def _copy_page(output: Path) -> None:
    shutil.copytree(PAGE, output, dirs_exist_ok=True, ignore=lambda _, names: _LEFT_OUT & {*names})
    for name in ("service_worker.js", "manifest.webmanifest"):
        (output / "browser" / name).rename(output / name)
    (output / "settings.js").write_text(_SETTINGS, encoding="utf-8")
    index = output / "index.html"
    text = index.read_text(encoding="utf-8").replace("</head>", _HEAD)
    index.write_text(text, encoding="utf-8")


def _write_model(output: Path, folder: Path, model: EmotionModel) -> None:
    output.mkdir()
    graph = (folder / GRAPH).read_bytes()
    metadata = metadata_of(model.specification, StreamConfig(), graph)
    (output / GRAPH).write_bytes(with_metadata(graph, metadata))
    for source in (folder / ENCODER_LICENCE, ACTIVITY_GRAPH):
        if source.exists():
            shutil.copyfile(source, output / source.name)
    shutil.copyfile(ACTIVITY_GRAPH.with_name("LICENSE"), output / "SILERO_LICENCE.txt")
    (output / "model.json").write_text(json.dumps(model_record(model)), encoding="utf-8")


def _list_files(output: Path) -> int:
    """Write the list of files that the service worker keeps, with a version of their content."""
    files = sorted(path for path in output.rglob("*") if path.is_file())
    version = hashlib.sha256()
    for path in files:
        version.update(path.read_bytes())
    names = [path.relative_to(output).as_posix() for path in files]
    record = {"version": version.hexdigest()[:16], "files": ["./", *names]}
    script = f"self.PAGE = {json.dumps(record)};\n"
    (output / "service_worker_files.js").write_text(script, encoding="utf-8")
    return sum(path.stat().st_size for path in files)
