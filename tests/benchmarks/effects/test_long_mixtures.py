"""Regret in mixtures without end: exponents, runs in the order of seeds, and R-learning against the exact gain."""

from functools import partial

import numpy as np
import pytest

from rewardlab.agents.tabular import UCRL2
from rewardlab.benchmarks.effects.long_mixtures import (
    RLearning,
    changes,
    discounted,
    effects,
    grown,
    loop,
    lost,
    process,
    tables,
)
from rewardlab.envs import WorldVectorEnv


def test_an_exponent_is_that_of_the_last_decade():
    assert grown(10.0, 100.0) == {"regret": 100.0, "exponent": pytest.approx(1.0)}
    assert grown(3.0, 3.0)["exponent"] == 0.0 and grown(2.0, 2.0 * 10**0.5)["exponent"] == pytest.approx(0.5)


@pytest.mark.parametrize("make", [partial(loop, scale=0.1), partial(tables, kind=UCRL2, scale=0.03)])
def test_runs_come_in_the_order_of_seeds_and_in_their_own_process(make):
    found = list(lost([0, 1, 2], make=make, steps=100))
    alone = make(process(1), 1, 1, steps=100)
    alone.learn(10)
    early = changes(alone)[0]
    alone.learn(90)
    assert found[1]["regret"] == pytest.approx(alone.regret[0]) and found[1]["early changes"] == early
    assert found[1]["late changes"] == changes(alone)[0] - early
    assert len({m["regret"] for m in found}) == 3


def test_r_learning_finds_the_average_reward_and_goes_on_losing():
    rules = process(0)
    mdp = rules.to_mdp().with_gamma(None)
    agent = RLearning(WorldVectorEnv(rules, 4), seed=0, independent=True, learning_rate=0.05)
    agent.learn(4 * 6000)
    before = agent.regret.copy()
    worth = [mdp.evaluate(q.argmax(1)).value for q in agent.Q]
    assert np.mean(worth) > mdp.solve().value - 0.02
    np.testing.assert_allclose(agent.gain, mdp.solve().value, atol=0.08)
    agent.learn(4 * 1000)
    assert ((agent.regret - before) / 1000 > 0.005).all() and changes(agent).tolist() == [0.0] * 4


def test_q_learning_tells_what_it_loses():
    one = discounted(0, rate=0.1, steps=300)
    assert one["regret"] > 5 and 0.5 < one["exponent"] < 1.5
    assert one == discounted(0, rate=0.1, steps=300) != discounted(2, rate=0.1, steps=300)


def test_the_effect_fits_into_five_minutes_and_names_its_sides():
    (effect,) = effects()
    assert effect.cost(10) < 600
    sides = {arm.side for arm in effect.arms}
    assert all({claim.side, claim.against} <= sides for claim in effect.claims)
