"""Laws that hold across drivers: the same pay everywhere, nothing over a border, nothing changed, nothing lost."""

import copy
import pickle
from functools import partial
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from contracts.chosen import has_turn, kept
from gymnasium import spaces
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.vec_env import DummyVecEnv
from support_rewards import Centred, Recorder, Streak, Walk, first_and_last, play, scripted, walks

from rewardlab.core import bridge, checkpoint
from rewardlab.core.arrays import array, namespace, tree_leaves
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward, Task
from rewardlab.envs import tables
from rewardlab.rewards import Normalise, Paid, PaidVecEnv, PaidVector, Potential, relabel

SAME, NEXT = AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP
N = 3


def ids() -> list[str]:
    """The first id of each rules class."""
    first: dict[str, str] = {}
    for name, table in tables().items():
        first.setdefault(table["rules"], name)
    return sorted(first.values())


def formula() -> Reward:
    return Potential(first_and_last) + 0.125 * Streak()


def spoken(space: spaces.Space) -> bool:
    return isinstance(space, spaces.Text)


def chosen(envs: Any, steps: int) -> list[Any]:
    """Actions of a fixed seed: one list entry per vector step."""
    space = envs.single_action_space
    space.seed(5)
    rows = [[space.sample() for _ in range(envs.num_envs)] for _ in range(steps)]
    return rows if spoken(space) else [np.stack(r) for r in rows]


def pays_of_vector(name: str, mode: str, reward: Reward, steps: int) -> tuple[list[np.ndarray], list[list[Any]]]:
    """Each row's pays, without those of resets; and the actions that moved it."""
    envs = PaidVector(gym.make_vec(name, num_envs=N, autoreset_mode=mode), reward)
    actions = chosen(envs, steps)
    envs.reset(seed=7)
    over, pays, moved = np.zeros(N, dtype=bool), [[] for _ in range(N)], [[] for _ in range(N)]
    for a in actions:
        _, paid, terminated, truncated, info = envs.step(a)
        assert np.array_equal(info["_task_reward"], ~over)
        assert (paid[over] == 0).all()
        for i in np.flatnonzero(~over):
            pays[i].append(paid[i])
            moved[i].append(a[i])
        over = (terminated | truncated) if mode == "NextStep" else over
    envs.close()
    return [np.array(p) for p in pays], moved


def numeric(reward: Reward, name: str) -> Reward:
    """The formula on numbers; text has no potential."""
    return Task() + 0.125 * Streak() if spoken(gym.make_vec(name, num_envs=1).single_observation_space) else reward


def by_turns(law: str) -> list[Any]:
    """The ids, every third in a short run, by its word."""
    return kept([pytest.param(n, marks=() if has_turn(0, 3, f"{law} {n}") else pytest.mark.slow) for n in ids()])


@pytest.mark.parametrize("name", by_turns("single"))
def test_single_equals_vector_bit_for_bit(name: str) -> None:
    same, moved = pays_of_vector(name, "SameStep", numeric(formula(), name), 170)
    after, moved_after = pays_of_vector(name, "NextStep", numeric(formula(), name), 170)
    for i in range(N):
        for pays, actions in ((same[i], moved[i]), (after[i], moved_after[i])):
            env = Paid(gym.make(name), numeric(formula(), name))
            env.reset(seed=7 + i)
            for t, (paid, action) in enumerate(zip(pays, actions, strict=True)):
                _, own, terminated, truncated, _ = env.step(action)
                assert own == paid, (name, i, t)
                if terminated or truncated:
                    env.reset()


@pytest.mark.parametrize("name", by_turns("vector"))
def test_vector_equals_vec_env_and_relabel_bit_for_bit(name: str) -> None:
    recorder = Recorder()
    reward = numeric(formula(), name)
    envs = PaidVector(gym.make_vec(name, num_envs=N), reward + recorder)
    actions = chosen(envs, 340)
    envs.reset(seed=7)
    pays = np.stack([envs.step(a)[1] for a in actions])
    steps = Transitions.stack(recorder.batches)
    assert np.array_equal(relabel(steps, numeric(formula(), name)).reward, pays)
    if spoken(envs.single_observation_space) or spoken(envs.single_action_space):
        return  # Stable-Baselines3 has no text
    venv = PaidVecEnv(bridge.ToVecEnv(gym.make_vec(name, num_envs=N)), formula())
    venv.seed(7)
    venv.reset()
    for t, a in enumerate(actions):
        _, paid, _, infos = venv.step(a)
        assert np.array_equal(paid, pays[t])
        assert all(sum(info["reward_parts"].values()) == p for info, p in zip(infos, paid, strict=True))


