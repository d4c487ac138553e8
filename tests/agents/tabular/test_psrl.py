"""PSRL: Bayesian regret under its own prior, and the river."""

import numpy as np
import pytest
from tables_that_tell import garnet, river, slope, telling

from rewardlab.agents import PSRL
from rewardlab.core.errors import BadOption

H = 12


def test_a_policy_is_played_as_often_as_it_is_believed_to_be_best():
    """A bandit: one state, two actions of which one pays 1 and the other 0, told by one visit each at most."""
    mdp = garnet(0, 1, 2).with_reward([[0.7, 0.3]])
    agent = PSRL(telling(mdp, 3000, 1), seed=0, horizon=1, independent=True, reward_deviation=1.0)
    agent.learn(3000)  # one episode: before it both were alike, and each was played by half of the runs
    first = agent.visits[:, 0, 0].mean()
    assert first == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(3000))
    share = (agent.Q[:, 0, 0, 0] > agent.Q[:, 0, 0, 1]).mean()
    # κ = 1 + n, m = (0.5 + n r) / κ, and the scale of each t: by direct draws of both posteriors.
    rng, n = np.random.default_rng(1), 200_000
    wins = []
    for tried in (0, 1):
        draws = []
        for a, r in ((0, 0.7), (1, 0.3)):
            k = 1.0 if a == tried else 0.0
            beta = 1.0 + 0.5 * k * (r - 0.5) ** 2 / (1 + k)
            tau = rng.gamma(1 + 0.5 * k, 1 / beta, n)
            draws.append((0.5 + k * r) / (1 + k) + rng.normal(size=n) / np.sqrt((1 + k) * tau))
        wins.append((draws[0] > draws[1]).mean())
    expected = first * wins[0] + (1 - first) * wins[1]
    assert share == pytest.approx(expected, abs=4 * 0.5 / np.sqrt(3000))


def test_regret_in_the_river_grows_slower_than_a_root():
    agent = PSRL(telling(river(), 24, H), seed=0, horizon=H, prior=1 / 6, independent=True).learn(24 * H * 250)
    p, error = slope(agent.regret_log, 800)
    assert p + 2 * error < 0.65
    mdp = river()
    best = mdp.solve(H).value
    policy = agent.Q.argmax(3)  # [M, H, S]
    worth = np.array([mdp.evaluate(q, H).value for q in policy])
    assert worth.mean() > 0.97 * best
    assert (agent.plans == 250).all()


def test_draws_close_in_on_the_truth():
    mdp = garnet(3, 4, 2)
    agent = PSRL(telling(mdp, 50, 5), seed=0, horizon=5, independent=True)
    errors = []
    for episodes in (5, 195):
        agent.learn(50 * 5 * episodes)
        played = agent.visits.min((1, 2)) > 0
        errors.append(np.abs(agent.Q - mdp.solve(5).Q).mean())
    assert played.all() and errors[1] < 0.5 * errors[0]


@pytest.mark.parametrize(
    "options", [{"horizon": 0}, {"prior": 0.0}, {"reward_strength": 0.0}, {"reward_deviation": -1.0}]
)
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        PSRL(telling(garnet(0), 2), **options)
