"""Sums, means and extremes, against NumPy row by row."""

import pytest
from core.sandbox.one_step import refusal, same


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min", "amax", "amin", "std", "var", "median", "ptp"])
@pytest.mark.parametrize("rest", ["", ", axis=0", ", axis=1", ", axis=-1"])
def test_over_all_and_over_an_axis(name: str, rest: str) -> None:
    same(f"np.sum(np.{name}(info['feet']{rest})) + np.{name}(action)")


@pytest.mark.parametrize(
    "expression",
    [
        "np.sum(info['feet'], axis=(0, 1)) + np.mean(info['feet'], axis=(1, 0)) + np.max(info['feet'], axis=(0, 1))",
        "np.sum(info['feet'] - info['feet'].mean(axis=0, keepdims=True)) + np.sum(info['feet'].max(1, keepdims=True))",
        "np.sum(obs) + np.sum(next_obs[:8]) + np.mean(obs) + np.linalg.norm(obs)",  # eight and more are added in pairs
        "np.any(obs > 1) + 0.0 + np.all(action < 2) * 1.0 + np.sum(np.any(info['feet'] > 0, axis=0))",
        "np.argmax(obs) + np.argmin(action) + np.sum(np.argmax(info['feet'], axis=1)) + np.argmax(info['feet'])",
        "np.cumsum(action)[2] + np.cumprod(action)[3]"
        " + np.cumsum(info['feet'])[5] + np.cumsum(info['feet'], axis=0)[1, 2]",
        "np.count_nonzero(obs > 0) + np.average(action) + np.average(action, weights=np.arange(1, 7))",
        "np.std(action, ddof=1) + np.var(obs[:4], ddof=1)",
        "np.nansum(np.log(obs)) + np.nanmean(np.sqrt(obs)) + np.nanmax(np.log(obs)) + np.nanmin(np.log(obs))",
        "np.sum(obs[0]) + np.mean(obs[1]) + np.max(obs[2]) + np.std(obs[3]) + np.prod(obs[4]) + np.sum(2.0)",
        "np.sum(info['contact']) + np.mean(info['contact']) + info['contact'].sum() + np.sum([True, False, True])",
        "np.sum([obs[0], 1.0, obs[1]]) + np.max([[obs[0], 2], [3, 4]]) + np.min((obs[0], obs[1]))",
        "np.mean(info['stage']) + np.sum(np.array([1, 2, 3]))",
        "np.median(action) + np.median(obs) + np.median(info['feet'], axis=0).sum()",
    ],
)
def test_forms(expression: str) -> None:
    same(expression)


def test_what_does_not_fit_is_said() -> None:
    assert "axis is the number 2" in refusal("np.sum(info['feet'], axis=2).sum()").what
    assert "names an axis twice" in refusal("np.sum(info['feet'], axis=(0, 0)).sum()").what
    assert "of nothing" in refusal("np.max(obs[3:3])").what
    assert "of nothing" in refusal("np.mean(np.zeros(0))").what
    assert "axis" in refusal("np.sum(obs[0], axis=1)").what
