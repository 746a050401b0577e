from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.inference.streaming.running_mean import Tone

SAD, GLAD = np.eye(2, dtype=np.float32)


def test_windows_weigh_by_their_speech() -> None:
    for windows in (2, 5, None):
        tone = Tone(2, windows)
        tone.add(SAD, 0.2, 5.0)
        tone.add(GLAD, 0.6, 5.0)
        mean = tone.mean()
        assert mean is not None
        np.testing.assert_allclose(mean.probabilities, [0.25, 0.75], atol=1e-6)
        assert mean.speech_share == pytest.approx(0.4)
        assert tone.speech_seconds == pytest.approx(4.0)


def test_windows_that_do_not_count_only_take_time() -> None:
    rolling, whole = Tone(2, 3), Tone(2, None)
    for tone in (rolling, whole):
        assert tone.mean() is None
        assert tone.speech_seconds == 0.0
        tone.add(SAD, 0.5, 5.0)
        tone.add(None, 0.0, 5.0)
        tone.add(None, 0.05, 5.0)
        mean = tone.mean()
        assert mean is not None and mean.speech_share == pytest.approx(0.5)
        tone.add(None, 0.0, 5.0)
    assert rolling.mean() is None
    mean = whole.mean()
    assert mean is not None
    np.testing.assert_array_equal(mean.probabilities, SAD)


def test_old_windows_leave_the_rolling_tone_only() -> None:
    rolling, whole = Tone(2, 10), Tone(2, None)
    for index in range(40):
        for tone in (rolling, whole):
            tone.add(SAD if index < 30 else GLAD, 1.0, 5.0)
    found = [tone.mean() for tone in (rolling, whole)]
    assert found[0] is not None and found[1] is not None
    np.testing.assert_allclose(found[0].probabilities, GLAD)
    np.testing.assert_allclose(found[1].probabilities, [0.75, 0.25])
    assert len(whole._terms) == 1 and len(rolling._terms) == 10
