"""What is read off recorded episodes, against episodes that were made by hand."""

import json

import numpy as np
import pytest

from rewardlab.core.batch import Transitions
from rewardlab.rewards.language.design.trajectories import Analysis, analyse


def episodes(ends, *, won=(), terminated=(), still=(), info=None, T=10):
    """[T, N] steps whose row n ends at step ends[n]."""
    N = len(ends)
    t, n = np.indices((T, N))
    last = t == np.array(ends)
    moving = ~np.isin(n, still)
    obs = (t * moving)[..., None].astype(float)
    over = last & np.isin(n, [*won, *terminated])
    columns = {"success": last & np.isin(n, won), **(info or {})}
    return Transitions(
        obs, np.zeros((T, N)), columns["success"] * 1.0, obs + moving[..., None], over, last & ~over, columns
    )


def test_rates_lengths_and_ends():
    found = analyse(episodes([3, 9, 9, 4], won=[0], terminated=[3]))
    assert (found.episodes, found.success, found.task_return, found.length) == (4, 0.25, 0.25, 7.25)
    assert found.ends == {"terminated": 0.5, "truncated": 0.5}


def test_only_the_first_episode_of_a_row_counts():
    steps = episodes([1, 9], won=[0])
    again = np.arange(10)[:, None] % 2 == 1  # row 0 succeeds every second step from then on
    steps.terminated[:, 0], steps.info["success"][:, 0] = again[:, 0], again[:, 0]
    found = analyse(steps, {"pay": np.where(np.arange(10)[:, None] < 2, 1.0, 100.0) * np.array([1.0, 0.0])})
    assert found.success == 0.5 and found.episodes == 2
    assert found.terms["pay"]["maximum"] == 1.0


def test_terms_have_mean_extremes_and_shares():
    a, b = np.full((10, 2), -1.0), np.where(np.arange(10)[:, None] == 0, 30.0, 0.0) * np.ones(2)
    terms = analyse(episodes([9, 9]), {"a": a, "b": b}).terms
    assert terms["a"] == {"mean": -1.0, "minimum": -1.0, "maximum": -1.0, "share": 0.25}
    assert terms["b"] == {"mean": 3.0, "minimum": 0.0, "maximum": 30.0, "share": 0.75}


def test_failures_are_grouped_and_told():
    t, n = np.indices((10, 6))
    key = (t >= 4) & np.isin(n, [1, 2])
    lava = (t == 5) & (n == 5)
    far = 1.0 - 0.05 * t + 0.0 * n
    steps = episodes([3, 9, 9, 9, 9, 5], won=[0], terminated=[5], still=[3, 4],
                     info={"has_key": key, "in_lava": lava, "distance": far})  # fmt: skip
    found = analyse(steps)
    assert found.shares == pytest.approx((2 / 6, 2 / 6, 1 / 6))
    words = dict(zip(found.failures, found.shares, strict=True))
    moved = next(w for w in words if "ran out of time after 10 steps, with has_key true on the way" in w)
    assert "never with in_lava" in moved and "distance 0.55 at the end (least 0.55)" in moved
    assert any("never moved" in w for w in words)
    assert any("ended without success after 6 steps when in_lava came true" in w for w in words)
    assert "33% of the episodes never moved" in found.text()


def test_without_a_success_column_no_failure_is_claimed():
    steps = episodes([9, 9])
    steps.info.pop("success")
    found = analyse(steps)
    assert found.success is None and found.failures == () and "success" not in found.text()


def test_nothing_ended():
    steps = episodes([9])
    steps.truncated[:] = False
    assert analyse(steps).episodes == 0 and "No episode" in analyse(steps).text()


def test_it_comes_back_from_json():
    found = analyse(episodes([3, 9], won=[0]), {"a": np.ones((10, 2))})
    assert Analysis.from_json(json.loads(json.dumps(found.to_json()))) == found
