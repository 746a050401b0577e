"""The documentation is true: examples run, settings load, link targets exist."""

from __future__ import annotations

import doctest
import importlib
import re
import shlex
import shutil
import subprocess
import sys
from itertools import product, takewhile
from pathlib import Path

import numpy as np
import pytest
import typer

import emotion_classifier
from emotion_classifier.audio.io import write_wav
from emotion_classifier.audio.synthesis import TOY_SENTENCES, ToySpeaker, synthesise
from emotion_classifier.cli import main
from emotion_classifier.cli.app import app
from emotion_classifier.cli.settings import read_run_config
from emotion_classifier.config import load_config, reference, to_markdown
from emotion_classifier.config.loading import read_settings, validated
from emotion_classifier.experiments.recipes import RECIPES
from emotion_classifier.experiments.run_list.config import read_run_list
from emotion_classifier.experiments.train.config import RunConfig
from emotion_classifier.experiments.tuning.config import TuningConfig
from emotion_classifier.experiments.tuning.search_space import SearchSpace
from emotion_classifier.inference import bundled
from emotion_classifier.inference.files.config import InferenceConfig
from emotion_classifier.model_folder.folder import GRAPH
from emotion_classifier.serving.config import ServiceConfig

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
PAGES_OF_COMMANDS = {
    ROOT / "docs/predict.md": "predict",
    ROOT / "docs/timeline.md": "timeline",
    ROOT / "docs/live.md": "listen",
    ROOT / "docs/service.md": "serve",
}
CONFIGS = sorted([*ROOT.glob("configs/*.yml"), *RECIPES.glob("*.yml")])
MODULES_WITH_EXAMPLES = sorted(
    path for path in SOURCE.rglob("*.py") if ">>> " in path.read_text(encoding="utf-8")
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language in a page; a line that goes on in the next is one."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def commands(page: Path) -> list[list[str]]:
    """The words after `emotion` of each such command in the shell blocks of a page."""
    lines = "".join(blocks(page, "sh")).splitlines()
    parts = [shlex.split(part, comments=True) for line in lines for part in line.split("|")]
    return [words[1:] for words in parts if words[:1] == ["emotion"]]


def flags(command: str) -> set[str]:
    """The long flags of a command of `emotion`."""
    group = typer.main.get_command(app)
    parameters = getattr(group, "commands", {})[command].params
    every = {flag for one in parameters for flag in (*one.opts, *one.secondary_opts)}
    return {flag for flag in every if flag.startswith("--")}


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of a toy voice, and a talk of 7 s, in which it speaks twice."""
    folder = tmp_path_factory.mktemp("recordings")
    generator = np.random.default_rng(0)
    speaker = ToySpeaker.draw("female", generator)
    sentence = synthesise(speaker, "sad", TOY_SENTENCES[0], generator)
    talk = generator.normal(0, 1e-3, 7 * 16_000).astype(np.float32)
    for start in (0, 4 * 16_000):
        talk[start : start + len(sentence)] += sentence[: 3 * 16_000]
    write_wav(folder / "clip.wav", sentence, 16_000)
    write_wav(folder / "talk.wav", talk, 16_000)
    return folder


@pytest.fixture
def example_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, untrained_model: Path, recordings: Path
) -> Path:
    """The working directory that examples assume: a run, recordings, the names of RAVDESS.

    Examples show calls, whatever the answers: the bundled model is one that was never trained.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bundled, "bundled_model", lambda: untrained_model)
    (tmp_path / "runs/demo/toy").mkdir(parents=True)
    (tmp_path / "runs/demo/toy/model").symlink_to(untrained_model)
    (tmp_path / "data/toy").mkdir(parents=True)
    (tmp_path / "data/toy/19f_sad_s4_04.wav").symlink_to(recordings / "clip.wav")
    (tmp_path / "recordings").symlink_to(recordings)
    for name in ("clip.wav", "talk.wav"):
        (tmp_path / name).symlink_to(recordings / name)
    for actor in range(1, 25):
        folder = tmp_path / f"data/ravdess/Actor_{actor:02d}"
        folder.mkdir(parents=True)
        for emotion, intensity, sentence, take in product(range(1, 9), (1, 2), (1, 2), (1, 2)):
            if (emotion, intensity) != (1, 2):  # neutral has one intensity
                name = f"03-01-0{emotion}-0{intensity}-0{sentence}-0{take}-{actor:02d}.wav"
                (folder / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=name_of(page), marks=[pytest.mark.slow] * (page.name == "api.md"))
        for page in PAGES
    ],
)
@pytest.mark.usefixtures("example_folder")
def test_python_in_pages_runs(
    page: Path, untrained_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if page.name == "api.md":  # it trains models, whose graphs take seconds to write
        from emotion_classifier.models.export import onnx

        graph = untrained_model / GRAPH
        monkeypatch.setattr(onnx, "write_graph", lambda path, *_: shutil.copy(graph, path))
    for number, block in enumerate(blocks(page, "python"), start=1):
        exec(compile(block, f"{page.name}, block {number}", "exec"), {})


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_in_pages_name_settings_that_load(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    for line in "".join(blocks(page, "sh")).splitlines():
        words = shlex.split(line, comments=True)
        if words[:2] in (["emotion", "train"], ["emotion", "cross-validate"]):
            read_run_config(list(takewhile(lambda word: not word.startswith("--"), words[2:])))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_in_pages_exist_with_their_flags(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in commands(page):
        # the help is printed once the flags in front of it are parsed
        monkeypatch.setattr(sys, "argv", ["emotion", *words, "--help"])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code, f"emotion {shlex.join(words)}"


@pytest.mark.parametrize("page", PAGES_OF_COMMANDS, ids=name_of)
def test_flags_in_the_text_are_those_of_the_command(page: Path) -> None:
    named = set(re.findall(r"`(--[a-z-]+)", page.read_text(encoding="utf-8")))
    assert named <= flags(PAGES_OF_COMMANDS[page])


def test_every_flag_is_in_a_page_of_commands() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES_OF_COMMANDS)
    named = set(re.findall(r"(?<![\w-])--[a-z-]+", text))
    assert set().union(*map(flags, PAGES_OF_COMMANDS.values())) - named == set()


def test_every_public_name_is_in_a_page() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [
        name for name in emotion_classifier.__all__ if not re.search(rf"\b{name}\b", text)
    ] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_in_pages_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    broken = [to for to in targets if "://" not in to and not (page.parent / to).exists()]
    assert not broken


@pytest.mark.parametrize("config", CONFIGS, ids=name_of)
def test_every_config_loads(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    if config.name == "inference_config.yml":
        assert load_config(InferenceConfig, config) == InferenceConfig()
    elif config.name == "models_runs.yml":
        assert len(read_run_list(config).runs) == 4
    elif config.name == "tune.yml":
        document = read_settings(TuningConfig, config)
        assert SearchSpace.read(validated(TuningConfig, document), document).dimensions
    else:
        assert load_config(RunConfig, config).experiment


def test_the_page_of_settings_is_current() -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    for settings in (InferenceConfig, RunConfig, TuningConfig, ServiceConfig):
        assert f"\n\n{to_markdown(reference(settings))}" in page, "run `make docs`"


@pytest.mark.parametrize("path", MODULES_WITH_EXAMPLES, ids=name_of)
def test_examples_in_docstrings_run(path: Path) -> None:
    name = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
    result = doctest.testmod(importlib.import_module(name), raise_on_error=False)
    assert result.attempted > 0
    assert result.failed == 0


def test_no_file_names_a_path_of_one_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("needs git and a clone")
    place = re.compile(r"(?<![\w.])/(home|root|Users|work|opt(?!/emotion\b)|srv|mnt)/")
    found = [
        f"{name}:{number}: {line.strip()}"
        for name in listed.stdout.splitlines()
        if (ROOT / name).is_file()
        for number, line in enumerate(
            (ROOT / name).read_text("utf-8", "ignore").splitlines(), start=1
        )
        if place.search(line)
    ]
    assert not found
