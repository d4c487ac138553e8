"""Grid world: optimal play earns V*, distances are those of a search, slips and tasks follow their laws, costs bind."""

import collections

import numpy as np
import pytest
import torch
from gymnasium.wrappers import TimeLimit
from scipy import sparse
from scipy.optimize import linprog
from scipy.stats import chisquare

from rewardlab.core.errors import BadOption
from rewardlab.core.testing import check_env, check_vector_env
from rewardlab.envs import WorldEnv, WorldVectorEnv
from rewardlab.envs.gridworlds.grid_world import GridWorld

LAVA = "S........\n.........\n.........\n11111111.\n11111111.\n.........\n.........\n.........\na........"
DARK = {"layout": "room", "size": 5, "objects": [{"terminate": 0.0, "respawn": 1.0}], "hidden": True, "stay": True}
FRUIT = {
    "layout": "open", "size": 4, "levels": 3, "slip": 0.2, "stay": True, "fast": 0.1, "step_reward": -0.1,
    "mix": [0.3], "weights": [0.0, -0.2], "costs": {"mud": 1}, "episodes_per_task": 3, "teleport": 0.05,
    "objects": [
        {"reward": [0, 1], "terminate": 0.4}, {"reward": 0.5, "terminate": 0.0, "respawn": [0.1, 0.3]},
        {"reward": -1.0, "terminate": 0.5, "respawn": 0.2},
    ],
}  # fmt: skip


def search(walls, goal):
    """Steps from each cell to the goal by breadth-first search."""
    height, width = walls.shape
    far, queue = {goal: 0}, collections.deque([goal])
    while queue:
        r, c = queue.popleft()
        for near in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
            if 0 <= near[0] < height and 0 <= near[1] < width and not walls[near] and near not in far:
                far[near] = far[r, c] + 1
                queue.append(near)
    return far


@pytest.mark.parametrize(("layout", "size"), [("four_rooms", 11), ("rooms", 11), ("maze", 9), ("open", 8)])
def test_values_are_minus_the_distances_of_a_search(layout, size):
    rules = GridWorld(layout=layout, size=size, first_level=5, levels=1, objects=[{"reward": 0.0}], step_reward=-1.0)
    V = rules.to_mdp().solve().V
    walls, goal = rules.table.walls[0].reshape(size, size), divmod(int(rules.table.place[0, 0]), size)
    far = search(walls, goal)
    assert len(far) == (~walls).sum() and max(far.values()) >= size
    for (r, c), steps in far.items():
        if (r, c) != goal:
            assert V[r * size + c] == pytest.approx(-steps, abs=1e-9)


@pytest.mark.parametrize(
    "options", [{"slip": 0.3}, FRUIT | {"episodes_per_task": 1, "step_reward": -0.6}, {"layout": "maze", "levels": 4}]
)
def test_optimal_play_earns_the_optimal_value(options):
    rules = GridWorld(**{"objects": [{"reward": 1.0}], "step_reward": -0.05, "layout": "four_rooms"} | options)
    mdp = rules.to_mdp()
    assert mdp.gamma == 1.0
    best, n, lost = mdp.solve(), 3000, rules._faces.lost
    envs = WorldVectorEnv(rules, n, autoreset_mode="NextStep")
    envs.reset(seed=0)
    total, over = np.zeros(n), np.zeros(n, dtype=bool)
    while not over.all():
        s = envs.get_state()["state"]
        sets = (s["present"][:, lost] * 2 ** np.arange(len(lost))).sum(1)
        index = (s["level"] * 2 ** len(lost) + sets) * rules.height * rules.width + s["cell"]
        _, reward, ends, _, _ = envs.step(best.policy[index])
        total += np.where(over, 0.0, reward)
        over |= ends
    assert abs(total.mean() - best.value) < 4 * total.std() / np.sqrt(n) + 1e-12


