from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emotion_classifier.corpora.splits import (
    PARTS,
    PublishedConfig,
    make_split,
)
from emotion_classifier.corpora.splits.published import split_as_published
from emotion_classifier.corpora.splits.published_tables import PUBLISHED, read_table
from emotion_classifier.corpora.utterance import Utterance
from emotion_classifier.errors import LeakError, SplitError

MakeUtterances = Callable[..., list[Utterance]]


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def cremad(stems: list[str]) -> list[Utterance]:
    return [
        Utterance(
            id=f"crema_d/{stem}",
            path=Path(f"{stem}.wav"),
            corpus="crema_d",
            speaker=stem[:4],
            emotion=stem[9:12],
        )
        for stem in stems
    ]


@pytest.fixture(scope="module")
def all_of_cremad() -> list[Utterance]:
    rows = read_table(PUBLISHED["cremad_emobox"].table)
    return cremad([row["file"].removesuffix(".wav") for row in rows])


def real_ids(folder: Path) -> set[str]:
    return {path.stem for path in folder.rglob("*.flac")}


def test_emobox_tests_every_actor_once_on_the_real_clips(
    shared_data: Path, ravdess: list[Utterance]
) -> None:
    assert {u.id.removeprefix("ravdess/") for u in ravdess} == real_ids(shared_data / "ravdess")
    published = read_table(PUBLISHED["ravdess_emobox"].table)
    tested: Counter[str] = Counter()
    for fold in range(1, 7):
        config = PublishedConfig(name="ravdess_emobox", fold=fold)
        split = make_split([(ravdess, config)], seed=fold)
        test = split.select(ravdess, "test")
        assert len(test) == 240
        assert {u.speaker for u in test} == {
            row["speaker"] for row in published if row["fold"] == str(fold)
        }
        tested.update({u.speaker for u in test})
        validating = {u.speaker: u.sex for u in split.select(ravdess, "validation")}
        assert Counter(validating.values()) == {"female": 2, "male": 2}
        assert len(split.select(ravdess, "train")) == 960
        assert split.left_out == {}
        assert split.notes == ()
    assert tested == {f"{actor:02}": 1 for actor in range(1, 25)}


def test_luna_folds_are_numbered_from_zero_and_can_validate_as_reslstm(
    ravdess: list[Utterance],
) -> None:
    tested: Counter[str] = Counter()
    for fold in range(5):
        config = PublishedConfig(name="ravdess_luna5", fold=fold, validation="reslstm")
        split = make_split([(ravdess, config)], seed=0)
        tested.update({u.speaker for u in split.select(ravdess, "test")})
        assert len({u.speaker for u in split.select(ravdess, "validation")}) == 2
    assert tested == {f"{actor:02}": 1 for actor in range(1, 25)}


def test_tfds_has_its_own_validation_part_and_the_counts_of_its_catalogue(
    all_of_cremad: list[Utterance],
) -> None:
    split = make_split([(all_of_cremad, PublishedConfig(name="cremad_tfds"))], seed=0)
    assert [len(split.select(all_of_cremad, part)) for part in PARTS] == [5144, 738, 1556]
    assert split.left_out.keys() == {
        f"crema_d/{stem}"
        for stem in ("1040_ITH_SAD_XX", "1006_TIE_NEU_XX", "1013_WSI_DIS_XX", "1017_IWW_FEA_XX")
    }
    assert split.notes == ()


def test_absent_speakers_are_reported(shared_data: Path) -> None:
    here = cremad(sorted(real_ids(shared_data / "crema-d")))
    split = make_split([(here, PublishedConfig(name="cremad_tfds"))], seed=0)
    (note,) = split.notes
    assert note.startswith("1804 of the 7438 clips of the published split cremad_tfds")
    assert len(note.partition("absent speakers: ")[2].split(", ")) == 91 - 22


def test_emobox_on_cremad_leaks_with_a_warning(all_of_cremad: list[Utterance]) -> None:
    with pytest.raises(LeakError, match=r"cremad_emobox has the same speakers .* use cremad_tfds"):
        PublishedConfig(name="cremad_emobox").assign(all_of_cremad, generator())
    config = PublishedConfig(name="cremad_emobox", allow_leak=True)
    split = make_split([(all_of_cremad, config)], seed=0)
    assert len(split.select(all_of_cremad, "test")) == 1856
    assert len(split.leaks) == 91


def test_song_and_other_clips_are_left_out_with_the_reason(ravdess: list[Utterance]) -> None:
    song = Utterance("ravdess/03-02-01-01-01-01-01", Path("s.wav"), "ravdess", "01", "neutral")
    unknown = Utterance("ravdess/03-01-01-01-01-01-25", Path("u.wav"), "ravdess", "25", "neutral")
    config = PublishedConfig(name="ravdess_emobox", fold=1)
    split = config.assign([*ravdess, song, unknown], generator())
    reason = "not in the published split ravdess_emobox"
    assert split.left_out == {song.id: reason, unknown.id: reason}


def test_another_corpus_is_refused(make_utterances: MakeUtterances) -> None:
    config = PublishedConfig(name="ravdess_emobox", fold=1)
    with pytest.raises(SplitError, match="named like 03-01-06-01-02-01-12, and none of the 12"):
        config.assign(make_utterances(2), generator())


@pytest.mark.parametrize("fold", [None, 0, 7])
def test_the_error_for_an_unknown_fold_names_the_known_folds(
    ravdess: list[Utterance], fold: int | None
) -> None:
    with pytest.raises(SplitError, match=r"fold.*ravdess_emobox.* one of 1, 2, 3, 4, 5, 6\b"):
        PublishedConfig(name="ravdess_emobox", fold=fold).assign(ravdess, generator())


def test_the_error_for_an_unknown_name_names_the_known_names(ravdess: list[Utterance]) -> None:
    with pytest.raises(SplitError, match="'ravdes_emobox': choose one of ravdess_emobox,"):
        split_as_published(ravdess, "ravdes_emobox", 1, "speakers", 0.2, generator())


def test_validation_speakers_of_another_paper_are_refused(ravdess: list[Utterance]) -> None:
    with pytest.raises(SplitError, match="published for ravdess_luna5, not for ravdess_emobox"):
        PublishedConfig(name="ravdess_emobox", fold=1, validation="reslstm").assign(
            ravdess, generator()
        )


def test_too_few_training_speakers_are_refused(ravdess: list[Utterance]) -> None:
    few = [u for u in ravdess if u.speaker in ("01", "02")]
    with pytest.raises(SplitError, match="has 1 speakers here"):
        PublishedConfig(name="ravdess_emobox", fold=1).assign(few, generator())