@pytest.mark.parametrize("as_dict", [False, True])
def test_gymnasiums_own_vectors_and_dummy_vec_env_agree(as_dict: bool) -> None:
    """Rewards here are multiples of 1/8: float32 keeps them, so the environment's own reward may take part."""

    def reward() -> Reward:
        return Task() + Potential(first_and_last, gamma=0.5) + Streak()

    same = play(PaidVector(walks(4, SAME, as_dict=as_dict), reward()), 250, seed=3)
    after = play(PaidVector(walks(4, NEXT, as_dict=as_dict), reward()), 250, seed=3)
    venv = PaidVecEnv(DummyVecEnv([lambda i=i: Walk(5 + i % 3, as_dict=as_dict) for i in range(4)]), reward())
    venv.seed(3)
    venv.reset()
    rng = np.random.default_rng(4)
    for _, paid, *_ in same:
        assert np.array_equal(venv.step(rng.integers(0, 2, 4))[1], paid)
    # NEXT_STEP spends a step on each reset: compare first episodes, before the actions fall out of step.
    for i in range(4):
        for (_, a, ended, cut, _), (_, b, *_) in zip(same, after, strict=True):
            assert a[i] == b[i]
            if ended[i] or cut[i]:
                break


@pytest.mark.parametrize("mode", [SAME, NEXT])
def test_no_transition_crosses_a_border(mode: AutoresetMode) -> None:
    recorder = Recorder()
    steps = play(PaidVector(walks(5, mode), recorder), 300)
    over, last = np.zeros(5, dtype=bool), None
    crossed = 0
    for batch, (_, _, terminated, truncated, _) in zip(recorder.batches, steps, strict=True):
        live = ~over
        # x moves by one and t by one within an episode: no first frame of the next one is ever a successor
        assert (np.abs(batch.next_obs[live, 0] - batch.obs[live, 0]) == 1).all()
        assert (batch.next_obs[live, 1] == batch.obs[live, 1] + 1).all()
        if last is not None:
            assert np.array_equal(batch.obs[live], np.where((batch.obs[:, 1] == 0)[:, None], batch.obs, last)[live])
        last = batch.next_obs
        done = terminated | truncated
        crossed += int(done.sum())
        over = done if mode is NEXT else over
    assert crossed > 100
    masks = np.array(recorder.begun)
    ends = np.array([t | c for _, _, t, c, _ in steps])
    # reset at the start, then once for every episode that began
    begun = masks[1:].sum()
    assert masks[0].all() and begun == (ends.sum() if mode is SAME else ends[:-1].sum())


@pytest.mark.parametrize("mode", [SAME, NEXT])
def test_potential_telescopes_over_whole_episodes(mode: AutoresetMode) -> None:
    gamma = 0.97
    envs = PaidVector(walks(6, mode), Potential(lambda o: np.sin(o[:, 0].astype(np.float64)) + 3.0, gamma))
    rng = np.random.default_rng(0)
    obs, _ = envs.reset(seed=0)
    start, over = obs.copy(), np.zeros(6, dtype=bool)
    total, k = np.zeros(6), np.zeros(6)
    checked = 0
    for _ in range(400):
        obs, paid, terminated, truncated, info = envs.step(rng.integers(0, 2, 6))
        total += np.where(over, 0.0, gamma**k * paid)
        k += ~over
        done = terminated | truncated
        for i in np.flatnonzero(done):
            last = info["final_obs"][i] if mode is SAME else obs[i]
            phi = [np.sin(float(x[0])) + 3.0 for x in (start[i], last)]
            expected = (0.0 if terminated[i] else gamma ** k[i] * phi[1]) - phi[0]
            assert total[i] == pytest.approx(expected, abs=1e-9)
            checked += 1
        fresh = done if mode is SAME else over
        start[fresh], total[fresh], k[fresh] = obs[fresh], 0.0, 0
        over = done if mode is NEXT else over
    assert checked > 200


