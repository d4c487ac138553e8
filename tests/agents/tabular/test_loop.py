"""LOOP over a finite class: its losses, the truth in its sets, rare switches, and regret."""

import numpy as np
import pytest
from tables_that_tell import garnet, river, slope, telling

from rewardlab.agents import LOOP
from rewardlab.core.errors import BadOption, BadSpace
from rewardlab.core.mdp import TabularMDP


def rivers():
    """The river, and others whose best bank lies elsewhere or whose current is another; the first is the true one."""
    true, rng = river(), np.random.default_rng(0)
    P, R = true.dense()
    many = [true]
    for k in range(12):
        noise = rng.dirichlet(np.ones(6), (6, 2))
        pay = np.zeros((6, 2))
        pay[k % 6, k % 2] = 1.0
        many.append(TabularMDP(0.9 * P + 0.1 * noise, R + pay, gamma=None))
    return many


def test_losses_are_those_of_the_definition():
    many, steps = rivers(), []

    def see(told):
        s = told["step"]
        steps.append((s.obs[0], s.action[0], s.reward[0], s.next_obs()[0]))

    agent = LOOP(telling(river(), 1), seed=0, hypotheses=many).learn(200, see)
    solved, P = [m.solve() for m in many], [m.dense()[0] for m in many]
    for g, f in ((0, 0), (3, 1), (1, 3), (7, 7)):
        total = sum(
            (many[g].R[s, a] + P[g][s, a] @ solved[f].V - r - solved[f].V[after]) ** 2 for s, a, r, after in steps
        )
        assert agent.loss[0, g, f] == pytest.approx(total)
    np.testing.assert_allclose(agent.excess()[0], [agent.loss[0, f, f] - agent.loss[0, :, f].min() for f in range(13)])


def test_the_truth_stays_and_the_choice_promises_no_less():
    many, runs = rivers(), 60
    agent = LOOP(telling(river(), runs), seed=0, hypotheses=many, independent=True, scale=0.005)
    out, low = np.zeros(runs, dtype=bool), np.zeros(runs, dtype=bool)
    for _ in range(30):
        agent.learn(runs * 50)
        out |= agent.excess()[:, 0] > agent.beta
        low |= agent.gains[agent.current] < agent.gains[0] - 1e-9
    assert out.mean() <= 0.05 and low.mean() <= 0.05
    assert (agent.gains > agent.gains[0] + 0.01).sum() >= 3  # there was something to be tempted by
    assert (agent.switches <= len(many)).all() and agent.switches.max() >= 1


def test_regret_stops_growing_when_the_false_are_refuted():
    agent = LOOP(telling(river(), 40), seed=0, hypotheses=rivers(), independent=True, scale=0.005).learn(40 * 2000)
    p, error = slope(agent.regret_log, 300)
    assert p + 2 * error < 0.65
    # What it follows in the end is good in the true river.
    mdp = river()
    worth = [mdp.evaluate(agent.hoped[k].argmax(1)).value for k in agent.current]
    assert np.mean(worth) > 0.95 * mdp.solve().value


def test_hypotheses_are_needed_and_checked(tmp_path):
    envs = telling(river(), 2)
    with pytest.raises(BadOption, match="no hypotheses"):
        LOOP(envs)
    with pytest.raises(BadOption, match="average reward"):
        LOOP(envs, hypotheses=[river().with_gamma(0.9)])
    with pytest.raises(BadSpace, match="6 states"):
        LOOP(envs, hypotheses=[garnet(0)])
    agent = LOOP(envs, hypotheses=rivers(), seed=0).learn(100)
    agent.save(tmp_path / "a")
    back = LOOP.load(tmp_path / "a", env=telling(river(), 2)).learn(50)
    assert back.beta == agent.beta and back.loss.sum() > agent.loss.sum()


@pytest.mark.parametrize("options", [{"scale": 0.0}, {"delta": 1.0}, {"total_steps": 0}])
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        LOOP(telling(river(), 1), hypotheses=rivers(), **options)
