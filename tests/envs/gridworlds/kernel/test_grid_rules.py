"""The rules of grid tasks as functions of states: pure, and equal to what the rows in the kernel's memory do."""

import gymnasium as gym
import numpy as np
import pytest
from grid_graph import solve

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.core.testing.trace import same
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.grid_rules import GridRules
from rewardlab.envs.gridworlds.kernel.missions import Missions
from rewardlab.envs.gridworlds.minigrid import MiniGridTask

TASKS = ("MiniGrid-DoorKey-5x5-v0", "BabyAI-GoToSeqS5R2-v0", "MiniGrid-Dynamic-Obstacles-5x5-v0")


@pytest.mark.parametrize("task", TASKS)
def test_states_move_as_the_rows_of_an_environment_do(task):
    rules, envs = MiniGridTask(task=task), gym.make_vec(f"rewardlab/{task}", num_envs=6)
    obs, info = envs.reset(seed=3)
    rng, draws = Streams(range(3, 9)), np.random.default_rng(0)
    rng.begin(slice(None))
    state = rules.start(6, rng)
    for _ in range(50):
        assert same(rules.look(state), obs)
        told = rules.inform(state)
        assert all(same(told[k], info[k]) for k in told)
        action = draws.integers(0, rules.action_space.n, 6)
        kept = {k: v.copy() for k, v in state.items()}
        after, reward, ended, columns = rules.move(state, action, rng)
        obs, paid, over, cut, info = envs.step(action)
        assert same(state, kept)  # what was given is kept
        assert same((reward, ended), (paid, over))
        assert same(columns["success"], reward > 0)
        if over.any() or cut.any():
            break
        state = after


def test_first_states_are_those_of_the_seeds():
    rules = MiniGridTask(task=TASKS[1])
    together = rules.first(4, 9)
    for i, seed in enumerate((4, 9)):
        alone = rules.first(seed)
        assert all(np.array_equal(alone[k][0], together[k][i]) for k in together)
    assert together["wide"][:, codes.LEVEL_SEED].tolist() == [4, 9]


def test_grids_are_the_cells_of_the_level():
    rules, reference = MiniGridTask(task=TASKS[0]), gym.make(TASKS[0]).unwrapped
    grids = rules.grids(rules.first(0, 1, 2))
    assert grids.shape == (3, 5, 5)
    for seed in range(3):
        reference.reset(seed=seed)
        np.testing.assert_array_equal(codes.unpack(grids[seed]), reference.grid.encode())


@pytest.mark.parametrize(
    ("width", "height", "accepted"), [(3, 3, True), (50, 4, True), (2, 5, False), (5, 51, False), (0, 9, False)]
)
def test_sizes(width, height, accepted):
    rules = GridRules()
    if accepted:
        rules._set_up(width, height, Missions(["go"], 1), rule=codes.STANDARD)
        assert rules.batch(2).grids().shape == (2, width, height)
    else:
        with pytest.raises(BadOption, match="cells"):
            rules._set_up(width, height, Missions(["go"], 1), rule=codes.STANDARD)


def test_an_exact_table_of_one_level():
    """What the table says is best, MiniGrid itself pays for: the discount tells how many steps it takes."""
    rules = MiniGridTask(task=TASKS[0])
    for seed in range(3):
        mdp = rules.to_mdp(seed, gamma=0.9)
        steps = len(solve(rules, rules.first(seed)))
        assert float(mdp.solve().value) == pytest.approx(0.9 ** (steps - 1))
    with pytest.raises(BadOption, match="obstacles"):
        MiniGridTask(task="MiniGrid-Dynamic-Obstacles-8x8-v0").to_mdp()


def test_keys_name_actions():
    rules = MiniGridTask()
    assert set(rules.keys.values()) == set(range(7))
    assert {rules.keys[k] for k in ("left", "right", "up", "space")} == {
        codes.LEFT,
        codes.RIGHT,
        codes.FORWARD,
        codes.TOGGLE,
    }
