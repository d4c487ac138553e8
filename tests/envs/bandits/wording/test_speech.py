"""The ground of wordings: names, numbers and sums."""

import numpy as np
import pytest

from rewardlab.envs.bandits import BanditText
from rewardlab.envs.bandits.wording.speech import added, marked, part_of, ridge, rounds_of, ucb1, vector


def test_many_things_get_numbered_names():
    few, many = BanditText("StochasticBandit", {"arms": 24}), BanditText("StochasticBandit", {"arms": 25})
    assert few.names[-1] == "Z" and many.names == tuple(f"R{k}" for k in range(1, 26))
    assert many.parse("r25") == 24 and many.parse("R2") == 1 and few.parse("z") is None


@pytest.mark.parametrize("of", ["StochasticBandit", "DuelingBandit", "SlatePage", "ContextBandit-MapsTasks-v0"])
@pytest.mark.parametrize("domain", ["labels", "products"])
def test_all_names_of_an_answer_fit_into_it(of, domain):
    rules = BanditText(of, domain=domain)
    wording = rules.wording
    longest = max(wording.names, key=len)
    text = ", and ".join([longest] * wording.many)
    assert text in rules.action_space and rules.parse(text) is not None
    assert wording.parse("x" * (wording.answer + 1)) == (None, False)


def test_bonuses_fall_and_are_infinite_before_a_pull():
    value, bonus = ucb1(np.array([0, 1, 4]), np.array([0.0, 0.5, 0.2]), 2.0, 10)
    np.testing.assert_allclose(bonus, [np.inf, np.sqrt(2 * np.log(10)), np.sqrt(2 * np.log(10) / 4)])
    np.testing.assert_array_equal(value, [0.0, 0.5, 0.2])


def test_ridge_is_the_solution_of_the_normal_equations():
    dice = np.random.default_rng(0)
    seen, pay, x = dice.normal(size=(9, 3)), dice.normal(size=9), dice.normal(size=(4, 3))
    V = np.eye(3) + seen.T @ seen
    value, bonus = ridge(x, V, seen.T @ pay, 0.5)
    root = np.linalg.cholesky(V)
    theta = np.linalg.lstsq(np.concatenate([seen, np.eye(3)]), np.append(pay, np.zeros(3)), rcond=None)[0]
    np.testing.assert_allclose(value, x @ theta)
    np.testing.assert_allclose(bonus, 0.5 * np.linalg.norm(np.linalg.solve(root, x.T), axis=0))


def test_small_parts():
    table = np.zeros((2, 3))
    np.testing.assert_array_equal(added(table, np.array([2, 0]), np.array([1.5, 2.0])), [[0, 0, 1.5], [2, 0, 0]])
    assert not table.any() and vector([1, -0.126]) == "+1.00 -0.13"
    both = {**marked("a:", {"x": table}), **marked("b:", {"x": table + 1, "y": table})}
    assert (
        set(both) == {"a:x", "b:x", "b:y"} and (part_of("b:", both)["x"] == 1).all() and len(part_of("a:", both)) == 1
    )
    rounds = {of: rounds_of(BanditText(of).bandit) for of in ("TallyBandit", "SwingingBandit", "DynamicalBandit")}
    assert rounds == {"TallyBandit": 1000, "SwingingBandit": 600, "DynamicalBandit": None}
