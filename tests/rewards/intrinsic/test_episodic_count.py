import time
from collections import Counter

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from novelty_worlds import line, paid_walks, visits_of
from steps import steps

from rewardlab.core.mdp import TabularMDP
from rewardlab.core.tabulate import tabulate
from rewardlab.rewards import EpisodicCount


@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP])
def test_in_each_autoreset_mode_an_episode_is_forgotten_at_its_end_and_not_before(mode):
    played, seen, ends = paid_walks(EpisodicCount(key=line), mode), [Counter() for _ in range(3)], 0
    for step in played:
        for i in range(3):
            if not step["moved"][i]:
                assert step["paid"][i] == 0.0
                continue
            if not seen[i]:
                seen[i][step["before"][i, 0]] += 1
            seen[i][step["after"][i, 0]] += 1
            assert step["paid"][i] == pytest.approx(1 / np.sqrt(seen[i][step["after"][i, 0]]))
            if step["done"][i]:
                seen[i], ends = Counter(), ends + 1
    assert ends > 15 and len({p for s in played for p in s["paid"].tolist()}) >= 3


def test_the_state_of_the_beginning_counts_and_each_row_is_its_own():
    reward = EpisodicCount(beta=2.0)
    reward.reset(np.ones(2, dtype=bool))
    paid = [
        reward(visits_of(np.array(a), np.array(b))) for a, b in (([0, 5], [1, 5]), ([1, 5], [0, 6]), ([0, 6], [0, 6]))
    ]
    np.testing.assert_allclose(paid, [[2, 2 / np.sqrt(2)], [2 / np.sqrt(2), 2], [2 / np.sqrt(3), 2 / np.sqrt(2)]])


def test_an_episode_beyond_its_bound_pays_nothing_for_new_states():
    reward, paid = EpisodicCount(most=3), []
    reward.reset(np.ones(1, dtype=bool))
    for s in range(5):
        paid.append(float(reward(visits_of(np.array([s]), np.array([s + 1])))[0]))
    assert paid == [1.0, 1.0, 0.0, 0.0, 0.0]
    assert reward(visits_of(np.array([5]), np.array([1])))[0] == pytest.approx(1 / np.sqrt(2))


def test_as_a_table_its_return_is_that_of_its_episodes():
    # two states and an end after four steps: the best way pays each of the two as seldom as can be
    P, steps_left = np.zeros((9, 2, 9)), 4
    for t in range(steps_left):
        for s in range(2):
            for a in range(2):
                P[2 * t + s, a, 8 if t == steps_left - 1 else 2 * (t + 1) + a] = 1.0
    P[8, :, 8] = 1.0
    mdp = TabularMDP(P, np.zeros((9, 2)), gamma=1.0, initial=0, terminal=np.arange(9) == 8)
    shown = np.array([*(np.arange(8) % 2), 2])  # which of the two, or the end
    table = tabulate(mdp, EpisodicCount(), obs=shown)
    best = 1.0 + 1 / np.sqrt(2) + 1 / np.sqrt(2) + 1.0  # 0 | 1, then 0 and 1 again in any order, then the end
    assert table.mdp.solve().value == pytest.approx(best)
    always = table.mdp.evaluate(np.zeros(table.mdp.num_states, dtype=np.int64)).value
    assert always == pytest.approx(1 / np.sqrt(2) + 1 / np.sqrt(3) + 1 / np.sqrt(4) + 1.0)


def test_4096_rows_take_less_than_two_milliseconds():
    reward, rng, seconds = EpisodicCount(), np.random.default_rng(0), []
    reward.reset(np.ones(4096, dtype=bool))
    for _ in range(20):
        batch = steps(4096, obs=rng.normal(size=(4096, 3)))
        begun = time.perf_counter()
        reward(batch)
        seconds.append(time.perf_counter() - begun)
    assert min(seconds) < 2e-3
