"""Indices against NumPy's, step by step; and what is said of wrong ones."""

import re

import pytest
from core.sandbox.one_step import refusal, same


@pytest.mark.parametrize(
    "expression",
    [
        "obs[3] + obs[-1] + obs[2:5].sum() + obs[-3:].sum() + obs[::2].sum() + obs[5:1:-2].sum() + obs[:].sum() + obs[::-1][0]",  # noqa: E501
        "info['feet'][1, 2] + info['feet'][1][2] + info['feet'][:, 1].sum() + info['feet'][1:3, ::2].sum()",
        "info['feet'][..., 0].sum() + info['feet'][0, ...].sum() + info['feet'][None, 1, 2][0] + info['feet'][-1, -1]",
        "obs[[0, 2, 5]].sum() + obs[np.array([1, 3])].sum() + info['feet'][[0, 1], :].sum() + info['feet'][:, [2, 0]][1, 0]",  # noqa: E501
        "np.array([1.0, 5.0, 7.0, 9.0])[info['stage']] + [1.0, 5.0, 7.0, 9.0][info['stage']] + (1, 2, 3, 4)[info['stage']]",  # noqa: E501
        "info['feet'][info['stage']].sum() + obs[-info['stage']]",
        "[1, 2, 3][1:][0] + (1, 2, 3)[-1] + [[1, 2], [3, 4]][1][0] + range(3, 9)[2] + obs[1 + 1] + obs[int(2.0)]",
        "obs[(0,)] + info['feet'][(1, 2)] + obs[20:].sum() + obs[True + 1]",
    ],
)
def test_forms(expression: str) -> None:
    same(expression)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("obs[17]", "index 17 is out of range: obs has shape .17,."),
        ("info['feet'][4, 0]", r"info\['feet'\] has shape .4, 3."),
        ("obs[0, 1]", "there is no axis for the batch"),
        ("info['distance'][0]", "is a single number"),
        ("info['distanse']", "did you mean 'distance'"),
        ("info['distanse']", r"info has contact \(2,\), distance \(\)"),
        ("obs[obs > 0].sum()", "no fixed shape"),
        ("obs[0.5]", "an integer that is known beforehand"),
        ("obs[obs[0]]", "one integer of the step"),
        ("obs[info['contact']]", "np.where"),
        ("info['feet'][info['stage'], 0]", "differs from step to step"),
        ("info['feet'][[0], [1]].sum()", "two lists"),
        ("obs[..., ...].sum()", "two ellipses"),
        ("[1, 2][5]", "from -2 to 1"),
        ("[][0]", "which is empty"),
        ("np.sum[0]", "has no index"),
        ("{'a': 1}['b']", "the dict has no 'b'"),
        ("obs[::0].sum()", "step of a slice is 0"),
    ],
)
def test_what_does_not_fit_is_said(expression: str, said: str) -> None:
    error = refusal(expression)
    assert re.search(said, str(error)), str(error)
    assert error.line == 2