def test_a_slip_turns_left_or_right():
    rules = GridWorld(layout="...\n.S.\n..a", objects=[{}], slip=0.3)
    envs = WorldVectorEnv(rules, 8000)
    assert (envs.reset(seed=0)[0] == 4).all()
    cells, counts = np.unique(envs.step(np.ones(8000, dtype=int))[0], return_counts=True)
    assert cells.tolist() == [1, 5, 7]  # up, right, down
    assert chisquare(counts, 8000 * np.array([0.15, 0.7, 0.15])).pvalue > 1e-3


def test_an_object_is_gone_and_comes_back():
    rules = GridWorld(layout="Sa", objects=[{"reward": 2.0, "terminate": 0.0, "respawn": 0.25}])
    n = 6000
    envs = WorldVectorEnv(rules, n)
    envs.reset(seed=0)
    _, reward, _, _, info = envs.step(np.ones(n, dtype=int))
    assert (reward == 2.0).all() and info["success"].all() and (info["object"] == 0).all()
    gaps, waited, over = np.zeros(n, dtype=int), np.zeros(n, dtype=int), np.zeros(n, dtype=bool)
    for _ in range(60):  # it bumps into the rim beside it, and takes it as soon as it is back
        _, reward, _, _, info = envs.step(np.ones(n, dtype=int))
        waited += ~over
        gaps = np.where(~over & (reward > 0), waited, gaps)
        assert ((reward > 0) == (info["object"] == 0)).all()
        over |= reward > 0
    assert over.mean() > 0.999
    counts = [*(gaps == k for k in range(1, 8)), gaps > 7]
    law = [0.25 * 0.75 ** (k - 1) for k in range(1, 8)]
    assert chisquare([c.sum() for c in counts], over.sum() * np.array([*law, 1 - sum(law)])).pvalue > 1e-3


def hidden_goals(envs, episodes):
    """[episodes, N] the level of each row in each episode; an episode is cut after one step."""
    n, seen = envs.num_envs, []
    _, info = envs.reset(seed=100)
    for k in range(episodes):
        assert (info["attempt"] == k % envs.rules.episodes_per_task).all()
        seen.append(info["level"])
        _, _, _, cut, info = envs.step(np.zeros(n, dtype=int))
        assert cut.all()
    return np.array(seen)


