from __future__ import annotations

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups, metadata

from emotion_classifier.evaluation.metrics import METRICS
from emotion_classifier.evaluation.scores import Score
from emotion_classifier.evaluation.uncertainty import Estimate
from emotion_classifier.runs.run_folder import RunFolder
from emotion_classifier.training.logging.hparams import write_settings, write_test_scores

SETTINGS = {
    "seed": 3,
    "experiment": "e",
    "label": "l",
    "corpora": [{"kind": "toy", "path": "/data/toy"}],
    "augmentation": {"chain": [{"kind": "gain"}, {"kind": "speed", "probability": 0.25}]},
    "model": {"spec_augment": None, "network": {"kind": "cnn", "dropout": 0.5, "channels": [4, 8]}},
    "training": {"workers": 2, "tensorboard": {"clips": 1}, "deep": {"flag": True, "empty": {}}},
}


def events(folder: Path) -> EventAccumulator:
    found = EventAccumulator(str(folder))
    found.Reload()
    return found


def plugin_data(folder: Path, tag: str) -> bytes:
    content = events(folder).SummaryMetadata(tag).plugin_data.content
    assert isinstance(content, bytes)
    return content


def test_every_setting_is_a_column(tmp_path: Path) -> None:
    write_settings(tmp_path, SETTINGS)
    content = plugin_data(tmp_path, metadata.SESSION_START_INFO_TAG)
    found = metadata.parse_session_start_info_plugin_data(content).hparams
    assert {name: value.string_value or value.number_value for name, value in found.items()} == {
        "seed": 3.0,
        "corpora.0.kind": "toy",
        "augmentation.chain.0.kind": "gain",
        "augmentation.chain.1.kind": "speed",
        "augmentation.chain.1.probability": 0.25,
        "model.spec_augment": "null",
        "model.network.kind": "cnn",
        "model.network.dropout": 0.5,
        "model.network.channels": "[4, 8]",
        "training.deep.flag": "true",
        "training.deep.empty": "{}",
    }


def test_the_test_scores_are_metrics_at_the_epoch_that_was_tested(tmp_path: Path) -> None:
    write_settings(tmp_path, SETTINGS)
    values = {name: 1 / number for number, name in enumerate(METRICS, start=2)}
    score = Score.of("all", 8, 2, (Estimate(value, None) for value in values.values()))
    write_test_scores(tmp_path, score, epoch=7)
    found = {
        tag: [(event.step, event.value) for event in events(tmp_path).Scalars(tag)]
        for tag in events(tmp_path).Tags()["scalars"]
    }
    assert found == {f"test/{name}": [(7, pytest.approx(value))] for name, value in values.items()}
    end = plugin_data(tmp_path, metadata.SESSION_END_INFO_TAG)
    assert metadata.parse_session_end_info_plugin_data(end).status == 1  # success


def test_no_list_of_columns_hides_the_settings_of_other_runs(tmp_path: Path) -> None:
    write_settings(tmp_path, SETTINGS)
    with pytest.raises(KeyError):
        events(tmp_path).SummaryMetadata(metadata.EXPERIMENT_TAG)


def test_a_run_has_the_name_of_its_folder_and_what_differs_comes_first(tmp_path: Path) -> None:
    for label, dropout in {"one": 0.1, "two": 0.5}.items():
        folder = RunFolder(tmp_path / "study" / label)
        write_settings(folder.tensorboard, {"a": 1, "model": {"dropout": dropout, "kind": "cnn"}})
    data = MultiplexerDataProvider(EventMultiplexer().AddRunsFromDirectory(str(tmp_path)), "")
    data._multiplexer.Reload()
    context = backend_context.Context(TBContext(data_provider=data))
    found = context.hparams_metadata(RequestContext(), "")
    assert found.keys() == {"study/one", "study/two"}
    experiment = context.experiment_from_metadata(RequestContext(), "", False, found, [])
    assert [info.name for info in experiment.hparam_infos] == ["model.dropout", "a", "model.kind"]


def test_all_runs_of_a_folder_are_rows_of_a_table_with_their_test_scores(tmp_path: Path) -> None:
    """By TensorBoard's own handler of the table."""
    for label, value in {"one": 0.25, "two": 0.75}.items():
        folder = RunFolder(tmp_path / "study" / label).tensorboard
        write_settings(folder, {"model": {"kind": label}})
        write_test_scores(folder, Score.of("all", 8, 2, [Estimate(value, None)] * len(METRICS)), 3)
    data = MultiplexerDataProvider(EventMultiplexer().AddRunsFromDirectory(str(tmp_path)), "")
    data._multiplexer.Reload()
    context = backend_context.Context(TBContext(data_provider=data))
    request = api_pb2.ListSessionGroupsRequest(start_index=0, slice_size=10)
    request.allowed_statuses.extend([api_pb2.STATUS_SUCCESS])
    rows = list_session_groups.Handler(RequestContext(), context, "", request).run()
    found = {
        group.hparams["model.kind"].string_value: {
            (one.name.group or one.name.tag, one.name.tag): one.value for one in group.metric_values
        }
        for group in rows.session_groups
    }
    assert found == {
        label: {(f"test/{name}", f"test/{name}"): value for name in METRICS}
        for label, value in {"one": 0.25, "two": 0.75}.items()
    }


def test_events_of_an_earlier_version_stay_where_they_are(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "old")
    (folder.path / "tensorboard").mkdir(parents=True)
    assert folder.tensorboard == folder.path / "tensorboard"
