"""The database of a study: its URL, its errors in words, and the heartbeat of the processes that use it."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy
from optuna.exceptions import ExperimentalWarning, StorageInternalError
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback

from emotion_classifier.errors import ConfigError, StorageError
from emotion_classifier.storage import file_identity

HEARTBEAT_SECONDS = 10
"""A process that has not reported for six times as long is taken for dead."""
LOCK_SECONDS = 60.0
"""After which a locked SQLite file is an error."""
STORAGE_ERRORS = (StorageInternalError, sqlalchemy.exc.SQLAlchemyError)
_ATTEMPTS = 5
"""To make the tables: of processes that start at once, one makes each, and the others find it there."""
_RETRIES = 3
"""Of a trial whose process is killed: more often it is the trial that kills."""


class StudyStorage:
    """The database of studies.

    Parameters
    ----------
    url : of the database; None for an SQLite file.
    file : that file.

    Raises
    ------
    ConfigError
        `url` is not that of a database.
    """

    def __init__(self, url: str | None, file: Path) -> None:
        self.url = _checked_url(url, file)
        database = sqlalchemy.make_url(self.url).database
        is_file = self.url.startswith("sqlite") and database
        self._file = Path(str(database)) if is_file else None
        self._identity: tuple[int, int] | None = None

    def connect(self) -> RDBStorage:
        """The connection, in which trials of killed processes are queued again.

        Raises
        ------
        ConfigError
            The library of that kind of database is not installed.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            storage = _connected(self.url, RetryHeartbeatStaleTrialCallback(max_retry=_RETRIES))
        self._identity = file_identity(self._file) if self._file else None
        return storage

    def require_file(self) -> None:
        """Raise where the file of the storage was removed or replaced: SQLite would go on without it."""
        if self._file is not None and file_identity(self._file) != self._identity:
            raise StorageError(
                f"the storage {self._file} was removed or replaced while the study ran: bring it back "
                "and start the same command again. trials.csv in the folder of the study has the "
                "trials so far"
            )

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn errors of the database into a `StorageError` of one line."""
        try:
            yield
        except (*STORAGE_ERRORS, RuntimeError) as error:
            if isinstance(error, RuntimeError) and "schema" not in str(error):
                raise
            cause = error.__cause__ if isinstance(error, StorageInternalError) else error
            reason = getattr(cause, "orig", None) or cause or error
            shown = sqlalchemy.make_url(self.url).render_as_string(hide_password=True)
            lines = str(reason).strip().splitlines() or [type(reason).__name__]
            raise StorageError(
                f"the storage {shown} cannot be used: {lines[0]}. Finished trials are kept: when it can "
                "be used again, start the same command again"
            ) from error


class _PatientStorage(RDBStorage):
    """A database whose heartbeat outlives a moment in which it is locked or away."""

    def record_heartbeat(self, trial_id: int) -> None:
        """Record that the process of a trial is alive."""
        with suppress(*STORAGE_ERRORS):
            super().record_heartbeat(trial_id)


def _checked_url(storage: str | None, file: Path) -> str:
    """The URL of a storage, or of the SQLite `file`."""
    if storage is None:
        url = sqlalchemy.URL.create("sqlite", database=str(file))
        return url.render_as_string(hide_password=False)
    try:
        sqlalchemy.make_url(storage).get_dialect()
    except sqlalchemy.exc.ArgumentError as error:
        raise ConfigError(
            f"storage: not the URL of a database ({type(error).__name__}): write for example "
            "sqlite:///studies.db, or postgresql://USER:PASSWORD@HOST/DATABASE"
        ) from error
    return storage


def _connected(url: str, retry: RetryHeartbeatStaleTrialCallback) -> RDBStorage:
    for attempt in range(1, _ATTEMPTS):
        try:
            return _opened(url, retry)
        except sqlalchemy.exc.DatabaseError as error:
            if not _is_made_by_another(error):
                raise
            time.sleep(0.2 * attempt)
    return _opened(url, retry)


def _is_made_by_another(error: sqlalchemy.exc.DatabaseError) -> bool:
    """Whether another process has made a table, or its version, in the same moment."""
    return isinstance(error, sqlalchemy.exc.IntegrityError) or "already exists" in str(error)


def _opened(url: str, retry: RetryHeartbeatStaleTrialCallback) -> RDBStorage:
    lock = {"connect_args": {"timeout": LOCK_SECONDS}} if url.startswith("sqlite") else {}
    try:
        return _PatientStorage(
            url,
            engine_kwargs=lock,
            heartbeat_interval=HEARTBEAT_SECONDS,
            grace_period=6 * HEARTBEAT_SECONDS,
            heartbeat_stale_trial_callback=retry,
        )
    except ImportError as error:
        driver = getattr(error.__cause__, "name", None) or "driver"
        raise ConfigError(
            f"storage: this database needs the library {driver}, which is not installed: "
            f"pip install {driver}"
        ) from error
