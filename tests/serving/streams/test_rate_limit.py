"""Average rates that may be exceeded for some time."""

from __future__ import annotations

from emotion_classifier.serving.streams.rate_limit import RateLimit


def test_the_rate_itself_is_kept_for_ever() -> None:
    limit = RateLimit(1.5, 5.0)
    assert all(limit.add(0.15, now / 10) for now in range(10_000))


def test_a_higher_rate_is_refused_after_some_seconds() -> None:
    limit = RateLimit(1.5, 5.0)
    kept = [limit.add(0.3, now / 10) for now in range(100)]  # 3 times real time
    assert kept.index(False) == 49  # level of 7.5 s at (3 - 1.5) / s


def test_a_burst_of_the_seconds_fits_and_no_more() -> None:
    assert RateLimit(1.5, 5.0).add(7.5, 0.0)
    assert not RateLimit(1.5, 5.0).add(7.6, 0.0)
    limit = RateLimit(1.5, 5.0)
    assert limit.add(7.5, 0.0)
    assert limit.add(7.5, 3600.0)
    assert not limit.add(0.1, 3600.0)
