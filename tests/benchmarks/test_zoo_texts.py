"""Texts become plain values, and nothing is run."""

import pytest
from torch import nn

from rewardlab.benchmarks.zoo_texts import keywords, policy_kwargs
from rewardlab.core.errors import BadOption


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')", "dict(a=print(1))", "dict(**{'a': 1})", "dict(1)", "dict(a=b)", "[1, 2]",
        "dict(activation_fn=nn.functional)", "dict(a=os.system)", "dict(a=-'x')", "dict(a=1", "{**{}}",
        "dict(a=lambda: 1)",
    ],
)  # fmt: skip
def test_texts_that_are_no_plain_values_are_refused(text: str) -> None:
    with pytest.raises(BadOption):
        policy_kwargs(text)


def test_plain_values_of_all_kinds_are_read() -> None:
    found = policy_kwargs("dict(a=-1, b=(1, 2.5), c={'x': None}, d='nn.ReLU', activation_fn='Tanh', e=[True])")
    assert found == {"a": -1, "b": (1, 2.5), "c": {"x": None}, "d": "nn.ReLU", "activation_fn": nn.Tanh, "e": [True]}
    assert policy_kwargs("dict(f=torch.nn.SiLU)") == {"f": nn.SiLU}


def test_mappings_stay_and_other_values_are_refused() -> None:
    assert keywords("dict(norm_obs=True, clip_obs=5.0)", "x") == {"norm_obs": True, "clip_obs": 5.0}
    assert keywords({"a": 1}, "x") == {"a": 1}
    with pytest.raises(BadOption, match="somewhere"):
        keywords([1], "somewhere")
