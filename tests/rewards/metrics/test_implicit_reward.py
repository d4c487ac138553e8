"""Implicit and explicit reward models: the same ranking on a table, compared on pairs."""

import numpy as np
import pytest

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.responses import beats, sigmoid, tilted
from rewardlab.rewards.metrics import Pairs, compare_reward_models, evaluate_reward_model, implicit_reward

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("beta", [0.1, 0.5, 2.0])
def test_at_the_population_optimum_both_are_the_same_reward(beta):
    reference, reward = RNG.dirichlet(np.ones(8)), RNG.normal(size=8)
    preferred = beats(reward)
    # The direct loss has its own optimum: gradient steps on all pairs from the reference.
    theta = np.zeros(8)
    for _ in range(4000):
        gap = theta[:, None] - theta[None]
        push = (preferred - sigmoid(gap)).sum(1)
        theta += 0.3 * push
    log = np.log(reference) + theta / beta
    log = log - np.log(np.exp(log).sum())
    found = implicit_reward(log, np.log(reference), beta=beta)
    np.testing.assert_allclose(found - found.mean(), reward - reward.mean(), atol=1e-4)
    exact = implicit_reward(np.log(tilted(reference, reward, beta)), np.log(reference), beta=beta)
    np.testing.assert_allclose(exact - exact.mean(), reward - reward.mean(), atol=1e-9)


def test_a_factor_of_the_prompt_cancels_in_every_pair():
    log, ref = RNG.normal(size=(2, 50, 2))
    shift = RNG.normal(size=(50, 1))
    one = evaluate_reward_model(lambda x: x, {"a": Pairs(*implicit_reward(log, ref, beta=0.1).T)})
    two = evaluate_reward_model(lambda x: x, {"a": Pairs(*implicit_reward(log + shift, ref, beta=0.1).T)})
    assert one == two


def test_random_models_are_right_half_of_the_time_and_equals_count_half():
    sets = {"held out": Pairs(RNG.normal(size=(10_000, 3)), RNG.normal(size=(10_000, 3)))}
    assert evaluate_reward_model(lambda x: x[:, 0], sets)["held out"] == pytest.approx(0.5, abs=0.015)
    assert evaluate_reward_model(lambda x: np.zeros(len(x)), sets)["held out"] == 0.5


def test_a_model_that_keys_on_the_surface_is_as_good_at_home_and_worse_elsewhere():
    def made(surface_follows):
        meaning = RNG.normal(size=(2, 4000))
        surface = meaning if surface_follows else RNG.normal(size=(2, 4000))
        order = np.argsort(-meaning, axis=0)
        both = np.stack([meaning, surface], axis=-1)
        w, l = (np.take_along_axis(both, order[[k]][..., None], 0)[0] for k in (0, 1))  # noqa: E741
        return Pairs(w, l)

    sets = {"home": made(True), "shifted": made(False)}
    found = compare_reward_models(lambda x: x[:, 0], lambda x: 0.3 * x[:, 0] + x[:, 1], sets)
    assert found["home"].difference == 0.0
    assert found["shifted"].difference > 0.2 > 10 * found["shifted"].error > 0


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="beta"):
        implicit_reward(np.zeros(2), np.zeros(2), beta=0.0)
    with pytest.raises(BadBatch, match="'a'"):
        evaluate_reward_model(lambda x: x, {"a": Pairs(np.zeros(2), np.zeros(3))})
