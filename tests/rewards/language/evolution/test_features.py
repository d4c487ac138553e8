"""Names and lengths of features."""

import pytest

from rewardlab.rewards.language.evolution.features import Feature, Kind, identifier, length


@pytest.mark.parametrize(("text", "name"), [("Key pos", "key_pos"), ("2 m", "value_2_m"), ("lambda", "value_lambda")])
def test_names_can_be_variables(text, name):
    assert identifier(text) == name and name.isidentifier()


@pytest.mark.parametrize("taken", ["obs", "info", "np", "reward", "action"])
def test_no_feature_hides_a_parameter(taken):
    assert identifier(taken) == f"value_{taken}"


def test_sizes_and_lengths():
    make = lambda low, high: Feature("x", Kind.NUMBER, ("x",), (), low, high)  # noqa: E731
    assert make(-2, 1).size == 3 and make(0, 1).size == 1 and make(5, 6).size == 6
    assert length(["a", "b"]) == "np.sqrt(a**2 + b**2)"
