"""Counts of transitions against those that a callback saw."""

from dataclasses import dataclass

import numpy as np
import pytest
from gymnasium import spaces
from tables_that_tell import garnet, river, telling

from rewardlab.agents.loops.rollout import Spaces
from rewardlab.agents.loops.tabular_model import ModelAgent
from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP


@dataclass(eq=False, kw_only=True)
class Counting(ModelAgent):
    """Acts at random and plans nothing."""

    def prepare(self):
        self.count()
        self.Q = np.zeros((self.memories, self.num_states, self.num_actions))

    def plan(self, memory):
        pass


@dataclass(eq=False, kw_only=True)
class Timed(Counting):
    """With three steps to look ahead."""

    horizon: int = 3

    def values(self, memory, when, state):
        return self.Q[memory, state]


@dataclass(eq=False, kw_only=True)
class Endless(Counting):
    """As if nothing ever ended."""

    endless = True


def ending():
    """Three states, of which the last one ends."""
    P = np.random.default_rng(0).dirichlet(np.ones(3), (3, 2))
    R = np.random.default_rng(1).normal(size=(3, 2, 3))
    return TabularMDP(P, R, gamma=1.0, terminal=np.array([False, False, True]))


def forever(mdp):
    """The process in which an end leads to the first state at once."""
    P = mdp.dense()[0].copy()
    P[:, :, 0] += P[:, :, 2]
    P[:, :, 2] = 0.0
    return P[:2]


@pytest.mark.parametrize("independent", [False, True])
@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_counts_are_what_a_callback_sees(independent, mode):
    from rewardlab.envs.mdps import TableRules
    from rewardlab.envs.world import WorldVectorEnv

    mdp = ending()
    envs = WorldVectorEnv(TableRules(mdp), 4, autoreset_mode=mode, max_episode_steps=5)
    M = 4 if independent else 1
    counts, (visits, totals, stops) = np.zeros((M, 3, 2, 3)), np.zeros((3, M, 3, 2))
    ends = 0

    def see(told):
        nonlocal ends
        step = told["step"]
        for i in np.flatnonzero(step.live):
            m = i if independent else 0
            s, a, after = step.obs[i], step.action[i], step.next_obs()[i]
            visits[m, s, a] += 1
            totals[m, s, a] += step.reward[i]
            counts[m, s, a, after] += not step.terminated[i]
            stops[m, s, a] += step.terminated[i]
            ends += step.done[i]

    agent = Counting(envs, seed=0, independent=independent).learn(400, see)
    np.testing.assert_array_equal(agent.counts, counts)
    np.testing.assert_array_equal(agent.visits, visits)
    np.testing.assert_array_equal(agent.ends, stops)
    np.testing.assert_array_equal(agent.known_steps, visits)
    np.testing.assert_allclose(agent.totals, totals, atol=1e-12)
    np.testing.assert_allclose(agent.means * visits, totals, atol=1e-12)
    assert agent.plans.sum() <= ends and agent.plans.sum() > 10


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_without_an_end_the_next_first_state_follows(mode):
    from rewardlab.envs.mdps import TableRules
    from rewardlab.envs.world import WorldVectorEnv

    mdp = ending()
    agent = Endless(WorldVectorEnv(TableRules(mdp), 50, autoreset_mode=mode), seed=0).learn(20_000)
    n = agent.visits[0, :2]
    assert agent.counts[0, :2].sum() == pytest.approx(n.sum(), abs=50)  # but for the ends of this very step
    np.testing.assert_allclose(agent.chance[0, :2], forever(mdp), atol=4 * 0.5 / np.sqrt(n.min()))


def test_means_and_frequencies_are_those_of_the_process():
    mdp = river(4)
    agent = Counting(telling(mdp, 64), seed=0).learn(30_000)
    error = np.abs(agent.chance[0] - mdp.dense()[0]) * np.sqrt(agent.visits[0])[..., None]
    assert error.max() < 4 * 0.5
    np.testing.assert_allclose(agent.means[0], mdp.R, atol=1e-9)
    np.testing.assert_allclose(agent.squares[0], agent.visits[0] * mdp.R**2, atol=1e-6)


def test_an_end_at_the_last_step_says_nothing_of_the_pair():
    agent = Timed(telling(garnet(1), 4, horizon=3), seed=0).learn(1200)  # ends when the three steps are over
    assert not agent.ends.any()
    assert agent.counts.sum() == pytest.approx(agent.visits.sum() * 2 / 3)
    np.testing.assert_allclose(agent.chance.sum(3), 1.0)
    early = Timed(telling(garnet(1), 4, horizon=2), seed=0).learn(1200)  # this one ends before
    assert early.ends.sum() == 600


def test_what_does_not_fit_is_refused():
    with pytest.raises(BadOption, match="at most 4 GiB"):
        Counting(Spaces(spaces.Discrete(30_000), spaces.Discrete(4)))


def test_a_file_keeps_the_counts(tmp_path):
    agent = Counting(telling(garnet(1), 3), seed=0, independent=True).learn(90)
    agent.save(tmp_path / "a")
    back = Counting.load(tmp_path / "a")
    assert back.memories == 3
    np.testing.assert_array_equal(back.counts, agent.counts)
