from __future__ import annotations

import ast
import json
import sys
from importlib import metadata
from pathlib import Path

import pytest

from emotion_classifier.cli.app import EXTRAS
from emotion_classifier.installation import NAME, install_command

SOURCE = Path(__file__).parents[1] / "src" / NAME
CORE = {NAME, "numpy", "pydantic", "pydantic_core"}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The metadata folder of an installed package with two extras."""
    folder = tmp_path / "site" / f"{NAME}-1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: {NAME}\nVersion: 1.0\nRequires-Dist: numpy>=2\n"
        "Requires-Dist: av>=14; extra == 'audio'\n"
        "Requires-Dist: a-b[c]>=1,<2; extra == \"words\"\nRequires-Dist: d; extra == 'words'\n"
    )
    monkeypatch.setattr(metadata, "distribution", lambda _: metadata.PathDistribution(folder))
    return folder


def write_origin(installed: Path, url: str, editable: bool) -> None:
    (installed / "direct_url.json").write_text(
        json.dumps({"url": url, "dir_info": {"editable": editable}})
    )


@pytest.mark.parametrize(("editable", "option"), [(True, "-e "), (False, "")])
def test_a_source_folder_is_installed_again_with_the_extra(
    installed: Path, tmp_path: Path, editable: bool, option: str
) -> None:
    source = tmp_path / "my source"
    source.mkdir()
    (source / "pyproject.toml").touch()
    write_origin(installed, source.as_uri(), editable)
    assert install_command("audio") == f'pip install {option}"{source}[audio]"'


def test_without_a_source_folder_the_libraries_are_named(installed: Path) -> None:
    assert install_command("audio") == 'pip install "av>=14"'
    write_origin(installed, "file:///gone", False)
    assert install_command("words") == 'pip install "a-b[c]>=1,<2" "d"'
    write_origin(installed, "https://example.org/x.whl", False)
    assert install_command("audio") == 'pip install "av>=14"'


def test_a_package_that_is_not_installed_names_the_source_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", missing)
    assert install_command("train").startswith('pip install ".[train]"')


def test_every_extra_of_the_errors_exists() -> None:
    source = Path(__file__).parents[1] / "src" / NAME
    declared = (Path(__file__).parents[1] / "pyproject.toml").read_text()
    raised = {
        line.split("MissingDependencyError(")[1].split('"')[3]
        for path in source.rglob("*.py")
        for line in path.read_text().splitlines()
        if "raise MissingDependencyError(" in line and line.count('"') >= 4
    }
    assert {"audio", "mic", "words", "train"} <= raised
    assert all(f"\n{extra} = [" in declared for extra in raised)


@pytest.mark.parametrize("package", ["serving", "experiments/tuning"])
def test_a_missing_library_of_a_package_names_its_extra(package: str) -> None:
    imported = set()
    for module in (SOURCE / package).rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(str(node.module).partition(".")[0])
    assert imported - CORE - sys.stdlib_module_names <= EXTRAS.keys()