def test_a_scale_of_one_and_task_alone_are_the_identity() -> None:
    bare = play(walks(3), 100)
    for reward in (Task(), 1.0 * Task()):
        paid = play(PaidVector(walks(3), reward), 100)
        assert all(np.array_equal(a[1], b[1]) and a[1].dtype == b[1].dtype for a, b in zip(bare, paid, strict=True))
        env, own = Paid(Walk(), reward), Walk()
        env.reset(seed=1)
        own.reset(seed=1)
        for _ in range(5):
            assert env.step(1)[:4] != () and env.env.x == own.x + 1
            assert own.step(1)[1] == (env.env.x) / 8
            assert env.env.x == own.x


def frozen(x: Any) -> bytes:
    return pickle.dumps(x)


class Watched(gym.vector.VectorWrapper):
    """Keeps what the environment returned, and the bytes that it had."""

    def __init__(self, envs: gym.vector.VectorEnv) -> None:
        super().__init__(envs)
        self.given: list[tuple[Any, bytes]] = []

    def reset(self, *, seed: Any = None, options: Any = None) -> Any:
        out = self.env.reset(seed=seed, options=options)
        self.given.append((out, frozen(out)))
        return out

    def step(self, actions: Any) -> Any:
        out = self.env.step(actions)
        self.given += [(out, frozen(out)), (actions, frozen(actions))]
        return out


@pytest.mark.parametrize("mode", [SAME, NEXT])
def test_nothing_that_the_environment_returned_is_changed(mode: AutoresetMode) -> None:
    watched = Watched(walks(4, mode, as_dict=True, proxy=True))
    inner = PaidVector(watched, Task() + 0.5 * Streak() + Centred(), update_every=4)
    play(PaidVector(inner, Task() + Potential(first_and_last)), 120)
    assert len(watched.given) == 241
    assert all(frozen(x) == was for x, was in watched.given)


def test_single_drivers_change_nothing_either() -> None:
    class Kept(Walk):
        given: list[tuple[Any, bytes]] = []

        def step(self, action: Any) -> Any:
            out = super().step(action)
            self.given.append((out, frozen(out)))
            return out

    env = Paid(Paid(Kept(proxy=True), Task() + Centred()), Task() + Streak())
    for _ in range(3):
        env.reset(seed=0)
        while not any(env.step(0)[2:4]):
            pass
    assert len(Kept.given) > 10 and all(frozen(x) == was for x, was in Kept.given)


def test_order_of_drivers() -> None:
    """Outer drivers see the inner pay, keep its task reward, and show its parts one level below."""
    inner, outer = Task() + 0.5 * Streak(), 2.0 * Task() + Potential(first_and_last)
    one = play(PaidVector(walks(3), inner), 60)
    both = play(PaidVector(PaidVector(walks(3), copy.deepcopy(inner)), outer), 60)
    bare = play(walks(3), 60)
    third = PaidVector(PaidVector(PaidVector(walks(3), Task()), Task() + Streak()), Task())
    for (_, low, *_, low_info), (_, high, *_, info), (_, own, *_) in zip(one, both, bare, strict=True):
        assert np.array_equal(info["task_reward"], own) and np.array_equal(low_info["task_reward"], own)
        assert np.array_equal(sum(info["reward_parts"].values()), high)
        assert np.array_equal(info["reward_parts"]["task"], 2.0 * low)
        below = info["reward_parts_below"]
        assert set(below) == {"1/task", "1/streak"}
        assert np.array_equal(below["1/task"] + below["1/streak"], low)
        assert "reward_parts_below" not in low_info
        if "episode" in info:
            assert np.array_equal(info["episode_true"]["r"], low_info["episode_true"]["r"])
    for _, paid, *_, info in play(third, 30):
        assert set(info["reward_parts_below"]) == {"1/task", "2/task", "2/streak"}
        assert np.array_equal(info["reward_parts"]["task"], paid)


