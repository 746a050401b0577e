from __future__ import annotations

from pathlib import Path

import pytest

from emotion_classifier.models.encoders.licence import stated_licence

CARD = "---\nlanguage: en\nlicense: apache-2.0\n---\n# A model\nlicense: wrong\n"


@pytest.mark.parametrize(
    ("files", "licence"),
    [
        ({}, None),
        ({"LICENSE": "\n  MIT License\n\nCopyright (c) 2022 OpenAI\n"}, "MIT License"),
        ({"LICENCE.md": "# CC BY 4.0\n"}, "CC BY 4.0"),
        ({"README.md": CARD}, "apache-2.0"),
        ({"README.md": CARD, "COPYING.txt": "MIT"}, "MIT"),
        ({"README.md": CARD, "LICENSE": "\n"}, "apache-2.0"),
        ({"README.md": "---\nlicense: 'mit'\n---\n"}, "mit"),
        ({"README.md": "# A model\nlicense: wrong\n"}, None),
        ({"README.md": "---\nlanguage: en\n---\n"}, None),
    ],
)
def test_the_licence_beside_the_weights(
    files: dict[str, str], licence: str | None, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    assert stated_licence(tmp_path) == licence


def test_a_folder_named_licence_is_no_licence(tmp_path: Path) -> None:
    (tmp_path / "LICENSES").mkdir()
    assert stated_licence(tmp_path) is None
