"""Runs side by side: clocks, memories, the usual step of a state, and regret that is the exact one."""

from dataclasses import dataclass

import numpy as np
import pytest
from tables_that_tell import garnet, river, telling

from rewardlab.agents.loops.tabular_runs import Moves, RunsAgent
from rewardlab.core.errors import BadCheckpoint, BadOption, BadSpace

SEEN: list[Moves] = []


@dataclass(eq=False, kw_only=True)
class Fixed(RunsAgent):
    """Acts by a fixed table, and keeps what it is given."""

    horizon: int = 3

    def prepare(self):
        self.check(horizon=(1, 100, "an integer of at least 1"))
        rng = np.random.default_rng(0)
        self.Q = rng.random((self.memories, self.horizon, self.num_states, self.num_actions))

    def take(self, moves):
        SEEN.append(moves)


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
@pytest.mark.parametrize("limit", [2, 3, 7, None])
def test_clocks_count_the_steps_of_each_episode_up_to_the_horizon(mode, limit):
    SEEN.clear()
    agent = Fixed(telling(garnet(0), 3, autoreset_mode=mode, max_episode_steps=limit), seed=0, independent=True)
    agent.learn(60)
    period = min(limit or 99, 3)
    for row in range(3):
        when = np.concatenate([m.when[m.row == row] for m in SEEN])
        over = np.concatenate([m.over[m.row == row] for m in SEEN])
        expected = np.arange(len(when)) % (limit or 99) % 3
        np.testing.assert_array_equal(when, expected)
        np.testing.assert_array_equal(over[: 2 * period].nonzero()[0] % period, period - 1)
    assert agent.met.sum() == 60 and agent.met.shape == (3, 3, 4)


def test_each_row_asks_its_own_memory_at_its_own_step():
    SEEN.clear()
    agent = Fixed(telling(garnet(0), 5), seed=0, independent=True).learn(50)
    for m in SEEN:
        np.testing.assert_array_equal(m.action, agent.Q[m.memory, m.when, m.state].argmax(1))
    usual = agent.met[np.arange(5), :, 2].argmax(1)
    expected = agent.Q[np.arange(5), usual, 2].argmax(1)
    np.testing.assert_array_equal(agent.predict(np.full(5, 2), deterministic=True)[0], expected)
    with pytest.raises(BadSpace, match="5, one for each run"):
        agent.predict(np.zeros(4, dtype=int))


def test_rows_that_share_a_memory_add_up():
    agent = Fixed(telling(garnet(0), 8), seed=0).learn(80)
    assert agent.memories == 1 and agent.met.sum() == 80


def test_what_is_lost_adds_up_to_the_difference_of_exact_values():
    mdp, rows, H = river(4), 4000, 6
    envs = telling(mdp, rows, H)
    agent = Fixed(envs, seed=0, horizon=H).learn(rows * H)
    exact = mdp.solve(H).value - mdp.evaluate(agent.Q[0].argmax(2), H).value
    each = agent.regret[0] / rows
    assert exact > 0.01
    assert each == pytest.approx(exact, abs=4 * H / np.sqrt(rows) * 0.1)
    assert agent.regret_log[-1][0] == rows * H or agent.regret_log[-1][0] >= rows * H / 1.05 - rows


def test_other_numbers_of_rows_and_bad_horizons_are_refused():
    agent = Fixed(telling(garnet(0), 3), seed=0, independent=True)
    with pytest.raises(BadCheckpoint, match="4 rows"):
        agent.set_env(telling(garnet(0), 4))
    for horizon in (0, 2.5, True, "3"):
        with pytest.raises(BadOption, match="horizon="):
            Fixed(telling(garnet(0), 3), horizon=horizon)
