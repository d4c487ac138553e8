"""Rewards as tables: exact pays, unrolled memories, and what they do to optimal policies."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadOption, MissingColumn
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Reward, Task
from rewardlab.core.tabulate import lost, moves_of, reachable, strays, tabulate
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards import CountBonus, GatedAccumulation, Milestones, Potential, Progress

PHI = np.random.default_rng(3).normal(size=10)


def phi(obs):
    return PHI[obs]


def ring(states: int = 6, gamma: float = 0.9) -> TabularMDP:
    """States in a row; 0 goes left, 1 goes right, the right end pays 1 and ends."""
    P = np.zeros((states, 2, states))
    for s in range(states):
        P[s, 0, max(s - 1, 0)] = P[s, 1, min(s + 1, states - 1)] = 1
    R = np.zeros(P.shape)
    R[states - 2, 1, states - 1] = 1
    return TabularMDP(P, R, gamma=gamma, terminal=np.arange(states) == states - 1)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("per_transition", [True, False])
def test_the_task_is_tabulated_as_itself(seed, per_transition):
    mdp = random_mdp(np.random.default_rng(seed), per_transition=per_transition)
    table = tabulate(mdp, Task())
    np.testing.assert_allclose(table.mdp.R, mdp.R, atol=1e-15)
    assert not table.unrolled and not strays(table).any() and not lost(table).any()


@pytest.mark.parametrize("seed", range(5))
def test_a_potential_moves_every_value_by_itself_and_no_optimum(seed):
    mdp = random_mdp(np.random.default_rng(seed), terminal=2)
    table = tabulate(mdp, Task() + Potential(phi, gamma=0.9))
    shift = np.where(mdp.terminal, 0.0, PHI)
    np.testing.assert_allclose(table.mdp.solve().Q, mdp.solve().Q - shift[:, None], atol=1e-9)
    assert not strays(table).any() and not lost(table).any()


def test_a_wrong_gamma_is_seen():
    found = [tabulate(random_mdp(np.random.default_rng(k)), Task() + Potential(phi, gamma=1.0)) for k in range(20)]
    assert sum(strays(t).any() for t in found) > 5


def test_memory_is_unrolled_to_the_pairs_that_can_be_reached():
    mdp = ring()
    flag = (np.arange(6) == 2).astype(float)
    table = tabulate(mdp, Task() + Milestones({"flag": 0.5}), columns={"flag": flag})
    # states 0 1 without, 2 with the flag; beyond it 0 .. 4 with; and the end
    assert table.unrolled and sorted(table.base.tolist()) == [0, 0, 1, 1, 2, 3, 4, 5]
    assert table.mdp.solve().value == pytest.approx(0.5 * 0.9 + 0.9**4)
    assert table.task.solve().value == pytest.approx(mdp.solve().value)
    assert not strays(table).any()


def test_an_unrolled_return_is_what_play_pays():
    mdp = random_mdp(np.random.default_rng(8), states=5, branching=2)
    distance = np.arange(5.0)
    reward = Task() + 0.3 * Progress("distance", gamma=0.9, start=-1.0)
    table = tabulate(mdp, reward, columns={"distance": distance})
    policy = table.mdp.solve().policy
    rng, returns = np.random.default_rng(0), []
    own = Task() + 0.3 * Progress("distance", gamma=0.9, start=-1.0)
    own.reset(np.ones(4000, bool))
    pair = np.zeros(4000, dtype=int)
    total, weight, live = np.zeros(4000), 1.0, np.ones(4000, bool)
    for _ in range(120):
        action = policy[pair]
        P = table.mdp.P[pair * 3 + action].toarray()
        after = (P.cumsum(1) > rng.random((4000, 1))).argmax(1)
        base, then = table.base[pair], table.base[after]
        pay = own(
            Transitions(base, action, mdp.dense()[1][base, action, then], then, mdp.terminal[then],
                        np.zeros(4000, bool), {"distance": distance[then]})
        )  # fmt: skip
        total += weight * pay * live
        live &= ~mdp.terminal[then]
        pair, weight = after, weight * 0.9
    returns = total.mean()
    assert returns == pytest.approx(table.mdp.solve().value, abs=4 * total.std() / 60)


def test_what_a_failed_episode_holds_back_is_unrolled_too():
    mdp = ring()
    table = tabulate(mdp, GatedAccumulation((Task(), 0.01 * Task()), (0.5,)))
    assert table.mdp.solve().value == pytest.approx(1.01 * 0.9**4)


def test_what_cannot_be_reached_does_not_count():
    mdp = ring()
    P, R = mdp.dense()
    P[0, :] = 0
    P[0, :, 0] = 1  # state 0 is a trap; the others are never seen
    assert reachable(TabularMDP(P, R, gamma=0.9, terminal=mdp.terminal)).tolist() == [True, *[False] * 5]


def test_batches_and_columns_stand_in_the_order_of_the_process():
    mdp = random_mdp(np.random.default_rng(1))
    steps = moves_of(mdp, obs=PHI, columns={"mass": mdp.P.data, "after": np.arange(10)})
    np.testing.assert_array_equal(steps.info["after"], mdp.P.indices)
    np.testing.assert_array_equal(steps.next_obs, PHI[mdp.P.indices])
    np.testing.assert_array_equal(steps.reward, mdp.pay)
    np.testing.assert_array_equal(steps.info["mass"], mdp.P.data)


def test_lengths_columns_and_sizes_are_checked():
    mdp = ring()
    with pytest.raises(BadBatch, match="obs has 3 rows"):
        tabulate(mdp, Task(), obs=np.zeros(3))
    with pytest.raises(BadBatch, match="'flag' has 2 rows"):
        tabulate(mdp, Task(), columns={"flag": np.zeros(2)})
    with pytest.raises(MissingColumn, match="flag"):
        tabulate(mdp, Milestones({"flag": 1.0}))
    with pytest.raises(BadOption, match="more than 3 pairs"):
        tabulate(mdp, Progress("x"), columns={"x": np.arange(6.0)}, most=3)


@dataclass
class Secret(Reward):
    """Remembers without telling."""

    memory: ClassVar[bool] = True

    def __call__(self, batch):
        return batch.reward


def test_a_hidden_memory_is_refused():
    with pytest.raises(BadOption, match="does not show its memory"):
        tabulate(ring(), Secret())


def test_a_learned_reward_is_taken_as_it_stands():
    bonus = CountBonus()
    bonus.update(moves_of(ring()))
    before = bonus.state_dict()["table"].copy()
    table = tabulate(ring(), bonus)
    np.testing.assert_array_equal(bonus.state_dict()["table"], before)
    assert table.mdp.R[0, 1] == pytest.approx(1 / np.sqrt(before[1] + 1))
