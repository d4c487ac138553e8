"""CALM as a potential: the optimum of the room stays, whatever the judge answers, and episodes sum to nothing."""

import numpy as np
import pytest
from steps import steps

from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Task
from rewardlab.core.tabulate import lost, strays, tabulate
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.key_room import KeyRoom
from rewardlab.rewards.language.calm_potential import CALMPotential
from rewardlab.rewards.language.judging import NoisyJudge

GOALS = ("TOOK", "OPENED")


@pytest.fixture(scope="module")
def room():
    """The process of one map with its flags, and what each of its transitions is called."""
    found = KeyRoom(room_width=6, room_height=3).enumeration(3, gamma=0.9)
    mdp, field = found.mdp, found.states["field"]
    flags = np.concatenate([field[:, [codes.TOOK, codes.OPENED]] > 0, [[False, False]]])  # and the end
    state, action = np.divmod(np.repeat(np.arange(mdp.P.shape[0]), np.diff(mdp.P.indptr)), mdp.num_actions)
    risen = flags[mdp.P.indices] & ~flags[state]
    told = np.empty(len(state), dtype=object)
    for i, (s, a, up) in enumerate(zip(state, action, risen, strict=True)):
        told[i] = f"{s} {a} " + " ".join(g for g, u in zip(GOALS, up, strict=True) if u)
    return mdp, {"transition": told}


def right(items):
    return np.array([float(goal in text) for goal, text in items])


@pytest.mark.parametrize("rates", [(0.0, 0.0), (0.02, 0.1), (0.1, 0.3)])
def test_on_the_product_with_the_credited_set_the_optimal_policy_stays(room, rates):
    mdp, columns = room
    reward = CALMPotential(GOALS, NoisyJudge(right, *rates, seed=1), bonus=2.0, gamma=mdp.gamma)
    table = tabulate(mdp, Task() + reward, columns=columns)
    assert table.unrolled and not strays(table).any() and not lost(table).any()
    # every value has moved by its potential
    moved = table.task.solve().V - table.mdp.solve().V
    assert set(np.round(moved[~table.mdp.terminal], 9).tolist()) <= {0.0, 2.0, 4.0} and moved.max() > 1.9


def test_with_another_discount_the_optimum_moves(room):
    mdp, columns = room
    reward = CALMPotential(GOALS, right, bonus=50.0, gamma=1.0)
    assert strays(tabulate(mdp, Task() + reward, columns=columns)).any()


def test_an_episode_that_ended_sums_to_nothing_and_one_that_was_cut_to_its_potential():
    rng, reward = np.random.default_rng(0), CALMPotential(("a", "b"), right, bonus=0.3, gamma=1.0)
    words = rng.choice(["a", "b", "x", "a b"], (20, 4)).astype(object)
    words[0] = "x"
    words[10] = "a b"
    ends = np.zeros((20, 4), dtype=bool)
    ends[-1, :2] = True
    paid = reward.recorded(steps((20, 4), terminated=ends, truncated=~ends & (np.arange(20) == 19)[:, None],
                                 transition=words))["calm_potential"]  # fmt: skip
    np.testing.assert_allclose(paid.sum(0), [0, 0, 0.6, 0.6], atol=1e-12)


def test_a_discount_outside_its_range_is_refused():
    with pytest.raises(BadOption):
        CALMPotential(GOALS, right, gamma=1.1)