def test_order_of_single_and_vec_env_drivers() -> None:
    env = Paid(Paid(Walk(), Task() + Streak()), -1.0 * Task())
    venv = PaidVecEnv(PaidVecEnv(DummyVecEnv([Walk]), Task() + Streak()), -1.0 * Task())
    mixed = PaidVecEnv(DummyVecEnv([lambda: Paid(Walk(), Task() + Streak())]), -1.0 * Task())
    venv.seed(0)
    mixed.seed(0)
    env.reset(seed=0)
    venv.reset()
    mixed.reset()
    ended = False
    while not ended:
        _, paid, ended, _, info = env.step(1)
        for v in (venv, mixed):
            _, (row,), _, (shown,) = v.step(np.array([1]))
            assert row == paid == -(info["task_reward"] + info["reward_parts_below"]["1/streak"])
            for key in ("task_reward", "reward_parts", "reward_parts_below"):
                assert shown[key] == info[key]


def test_rows_paid_alone_can_be_paid_together_again() -> None:
    """A `PaidVector` around single drivers, whose info arrives with masks and in `final_info`."""
    made = [lambda i=i: Paid(Walk(5 + i % 3), Task() + Streak()) for i in range(3)]
    for mode in (SAME, NEXT):
        envs = PaidVector(gym.vector.SyncVectorEnv(made, autoreset_mode=mode), Task() + Potential(first_and_last))
        for (_, paid, *_, info), (_, own, *_) in zip(play(envs, 60), play(walks(3, mode), 60), strict=True):
            live = info["_task_reward"]
            assert np.array_equal(info["task_reward"][live], own[live])
            if live.all():
                below = info["reward_parts_below"]
                assert np.array_equal(below["1/task"] + below["1/streak"], info["reward_parts"]["task"])
            assert np.array_equal(sum(info["reward_parts"].values()), paid)


@pytest.mark.parametrize("every", [1, 7])
@pytest.mark.parametrize("mode", [SAME, NEXT])
def test_learns_from_every_transition_once(mode: AutoresetMode, every: int) -> None:
    reward, recorder = Centred(), Recorder()
    envs = PaidVector(walks(4, mode), reward + recorder, update_every=every)
    steps = play(envs, 70)
    live = [~np.zeros(4, dtype=bool)] + [
        ~(t | c) if mode is NEXT else np.ones(4, dtype=bool) for _, _, t, c, _ in steps[:-1]
    ]
    seen = np.concatenate([b.next_obs[k, 0] for b, k in zip(recorder.batches, live, strict=True)])
    assert reward.seen == len(seen) and reward.total == seen.sum(dtype=np.float64)
    assert len(reward.shapes) == 70 // every
    if mode is SAME:
        assert set(reward.shapes) == {(every, 4)}
    else:
        assert {len(s) for s in reward.shapes} == {1, 2} if every == 1 else (1 in {len(s) for s in reward.shapes})
    assert envs.logs == {"centred/mean": reward.total / reward.seen}


@pytest.mark.parametrize("every", [1, 7])
@pytest.mark.parametrize("mode", [SAME, NEXT])
def test_the_scale_of_returns_is_that_of_each_rows_own_steps(mode: AutoresetMode, every: int) -> None:
    scale = Normalise(gamma=0.9)
    steps = play(PaidVector(scripted([[1.0, 2.0, -3.0], [4.0] * 5, [0.5, 0.0] * 4], mode), Task().then(scale),
                            update_every=every), 70)  # fmt: skip
    returns, running, over = [], np.zeros(3), np.zeros(3, dtype=bool)
    for _, _, ended, cut, info in steps:
        own = info["final_info"]["task_reward"] if "final_info" in info else 0.0
        own = np.where((ended | cut) & (mode is SAME), own, info["task_reward"])
        running = np.where(over, running, 0.9 * running + own)
        returns.append(running[~over])
        running = np.where(ended | cut, 0.0, running)
        over = (ended | cut) & (mode is NEXT)
    assert scale.state_dict()["returns"]["count"] == sum(map(len, returns))
    assert scale.state_dict()["returns"]["squares"] == pytest.approx(
        np.var(np.concatenate(returns)) * sum(map(len, returns)), rel=1e-9
    )


def test_a_step_that_only_resets_teaches_nothing() -> None:
    reward = Centred()
    play(PaidVector(walks(1, NEXT), reward), 40)
    assert all(np.prod(s) == 1 for s in reward.shapes) and len(reward.shapes) == reward.seen < 40


def drivers(reward: Reward) -> dict[str, Any]:
    return {
        "vector": PaidVector(walks(3), reward, update_every=5),
        "next": PaidVector(walks(3, NEXT), reward, update_every=5),
        "single": Paid(Walk(), reward, update_every=5),
        "vec_env": PaidVecEnv(DummyVecEnv([lambda i=i: Walk(5 + i) for i in range(3)]), reward, update_every=5),
    }


