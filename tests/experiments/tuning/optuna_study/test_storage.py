from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from emotion_classifier.experiments.tuning.optuna_study import storage
from emotion_classifier.experiments.tuning.optuna_study.storage import StudyStorage

MADE = sqlalchemy.exc.OperationalError("", None, Exception("table studies already exists"))
VERSION = sqlalchemy.exc.IntegrityError("", None, Exception("UNIQUE constraint failed"))
LOCKED = sqlalchemy.exc.OperationalError("", None, Exception("database is locked"))


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """Errors that the next attempts to open a database raise."""
    errors: list[Exception] = []
    original = storage._opened

    def opened(*arguments: Any) -> Any:
        if errors:
            raise errors.pop()
        return original(*arguments)

    monkeypatch.setattr(storage, "_opened", opened)
    return errors


def test_tables_that_another_process_makes_at_once_are_used(
    failures: list[Exception], tmp_path: Path
) -> None:
    failures += [MADE, VERSION]
    connected = StudyStorage(None, tmp_path / "study.db").connect()
    assert connected.get_all_studies() == [] and not failures


def test_another_error_is_raised_at_once(failures: list[Exception], tmp_path: Path) -> None:
    failures += [MADE, LOCKED]
    with pytest.raises(sqlalchemy.exc.OperationalError, match="locked"):
        StudyStorage(None, tmp_path / "study.db").connect()
    assert failures == [MADE]
