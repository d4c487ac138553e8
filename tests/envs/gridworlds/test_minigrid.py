"""MiniGrid's tasks: what is seen, paid and ended beside MiniGrid's own; exact returns; agents that learn."""

import gymnasium as gym
import minigrid  # noqa: F401  registers MiniGrid's ids
import numpy as np
import pytest
from grid_graph import levels, returns, solve

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds import MiniGridTask, optimal_steps

DOORKEY = "MiniGrid-DoorKey-5x5-v0"
ID = f"rewardlab/{DOORKEY}"
# Each rule, and each kind of level and of instruction; benchmarks/lockstep plays all ids for 20,000 steps and more.
TASKS = [
    DOORKEY, "MiniGrid-Empty-Random-5x5-v0", "MiniGrid-FourRooms-v0", "MiniGrid-MultiRoom-N4-S5-v1",
    "MiniGrid-LavaCrossingS9N2-v0", "MiniGrid-LavaGapS5-v0", "MiniGrid-DistShift1-v0", "MiniGrid-LockedRoom-v0",
    "MiniGrid-Playground-v0", "MiniGrid-Unlock-v0", "MiniGrid-BlockedUnlockPickup-v0", "MiniGrid-KeyCorridorS3R2-v0",
    "MiniGrid-ObstructedMaze-1Dlhb-v0", "MiniGrid-MemoryS7-v0", "MiniGrid-Dynamic-Obstacles-Random-5x5-v0",
    "MiniGrid-GoToDoor-5x5-v0", "MiniGrid-GoToObject-6x6-N2-v0", "MiniGrid-Fetch-5x5-N2-v0",
    "MiniGrid-PutNear-6x6-N2-v0", "MiniGrid-RedBlueDoors-6x6-v0", "BabyAI-GoToRedBall-v0", "BabyAI-OpenDoorColor-v0",
    "BabyAI-PickupDist-v0", "BabyAI-PutNextS5N1-v0", "BabyAI-PutNextS5N2Carrying-v0", "BabyAI-GoToSeqS5R2-v0",
    "BabyAI-OpenDoorsOrderN4-v0", "BabyAI-MiniBossLevel-v0", "BabyAI-UnlockLocal-v0", "BabyAI-MoveTwoAcrossS5N2-v0",
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
        assert info["mission"] == theirs[0]["mission"]
        total += mine[1]
        if mine[2] or mine[3]:
            return t + 1, total
    return len(actions), total


@pytest.mark.parametrize("task", TASKS)
def test_every_observation_reward_and_flag_is_minigrids(task):
    env, reference, rng = gym.make(f"rewardlab/{task}"), gym.make(task), np.random.default_rng(0)
    # more forward and toggle than chance, to meet doors, keys and goals
    odds = np.array([0.15, 0.15, 0.3, 0.12, 0.06, 0.2, 0.02])[: env.action_space.n]
    for seed in range(5):
        lockstep(env, reference, rng.choice(len(odds), size=200, p=odds / odds.sum()), seed)


def test_doorkey_is_cut_where_minigrid_cuts_it():
    env, reference = gym.make(ID), gym.make(DOORKEY)
    assert env.spec.max_episode_steps == reference.unwrapped.max_steps
    assert lockstep(env, reference, [0] * 400, seed=5) == (250, 0.0)


def test_levels_that_set_their_own_time_are_cut_by_it():
    task, limits = "BabyAI-MiniBossLevel-v0", set()
    env, reference = gym.make(f"rewardlab/{task}"), gym.make(task)
    for seed in range(6):
        steps, total = lockstep(env, reference, [0] * 2000, seed)
        limits.add(steps)
        assert (steps, total) == (reference.unwrapped.max_steps, 0.0) or steps < reference.unwrapped.max_steps
    assert len(limits) > 1
    envs = gym.make_vec(f"rewardlab/{task}", num_envs=2)
    envs.reset(seed=0)
    ends = [t for t in range(1, max(limits) + 1) if envs.step(np.zeros(2, dtype=int))[3].any()]
    assert ends
    assert ends[0] in limits


def test_solved_episodes_pay_what_minigrid_pays():
    rules, env, reference = MiniGridTask(), gym.make(ID), gym.make(DOORKEY)
    for seed in range(6):
        actions = solve(rules, rules.first(seed))
        steps, total = lockstep(env, reference, actions, seed)
        assert (steps, total) == (len(actions), 1 - 0.9 * (len(actions) / 250))
        u = reference.unwrapped
        reference.reset(seed=seed)
        assert optimal_steps(u.grid.encode(), u.agent_pos, u.agent_dir) == steps


@pytest.mark.parametrize(("task", "options"), [(DOORKEY, {}), (DOORKEY, {"levels": 300}), ("BabyAI-GoToLocal-v0", {})])
def test_later_levels_carry_the_seed_that_brings_them_back(task, options):
    envs = gym.make_vec(f"rewardlab/{task}", num_envs=4, max_episode_steps=20, **options)
    reference, rng, seeds = gym.make(task), np.random.default_rng(0), set()
    obs, info = envs.reset(seed=7)
    assert info["level_seed"].tolist() == [7, 8, 9, 10]
    for _ in range(5):
        for i in range(4):
            shown, _ = reference.reset(seed=int(info["level_seed"][i]))
            assert equal({k: v[i] for k, v in obs.items()}, shown)
            assert info["mission"][i] == shown["mission"]
            seeds.add(int(info["level_seed"][i]))
        cut = False
        while not np.all(cut):
            obs, _, ended, cut, info = envs.step(rng.integers(0, 2, 4))
            if ended.any():  # a mission may be solved by turning
                break
    assert len(seeds) >= 15


def test_random_and_optimal_return_are_exact():
    rules = MiniGridTask()
    start, count = levels(rules, 2000)
    assert len(count) == 48  # 3 places x 4 headings x 2 doors x 2 keys, all alike
    assert ((count - 2000 / 48) ** 2 / (2000 / 48)).sum() < 82.7  # chi-square, 47 degrees of freedom, 0.1 %
    random, best = returns(rules, start)
    card = rules.card()
    assert card.random_return == pytest.approx(random.mean(), abs=1e-12)
    assert card.optimal_return == pytest.approx(best.mean(), abs=1e-12)
    assert MiniGridTask(options={"size": 6}).card().optimal_return is None


def test_random_play_earns_the_random_return():
    envs, rng = gym.make_vec(ID, num_envs=2000), np.random.default_rng(0)
    envs.reset(seed=0)
    paid, running = np.zeros(2000), np.ones(2000, dtype=bool)
    for _ in range(250):
        _, reward, ended, cut, _ = envs.step(rng.integers(0, 7, 2000))
        paid += reward * running
        running &= ~(ended | cut)
    assert abs(paid.mean() - envs.describe().random_return) < 4 * paid.std() / 2000**0.5


def test_info_columns_follow_a_solution():
    env, rules = gym.make(ID), MiniGridTask()
    _, info = env.reset(seed=3)
    progress, at = [info["progress"]], info["agent_pos"]
    inner = gym.make(DOORKEY)
    inner.reset(seed=3)
    u = inner.unwrapped
    assert u.grid.get(*info["key_pos"]).type == "key"
    assert u.grid.get(*info["door_pos"]).type == "door"
    assert u.grid.get(*info["goal_pos"]).type == "goal"
    assert tuple(at) == tuple(u.agent_pos)
    for action in solve(rules, rules.first(3)):
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


@pytest.mark.parametrize("task", [DOORKEY, "MiniGrid-Fetch-5x5-N2-v0", "BabyAI-PutNextS5N1-v0"])
def test_frames_and_texts_are_minigrids(task):
    rng = np.random.default_rng(0)
    frames, texts = (gym.make(f"rewardlab/{task}", render_mode=mode) for mode in ("rgb_array", "ansi"))
    reference = gym.make(task, render_mode="rgb_array")
    for env in (frames, texts, reference):
        env.reset(seed=4)
    carried, ended = False, False
    for _ in range(60):
        action = int(rng.integers(7))
        for env in (frames, texts, reference):
            ended = env.step(action)[2]
        carried |= reference.unwrapped.carrying is not None
        np.testing.assert_array_equal(frames.render(), reference.render())
        assert texts.render() == reference.unwrapped.pprint_grid()
        if ended:
            break
    assert carried or task == "BabyAI-PutNextS5N1-v0"


@pytest.mark.parametrize(
    ("policy", "name", "options"),
    [
        ("MultiInputPolicy", ID, {}),
        ("MlpPolicy", ID, {"observation": "flat"}),
        ("MultiInputPolicy", ID, {"observation": "rgb"}),
        ("MultiInputPolicy", ID, {"observation": "rgb_partial"}),
        ("MultiInputPolicy", "rewardlab/BabyAI-GoToRedBallNoDists-v0", {"observation": "one_hot"}),
    ],
)
def test_stable_baselines_learns_without_a_wrapper(policy, name, options):
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_util import make_vec_env

    if options:
        env = make_vec_env(name, n_envs=2, env_kwargs=options)
        agent = PPO(policy, env, n_steps=128, batch_size=64, n_epochs=1, seed=0)
    else:
        agent = PPO(policy, name, n_steps=256, batch_size=64, n_epochs=1, seed=0)  # the id itself
    if "rgb" in str(options):
        image = agent.policy.features_extractor.extractors["image"]
        assert type(image).__name__ == "NatureCNN"  # it is taken for a picture
    before = [p.detach().clone() for p in agent.policy.parameters()]
    agent.learn(256)
    assert agent.num_timesteps == 256
    assert any((p != q).any() for p, q in zip(agent.policy.parameters(), before, strict=True))


def test_options_change_the_level_as_minigrids_own_class_says():
    env = gym.make(ID, options={"size": 9, "max_steps": 33})
    reference = gym.make(DOORKEY, size=9, max_steps=33)
    assert lockstep(env, reference, [0] * 40, seed=5) == (33, 0.0)
    assert env.unwrapped.rules.width == 9


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"task": "MiniGrid-DoorKey-5x6-v0"}, "MiniGrid-DoorKey-5x5-v0"),
        ({"task": "CartPole-v1"}, "CartPole"),
        ({"levels": 0}, "levels=0"),
        ({"levels": True}, "levels=True"),
        ({"levels": "many"}, "many"),
        ({"levels": 10**10}, "levels="),
        ({"split": "dev"}, "dev"),
        ({"options": {"size": -1}}, "size"),
        ({"options": {"colour": 1}}, "colour"),
        ({"options": {"agent_view_size": 5}}, "view"),
        ({"options": {"render_mode": "human"}}, "render_mode"),
        ({"view": 4}, "view=4"),
        ({"view": 17}, "view=17"),
        ({"tile": 0}, "tile=0"),
        ({"columns": ["agent_position"]}, "agent_pos"),
        ({"observation": "picture"}, "picture"),
    ],
)
def test_mistakes_are_named(wrong, said):
    with pytest.raises(BadOption, match=said):
        MiniGridTask(**wrong)
    with pytest.raises(BadOption):
        gym.make_vec(ID, num_envs=2, **wrong)
