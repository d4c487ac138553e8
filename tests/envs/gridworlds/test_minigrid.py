import pickle
import warnings

import gymnasium as gym
import minigrid  # noqa: F401  registers MiniGrid's ids
import numpy as np
import pytest
from grid_graph import graph, levels, returns

from rewardlab.core.testing import check_env, check_vector_env
from rewardlab.envs.gridworlds import MiniGridTask, optimal_steps
from rewardlab.envs.world import WorldEnv, WorldVectorEnv

DOORKEY = "MiniGrid-DoorKey-5x5-v0"
ID = f"rewardlab/{DOORKEY}"
STANDARD = [  # every kind of level that the rules know; the sizes of a kind differ in nothing else
    DOORKEY, "MiniGrid-DoorKey-8x8-v0", "MiniGrid-Empty-Random-5x5-v0", "MiniGrid-FourRooms-v0",
    "MiniGrid-MultiRoom-N4-S5-v1", "MiniGrid-LavaCrossingS9N2-v0", "MiniGrid-SimpleCrossingS9N2-v0",
    "MiniGrid-LavaGapS5-v0", "MiniGrid-DistShift1-v0", "MiniGrid-LockedRoom-v0", "MiniGrid-Playground-v0",
]  # fmt: skip


def equal(mine, theirs):
    return np.array_equal(mine["image"], theirs["image"]) and mine["direction"] == theirs["direction"]


def lockstep(env, reference, actions, seed):
    """Play both from one seed; returns steps taken and the sum of rewards."""
    (obs, info), (other, _) = env.reset(seed=seed), reference.reset(seed=seed)
    assert equal(obs, other)
    assert info["mission"] == other["mission"]
    total = 0.0
    for t, action in enumerate(actions):
        *mine, info = env.step(int(action))
        *theirs, _ = reference.step(int(action))
        assert equal(mine[0], theirs[0]), (seed, t)
        assert mine[1:] == theirs[1:], (seed, t)
        total += mine[1]
        if mine[2] or mine[3]:
            return t + 1, total
    return len(actions), total


@pytest.mark.parametrize("task", STANDARD)
def test_every_observation_reward_and_flag_is_minigrids(task):
    env, reference = gym.wrappers.TimeLimit(WorldEnv(MiniGridTask(task)), MiniGridTask(task).max_steps), gym.make(task)
    rng = np.random.default_rng(0)
    for seed in range(3):
        # more forward and toggle than chance, to meet doors, keys and goals
        lockstep(env, reference, rng.choice(7, size=250, p=[0.15, 0.15, 0.3, 0.12, 0.06, 0.2, 0.02]), seed)


def test_doorkey_is_cut_where_minigrid_cuts_it():
    env, reference = gym.make(ID), gym.make(DOORKEY)
    assert env.spec.max_episode_steps == reference.unwrapped.max_steps
    assert lockstep(env, reference, [0] * 400, seed=5) == (250, 0.0)


def solve(rules, env):
    """The actions of a shortest solution from the running state, found in the graph of the rules themselves."""
    state = env.unwrapped.get_state()["state"]
    target, goal = graph(rules, state)
    back, frontier = {0: []}, [0]
    while frontier:
        here = frontier.pop(0)
        for action in range(7):
            if goal[here, action]:
                return [*back[here], action]
            if (there := int(target[here, action])) >= 0 and there not in back:
                back[there] = [*back[here], action]
                frontier.append(there)
    raise AssertionError("no solution")


def test_solved_episodes_pay_what_minigrid_pays():
    rules, env, reference = MiniGridTask(), gym.make(ID), gym.make(DOORKEY)
    for seed in range(6):
        env.reset(seed=seed)
        actions = solve(rules, env)
        steps, total = lockstep(env, reference, actions, seed)
        assert (steps, total) == (len(actions), 1 - 0.9 * (len(actions) / 250))
        u = reference.unwrapped
        reference.reset(seed=seed)
        assert optimal_steps(u.grid.encode(), u.agent_pos, u.agent_dir) == steps


