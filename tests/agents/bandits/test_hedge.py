"""Hedge: its bounds hold surely, for losses of any kind, and its weights are a closed form."""

import math

import numpy as np
import pytest
from exact_bandits import bernoulli

from rewardlab.agents import Hedge
from rewardlab.agents.loops.rollout import Step
from rewardlab.core.errors import BadOption, BadReward, MissingColumn
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import AdversarialBandit


def show(agent, losses):
    """Let an agent see losses [N, K], whatever it pulled."""
    n, row = len(losses), np.zeros(len(losses))
    no, yes = np.zeros(n, dtype=bool), np.ones(n, dtype=bool)
    step = Step(row, row.astype(int), row, no, no, yes, row, {"losses": losses})
    agent.gather(step, slice(None), np.arange(n) if agent.memories > 1 else np.zeros(n, dtype=int))
    agent.num_timesteps += n


def sequences(name, rounds, rows, arms, chances):
    """Losses of the next round [N, K] against the chances [N, K], and what kind of world they are from."""
    rng = np.random.default_rng(7)
    for t in range(rounds):
        if name == "random":
            yield rng.random((rows, arms)) ** rng.uniform(0.2, 5, arms)
        elif name == "follower":  # who leads loses
            yield (np.arange(arms) == chances().argmax(1)[:, None]).astype(float)
        else:  # one arm is good for half of the time, then another
            yield np.tile((np.arange(arms) != (t >= rounds // 2)).astype(float), (rows, 1))


@pytest.mark.parametrize("name", ["random", "follower", "turning"])
@pytest.mark.parametrize("arms", [2, 7])
def test_the_bounds_hold_surely(name, arms):
    rounds, rows = 300, 5
    tight = math.sqrt(rounds * math.log(arms) / 2)
    known = Hedge(bernoulli([0.5] * arms, rows), seed=0, independent=True, rate=math.sqrt(8 * math.log(arms) / rounds))
    anytime = Hedge(bernoulli([0.5] * arms, rows), seed=0, independent=True)
    for agent in (known, anytime):
        lost, total = np.zeros(rows), np.zeros((rows, arms))
        for t, losses in enumerate(sequences(name, rounds, rows, arms, lambda a=agent: a.chances), start=1):
            lost, total = lost + (agent.chances * losses).sum(1), total + losses
            show(agent, losses)
            regret = lost - total.min(1)
            if agent is anytime:
                assert (regret <= math.sqrt(2 * t * math.log(arms)) + math.sqrt(math.log(arms) / 8) + 1e-9).all()
        if agent is known:
            assert (regret <= tight + 1e-9).all()
            if name == "follower":
                assert (regret > 0.3 * tight).all()  # it is no bound that is never near


def test_weights_are_exponential():
    agent = Hedge(bernoulli((0.5,) * 3, 2), seed=0, independent=True)
    total = np.zeros((2, 3))
    for t in range(1, 6):
        losses = np.random.default_rng(t).random((2, 3))
        total += losses
        show(agent, losses)
        weight = np.exp(-math.sqrt(8 * math.log(3) / (t + 1)) * total)
        np.testing.assert_allclose(agent.chances, weight / weight.sum(1, keepdims=True), rtol=1e-12)
    shared = Hedge(bernoulli((0.5,) * 3, 2), seed=0, rate=0.3)
    show(shared, losses)
    weight = np.exp(-0.3 * losses.sum(0))
    np.testing.assert_allclose(shared.chances[0], weight / weight.sum(), rtol=1e-12)


def test_it_plays_what_the_environment_shows():
    arms, rounds, rows = 5, 400, 30
    rules = AdversarialBandit(arms=arms, sequence="switching", rounds=rounds, feedback="full")
    agent = Hedge(WorldVectorEnv(rules, rows), seed=0, independent=True)
    expected = np.zeros(rows)

    def hear(told):
        losses = told["step"].column("losses")
        expected[:] += (before[0] * losses).sum(1)
        before[0] = agent.chances.copy()

    before = [agent.chances.copy()]
    agent.learn(rows * rounds, hear)
    best = agent.losses.min(1)
    np.testing.assert_allclose(agent.losses, rules.losses[0].sum(0)[None] + np.zeros((rows, 1)), rtol=1e-9)
    assert (expected - best <= math.sqrt(2 * rounds * math.log(arms)) + math.sqrt(math.log(arms) / 8)).all()
    # What was lost differs from the expectation by a martingale whose steps have at most 1/2 as deviation.
    assert abs((agent.regret - (expected - best)).mean()) < 3.5 * 0.5 * math.sqrt(rounds / rows)


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="rate=0"):
        Hedge(bernoulli((0.1, 0.2), 2), rate=0.0)
    with pytest.raises(MissingColumn, match="Exp3"):
        Hedge(bernoulli((0.1, 0.2), 2), seed=0).learn(2)
    agent = Hedge(bernoulli((0.1, 0.2), 2), seed=0)
    with pytest.raises(MissingColumn, match="losses"):
        show(agent, np.zeros((2, 3)))
    with pytest.raises(BadReward, match=r"losses 0\.0\.\.1\.5"):
        show(agent, np.array([[0.0, 1.5], [0.2, 0.3]]))