def test_a_hidden_goal_recurs_for_exactly_its_block():
    rules = GridWorld(**DARK, episodes_per_task=4)
    assert rules.num_levels == 24
    levels = hidden_goals(WorldVectorEnv(rules, 1500, max_episode_steps=1), 40)
    blocks = levels.reshape(10, 4, 1500)
    assert (blocks == blocks[:, :1]).all()
    moved = blocks[1:, 0] != blocks[:-1, 0]
    assert abs(moved.mean() - 23 / 24) < 4 * np.sqrt(23 / 24**2 / moved.size)
    assert chisquare(np.bincount(blocks[:, 0].ravel(), minlength=24)).pvalue > 1e-3
    pairs = blocks[0, 0] * 24 + blocks[1, 0]  # one block tells nothing of the next, one row nothing of its neighbour
    rows = blocks[0, 0, ::2] * 24 + blocks[0, 0, 1::2]
    for joint in (pairs, rows):
        coarse = np.bincount(joint // 24 // 6 * 4 + joint % 24 // 6, minlength=16)
        assert chisquare(coarse).pvalue > 1e-3
    alone = hidden_goals(WorldVectorEnv(rules, 1, max_episode_steps=1), 40)
    np.testing.assert_array_equal(alone[:, 0], levels[:, 0])
    assert (np.diff(hidden_goals(WorldVectorEnv(GridWorld(**DARK), 50, max_episode_steps=1), 9), axis=0) != 0).any()


def test_the_goal_of_a_task_pays_where_its_level_says():
    rules = GridWorld(**DARK, episodes_per_task=5)
    envs = WorldVectorEnv(rules, 64, max_episode_steps=20)
    obs, info = envs.reset(seed=3)
    rng = np.random.default_rng(0)
    for _ in range(100):
        goal = rules.table.place[info["level"], 0]
        obs, reward, over, cut, info = envs.step(rng.integers(0, 5, 64))
        cell = obs.copy()
        if cut.any():
            cell[cut] = np.array([x for x in info["final_obs"] if x is not None])
        np.testing.assert_array_equal(reward, (cell == goal).astype(float))
        assert not over.any()


def test_walls_of_mazes_change_with_the_episode_and_are_seen():
    rules = GridWorld(layout="maze", size=7, levels=200, objects=[{"reward": 0.0}], observation="planes")
    envs = WorldVectorEnv(rules, 32, max_episode_steps=1)
    seen = [envs.reset(seed=0)[0]]
    seen += [envs.step(np.zeros(32, dtype=int))[0] for _ in range(4)]
    walls = np.array(seen)[:, :, 1].reshape(160, -1)
    assert len(np.unique(walls, axis=0)) > 60
    assert (np.array(seen)[:, :, 2].sum((2, 3)) == 1).all()  # the goal


def test_the_rare_help_leaps_to_the_goal():
    rules = GridWorld(layout="S.....\n.....a", objects=[{}], teleport=0.2)
    envs = WorldVectorEnv(rules, 5000)
    envs.reset(seed=0)
    _, reward, over, _, _ = envs.step(np.zeros(5000, dtype=int))
    assert (reward == over).all()
    assert abs(over.mean() - 0.2) < 4 * np.sqrt(0.16 / 5000)


def constrained(rules, limit):
    """The largest discounted return whose discounted share of lava is at most `limit`, by the occupancy program."""
    mdp = rules.to_mdp().with_gamma(0.98)
    S, A = mdp.num_states, mdp.num_actions
    live = np.flatnonzero(~mdp.terminal)
    leave = sparse.csr_array((np.ones(S * A), (np.repeat(np.arange(S), A), np.arange(S * A))), shape=(S, S * A))
    flow = (leave - mdp.gamma * sparse.csr_array(mdp.P.T))[live]
    cost = rules.to_costs()
    excess = np.stack([(cost["lava"] - limit).ravel(), (cost["noise"] - 0.2).ravel()])
    keep = np.repeat(~mdp.terminal, A)
    found = linprog(
        -mdp.R.ravel()[keep], A_ub=excess[:, keep], b_ub=[0.0, 0.0], A_eq=flow[:, keep], b_eq=mdp.initial[live]
    )
    assert found.status == 0
    return -found.fun, mdp


def test_costs_bind_and_a_patient_way_keeps_them():
    rules = GridWorld(layout=LAVA, objects=[{}], step_reward=-0.01, fast=0.0, costs={"lava": 1}, horizon=100)
    free, mdp = constrained(rules, 1.0)
    kept, _ = constrained(rules, 0.01)
    best = mdp.solve()
    visits, cost = mdp.occupancy(best.policy), rules.to_costs()
    assert (visits * cost["lava"]).sum() > 0.05 * visits.sum()
    assert (visits * cost["noise"]).sum() > 0.5 * visits.sum()
    assert kept < free - 0.01 < best.value
    # All 24 steps of the way round, at a quarter of the speed limit, are within both limits.
    slow = sum(-0.01 * 0.98**t for t in range(24)) + 0.98**23
    assert slow - 1e-9 <= kept
    env = WorldEnv(rules)
    env.reset(seed=0)
    lava = [env.step(a)[4]["lava"] for a in (2, 2, 2, 2, 6)]  # down four times, then two cells
    assert lava == [0.0, 0.0, 1.0, 1.0, 0.0]
    assert env.step(4)[4]["noise"] == 1.0


def test_weights_pay_for_kinds():
    rules = GridWorld(layout="S12\n..a", objects=[{"reward": 5.0}], weights=[0.5, -1.0, 2.0], step_reward=-0.25)
    env = WorldEnv(rules)
    env.reset(seed=0)
    paid = [env.step(a)[1] for a in (1, 1, 3, 3, 2, 1, 1)]
    assert paid == [-1.25, 1.75, -1.25, 0.25, 0.25, 0.25, 5.25]


@pytest.mark.parametrize("view", ["index", "planes", "picture"])
def test_torch_steps_as_numpy_does(view):
    rules = GridWorld(**FRUIT, observation=view)
    a, b = (
        WorldVectorEnv(rules, 16, max_episode_steps=15),
        WorldVectorEnv(rules, 16, max_episode_steps=15, device="cpu"),
    )
    first, second = a.reset(seed=0)[0], b.reset(seed=0)[0]
    rng = np.random.default_rng(0)
    for _ in range(60):
        np.testing.assert_array_equal(first, second.numpy())
        action = rng.integers(0, 9, 16)
        (first, *x, left), (second, *y, right) = a.step(action), b.step(torch.as_tensor(action))
        for one, two in zip(x, y, strict=True):
            np.testing.assert_array_equal(one, two.numpy())
            assert one.dtype == two.numpy().dtype
        assert left.keys() == right.keys()
        for name in ("level", "attempt", "mud", "noise", "success"):
            if name in left:
                np.testing.assert_array_equal(left[name], np.asarray(right[name]))


@pytest.mark.parametrize("options", [FRUIT, DARK | {"episodes_per_task": 2}, {"layout": "maze", "levels": 9}])
def test_every_law_of_environments_holds(options):
    rules = GridWorld(**{"objects": [{"reward": 1.0}]} | options)
    assert check_env(lambda: WorldEnv(rules), steps=60, processes=False)
    for limit in (None, 7):
        assert check_vector_env(
            lambda m, limit=limit: WorldVectorEnv(rules, 3, autoreset_mode=m, max_episode_steps=limit),
            lambda limit=limit: TimeLimit(WorldEnv(rules), limit) if limit else WorldEnv(rules),
            steps=60,
        )


def test_the_card_is_exact():
    rules = GridWorld()
    card, n = rules.card(), 6000
    assert card.optimal_return == 1.0  # eight steps of fifty
    envs = WorldVectorEnv(rules, n, max_episode_steps=50, autoreset_mode="NextStep")
    envs.reset(seed=0)
    total, over, rng = np.zeros(n), np.zeros(n, dtype=bool), np.random.default_rng(0)
    for _ in range(50):
        _, reward, ends, _, _ = envs.step(rng.integers(0, 4, n))
        total += np.where(over, 0.0, reward)
        over |= ends
    assert abs(total.mean() - card.random_return) < 4 * total.std() / np.sqrt(n)
    dark = GridWorld(**DARK, horizon=20).card()
    assert dark.optimal_return is None  # nobody knows where the goal is
    # From the middle, 4 goals lie at distance 1, 8 at 2, 8 at 3, 4 at 4; from then on each of 20 steps pays.
    assert "can earn 18.5." in dark.summary
    assert (4 * 20 + 8 * 19 + 8 * 18 + 4 * 17) / 24 == 18.5
    scattered = GridWorld(layout="scattered", size=9, levels=1000, objects=[{"terminate": 0.0}] * 3).card()
    assert scattered.random_return is None  # too much to count for a description


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"slip": 1.1}, "slip=1.1"),
        ({"teleport": -0.1}, "teleport"),
        ({"objects": [], "layout": "open", "teleport": 0.1}, "without an object"),
        ({"blank": 2.0}, "blank"),
        ({"episodes_per_task": 0}, "episodes_per_task=0"),
        ({"horizon": 0}, "horizon=0"),
        ({"weights": [0.0] * 11}, "weights"),
        ({"fast": float("inf")}, "fast"),
        ({"costs": {"lava": 10}}, "costs"),
        ({"costs": {"success": 1}}, "costs"),
        ({"layout": "cellar"}, "layout='cellar'"),
        ({"size": 14, "layout": "open"}, "size=14"),
    ],
)
def test_mistakes_are_named(options, word):
    with pytest.raises(BadOption, match=word):
        GridWorld(**options)