def test_later_levels_carry_the_seed_that_brings_them_back():
    envs, reference, rng = (
        gym.make_vec(ID, num_envs=4, max_episode_steps=20),
        gym.make(DOORKEY),
        np.random.default_rng(0),
    )
    obs, info = envs.reset(seed=7)
    assert info["level_seed"].tolist() == [7, 8, 9, 10]
    seeds = set()
    for _ in range(5):
        for i in range(4):
            shown, _ = reference.reset(seed=int(info["level_seed"][i]))
            assert equal({k: v[i] for k, v in obs.items()}, shown)
            seeds.add(int(info["level_seed"][i]))
        for _ in range(20):
            obs, _, _, cut, info = envs.step(rng.integers(0, 2, 4))
        assert cut.all()
    assert len(seeds) == 20


def test_random_and_optimal_return_are_exact():
    rules = MiniGridTask()
    start, count = levels(rules, 2000)
    assert len(count) == 48  # 3 places x 4 headings x 2 doors x 2 keys, all alike
    assert ((count - 2000 / 48) ** 2 / (2000 / 48)).sum() < 82.7  # chi-square, 47 degrees of freedom, 0.1 %
    random, best = returns(rules, start)
    card = rules.card()
    assert card.random_return == pytest.approx(random.mean(), abs=1e-12)
    assert card.optimal_return == pytest.approx(best.mean(), abs=1e-12)


def test_random_play_earns_the_random_return():
    envs, rng = gym.make_vec(ID, num_envs=400), np.random.default_rng(0)
    envs.reset(seed=0)
    paid = np.zeros(400)
    running = np.ones(400, dtype=bool)
    for _ in range(250):
        _, reward, ended, cut, _ = envs.step(rng.integers(0, 7, 400))
        paid += reward * running
        running &= ~(ended | cut)
    assert abs(paid.mean() - envs.describe().random_return) < 4 * paid.std() / 20


def test_mission_ids_lose_nothing():
    for task in ("MiniGrid-LockedRoom-v0", DOORKEY, "MiniGrid-Playground-v0"):
        rules = MiniGridTask(task)
        state = WorldVectorEnv(rules, 1)
        obs, info = state.reset(seed=0)
        assert rules.mission_text(obs["mission"][0]) == info["mission"][0]
        assert len(rules.missions) == {"MiniGrid-LockedRoom-v0": 216}.get(task, 1)
        seen = {tuple(ids) for ids in rules._ids}
        assert len(seen) == len(rules.missions)
        assert [rules.mission_text(ids) for ids in rules._ids] == rules.missions


def test_flat_is_the_dict_in_one_hot():
    plain, flat = WorldVectorEnv(MiniGridTask(), 3), WorldVectorEnv(MiniGridTask(observation="flat"), 3)
    rng = np.random.default_rng(0)
    a, _ = plain.reset(seed=0)
    b, _ = flat.reset(seed=0)
    for _ in range(50):
        cells = b[:, :980].reshape(3, 7, 7, 20)
        parts = np.split(cells, [11, 17], axis=-1)
        assert all((p.sum(-1) == 1).all() for p in parts)
        np.testing.assert_array_equal(np.stack([p.argmax(-1) for p in parts], axis=-1), a["image"])
        np.testing.assert_array_equal(b[:, 980:].argmax(-1), a["direction"])
        action = rng.integers(0, 7, 3)
        a, b = plain.step(action)[0], flat.step(action)[0]


