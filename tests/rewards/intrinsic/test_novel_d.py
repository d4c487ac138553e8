from collections import Counter

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from novelty_worlds import line, paid_walks, visits_of
from steps import steps

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.tabulate import tabulate
from rewardlab.rewards import RND, CountBonus, EpisodicCount, NovelD


def test_on_a_chain_it_pays_at_the_frontier_alone():
    reward = NovelD(CountBonus())
    for _ in range(100):
        reward.update(visits_of(np.arange(1, 5)))  # states 1 .. 4 are known, 5 and beyond are not
    reward.reset(np.ones(1, dtype=bool))
    paid = np.array([reward(visits_of(np.array([s]), np.array([s + 1])))[0] for s in range(1, 9)])
    known, new = 1 / np.sqrt(101), 1.0
    np.testing.assert_allclose(paid, [known / 2] * 3 + [new - known / 2] + [new / 2] * 4)
    assert paid[3] > 19 * paid[2] and paid[3] == paid.max()
    strict = NovelD(CountBonus(), alpha=1.0)
    strict.load_state_dict(reward.state_dict())
    strict.reset(np.ones(1, dtype=bool))
    paid = np.array([strict(visits_of(np.array([s]), np.array([s + 1])))[0] for s in range(1, 9)])
    assert np.flatnonzero(paid).tolist() == [3]  # with α = 1, nowhere else at all


def test_it_pays_no_state_twice_in_an_episode_and_no_loss_of_novelty():
    reward = NovelD(CountBonus(), alpha=0.0)
    reward.reset(np.ones(1, dtype=bool))
    there = [reward(visits_of(np.array([a]), np.array([b])))[0] for a, b in ((0, 1), (1, 0), (0, 1), (1, 2))]
    assert there == [1.0, 0.0, 0.0, 1.0]  # 0 is where the episode began
    reward.reset(np.ones(1, dtype=bool))
    assert reward(visits_of(np.array([0]), np.array([1])))[0] == 1.0
    reward.update(visits_of(np.full(99, 7)))
    back = NovelD(reward.bonus, alpha=0.5)
    back.reset(np.ones(1, dtype=bool))
    assert back(visits_of(np.array([6]), np.array([7])))[0] == 0.0  # 0.1 - 0.5 is no pay


def test_as_a_table_it_has_a_state_for_each_set_of_visited_states():
    P = np.zeros((4, 2, 4))
    for s in range(3):
        P[s, 0, max(s - 1, 0)] = P[s, 1, s + 1] = 1.0
    P[3, :, 3] = 1.0
    mdp = TabularMDP(P, np.zeros((4, 2)), gamma=0.9, initial=0, terminal=np.arange(4) == 3)
    bonus = CountBonus()
    bonus.update(visits_of(np.zeros(99, dtype=np.int64)))  # 0 pays 0.1, the others 1
    table = tabulate(mdp, NovelD(bonus), most=100)
    # Visited: {0} (and twice), {0, 1} (each once or again), {0, 1, 2} ...: the best way is straight on.
    assert table.mdp.solve().value == pytest.approx((1 - 0.05) + 0.9 * 0.5 + 0.81 * 0.5)


@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP])
def test_in_each_autoreset_mode_it_pays_what_plain_python_does(mode):
    played = paid_walks(NovelD(CountBonus(key=line), 0.5, line), mode)
    life, seen = Counter(), [set() for _ in range(3)]
    for step in played:
        for i in np.flatnonzero(step["moved"]):
            a, b = step["before"][i, 0], step["after"][i, 0]
            seen[i] = seen[i] or {a}
            gain = max(1 / np.sqrt(life[b] + 1) - 0.5 / np.sqrt(life[a] + 1), 0.0)
            assert step["paid"][i] == pytest.approx(0.0 if b in seen[i] else gain)
            seen[i].add(b)
        for i in np.flatnonzero(step["moved"]):
            life[step["after"][i, 0]] += 1  # after all rows were paid
            seen[i] = set() if step["done"][i] else seen[i]
        assert not step["paid"][~step["moved"]].any()
    assert sum(s["done"].sum() for s in played) > 15


def test_with_a_learned_bonus_known_ground_pays_next_to_nothing():
    reward, rng = NovelD(RND(seed=1)), np.random.default_rng(0)
    here = rng.normal(size=(64, 4))
    there = here + np.array([10.0, 0, 0, 0])
    for _ in range(200):
        reward.update(steps(64, obs=here))
    reward.reset(np.ones(64, dtype=bool))
    inside = reward(steps(64, obs=here, next_obs=np.roll(here, 1, axis=0)))
    reward.reset(np.ones(64, dtype=bool))
    out = reward(steps(64, obs=here, next_obs=there))
    assert np.median(out) > 20 * inside.mean()


def test_a_bonus_with_memory_and_strange_states_are_refused():
    with pytest.raises(BadOption, match="episode memory"):
        NovelD(EpisodicCount())
    with pytest.raises(BadOption, match="column of info"):
        NovelD(CountBonus(key="agent_pos"))
    with pytest.raises(BadOption, match="alpha"):
        NovelD(CountBonus(), alpha=np.nan)
    with pytest.raises(BadCheckpoint, match="episode"):
        NovelD(CountBonus()).load_state_dict(CountBonus().state_dict())
    reward = NovelD(CountBonus())
    assert np.isnan(reward(steps(2, obs=np.zeros((2, 1)), next_obs=np.array([[np.nan], [1.0]])))).tolist() == [
        True,
        False,
    ]
    with pytest.raises(BadBatch, match="NaN"):
        reward.update(steps(1, obs=np.array([[np.nan]])))