def stepped(kind: str, driver: Any, actions: np.ndarray) -> list[Any]:
    """Pays and records of some steps."""
    out = []
    for a in actions:
        if kind == "single":
            _, paid, ended, cut, info = driver.step(int(a[0]))
            if ended or cut:
                driver.reset()
        elif kind == "vec_env":
            _, paid, _, info = driver.step(a)
            info = {k: v for row in info for k, v in row.items()}
        else:
            _, paid, _, _, info = driver.step(a)
        returns = array(info["episode"]["r"]).tolist() if "episode" in info else None
        out.append((array(paid).tolist(), returns))
    return out


@pytest.mark.parametrize("kind", ["vector", "next", "single", "vec_env"])
def test_state_comes_back_and_pays_the_next_thousand_steps_alike(kind: str, tmp_path: Any) -> None:
    def reward() -> Reward:
        return Task() + Centred() + 0.5 * Streak()

    rng = np.random.default_rng(0)
    first = drivers(reward())[kind]
    if kind == "vec_env":
        first.seed(2)
        first.reset()
    else:
        first.reset(seed=2)
    stepped(kind, first, rng.integers(0, 2, (33, 3)))  # in the middle of episodes, with 3 steps not yet learned from
    checkpoint.save(tmp_path / "driver", "driver", {}, first.state_dict())
    # the environments themselves are taken over as they stand; the driver comes from the file alone
    again = drivers(reward())[kind]
    if kind == "vec_env":
        again.venv = copy.deepcopy(first.venv)
    else:
        again.env = copy.deepcopy(first.env)
    again.load_state_dict(checkpoint.load(tmp_path / "driver", "driver")[1])
    actions = rng.integers(0, 2, (1000, 3))
    assert stepped(kind, again, actions) == stepped(kind, first, actions)


def test_memory_stays_flat() -> None:
    import tracemalloc

    envs = PaidVector(walks(4, proxy=True), Task() + Centred() + Streak(), update_every=8)
    play(envs, 200)
    tracemalloc.start()
    rng = np.random.default_rng(0)
    for _ in range(50):
        envs.step(rng.integers(0, 2, 4))
    envs.reward.terms[1].shapes.clear()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(400):
        envs.step(rng.integers(0, 2, 4))
    envs.reward.terms[1].shapes.clear()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 20_000


def test_torch_rows_stay_torch() -> None:
    import torch

    def phi(cell: Any) -> Any:
        xp = namespace(cell)
        return xp.astype(cell, xp.float64) * 0.25

    sea = partial(gym.make_vec, "rewardlab/DeepSea-v0", num_envs=4, size=4)
    arrays = PaidVector(sea(), Task() + Potential(phi))
    tensors = PaidVector(sea(device="cpu"), Task() + Potential(phi))
    a, b = play(arrays, 30), []
    tensors.reset(seed=0)
    rng = np.random.default_rng(1)
    for _ in range(30):
        b.append(tensors.step(torch.as_tensor(rng.integers(0, 2, 4))))
    for (_, paid, *_, info), (obs, other, ended, _, shown) in zip(a, b, strict=True):
        for x in (obs, other, ended, shown["task_reward"], *shown["reward_parts"].values()):
            assert isinstance(x, torch.Tensor)
        assert np.array_equal(paid, other.numpy())
        assert ("episode" in info) == ("episode" in shown)
        if "episode" in info:
            assert isinstance(shown["episode"]["r"], torch.Tensor)
            assert np.array_equal(info["episode"]["r"], shown["episode"]["r"].numpy())
            assert np.array_equal(info["episode"]["l"], shown["episode"]["l"].numpy())


def test_every_leaf_of_a_dict_observation_is_there() -> None:
    recorder = Recorder()
    play(PaidVector(walks(2, as_dict=True), recorder), 20)
    batch = Transitions.stack(recorder.batches)
    batch.check()
    assert set(batch.obs) == set(batch.next_obs) == {"a", "b"} and len(tree_leaves(batch.obs)) == 2
    assert np.array_equal(batch.next_obs["b"], batch.next_obs["a"][..., 0] / 8)
