from __future__ import annotations

import numpy as np
import pytest

from emotion_classifier.audio.synthesis.vocal_tract import (
    filter_by_frame,
    frame_times,
    glottal_pulses,
    noise_response,
    vowel_response,
)


@pytest.mark.parametrize("total", [1000, 16000, 16001, 24007])
@pytest.mark.parametrize("rate", [8000, 16000, 22050, 48000])
def test_a_flat_filter_changes_nothing(total: int, rate: int) -> None:
    samples = np.random.default_rng(0).standard_normal(total)
    flat = np.ones((len(frame_times(total, rate)), 1))
    np.testing.assert_allclose(filter_by_frame(samples, flat, rate), samples, atol=1e-12)


def test_frame_times_are_the_centres_of_the_filters_frames() -> None:
    impulses = np.zeros(16000)
    impulses[63 * 128] = 1.0  # a whole number of hops
    times = frame_times(16000, 16000)
    energy = [
        np.abs(filter_by_frame(impulses, (np.arange(len(times)) == k)[:, None] * 1.0, 16000)).max()
        for k in range(len(times))
    ]
    assert times[int(np.argmax(energy))] == pytest.approx(63 * 0.008)


def test_resonances_have_their_frequencies() -> None:
    response = np.abs(vowel_response(np.array([[700.0, 1800.0, 2600.0, 3500.0]]), 0.0, 16000))[0]
    frequencies = np.linspace(0, 8000, len(response))
    peaks = (response[1:-1] > response[:-2]) & (response[1:-1] > response[2:])
    np.testing.assert_allclose(frequencies[1:-1][peaks], [700, 1800, 2600, 3500], atol=40)


def test_the_tilt_is_a_gain_for_each_octave() -> None:
    formants_hz = np.array([[500.0, 1500.0, 2500.0, 3500.0]])
    bright, plain = (np.abs(vowel_response(formants_hz, db, 16000))[0] for db in (6.0, 0.0))
    gain_db = 20 * np.log10(bright / plain)
    frequencies = np.linspace(0, 8000, len(gain_db))
    np.testing.assert_allclose(
        np.interp([250, 500, 1000, 4000], frequencies, gain_db), [0, 0, 6, 18], atol=0.1
    )


def test_noise_bands_are_centred() -> None:
    response = noise_response(np.array([1000.0, 4000.0]), 16000)
    frequencies = np.linspace(0, 8000, response.shape[1])
    np.testing.assert_allclose(frequencies[response.argmax(axis=1)], [1000, 4000], atol=10)


def test_pulses_repeat_with_the_pitch() -> None:
    pulses = glottal_pulses(np.full(16000, 125.0), 16000, 0.0, np.random.default_rng(0))
    np.testing.assert_allclose(pulses[1280:2560], pulses[2560:3840], atol=1e-6)
    assert np.abs(np.fft.rfft(pulses))[1:].argmax() + 1 in {125, 250}


def test_roughness_makes_periods_unequal() -> None:
    pulses = glottal_pulses(np.full(16000, 125.0), 16000, 0.03, np.random.default_rng(0))
    difference = pulses[1280:2560] - pulses[2560:3840]
    assert difference.std() > 0.3 * pulses.std()