def test_info_columns_follow_a_solution():
    env, rules = gym.make(ID), MiniGridTask()
    _, info = env.reset(seed=3)
    progress, key, at = [info["progress"]], info["key_pos"], info["agent_pos"]
    inner = gym.make(DOORKEY)
    inner.reset(seed=3)
    u = inner.unwrapped
    assert u.grid.get(*key).type == "key"
    assert u.grid.get(*info["door_pos"]).type == "door"
    assert u.grid.get(*info["goal_pos"]).type == "goal"
    assert tuple(at) == tuple(u.agent_pos)
    for action in solve(rules, env):
        _, _, ended, _, info = env.step(action)
        inner.step(action)
        assert tuple(info["agent_pos"]) == tuple(u.agent_pos)
        assert info["carrying_key"] == (u.carrying is not None)
        assert info["door_open"] == u.grid.get(*info["door_pos"]).is_open
        assert (info["key_pos"].tolist() == [-1, -1]) == info["carrying_key"]
        progress.append(info["progress"])
    assert ended
    assert info["success"]
    assert info["is_success"]
    assert sorted(progress) == progress
    np.testing.assert_allclose(sorted(set(progress)), [0, 1 / 3, 2 / 3, 1])


def test_frames_and_texts_are_minigrids():
    rng = np.random.default_rng(0)
    frames, texts = gym.make(ID, render_mode="rgb_array"), gym.make(ID, render_mode="ansi")
    reference = gym.make(DOORKEY, render_mode="rgb_array")
    for env in (frames, texts, reference):
        env.reset(seed=4)
    carried = False
    for _ in range(60):
        action = int(rng.integers(7))
        for env in (frames, texts, reference):
            env.step(action)
        carried |= reference.unwrapped.carrying is not None
        np.testing.assert_array_equal(frames.render(), reference.render())
        assert texts.render() == reference.unwrapped.pprint_grid()
    assert carried


def test_move_changes_no_state_it_is_given():
    envs, rng = WorldVectorEnv(MiniGridTask(), 8), np.random.default_rng(0)
    envs.reset(seed=0)
    for _ in range(100):
        before = envs.get_state()["state"]
        given = envs._rows.state
        envs.step(rng.integers(0, 7, 8))
        for key, value in before.items():
            np.testing.assert_array_equal(given[key], value)


def test_states_and_pickles_continue_to_the_bit():
    env, rng = gym.make(ID).unwrapped, np.random.default_rng(0)
    env.reset(seed=1)
    for action in rng.integers(0, 7, 40):
        env.step(int(action))
    saved, twin = env.get_state(), pickle.loads(pickle.dumps(env))
    actions = [int(a) for a in rng.integers(0, 7, 50)]

    def play(e):
        return [e.step(a) for a in actions]

    first = play(env)
    env.set_state(saved)
    for again in (play(env), play(twin)):
        for a, b in zip(first, again, strict=True):
            assert equal(a[0], b[0])
            assert a[1:4] == b[1:4]


def test_the_checkers_find_nothing():
    assert check_env(ID, processes=False, steps=150)
    assert check_vector_env(ID)


def test_the_checkers_of_others_are_silent():
    from gymnasium.utils.env_checker import check_env as gymnasium_check
    from stable_baselines3.common.env_checker import check_env as sb3_check

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sb3_check(gym.make(ID, observation="flat"))
        for observation in ("dict", "flat"):
            gymnasium_check(gym.make(ID, observation=observation).unwrapped, skip_render_check=True)
    # It warns of every [., ., 3] Box that is no picture of at least 36 x 36 with bytes up to 255: this one is none.
    with pytest.warns(UserWarning) as seen:
        sb3_check(gym.make(ID))
    assert all("not in [0, 255]" in str(w.message) or "36x36" in str(w.message) for w in seen)


def test_stable_baselines_learns_on_both_observations():
    from stable_baselines3 import PPO

    for policy, observation in (("MultiInputPolicy", "dict"), ("MlpPolicy", "flat")):
        agent = PPO(policy, gym.make(ID, observation=observation), n_steps=64, batch_size=64, n_epochs=1, seed=0)
        before = [p.detach().clone() for p in agent.policy.parameters()]
        agent.learn(64)
        assert any((p != q).any() for p, q in zip(agent.policy.parameters(), before, strict=True))
